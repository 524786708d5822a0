/**
 * Quotes of PROTOCOL.md, read by the page alone: see page-decoder.mjs.
 */
// @ts-check
import { must } from './page-bytes.mjs';

/** @typedef {{ p: number, seen: number }} Cell */

const steps = [1.6, 2.6, 3.6, 4.6, 5.6, 7, 8.5, 10, 12, 14, 16, 18, 20, 22, 24, 26];

/** @param {number} p */
const limit = (p) => Math.min(Math.max(p, 48), 65488);

/** @param {Cell} cell @param {number} b */
function learn(cell, b) {
  const rate = Math.floor(65536 / (steps[cell.seen] ?? 26));
  if (b === 1) cell.p += Math.floor(((65535 - cell.p) * rate) / 65536);
  else cell.p -= Math.floor((cell.p * rate) / 65536);
  cell.seen = Math.min(cell.seen + 1, 15);
}

/**
 * With other weights for lower bytes.
 * @param {number[]} tree @param {(w: number) => number} make
 */
function summed(tree, make) {
  for (let node = 511; node > 0; node--) {
    const below = (tree[2 * node] ?? 0) + (tree[2 * node + 1] ?? 0);
    tree[node] = node < 256 ? below : make(tree[node] ?? 0);
  }
}

class Quotes {
  low = 0;
  high = 2 ** 32 - 1;
  code = 0;
  at = 0;
  /** @type {Map<string, Cell>} */
  cells = new Map();
  /** Of each tree the weights of its nodes. @type {number[][]} */
  weight = Array.from({ length: 14 }, () => Array.from({ length: 512 }, () => 0));
  a = 10;
  other = 0;

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
    this.a = unit;
  }

  kind() {
    const at = [/[a-z]/, /[A-Z]/, /[0-9]/, / /, /[^\0-\x7f]/].findIndex((pattern) =>
      pattern.test(String.fromCharCode(this.a)),
    );
    return at + 1;
  }

  place() {
    return this.a < 256 ? this.kind() : 6;
  }

  upper() {
    if (this.bit('stays', this.place()) === 1) return this.a >> 8;
    if (this.bit('isOther') === 1) return this.other;
    let node = 1;
    for (let i = 0; i < 8; i++) node = 2 * node + this.bit('upper', node);
    return node - 256;
  }

  /** @param {number} h */
  tree(h) {
    return this.weight[h === 0 ? this.kind() : 6 + (h % 8)] ?? [];
  }

  unit() {
    const h = this.upper();
    const tree = this.tree(h);
    let node = 1;
    for (let i = 0; i < 8; i++) {
      const all = tree[node] ?? 0;
      const bit = this.coded(limit(Math.floor(((tree[2 * node + 1] ?? 0) * 65536) / all)));
      tree[node] = all + 256;
      node = 2 * node + bit;
    }
    tree[node] = (tree[node] ?? 0) + 256;
    if ((tree[1] ?? 0) >= 65536) summed(tree, (w) => Math.floor((w + 1) / 2));
    const unit = h * 256 + node - 256;
    this.pass(unit);
    return unit;
  }

  /** @param {string[]} texts */
  learnFrom(texts) {
    const [stayed, left] = [Array(7).fill(0), Array(7).fill(0)];
    for (const text of texts) {
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        const [h, low] = [unit >> 8, unit & 255];
        (h === this.a >> 8 ? stayed : left)[this.place()]++;
        const tree = this.tree(h);
        tree[256 + low] = (tree[256 + low] ?? 0) + 1;
        this.pass(unit);
      }
    }
    for (const tree of this.weight) {
      const m = tree.reduce((sum, count) => sum + count, 0);
      summed(tree, (c) => 2 + Math.floor((c * 4096) / Math.max(m, 256)));
    }
    for (let i = 0; i < 7; i++) {
      const [s, all] = [stayed[i], stayed[i] + left[i]];
      Object.assign(this.cell('stays', i), {
        p: Math.floor((65536 * (s + 1)) / (all + 2)),
        seen: Math.min(all, 15),
      });
    }
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

/**
 * The texts that quotes tell beside a base, in at most so many units.
 * @param {Uint8Array} quotes @param {unknown} base
 */
export function quotedTexts(quotes, base, count = 0, unitsMax = Infinity) {
  const text = JSON.stringify(base);
  must(text.length <= 2 ** 22, 'a base too long');
  const reader = new Quotes(quotes);
  const size = text.length;
  const quarters = [1, 2, 3, 4].map((i) => Math.floor((size * i) / 4));
  reader.learnFrom(size <= 2048 ? [text] : quarters.map((end) => text.slice(end - 512, end)));
  const all = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const most = Math.min(2 ** 19, 2 ** 16 + 64 * quotes.length + size, unitsMax);
  let [last, run, ends, left] = [0, 0, 0, 64 + 3 * quotes.length];
  while (ends < count) {
    must(left-- > 0, 'too many steps');
    const before = all.length;
    if (reader.bit('copy', Math.min(run, 2), reader.place()) === 1) {
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
      must(before + length - size <= most, 'too long');
      for (let i = 0; i < length; i++) {
        const unit = all[from + i] ?? 0;
        all.push(unit);
        if (i >= length - 2) reader.pass(unit);
      }
      last = from + length;
      run = 0;
    } else {
      must(before - size < most, 'too long');
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
