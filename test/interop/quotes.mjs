/**
 * Quotes, the patches whose first byte is 6: what is new comes as texts that lean on the JSON text
 * of the base. Written from PROTOCOL.md alone, for reader.mjs; a consumer needs it, since whether
 * to quote is up to the hub.
 */
// @ts-check

/** @typedef {{ p: number, seen: number }} Cell */

const pace = [1.6, 2.6, 3.6, 4.6, 5.6, 7, 8.5, 10, 12, 14, 16, 18, 20, 22, 24, 26];
const knots = [
  32768, 40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438,
  65476, 65500, 65514, 65523, 65528, 65531, 65533, 65534, 65535, 65535, 65535,
];
const LINE_FEED = 10;

/** @param {number} x @returns {number} */
function squash(x) {
  if (x < 0) return 65536 - squash(-x);
  const place = Math.min(x, 3071);
  const low = knots[Math.floor(place / 128)] ?? 0;
  const high = knots[Math.floor(place / 128) + 1] ?? 0;
  return low + Math.floor(((high - low) * (place % 128)) / 128);
}

/** `stretch` of p, by p / 16. */
const stretched = new Int16Array(4096);
for (let i = 0, x = -3071; i < 4096; i++) {
  while (x < 3071 && squash(x) < 16 * i + 8) x++;
  stretched[i] = x;
}

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
  at = 1;
  /** @type {Map<string, Cell>} */
  cells = new Map();
  /** @type {Map<string, number>} */
  weights = new Map();
  /** The two units before, the last in front. */
  a = 10;
  b = 10;
  other = 0;
  /** Where the copy before ended, and the units since. */
  last = 0;
  run = 0;
  /** Bits that are known, while letters are learned from the base. @type {number[]} */
  known = [];
  /** Where in `all` the next text begins. */
  told;

  /** @param {Uint8Array} bytes @param {string} base */
  constructor(bytes, base) {
    this.bytes = bytes;
    this.baseLength = base.length;
    this.all = Array.from({ length: base.length }, (_, i) => base.charCodeAt(i));
    this.told = base.length;
    for (let i = 0; i < 4; i++) this.code = this.code * 256 + this.nextByte();
    const most = 256 * 2 ** (bytes[0] ?? 0);
    if (base.length <= most) this.study(0, base.length);
    for (let i = 1; i <= 4 && base.length > most; i++) {
      const end = Math.floor((base.length * i) / 4);
      this.study(end - most / 4, end);
    }
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
    if (this.bit(`copy ${Math.min(this.run, 7)} ${Math.min(this.a, 127)}`) === 0) {
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
    const bit = this.known.shift() ?? this.coded(limit(cell.p));
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
    this.b = this.a;
    this.a = unit;
  }

  upperByte() {
    const upper = this.a >> 8;
    if (this.bit(`same ${this.a < 256 ? this.a : 256 + upper}`) === 1) return upper;
    if (this.bit('isOther') === 1) return this.other;
    let node = 1;
    for (let i = 0; i < 8; i++) node = 2 * node + this.bit(`upper ${node}`);
    return node - 256;
  }

  unit() {
    const upper = this.upperByte();
    const s0 = Math.imul(upper + 1, 0x2545f491);
    const s1 = Math.imul(s0 ^ (this.a + 1), 0x9e3779b1);
    const s2 = Math.imul(s1 ^ (this.b + 1), 0x85ebca77);
    let node = 1;
    for (let i = 0; i < 8; i++) {
      const spread = Math.imul(node, 0x9e3779b1);
      const cells = [s0, s1, s2].map((s, k) =>
        this.cell(`order ${k} ${Math.imul(s + spread, 0x27d4eb2f) >>> 17}`),
      );
      const bit = this.known.shift() ?? this.mixed(cells);
      for (const cell of cells) learn(cell, bit);
      node = 2 * node + bit;
    }
    const unit = upper * 256 + node - 256;
    this.pass(unit);
    return unit;
  }

  /** A bit that three cells foretell together. @param {Cell[]} cells */
  mixed(cells) {
    const trust = cells.slice(1).reduce((sum, { seen }) => sum + Math.min(seen, 5), 0);
    const votes = cells.map(({ p }) => stretched[Math.floor(p / 16)] ?? 0);
    const weights = votes.map((_, k) => this.weights.get(`${trust} ${k}`) ?? 28000);
    const sum = votes.reduce((all, vote, k) => all + (weights[k] ?? 0) * vote, 0);
    const p = limit(squash(Math.floor(sum / 65536)));
    const bit = this.coded(p);
    const error = Math.floor(((bit === 1 ? 65536 - p : -p) * 10) / 16);
    for (const [k, vote] of votes.entries()) {
      const change = Math.floor((vote * error + 8192) / 16384);
      this.weights.set(`${trust} ${k}`, (weights[k] ?? 0) + change);
    }
    return bit;
  }

  /** Learns the letters of a piece of the base. @param {number} from @param {number} to */
  study(from, to) {
    const bits = (/** @type {number} */ byte) =>
      Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1);
    for (let i = from; i < to; i++) {
      const unit = this.all[i] ?? 0;
      const upper = unit >> 8;
      if (upper === this.a >> 8) this.known = [1];
      else if (upper === this.other) this.known = [0, 1];
      else this.known = [0, 0, ...bits(upper)];
      this.known.push(...bits(unit & 255));
      this.unit();
    }
  }
}
