/**
 * A decoder of stand-alone messages, frames, values and patches, written from PROTOCOL.md alone:
 * it shares nothing with the sources, so that what it reads shows that the page suffices.
 */
// @ts-check
import { chain, chainNumber, digestText, keyHash, mix, pair } from './page-digest.mjs';

/** @typedef {import('./page-digest.mjs').Key} Key */
/** @typedef {{ kind: string, key: Key, apply: (base: unknown) => unknown }} Change */

const FAR = 2 ** 51;

/** @param {boolean} holds @param {string} what */
function must(holds, what) {
  if (!holds) throw new Error(what);
}

/** @param {number} x */
function scaleOf(x) {
  if (Number.isInteger(x)) return Number.isSafeInteger(x) ? 0 : -1;
  for (let s = 1; s <= 15; s++) {
    const m = mantissaOf(x, s);
    if (Math.abs(m) > Number.MAX_SAFE_INTEGER) return -1;
    if (m / 10 ** s === x) return s;
  }
  return -1;
}

/** @param {number} x @param {number} s */
function mantissaOf(x, s) {
  const m = Math.round(Math.abs(x) * 10 ** s);
  return x < 0 ? -m : m;
}

/** @param {number} z */
const unzigzag = (z) => (z % 2 === 0 ? z / 2 : -(z + 1) / 2);

/** Reads one message: it remembers names and shapes. */
export class Reader {
  at = 0;
  /** @type {string[]} */
  names = [];
  /** @type {string[][]} */
  shapes = [];
  /** The string key before, in a frame. */
  lastKey = '';

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  byte() {
    must(this.at < this.bytes.length, 'it ends too early');
    return this.bytes[this.at++] ?? 0;
  }

  /** @param {number} count */
  take(count) {
    must(count <= this.bytes.length - this.at, 'it ends too early');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  varint() {
    let value = 0;
    for (let i = 0, scale = 1; i < 8; i++, scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      must(Number.isSafeInteger(value), 'a number too large');
      if (byte < 0x80) {
        must(byte !== 0 || i === 0, 'a number too long');
        return value;
      }
    }
    throw new Error('a number too long');
  }

  u32() {
    return this.take(4).reduceRight((sum, byte) => sum * 256 + byte, 0);
  }

  /** @param {number} length */
  utf8(length) {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(this.take(length));
  }

  text() {
    return this.utf8(this.varint());
  }

  integerKey() {
    const head = this.varint();
    if (head > 1) return unzigzag(head - 2);
    const magnitude = this.varint() + FAR;
    return head === 1 ? -magnitude : magnitude;
  }

  name() {
    const head = this.varint();
    if (head % 2 === 0) this.names.push(this.utf8(head / 2));
    const name = this.names[head % 2 === 0 ? this.names.length - 1 : (head - 1) / 2];
    if (name === undefined) throw new Error('a name not written before');
    return name;
  }

  /** @returns {unknown} */
  value() {
    const tag = this.byte();
    if (tag < 0x40) return tag;
    if (tag < 0x80) return this.utf8(tag - 0x40);
    if (tag >= 0xc0) return this.members(tag === 0xff ? 63 + this.varint() : tag - 0xc0);
    if (tag >= 0xb0) return this.elements(tag - 0xb0);
    if (tag > 0xa0) return -(this.varint() / 10 ** (tag - 0xa0));
    if (tag > 0x90 && tag < 0xa0) return this.varint() / 10 ** (tag - 0x90);
    switch (tag) {
      case 0x80:
        return null;
      case 0x81:
      case 0x82:
        return tag === 0x82;
      case 0x83:
        return 64 + this.varint();
      case 0x84:
        return -1 - this.varint();
      case 0x85:
        return new DataView(this.take(8).slice().buffer).getFloat64(0, true);
      case 0x86:
        return this.utf8(64 + this.varint());
      case 0x87:
        return this.elements(16 + this.varint());
      case 0x88:
        this.shapes.push(Array.from({ length: this.varint() }, () => this.name()));
        return this.members(this.shapes.length - 1);
      case 0x89:
        return {};
      default:
        throw new Error(`no value begins with ${tag}`);
    }
  }

  /** @param {number} count */
  elements(count) {
    must(count <= this.bytes.length - this.at, 'too many elements');
    return Array.from({ length: count }, () => this.value());
  }

  /** @param {number} shape */
  members(shape) {
    const names = this.shapes[shape];
    if (names === undefined) throw new Error('a shape not written before');
    return Object.fromEntries(names.map((name) => [name, this.value()]));
  }

  // -- patches: read as functions from the base to what it becomes

  /** @returns {(base: unknown) => unknown} */
  patch() {
    const code = this.byte();
    return code === 5 ? (base) => base : this.op(code);
  }

  /** @param {number} code @returns {(base: unknown) => unknown} */
  op(code) {
    switch (code) {
      case 0: {
        const value = this.value();
        return () => value;
      }
      case 1:
        return this.objectOp();
      case 2:
        return this.arrayOp();
      case 3:
        return this.numberOp();
      case 4:
        return this.textOp();
      default:
        throw new Error(`no op has the code ${code}`);
    }
  }

  numberOp() {
    const head = this.varint();
    const delta = unzigzag(Math.floor(head / 2));
    const explicit = head % 2 === 1 ? this.byte() : undefined;
    return (/** @type {unknown} */ base) => {
      if (typeof base !== 'number') throw new Error('there is no number');
      const own = scaleOf(base);
      const scale = explicit ?? own;
      must(own >= 0 && scale >= own, 'the number has other decimals');
      return (mantissaOf(base, scale) + delta) / 10 ** scale;
    };
  }

  textOp() {
    const splices = Array.from({ length: this.varint() }, () => ({
      keep: this.varint(),
      drop: this.varint(),
      insert: this.text(),
    }));
    return (/** @type {unknown} */ base) => {
      if (typeof base !== 'string') throw new Error('there is no text');
      let text = '';
      let at = 0;
      for (const { keep, drop, insert } of splices) {
        text += base.slice(at, at + keep) + insert;
        at += keep + drop;
        must(at <= base.length, 'a splice beyond the end');
      }
      return text + base.slice(at);
    };
  }

  arrayOp() {
    const edits = this.edits(false);
    return (/** @type {unknown} */ base) => {
      if (!Array.isArray(base)) throw new Error('there is no array');
      return walk(
        base.map((part, i) => [i, part]),
        edits,
      ).map(([, value]) => value);
    };
  }

  objectOp() {
    const edits = this.edits(true);
    return (/** @type {unknown} */ base) => {
      must(typeof base === 'object' && base !== null && !Array.isArray(base), 'no object');
      return Object.fromEntries(walk(Object.entries(Object(base)), edits));
    };
  }

  /** @param {boolean} named @returns {Edit[]} */
  edits(named) {
    /** @type {Edit[]} */
    const edits = [];
    for (;;) {
      const token = this.varint();
      edits.push({ keep: Math.floor(token / 16), ...this.edit(token % 8, named) });
      if (Math.floor(token / 8) % 2 === 1) return edits;
    }
  }

  /** @param {number} code @param {boolean} named @returns {Omit<Edit, 'keep'>} */
  edit(code, named) {
    if (code === 5) return { drop: this.varint() + 1 };
    if (code === 6) return { name: named ? this.name() : '', value: this.value() };
    if (code === 7) {
      const head = this.varint();
      const op = head % 2 === 1 ? this.op(this.byte()) : (/** @type {unknown} */ part) => part;
      return { from: Math.floor(head / 2), op };
    }
    return { op: this.op(code) };
  }

  // -- frames

  epoch() {
    const term = this.varint();
    const incarnation = Array.from(this.take(8), (byte) => byte.toString(16).padStart(2, '0'));
    return { term, incarnation: incarnation.join('') };
  }

  /** @returns {Change} */
  change() {
    const head = this.byte();
    must(head < 16 && head % 4 < 3, 'no such change');
    /** @type {Key} */
    let key;
    if ((head & 4) === 0) {
      key = this.integerKey();
    } else {
      key = (head & 8) === 0 ? '' : this.lastKey.slice(0, this.varint());
      key += this.text();
      this.lastKey = key;
    }
    if (head % 4 === 0) return { kind: 'patch', key, apply: this.patch() };
    if (head % 4 === 2) return { kind: 'delete', key, apply: () => undefined };
    const value = this.value();
    return { kind: 'put', key, apply: () => value };
  }

  rest() {
    return this.take(this.bytes.length - this.at);
  }

  end() {
    must(this.at === this.bytes.length, 'it goes on after its end');
  }
}

/**
 * One edit: of the parts after `keep`, `drop` are left out; or `value` comes; or part `from`
 * comes through `op`; or the next part goes through `op`.
 * @typedef {object} Edit
 * @property {number} keep
 * @property {number} [drop]
 * @property {string} [name]
 * @property {unknown} [value]
 * @property {number} [from]
 * @property {(part: unknown) => unknown} [op]
 */

/**
 * @template {Key} N
 * @param {readonly [N, unknown][]} parts
 * @param {readonly Edit[]} edits
 * @returns {[Key, unknown][]}
 */
function walk(parts, edits) {
  /** @type {[Key, unknown][]} */
  const next = [];
  let at = 0;
  for (const { keep, drop, name, value, from, op } of edits) {
    next.push(...parts.slice(at, at + keep));
    at += keep;
    must(at <= parts.length, 'an edit beyond the end');
    if (drop !== undefined) {
      at += drop;
    } else if (name !== undefined) {
      next.push([name, value]);
    } else {
      const part = parts[from ?? at++];
      if (part === undefined || op === undefined) throw new Error('an edit beyond the end');
      next.push([part[0], op(part[1])]);
    }
  }
  return [...next, ...parts.slice(at)];
}

/** A whole value. @param {Uint8Array} bytes */
export function decodeValue(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value();
  reader.end();
  return value;
}

/** What a whole patch makes of a base. @param {Uint8Array} bytes @param {unknown} base */
export function applyPatchBytes(bytes, base) {
  const reader = new Reader(bytes);
  const apply = reader.patch();
  reader.end();
  return apply(base);
}

const commands = ['new', 'update', 'delete', 'retran', 'gone'];

/** A stand-alone message, with the digest it promises. @param {Uint8Array} bytes */
export function decodeMessage(bytes) {
  const reader = new Reader(bytes);
  const mark = reader.byte() - 0x10;
  const number = mark >> 1;
  const command = commands[number];
  if (mark < 0 || command === undefined) throw new Error('no message');
  /** @type {Key} */
  const key = mark % 2 === 1 ? reader.text() : reader.integerKey();
  const tag = reader.take(6).reduceRight((sum, byte) => sum * 256 + byte, 0);
  const base = command === 'update' ? reader.varint() : 0;
  const version = base + reader.varint();
  /** @type {(base: unknown) => unknown} */
  let apply = () => undefined;
  if (command === 'update') {
    apply = reader.patch();
  } else if (number !== 2 && number !== 4) {
    const value = reader.value();
    apply = () => value;
  }
  let state = chain(keyHash(key), number);
  for (const n of [tag, base, version]) state = chainNumber(state, n);
  const header = mix(state.lo, state.hi);
  const digest = pair(reader.u32() ^ header.lo, reader.u32() ^ header.hi);
  reader.end();
  return { command, key, tag, base, version, apply, digest: digestText(digest) };
}

/** A frame that stands alone. @param {Uint8Array} bytes */
export function decodeFrame(bytes) {
  const reader = new Reader(bytes);
  must(reader.byte() === 0x20, 'no frame');
  return { epoch: reader.epoch(), ...frameBody(reader) };
}

/** A frame's body, as sessions send it. @param {Uint8Array} bytes */
export function decodeFrameBody(bytes) {
  return frameBody(new Reader(bytes));
}

/** @param {Reader} reader */
function frameBody(reader) {
  const from = reader.varint();
  const to = from + reader.varint();
  const changes = Array.from({ length: reader.varint() }, () => reader.change());
  const check = reader.u32();
  reader.end();
  return { from, to, changes, check };
}
