/**
 * The digests of PROTOCOL.md, written from the page alone, for reader.mjs. A pair is lo, then hi.
 */
// @ts-check

/** @typedef {string | number} Key */
/** @typedef {[lo: number, hi: number]} Pair */

const [M1, M2, M3, M4, M5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];
const times = Math.imul;
/** @param {number} x @param {number} n */
const rot = (x, n) => (x << n) | (x >>> (32 - n));
/** @param {number} x @param {number} salt @param {number} factor */
function round(x, salt, factor) {
  let t = times(x ^ salt, factor);
  t = times(t ^ (t >>> 15), M5);
  return t ^ (t >>> 13);
}

/** @param {number} lo @param {number} hi @returns {Pair} */
export function mix(lo, hi) {
  lo ^= round(hi, M1, M2);
  hi ^= round(lo, M3, M1);
  lo ^= round(hi, M4, M3);
  hi ^= round(lo, M2, M4);
  return [lo >>> 0, hi >>> 0];
}

/** @param {Pair} state @param {...number} words @returns {Pair} */
export function chain([lo, hi], ...words) {
  for (const word of words) {
    lo = rot(times(lo ^ word, M1), 15);
    hi = rot(times(hi + word, M2), 13) ^ lo;
  }
  return [lo >>> 0, hi >>> 0];
}

/** @param {Pair} p @param {Pair} q @param {number} salt */
const combine = (p, q, salt) =>
  mix((p[0] + times(q[0], M2)) ^ salt, times(p[1], M1) ^ (q[1] + rot(q[0], 7)));

/** @param {string} text @param {number} salt */
export function hashText(text, salt) {
  /** @type {Pair} */
  let state = [M3, M4];
  let i = 0;
  for (; i + 1 < text.length; i += 2) {
    state = chain(state, text.charCodeAt(i) + text.charCodeAt(i + 1) * 65536);
  }
  if (i < text.length) state = chain(state, text.charCodeAt(i));
  return mix(state[0] ^ text.length, state[1] ^ salt);
}

/** @param {number} x @param {number} salt */
function hashNumber(x, salt) {
  if (x === (x | 0)) return mix(x, salt);
  const [low = 0, high = 0] = new Uint32Array(Float64Array.of(x).buffer);
  return mix(low ^ M2, high ^ times(salt, M3));
}

/** @param {unknown} value @returns {Pair} */
function digestOf(value) {
  if (value === null) return mix(0x11, 0x11);
  if (typeof value === 'boolean') return mix(value ? 0x12 : 0x13, 0x11);
  if (typeof value === 'number') return hashNumber(value, 0x14);
  if (typeof value === 'string') return hashText(value, 0x15);
  if (Array.isArray(value)) {
    /** @type {Pair} */
    let state = [0x16, 2 * value.length];
    for (const element of value) state = chain(state, ...digestOf(element));
    return mix(state[0], state[1] ^ 0x16);
  }
  let [lo, hi] = [0, 0];
  const members = Object.entries(Object(value));
  for (const [i, [name, member]] of members.entries()) {
    const hash = hashText(name, 0x18);
    const sums = [combine(hash, digestOf(member), 0x19)];
    const before = members[i - 1]?.[0];
    if (before !== undefined) sums.push(combine(hash, hashText(before, 0x18), 0x1a));
    for (const sum of sums) [lo, hi] = [(lo + sum[0]) | 0, (hi + sum[1]) | 0];
  }
  return mix(lo ^ 0x17, hi);
}

/** What an entry adds to the collection's digest. */
/** @param {Key} key @param {unknown} value @param {number} seed */
export function shareOf(key, value, seed) {
  const d = digestOf(value);
  const k = typeof key === 'string' ? hashText(key, 0x21) : hashNumber(key, 0x121);
  const q = mix(d[0] + times(k[1], M2), d[1] ^ k[0] ^ seed);
  return [...combine(k, [d[0] ^ seed, d[1]], 0x22), ...q];
}
