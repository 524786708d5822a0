/**
 * Quotes of PROTOCOL.md, read by the page alone: see page-decoder.mjs.
 */
// @ts-check
import { must } from './page-bytes.mjs';

/** @typedef {{ p: number, seen: number }} Cell */

const steps = [1.6, 2.6, 3.6, 4.6, 5.6, 7, 8.5, 10, 12, 14, 16, 18, 20, 22, 24, 26];
const knots = [
  32768, 40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438,
  65476, 65500, 65514, 65523, 65528, 65531, 65533, 65534, 65535, 65535, 65535,
];

/** @param {number} x @returns {number} */
function squash(x) {
  if (x < 0) return 65536 - squash(-x);
  const at = Math.min(x, 3071);
  const [low = 0, high = 0] = knots.slice(Math.floor(at / 128));
  return low + Math.floor(((high - low) * (at % 128)) / 128);
}

/** @param {number} p */
function leastAbove(p) {
  for (let x = -3071; x < 3071; x++) if (squash(x) >= p) return x;
  return 3071;
}

const stretches = Array.from({ length: 4096 }, (_, i) => leastAbove(16 * i + 8));

/** @param {number} p */
const stretch = (p) => stretches[Math.floor(p / 16)] ?? 0;

/** @param {number} p */
const limit = (p) => Math.min(Math.max(p, 48), 65488);

/** @param {Cell} cell @param {number} b */
function learn(cell, b) {
  const rate = Math.floor(65536 / (steps[cell.seen] ?? 26));
  if (b === 1) cell.p += Math.floor(((65535 - cell.p) * rate) / 65536);
  else cell.p -= Math.floor((cell.p * rate) / 65536);
  cell.seen = Math.min(cell.seen + 1, 15);
}

class Quotes {
  low = 0;
  high = 2 ** 32 - 1;
  code = 0;
  at = 0;
  /** @type {Map<string, Cell>} */
  cells = new Map();
  /** @type {Map<string, number>} */
  weights = new Map();
  a = 10;
  b = 10;
  other = 0;
  isLearning = false;
  /** What `coded` yields while letters are learned. @type {number[]} */
  told = [];

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    for (let i = 0; i < 4; i++) this.code = this.code * 256 + this.next();
  }

  next() {
    must(this.at < this.bytes.length + 4, 'bits that are cut off');
    return this.bytes[this.at++] ?? 0;
  }

  /** @param {...(string | number)} name @returns {Cell} */
  cell(...name) {
    const key = name.join();
    const known = this.cells.get(key) ?? { p: 32768, seen: 0 };
    this.cells.set(key, known);
    return known;
  }

  /** @param {number} p */
  coded(p) {
    if (this.isLearning) return this.told.shift() ?? 0;
    const middle = this.low + Math.floor(((this.high - this.low) * p) / 65536);
    const b = this.code <= middle ? 1 : 0;
    if (b === 1) this.high = middle;
    else this.low = middle + 1;
    while (Math.floor(this.low / 2 ** 24) === Math.floor(this.high / 2 ** 24)) {
      this.low = (this.low * 256) % 2 ** 32;
      this.high = ((this.high * 256) % 2 ** 32) + 255;
      this.code = ((this.code * 256) % 2 ** 32) + this.next();
    }
    return b;
  }

  /** @param {...(string | number)} name */
  bit(...name) {
    const cell = this.cell(...name);
    const b = this.coded(limit(cell.p));
    learn(cell, b);
    return b;
  }

  /** @param {number} kind */
  number(kind) {
    let length = 0;
    while (length < 23 && this.bit('length', kind, length) === 1) length++;
    let value = 1;
    for (let i = 0; i < length; i++) {
      if (i === 0) value = 2 * value + this.bit('first', kind, length);
      else if (i === 1) value = 2 * value + this.bit('second', kind, length, value % 2);
      else value = 2 * value + this.coded(32768);
    }
    return value - 1;
  }

  /** @param {number} unit */
  pass(unit) {
    if (unit >> 8 !== this.a >> 8) this.other = this.a >> 8;
    [this.b, this.a] = [this.a, unit];
  }

  upper() {
    const last = this.a >> 8;
    if (this.bit('same', this.a < 256 ? this.a : 256 + last) === 1) return last;
    if (this.bit('isOther') === 1) return this.other;
    let node = 1;
    for (let i = 0; i < 8; i++) node = 2 * node + this.bit('upper', node);
    return node - 256;
  }

  unit() {
    const h = this.upper();
    const s0 = Math.imul(h + 1, 0x2545f491);
    const s1 = Math.imul(s0 ^ (this.a + 1), 0x9e3779b1);
    const s = [s0, s1, Math.imul(s1 ^ (this.b + 1), 0x85ebca77)];
    let node = 1;
    for (let i = 0; i < 8; i++) {
      const at = Math.imul(node, 0x9e3779b1);
      const cells = s.map((sk, k) => this.cell('order', k, Math.imul(sk + at, 0x27d4eb2f) >>> 17));
      const t = cells.slice(1).reduce((sum, { seen }) => sum + Math.min(seen, 5), 0);
      const bit = this.isLearning ? this.coded(0) : this.mixed(cells, t);
      for (const cell of cells) learn(cell, bit);
      node = 2 * node + bit;
    }
    const unit = h * 256 + node - 256;
    this.pass(unit);
    return unit;
  }

  /** @param {Cell[]} cells @param {number} t */
  mixed(cells, t) {
    const odds = cells.map(({ p }) => stretch(p));
    const weight = (/** @type {number} */ k) => this.weights.get(`${t},${k}`) ?? 28000;
    const sum = odds.reduce((dot, o, k) => dot + weight(k) * o, 0);
    const p = limit(squash(Math.floor(sum / 65536)));
    const bit = this.coded(p);
    const error = Math.floor(((bit === 1 ? 65536 - p : -p) * 10) / 16);
    for (const [k, o] of odds.entries()) {
      this.weights.set(`${t},${k}`, weight(k) + Math.floor((o * error + 8192) / 16384));
    }
    return bit;
  }

  /** Letters of a text, by the very way in which they are read. @param {string} text */
  learnFrom(text) {
    this.isLearning = true;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const [high, last] = [unit >> 8, this.a >> 8];
      const bits = (/** @type {number} */ byte) =>
        Array.from({ length: 8 }, (_, place) => (byte >> (7 - place)) & 1);
      const isOther = high === this.other;
      this.told = high === last ? [1] : isOther ? [0, 1] : [0, 0, ...bits(high)];
      this.told.push(...bits(unit & 255));
      this.unit();
    }
    this.isLearning = false;
  }

  /** The bytes end as a writer ends them. */
  end() {
    const start = this.at - 4;
    for (let kept = 4; kept >= 0; kept--) {
      const top = Math.floor(this.high / 256 ** kept) * 256 ** kept;
      if (top < this.low) continue;
      const tail = Array.from(
        { length: 4 - kept },
        (_, i) => Math.floor(top / 256 ** (3 - i)) % 256,
      );
      must(this.bytes.length === start + tail.length, 'another end');
      must(
        tail.every((byte, i) => this.bytes[start + i] === byte),
        'another end',
      );
      return;
    }
  }
}

/** The texts that quotes tell beside a base. @param {Uint8Array} quotes @param {unknown} base */
export function quotedTexts(quotes, base, count = 0) {
  const text = JSON.stringify(base);
  must(text.length <= 2 ** 22, 'a base too long');
  const e = quotes[0] ?? 5;
  must(e <= 4 && (e === 0 || 128 * 2 ** e < text.length), 'no such e');
  must(256 * 2 ** e <= 1024 + 4 * (quotes.length - 1), 'too much is learned');
  const reader = new Quotes(quotes.subarray(1));
  const most = 256 * 2 ** e;
  if (text.length <= most) {
    reader.learnFrom(text);
  } else {
    for (let i = 1; i <= 4; i++) {
      const end = Math.floor((text.length * i) / 4);
      reader.learnFrom(text.slice(end - most / 4, end));
    }
  }
  const all = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  let [last, run, ends, left] = [0, 0, 0, 64 + 3 * (quotes.length - 1)];
  while (ends < count) {
    must(left-- > 0, 'too many steps');
    const before = all.length;
    if (reader.bit('copy', Math.min(run, 7), Math.min(reader.a, 127)) === 1) {
      let from = Math.min(last + run, text.length);
      if (reader.bit('back') === 1) {
        from = all.length - 1 - reader.number(1);
      } else {
        const d = reader.number(0);
        from += d > 0 && reader.bit('sign') === 1 ? -d : d;
      }
      const length = 2 + reader.number(2);
      must(from >= 0 && from < all.length, 'a copy of nothing');
      must(from >= text.length || from + length <= text.length, 'a copy beyond the end');
      must(all.length + length - text.length <= 2 ** 16, 'too long');
      for (let i = 0; i < length; i++) {
        const unit = all[from + i] ?? 0;
        all.push(unit);
        if (i >= length - 2) reader.pass(unit);
      }
      last = from + length;
      run = 0;
    } else {
      all.push(reader.unit());
      run++;
    }
    ends += all.slice(before).filter((unit) => unit === 10).length;
  }
  reader.end();
  const texts = all
    .slice(text.length)
    .map((unit) => String.fromCharCode(unit))
    .join('')
    .split('\n');
  must(texts.length === count + 1 && texts.pop() === '', 'texts that do not end');
  return texts;
}

/** What a text says, if it is in the one form. @param {string} text @param {number} depth */
export function quotedValue(text, depth) {
  const value = JSON.parse(text);
  must(JSON.stringify(value) === text, 'JSON in another form');
  soundness(value, depth);
  return value;
}

/** @param {unknown} value @param {number} depth */
function soundness(value, depth) {
  if (typeof value === 'string') must(value.isWellFormed(), 'half a character');
  if (typeof value !== 'object' || value === null) return;
  must(depth < 128, 'nested too deep');
  for (const [name, part] of Object.entries(value)) {
    must(name.isWellFormed(), 'half a character');
    soundness(part, depth + 1);
  }
}
