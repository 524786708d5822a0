/**
 * A small consumer, written from PROTOCOL.md alone, to be read beside the page by who writes one
 * in another language; digests.mjs and quotes.mjs are parts of it. It follows what a hub sends to
 * a consumer that holds nothing and asks for compact frames (`dense` 0 in its hello), and proves
 * by digests and checks that its copy is equal.
 *
 * Left out: dense frames, which come only to who asks for them; comparisons (`sums`, `mended`),
 * which come only to who has a copy of another epoch and does not ask with trust 2; and the
 * limits of the page, with the refusal of other forms, which guard against hubs that mean harm.
 *
 *     node reader.mjs session.json
 */
// @ts-check
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { chain, hashText, mix, shareOf } from './digests.mjs';
import { Quotes } from './quotes.mjs';

/** @typedef {string | number} Key */
/** @typedef {{ term: number, incarnation: string }} Epoch */
/** @typedef {{ value: unknown, share: number[] }} Entry */
/** @typedef {[name: string, value: unknown]} Part */

/** @param {boolean} holds @param {string} what @returns {asserts holds} */
function must(holds, what) {
  if (!holds) throw new Error(what);
}

// -- numbers, texts, keys and values

/** @param {number} z */
const unzigzag = (z) => (z % 2 === 0 ? z / 2 : -(z + 1) / 2);

/** A number as a whole number of steps of its last place. @param {number} x @param {number} s */
const mantissaOf = (x, s) => Math.sign(x) * Math.round(Math.abs(x) * 10 ** s);

/** @param {number} x */
function scaleOf(x) {
  for (let s = 0; s <= 15; s++) {
    const m = mantissaOf(x, s);
    if (!Number.isSafeInteger(m)) break;
    if (m / 10 ** s === x) return s;
  }
  throw new Error('a number without decimals');
}

/** Reads bytes from left to right. */
class Bytes {
  at = 0;
  /** @type {string[]} */
  names = [];
  /** @type {string[][]} */
  shapes = [];
  /** Where new parts come from, in a patch that quotes. @type {Quotes | undefined} */
  quotes;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  /** @param {number} count */
  take(count) {
    must(count <= this.left, 'it ends too early');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  byte() {
    return this.take(1)[0] ?? 0;
  }

  u32() {
    return this.take(4).reduceRight((sum, byte) => sum * 256 + byte, 0);
  }

  varint() {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      must(Number.isSafeInteger(value), 'a number too large');
      if (byte < 128) return value;
    }
  }

  /** @param {number} length */
  utf8(length) {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(length));
  }

  words() {
    return [this.u32(), this.u32(), this.u32(), this.u32()];
  }

  integerKey() {
    const head = this.varint();
    if (head > 1) return unzigzag(head - 2);
    return (this.varint() + 2 ** 51) * (head === 1 ? -1 : 1);
  }

  name() {
    const head = this.varint();
    if (head % 2 === 0) this.names.push(this.utf8(head / 2));
    const name = head % 2 === 0 ? this.names.at(-1) : this.names[(head - 1) / 2];
    must(name !== undefined, 'a name not written before');
    return name;
  }

  /** @returns {unknown} */
  value() {
    const tag = this.byte();
    if (tag < 0x40) return tag;
    if (tag < 0x80) return this.utf8(tag - 0x40);
    if (tag > 0x90 && tag < 0xa0) return this.varint() / 10 ** (tag - 0x90);
    if (tag > 0xa0 && tag < 0xb0) return -this.varint() / 10 ** (tag - 0xa0);
    if (tag >= 0xb0 && tag < 0xc0) return this.elements(tag - 0xb0);
    if (tag >= 0xc0) return this.members(tag === 0xff ? 63 + this.varint() : tag - 0xc0);
    if (tag === 0x80) return null;
    if (tag <= 0x82) return tag === 0x82;
    if (tag === 0x83) return 64 + this.varint();
    if (tag === 0x84) return -1 - this.varint();
    if (tag === 0x85) return new DataView(Uint8Array.from(this.take(8)).buffer).getFloat64(0, true);
    if (tag === 0x86) return this.utf8(64 + this.varint());
    if (tag === 0x87) return this.elements(16 + this.varint());
    if (tag === 0x89) return {};
    must(tag === 0x88, 'no value begins like this');
    const count = this.varint();
    must(count <= this.left, 'it ends too early');
    const shape = Array.from({ length: count }, () => this.name());
    return this.members(this.shapes.push(shape) - 1);
  }

  /** @param {number} count */
  elements(count) {
    must(count <= this.left, 'it ends too early');
    return Array.from({ length: count }, () => this.value());
  }

  /** @param {number} shape */
  members(shape) {
    const names = this.shapes[shape];
    must(names !== undefined, 'a shape not written before');
    return Object.fromEntries(names.map((name) => [name, this.value()]));
  }

  // -- patches, applied as they are read

  /** What the patch that comes here makes of a value. @param {unknown} base */
  patch(base) {
    const code = this.byte();
    if (code === 5) return base;
    if (code !== 6) return this.op(code, base);
    this.quotes = new Quotes(this.take(this.varint()), JSON.stringify(base));
    const value = this.op(this.byte(), base);
    this.quotes.end();
    this.quotes = undefined;
    return value;
  }

  /** @param {number} code @param {unknown} base @returns {unknown} */
  op(code, base) {
    if (code === 0) return this.quotes ? JSON.parse(this.quotes.next()) : this.value();
    if (code === 1) {
      must(typeof base === 'object' && base !== null && !Array.isArray(base), 'no object');
      return Object.fromEntries(this.edits(Object.entries(base), true));
    }
    if (code === 2) {
      must(Array.isArray(base), 'no array');
      const parts = base.map((value) => /** @type {Part} */ (['', value]));
      return this.edits(parts, false).map(([, value]) => value);
    }
    if (code === 3) {
      must(typeof base === 'number', 'no number');
      const head = this.varint();
      const scale = head % 2 === 1 ? this.byte() : scaleOf(base);
      return (mantissaOf(base, scale) + unzigzag(Math.floor(head / 2))) / 10 ** scale;
    }
    must(code === 4 && typeof base === 'string', 'no text');
    return this.splices(base);
  }

  /** @param {string} base */
  splices(base) {
    let [text, at] = ['', 0];
    for (let count = this.varint(); count > 0; count--) {
      const [keep, drop] = [this.varint(), this.varint()];
      const insert = this.quotes ? JSON.parse(`"${this.quotes.next()}"`) : this.utf8(this.varint());
      text += base.slice(at, at + keep) + insert;
      at += keep + drop;
    }
    must(at <= base.length, 'a splice beyond the end');
    return text + base.slice(at);
  }

  /** @param {Part[]} parts @param {boolean} named */
  edits(parts, named) {
    /** @type {Part[]} */
    const next = [];
    let at = 0;
    for (let isLast = false; !isLast;) {
      const token = this.varint();
      isLast = token % 16 >= 8;
      const keep = Math.floor(token / 16);
      next.push(...parts.slice(at, at + keep));
      at += keep;
      const code = token % 8;
      if (code === 5) at += this.varint() + 1;
      else if (code === 6) next.push(...this.added(named));
      else next.push(code === 7 ? this.taken(parts) : this.edited(code, parts[at++]));
      must(at <= parts.length, 'an edit beyond the end');
    }
    return [...next, ...parts.slice(at)];
  }

  /** @param {boolean} named @returns {Part[]} */
  added(named) {
    if (this.quotes === undefined) return [[named ? this.name() : '', this.value()]];
    const text = this.quotes.next();
    return Object.entries(JSON.parse(named ? `{${text}}` : `[${text}]`));
  }

  /** @param {Part[]} parts */
  taken(parts) {
    const head = this.varint();
    const part = parts[Math.floor(head / 2)];
    must(part !== undefined, 'a take of nothing');
    return head % 2 === 0 ? part : this.edited(this.byte(), part);
  }

  /** @param {number} code @param {Part | undefined} part @returns {Part} */
  edited(code, part) {
    must(part !== undefined, 'an edit beyond the end');
    return [part[0], this.op(code, part[1])];
  }

  epoch() {
    const term = this.varint();
    return { term, incarnation: Buffer.from(this.take(8)).toString('hex') };
  }
}

// -- sessions

/** @param {Uint8Array} bytes @param {number} salt */
function bytesCheck(bytes, salt) {
  const input = new Bytes(bytes);
  let state = chain([bytes.length, salt % 2 ** 32]);
  while (input.left >= 4) state = chain(state, input.u32());
  while (input.left > 0) state = chain(state, input.byte());
  const [lo, hi] = mix(...state);
  return (lo ^ hi) >>> 0;
}

/** The number of the page that this was written from. */
const PROTOCOL = 1;

/** Names of a hub's messages by their types, and which of them are sealed. */
const kinds = 'answer frame part head refusal wait sums mended snapshot chunk dense'.split(' ');
const SEALED = new Set(['answer', 'refusal', 'wait', 'sums', 'snapshot']);

/** A copy of a stream, and what has to be known to follow it. */
export class Follower {
  /** @type {Map<Key, Entry>} */
  held = new Map();
  version = 0;
  /** Sums of the shares of all entries. */
  words = [0, 0, 0, 0];
  /** Of the last answer. @type {Epoch | undefined} */
  epoch;
  /** Whether a check has shown that this is what the hub had at the last that was heard of it. */
  isEqual = false;
  /** Pieces of a body. @type {Uint8Array[]} */
  parts = [];
  snapshot = { rawBytes: 0, packedBytes: 0 };

  /** @param {string} stream @param {readonly number[]} nonce of the hello */
  constructor(stream, nonce) {
    this.seed = hashText(stream, 0x24)[0];
    this.nonce = nonce;
  }

  /** A message of the hub; returns its kind. @param {Uint8Array} message */
  receive(message) {
    const kind = kinds[(message[0] ?? 0) - 0x41] ?? 'no message of a hub';
    let content = message;
    if (SEALED.has(kind)) {
      content = message.subarray(0, -4);
      const seal = new Bytes(message.subarray(content.length)).u32();
      must(seal === bytesCheck(content, 0), `${kind}: the seal does not hold`);
    }
    const input = new Bytes(content.subarray(1));
    if (kind === 'answer') this.takeAnswer(input);
    else if (kind === 'part') this.takePart(input);
    else if (kind === 'frame')
      this.takeFrame(Buffer.concat([...this.parts.splice(0), input.bytes]));
    else if (kind === 'snapshot') this.takeSnapshot(input);
    else if (kind === 'chunk') this.takeChunk(input);
    else if (kind === 'head') this.takeHead(input);
    else must(kind === 'wait', `${kind} is not followed`);
    return kind;
  }

  /** @param {Bytes} input */
  takeAnswer(input) {
    must(input.varint() === PROTOCOL, 'another protocol');
    const nonce = [input.u32(), input.u32()];
    if (nonce.some((word, i) => word !== this.nonce[i])) return;
    const [, , from] = [input.varint(), input.varint(), input.varint(), input.varint()];
    this.epoch = input.epoch();
    const version = input.varint();
    this.isEqual = String(input.words()) === String(this.words) && from === version;
    if (this.isEqual) this.version = version;
    must(input.byte() === 0, 'comparisons are not followed');
    this.parts = [];
  }

  /** @param {Bytes} input */
  takePart(input) {
    const held = this.parts.reduce((sum, { length }) => sum + length, 0);
    must(input.varint() === held, 'a part is missing');
    this.parts.push(input.take(input.left));
  }

  /** @param {Bytes} input */
  takeSnapshot(input) {
    input.varint();
    input.u32();
    this.snapshot = { rawBytes: input.varint(), packedBytes: input.varint() };
    this.parts = [];
  }

  /** @param {Bytes} input */
  takeChunk(input) {
    const [offset, check] = [input.varint(), input.u32()];
    const bytes = input.take(input.left);
    must(check === bytesCheck(bytes, offset), 'chunk: the check does not hold');
    must(offset === this.parts.reduce((sum, { length }) => sum + length, 0), 'a chunk is missing');
    this.parts.push(bytes);
    if (offset + bytes.length < this.snapshot.packedBytes) return;
    const body = inflateRawSync(Buffer.concat(this.parts.splice(0)));
    must(body.length === this.snapshot.rawBytes, 'a snapshot of another length');
    this.takeFrame(body);
  }

  /** All of it or nothing: what was held stays until the check has held. @param {Buffer} body */
  takeFrame(body) {
    const input = new Bytes(body);
    const from = input.varint();
    const to = from + input.varint();
    must(from === 0 || from === this.version, 'frame: a gap');
    const held = new Map(from === 0 ? [] : this.held);
    const words = from === 0 ? [0, 0, 0, 0] : [...this.words];
    let lastKey = '';
    for (let count = input.varint(); count > 0; count--) {
      const head = input.byte();
      must(head < 16 && head % 4 < 3, 'frame: no such change');
      /** @type {Key} */
      let key;
      if ((head & 4) === 0) key = input.integerKey();
      else {
        const common = (head & 8) === 0 ? 0 : input.varint();
        key = lastKey = lastKey.slice(0, common) + input.utf8(input.varint());
      }
      const before = held.get(key);
      before?.share.forEach((word, i) => (words[i] = ((words[i] ?? 0) - word) >>> 0));
      if (head % 4 === 2) {
        held.delete(key);
        continue;
      }
      must(head % 4 === 1 || before !== undefined, 'frame: a patch of nothing');
      const value = head % 4 === 1 ? input.value() : input.patch(before?.value);
      const share = shareOf(key, value, this.seed);
      share.forEach((word, i) => (words[i] = ((words[i] ?? 0) + word) >>> 0));
      held.set(key, { value, share });
    }
    const check = input.u32();
    must(input.left === 0, 'frame: it goes on after its end');
    must(check === this.checkOf(words, from, to), 'frame: the check does not hold');
    [this.held, this.words, this.version, this.isEqual] = [held, words, to, true];
  }

  /** @param {Bytes} input */
  takeHead(input) {
    const [version, words, check] = [input.varint(), input.words(), input.u32()];
    must(check === this.checkOf(words, version, version), 'head: the check does not hold');
    this.isEqual = version === this.version && String(words) === String(this.words);
    must(this.isEqual, 'head: this copy is not equal');
  }

  /** @param {number[]} words @param {number} from @param {number} to */
  checkOf(words, from, to) {
    must(this.epoch !== undefined, 'no answer yet');
    const { term, incarnation } = this.epoch;
    let state = chain([0x23, this.seed], ...words);
    for (const n of [term, from, to]) state = chain(state, n % 2 ** 32, Math.floor(n / 2 ** 32));
    const halves = [incarnation.slice(0, 8), incarnation.slice(8)];
    const [lo, hi] = mix(...chain(state, ...halves.map((half) => Number.parseInt(half, 16))));
    return (lo ^ hi) >>> 0;
  }

  /** The collection's digest as text. */
  get digest() {
    return this.words
      .map((word) => word.toString(16).padStart(8, '0'))
      .reverse()
      .join('');
  }

  /** Entries in order of key: numbers, then strings by their UTF-16 units. */
  get entries() {
    const sorted = [...this.held].sort(([a], [b]) => {
      if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
      return a < b ? -1 : 1;
    });
    return sorted.map(([key, { value }]) => /** @type {[Key, unknown]} */ ([key, value]));
  }
}

if (import.meta.filename !== undefined && import.meta.filename === process.argv[1]) {
  const session = JSON.parse(readFileSync(process.argv[2] ?? 'session.json', 'utf8'));
  const follower = new Follower(session.stream, session.nonce);
  for (const { hex } of session.messages) follower.receive(Buffer.from(hex, 'hex'));
  for (const entry of follower.entries) console.log(JSON.stringify(entry));
  const state = follower.isEqual ? 'equal' : 'not known to be equal';
  console.log(`version ${follower.version}, ${follower.held.size} entries, ${state}`);
  console.log(`digest ${follower.digest}`);
}
