/**
 * Quotes, the patches whose first byte is 6: what is new comes as texts that lean on the JSON text
 * of the base. Written from PROTOCOL.md alone, for reader.mjs; a consumer needs it, since whether
 * to quote is up to the hub.
 */
// @ts-check

/** @typedef {{ p: number, seen: number }} Cell */

const pace = [1.6, 2.6, 3.6, 4.6, 5.6, 7, 8.5, 10, 12, 14, 16, 18, 20, 22, 24, 26];
const LINE_FEED = 10;
/** Pieces of a long base from which letters are learned, and units of each. */
const PIECES = 4;
const PIECE = 512;

/** @param {number} p */
const limit = (p) => Math.min(Math.max(p, 48), 65488);

/** @param {Cell} cell @param {number} bit */
function learn(cell, bit) {
  const rate = Math.floor(65536 / (pace[cell.seen] ?? 26));
  if (bit === 1) cell.p += Math.floor(((65535 - cell.p) * rate) / 65536);
  else cell.p -= Math.floor((cell.p * rate) / 65536);
  cell.seen = Math.min(cell.seen + 1, 15);
}

/** The texts that quotes tell beside the JSON text of a base, one after the other. */
export class Quotes {
  low = 0;
  high = 2 ** 32 - 1;
  code = 0;
  at = 0;
  /** @type {Map<string, Cell>} */
  cells = new Map();
  /** By tree and lower byte, how often a unit was met. @type {Map<number, number[]>} */
  counts = new Map();
  /** By tree, the weights of its nodes. @type {Map<number, number[]>} */
  weights = new Map();
  /** The unit before. */
  a = 10;
  other = 0;
  /** Where the copy before ended, and the units since. */
  last = 0;
  run = 0;
  /** Where in `all` the next text begins. */
  told;

  /** @param {Uint8Array} bytes @param {string} base */
  constructor(bytes, base) {
    this.bytes = bytes;
    this.baseLength = base.length;
    this.all = Array.from({ length: base.length }, (_, i) => base.charCodeAt(i));
    this.told = base.length;
    for (let i = 0; i < 4; i++) this.code = this.code * 256 + this.nextByte();
    this.study();
  }

  /** The next text. */
  next() {
    for (;;) {
      const end = this.all.indexOf(LINE_FEED, this.told);
      if (end >= 0) {
        const units = this.all.slice(this.told, end);
        this.told = end + 1;
        return units.map((unit) => String.fromCharCode(unit)).join('');
      }
      this.step();
    }
  }

  /** All texts have been asked for. */
  end() {
    if (this.told !== this.all.length) throw new Error('quotes that go on after their end');
  }

  nextByte() {
    if (this.at >= this.bytes.length + 4) throw new Error('quotes that are cut off');
    return this.bytes[this.at++] ?? 0;
  }

  step() {
    const { all, baseLength } = this;
    if (this.bit(`copy ${Math.min(this.run, 2)} ${this.place()}`) === 0) {
      if (all.length - baseLength >= 2 ** 16) throw new Error('quotes that are too long');
      all.push(this.unit());
      this.run++;
      return;
    }
    let from = Math.min(this.last + this.run, baseLength);
    if (this.bit('back') === 1) {
      from = all.length - 1 - this.number(1);
    } else {
      const distance = this.number(0);
      from += distance > 0 && this.bit('sign') === 1 ? -distance : distance;
    }
    const length = 2 + this.number(2);
    if (from < 0 || from >= all.length) throw new Error('a copy of nothing');
    if (all.length + length - baseLength > 2 ** 16) throw new Error('quotes that are too long');
    for (let i = 0; i < length; i++) {
      const unit = all[from + i] ?? 0;
      all.push(unit);
      if (i >= length - 2) this.pass(unit);
    }
    this.last = from + length;
    this.run = 0;
  }

  /** @param {number} p */
  coded(p) {
    const middle = this.low + Math.floor(((this.high - this.low) * p) / 65536);
    const bit = this.code <= middle ? 1 : 0;
    if (bit === 1) this.high = middle;
    else this.low = middle + 1;
    while (this.low >>> 24 === this.high >>> 24) {
      this.low = (this.low << 8) >>> 0;
      this.high = ((this.high << 8) | 255) >>> 0;
      this.code = ((this.code << 8) | this.nextByte()) >>> 0;
    }
    return bit;
  }

  /** @param {string} name */
  cell(name) {
    let cell = this.cells.get(name);
    if (cell === undefined) this.cells.set(name, (cell = { p: 32768, seen: 0 }));
    return cell;
  }

  /** @param {string} name */
  bit(name) {
    const cell = this.cell(name);
    const bit = this.coded(limit(cell.p));
    learn(cell, bit);
    return bit;
  }

  /** @param {number} kind */
  number(kind) {
    let length = 0;
    while (length < 23 && this.bit(`length ${kind} ${length}`) === 1) length++;
    let value = 1;
    for (let i = 0; i < length; i++) {
      let bit;
      if (i === 0) bit = this.bit(`first ${kind} ${length}`);
      else if (i === 1) bit = this.bit(`second ${kind} ${length} ${value % 2}`);
      else bit = this.coded(32768);
      value = 2 * value + bit;
    }
    return value - 1;
  }

  /** @param {number} unit */
  pass(unit) {
    if (unit >> 8 !== this.a >> 8) this.other = this.a >> 8;
    this.a = unit;
  }

  kind() {
    const letter = String.fromCharCode(this.a);
    if (this.a >= 128) return 5;
    if (letter >= 'a' && letter <= 'z') return 1;
    if (letter >= 'A' && letter <= 'Z') return 2;
    if (letter >= '0' && letter <= '9') return 3;
    return letter === ' ' ? 4 : 0;
  }

  /** What stands before the next unit. */
  place() {
    return this.a < 256 ? this.kind() : 6;
  }

  upperByte() {
    if (this.bit(`stays ${this.place()}`) === 1) return this.a >> 8;
    if (this.bit('isOther') === 1) return this.other;
    let node = 1;
    for (let i = 0; i < 8; i++) node = 2 * node + this.bit(`upper ${node}`);
    return node - 256;
  }

  /** @param {number} upper */
  treeOf(upper) {
    return upper === 0 ? this.kind() : 6 + (upper % 8);
  }

  /** The weights of a tree, as they were learned at first. @param {number} tree */
  weightsOf(tree) {
    let weights = this.weights.get(tree);
    if (weights !== undefined) return weights;
    const counts = this.counts.get(tree) ?? [];
    const all = counts.reduce((sum, count) => sum + (count ?? 0), 0);
    weights = [...Array(512)].map((_, node) => {
      return 2 + Math.floor(((counts[node - 256] ?? 0) * 4096) / Math.max(all, 256));
    });
    this.weights.set(tree, weights);
    this.addUp(weights);
    return weights;
  }

  /** @param {number[]} weights */
  addUp(weights) {
    for (let node = 255; node > 0; node--) {
      weights[node] = (weights[2 * node] ?? 0) + (weights[2 * node + 1] ?? 0);
    }
  }

  unit() {
    const upper = this.upperByte();
    const weights = this.weightsOf(this.treeOf(upper));
    let node = 1;
    for (let i = 0; i < 8; i++) {
      const weight = weights[node] ?? 1;
      const ones = weights[2 * node + 1] ?? 0;
      const bit = this.coded(limit(Math.floor((ones * 65536) / weight)));
      weights[node] = weight + 256;
      node = 2 * node + bit;
    }
    weights[node] = (weights[node] ?? 0) + 256;
    if ((weights[1] ?? 0) >= 65536) {
      for (let leaf = 256; leaf < 512; leaf++) weights[leaf] = ((weights[leaf] ?? 0) + 1) >> 1;
      this.addUp(weights);
    }
    const unit = upper * 256 + node - 256;
    this.pass(unit);
    return unit;
  }

  /** Learns letters from the base. */
  study() {
    const stayed = [0, 0, 0, 0, 0, 0, 0];
    const left = [0, 0, 0, 0, 0, 0, 0];
    for (const unit of this.samples()) {
      const met = unit >> 8 === this.a >> 8 ? stayed : left;
      met[this.place()] = (met[this.place()] ?? 0) + 1;
      const tree = this.treeOf(unit >> 8);
      const counts = this.counts.get(tree) ?? Array.from({ length: 256 }, () => 0);
      this.counts.set(tree, counts);
      counts[unit & 255] = (counts[unit & 255] ?? 0) + 1;
      this.pass(unit);
    }
    for (const [i, s] of stayed.entries()) {
      const l = left[i] ?? 0;
      const p = Math.floor((65536 * (s + 1)) / (s + l + 2));
      this.cells.set(`stays ${i}`, { p, seen: Math.min(s + l, 15) });
    }
  }

  samples() {
    const { all, baseLength } = this;
    if (baseLength <= PIECES * PIECE) return all.slice(0, baseLength);
    return [1, 2, 3, 4].flatMap((i) => {
      const end = Math.floor((baseLength * i) / PIECES);
      return all.slice(end - PIECE, end);
    });
  }
}
