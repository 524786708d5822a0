/**
 * The digests and checks of PROTOCOL.md, written from the page alone: see page-decoder.mjs.
 */
// @ts-check

/** @typedef {{ lo: number, hi: number }} Pair */
/** @typedef {string | number} Key */
/** @typedef {{ term: number, incarnation: string }} Epoch */

const M1 = 0x9e3779b1;
const M2 = 0x85ebca77;
const M3 = 0xc2b2ae3d;
const M4 = 0x27d4eb2f;
const M5 = 0x165667b1;
const TWO_32 = 2 ** 32;

/** @param {number} x @param {number} n */
const rot = (x, n) => ((x << n) | (x >>> (32 - n))) >>> 0;
/** @param {number} a @param {number} b */
const times = (a, b) => Math.imul(a, b) >>> 0;
/** @param {number} lo @param {number} hi @returns {Pair} */
export const pair = (lo, hi) => ({ lo: lo >>> 0, hi: hi >>> 0 });
/** @param {Pair} a @param {Pair} b */
const plus = (a, b) => pair(a.lo + b.lo, a.hi + b.hi);

/** @param {number} x @param {number} salt @param {number} factor */
function round(x, salt, factor) {
  let t = times(x ^ salt, factor);
  t ^= t >>> 15;
  t = times(t, M5);
  return t ^ (t >>> 13);
}

/** @param {number} lo @param {number} hi */
export function mix(lo, hi) {
  lo ^= round(hi, M1, M2);
  hi ^= round(lo, M3, M1);
  lo ^= round(hi, M4, M3);
  hi ^= round(lo, M2, M4);
  return pair(lo, hi);
}

/** @param {Pair} state @param {number} word */
export function chain(state, word) {
  const a = rot(times(state.lo ^ word, M1), 15);
  return pair(a, rot(times((state.hi + word) % TWO_32, M2), 13) ^ a);
}

/** @param {Pair} p @param {Pair} q @param {number} salt */
export function combine(p, q, salt) {
  const lo = ((p.lo + times(q.lo, M2)) % TWO_32) ^ salt;
  return mix(lo, times(p.hi, M1) ^ ((q.hi + rot(q.lo, 7)) % TWO_32));
}

/** @param {string} text @param {number} salt */
function hashText(text, salt) {
  let state = pair(M3, M4);
  let i = 0;
  for (; i + 1 < text.length; i += 2) {
    state = chain(state, text.charCodeAt(i) + text.charCodeAt(i + 1) * 65_536);
  }
  if (i < text.length) state = chain(state, text.charCodeAt(i));
  return mix(state.lo ^ text.length, state.hi ^ salt);
}

/** @param {number} x @param {number} salt */
function hashNumber(x, salt) {
  if (Number.isInteger(x) && x >= -(2 ** 31) && x < 2 ** 31) return mix(x >>> 0, salt);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x, true);
  return mix(view.getUint32(0, true) ^ M2, view.getUint32(4, true) ^ times(salt, M3));
}

/** @param {Pair} state @param {number} n */
export const chainNumber = (state, n) => chain(chain(state, n % TWO_32), Math.floor(n / TWO_32));

/** @param {unknown} value @returns {Pair} */
export function digestOf(value) {
  if (value === null) return mix(0x11, 0x11);
  if (value === true) return mix(0x12, 0x11);
  if (value === false) return mix(0x13, 0x11);
  if (typeof value === 'number') return hashNumber(value, 0x14);
  if (typeof value === 'string') return hashText(value, 0x15);
  if (Array.isArray(value)) {
    let state = pair(0x16, 2 * value.length);
    for (const element of value) {
      const digest = digestOf(element);
      state = chain(chain(state, digest.lo), digest.hi);
    }
    return mix(state.lo, state.hi ^ 0x16);
  }
  let sum = pair(0, 0);
  /** @type {string | undefined} */
  let last;
  for (const [name, member] of Object.entries(Object(value))) {
    sum = plus(sum, combine(hashText(name, 0x18), digestOf(member), 0x19));
    if (last !== undefined) {
      sum = plus(sum, combine(hashText(name, 0x18), hashText(last, 0x18), 0x1a));
    }
    last = name;
  }
  return mix(sum.lo ^ 0x17, sum.hi);
}

/** @param {Pair} digest */
export function digestText({ lo, hi }) {
  return word(hi) + word(lo);
}

/** @param {number} n */
const word = (n) => n.toString(16).padStart(8, '0');

/** @param {Key} key */
export function keyHash(key) {
  return typeof key === 'string' ? hashText(key, 0x21) : hashNumber(key, 0x121);
}

/** Where an entry hangs in the tree of digests, and what it counts for there. @param {Key} key */
export function treeMark(key, /** @type {unknown} */ value) {
  const hash = keyHash(key);
  return { place: hash.hi, hash: combine(hash, digestOf(value), 0x26).lo };
}

/** @param {string} name */
export const seedOf = (name) => hashText(name, 0x24).lo;

/** @param {Iterable<readonly [Key, unknown]>} entries @param {string} name */
export function collectionWords(entries, name) {
  const seed = seedOf(name);
  const words = [0, 0, 0, 0];
  for (const [key, value] of entries) {
    const d = digestOf(value);
    const k = keyHash(key);
    const p = combine(k, pair(d.lo ^ seed, d.hi), 0x22);
    const q = mix((d.lo + times(k.hi, M2)) % TWO_32, d.hi ^ k.lo ^ seed);
    for (const [i, share] of [p.lo, p.hi, q.lo, q.hi].entries()) {
      words[i] = ((words[i] ?? 0) + share) % TWO_32;
    }
  }
  return words;
}

/** @param {readonly number[]} words */
export function wordsText(words) {
  return words.toReversed().map(word).join('');
}

/**
 * @param {readonly number[]} words @param {string} name
 * @param {Epoch} epoch @param {number} from @param {number} to
 */
export function checkOf(words, name, epoch, from, to) {
  let state = pair(0x23, seedOf(name));
  for (const one of words) state = chain(state, one);
  for (const n of [epoch.term, from, to]) state = chainNumber(state, n);
  for (const half of [epoch.incarnation.slice(0, 8), epoch.incarnation.slice(8)]) {
    state = chain(state, Number.parseInt(half, 16));
  }
  const result = mix(state.lo, state.hi);
  return (result.lo ^ result.hi) >>> 0;
}
