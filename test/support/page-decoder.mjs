/**
 * A decoder of stand-alone messages, frames, values and patches, written from PROTOCOL.md alone:
 * it shares nothing with the sources, so that what it reads shows that the page suffices.
 */
// @ts-check
import {
  commonStart,
  cutsPair,
  inOrder,
  mantissaOf,
  must,
  PageBytes,
  scaleOf,
  unzigzag,
  utf8Length,
} from './page-bytes.mjs';
import { quotedTexts, quotedValue } from './page-quotes.mjs';
import { chain, chainNumber, digestText, keyHash, mix, pair } from './page-digest.mjs';

/** @typedef {import('./page-digest.mjs').Key} Key */
/** @typedef {{ kind: string, key: Key, apply: (base: unknown) => unknown }} Change */
/** @typedef {import('./page-bytes.mjs').Bounds} Bounds */
/** @typedef {{ count: number, next: () => string | undefined }} Texts */

/** Reads one message: it remembers names and shapes. */
export class Reader extends PageBytes {
  /** @type {string[]} */
  names = [];
  /** @type {string[][]} */
  shapes = [];
  /** Where new parts come from in a patch that quotes. @type {Texts | undefined} */
  texts;
  /** Units that quotes of the message may still make. */
  quoteUnits = 2 ** 20;
  /** The string key before, in a frame. */
  lastKey = '';

  name() {
    const head = this.varint();
    if (head % 2 === 0) {
      const fresh = this.utf8(head / 2);
      must(!this.names.includes(fresh), 'a name written twice');
      this.names.push(fresh);
    }
    const name = this.names[head % 2 === 0 ? this.names.length - 1 : (head - 1) / 2];
    if (name === undefined) throw new Error('a name not written before');
    return name;
  }

  /** @returns {unknown} */
  value(depth = 0) {
    const tag = this.byte();
    if (tag < 0x40) return tag;
    if (tag < 0x80) return this.utf8(tag - 0x40);
    if (tag >= 0xc0) return this.members(tag === 0xff ? 63 + this.varint() : tag - 0xc0, depth);
    if (tag >= 0xb0) return this.elements(tag - 0xb0, depth);
    if (tag > 0xa0) return -this.decimal(tag - 0xa0);
    if (tag > 0x90 && tag < 0xa0) return this.decimal(tag - 0x90);
    switch (tag) {
      case 0x80:
        return null;
      case 0x81:
      case 0x82:
        return tag === 0x82;
      case 0x83:
        return this.whole(64 + this.varint());
      case 0x84:
        return this.whole(-1 - this.varint());
      case 0x85:
        return this.float();
      case 0x86:
        return this.utf8(64 + this.varint());
      case 0x87:
        return this.elements(16 + this.varint(), depth);
      case 0x88:
        this.shapes.push(this.newShape());
        return this.members(this.shapes.length - 1, depth);
      case 0x89:
        this.nest(depth);
        return {};
      default:
        throw new Error(`no value begins with ${tag}`);
    }
  }

  /** @param {number} x */
  whole(x) {
    must(Number.isSafeInteger(x), 'a whole number too large');
    return x;
  }

  float() {
    const x = new DataView(this.take(8).slice().buffer).getFloat64(0, true);
    must(Number.isFinite(x) && !Object.is(x, -0) && scaleOf(x) < 0, 'no number for this form');
    return x;
  }

  /** @param {number} scale */
  decimal(scale) {
    const mantissa = this.varint();
    const x = mantissa / 10 ** scale;
    must(scaleOf(x) === scale && mantissaOf(x, scale) === mantissa, 'no number for this form');
    return x;
  }

  newShape() {
    const count = this.varint();
    must(count > 0 && count <= this.bytes.length - this.at, 'no such shape');
    const names = Array.from({ length: count }, () => this.name());
    must(inOrder(names), 'names out of order');
    const isKnown = this.shapes.some(
      (shape) => shape.length === count && shape.every((name, i) => name === names[i]),
    );
    must(!isKnown, 'a shape written twice');
    return names;
  }

  /** @param {number} count @param {number} depth */
  elements(count, depth) {
    this.nest(depth);
    return Array.from({ length: this.count(count) }, () => this.value(depth + 1));
  }

  /** @param {number} shape @param {number} depth */
  members(shape, depth) {
    const names = this.shapes[shape];
    if (names === undefined) throw new Error('a shape not written before');
    this.nest(depth);
    this.count(names.length);
    return Object.fromEntries(names.map((name) => [name, this.value(depth + 1)]));
  }

  // -- patches: read as functions from the base to what it becomes

  /** @returns {(base: unknown) => unknown} */
  patch() {
    const code = this.byte();
    if (code === 6) return this.quotedPatch();
    return code === 5 ? (base) => base : this.op(code);
  }

  /**
   * The skeleton is read twice: for its end and the number of texts, and beside its base.
   * @returns {(base: unknown) => unknown}
   */
  quotedPatch() {
    const quotes = this.take(this.varint()).slice();
    const start = this.at;
    const { bytes, bounds } = this;
    this.texts = { count: 0, next: () => undefined };
    this.op(this.byte());
    const { count } = this.texts;
    this.texts = undefined;
    must(count > 0, 'quotes for nothing');
    let paid = 0;
    return (base) => {
      const told = quotedTexts(quotes, base, count, paid || this.quoteUnits);
      if (paid === 0) this.quoteUnits -= paid = told.join('').length + count;
      const skeleton = new Reader(bytes, bounds);
      skeleton.at = start;
      skeleton.texts = { count: 0, next: () => told.shift() };
      return skeleton.op(skeleton.byte())(base);
    };
  }

  /**
   * The next text of quotes as JSON; undefined while they are only counted.
   * @param {string} open @param {string} close @param {number} depth
   * @param {number} counted  parts that the edit has counted
   */
  quoted(open, close, depth, counted = 0) {
    if (this.texts === undefined) throw new Error('no quotes');
    this.texts.count++;
    const text = this.texts.next();
    if (text === undefined) return undefined;
    const value = quotedValue(`${open}${text}${close}`, depth);
    this.known(partsIn(value) - counted);
    return value;
  }

  /** @param {number} code @returns {(base: unknown) => unknown} */
  op(code, depth = 0) {
    switch (code) {
      case 0: {
        const value = this.texts ? this.quoted('', '', depth) : this.value(depth);
        return () => value;
      }
      case 1:
        return this.objectOp(depth);
      case 2:
        return this.arrayOp(depth);
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
    must(delta !== 0, 'a number that stays');
    must(explicit === undefined || (explicit >= 1 && explicit <= 15), 'no such scale');
    return (/** @type {unknown} */ base) => {
      if (typeof base !== 'number') throw new Error('there is no number');
      const own = scaleOf(base);
      const scale = explicit ?? own;
      must(own >= 0 && scale >= own, 'the number has other decimals');
      must(explicit === undefined || explicit > own, 'a scale that need not be told');
      const mantissa = mantissaOf(base, scale);
      must(mantissa / 10 ** scale === base, 'the number has other decimals');
      must(Number.isSafeInteger(mantissa), 'a number out of range');
      must(Number.isSafeInteger(mantissa + delta), 'a number out of range');
      return (mantissa + delta) / 10 ** scale;
    };
  }

  textOp() {
    const splices = Array.from({ length: this.count(this.varint()) }, (_, i) => {
      const [keep, drop] = [this.varint(), this.varint()];
      const insert = this.texts ? String(this.quoted('"', '"', 0)) : this.text();
      const splice = { keep, drop, insert };
      must(splice.drop > 0 || splice.insert !== '', 'a splice that does nothing');
      must(i === 0 || splice.keep > 0, 'a splice that belongs to the one before');
      return splice;
    });
    must(splices.length > 0, 'no splices');
    return (/** @type {unknown} */ base) => {
      if (typeof base !== 'string') throw new Error('there is no text');
      let text = '';
      let at = 0;
      for (const { keep, drop, insert } of splices) {
        text += base.slice(at, at + keep) + insert;
        must(!cutsPair(base, at + keep) && !cutsPair(base, at + keep + drop), 'half a character');
        at += keep + drop;
        must(at <= base.length, 'a splice beyond the end');
      }
      return text + base.slice(at);
    };
  }

  /** @param {number} depth */
  arrayOp(depth) {
    const edits = this.edits(false, depth);
    return (/** @type {unknown} */ base) => {
      if (!Array.isArray(base)) throw new Error('there is no array');
      return walk(
        base.map((part, i) => [i, part]),
        edits,
      ).map(([, value]) => value);
    };
  }

  /** @param {number} depth */
  objectOp(depth) {
    const edits = this.edits(true, depth);
    return (/** @type {unknown} */ base) => {
      must(typeof base === 'object' && base !== null && !Array.isArray(base), 'no object');
      const members = walk(Object.entries(Object(base)), edits);
      must(inOrder(members.map(([name]) => String(name))), 'names out of order');
      return Object.fromEntries(members);
    };
  }

  /** @param {boolean} named @param {number} depth @returns {Edit[]} */
  edits(named, depth) {
    this.nest(depth);
    /** @type {Edit[]} */
    const edits = [];
    for (;;) {
      this.count(1);
      const token = this.varint();
      const keep = Math.floor(token / 16);
      if (this.texts && token % 8 === 6) edits.push(...this.quotedAdds(keep, named, depth));
      else edits.push({ keep, ...this.edit(token % 8, named, depth + 1) });
      if (Math.floor(token / 8) % 2 === 1) return edits;
    }
  }

  /** @param {number} keep @param {boolean} named @param {number} depth @returns {Edit[]} */
  quotedAdds(keep, named, depth) {
    const parts = named ? this.quoted('{', '}', depth, 1) : this.quoted('[', ']', depth, 1);
    if (parts === undefined) return [];
    const adds = Object.entries(parts).map(([name, value], i) => ({
      keep: i === 0 ? keep : 0,
      name: named ? name : '',
      value,
    }));
    must(adds.length > 0, 'an add of nothing');
    return adds;
  }

  /**
   * @param {number} code @param {boolean} named @param {number} depth
   * @returns {Omit<Edit, 'keep'>}
   */
  edit(code, named, depth) {
    if (code === 5) return { drop: this.varint() + 1 };
    if (code === 6) return { name: named ? this.name() : '', value: this.value(depth) };
    if (code === 7) {
      const head = this.varint();
      const isSame = head % 2 === 0;
      const op = isSame ? (/** @type {unknown} */ part) => part : this.op(this.byte(), depth);
      return { from: Math.floor(head / 2), op };
    }
    return { op: this.op(code, depth) };
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
    must((head & 12) !== 8, 'a common start of an integer key');
    const key = (head & 4) === 0 ? this.integerKey() : this.stringKey((head & 8) !== 0);
    if (head % 4 === 0) {
      must(this.bytes[this.at] !== 5, 'an empty patch');
      return { kind: 'patch', key, apply: this.patch() };
    }
    if (head % 4 === 2) return { kind: 'delete', key, apply: () => undefined };
    const value = this.value();
    return { kind: 'put', key, apply: () => value };
  }

  /** A string key of a frame. @param {boolean} leans */
  stringKey(leans) {
    const common = leans ? this.varint() : 0;
    must(common <= this.lastKey.length, 'a common start that is too long');
    const key = this.lastKey.slice(0, common) + this.text(this.bounds.keyBytesMax);
    must(utf8Length(key) <= this.bounds.keyBytesMax, 'a key that is too long');
    must(common === commonStart(this.lastKey, key) && leans === common > 0, 'no such start');
    this.lastKey = key;
    return key;
  }

  rest() {
    return this.take(this.bytes.length - this.at);
  }

  end() {
    must(this.at === this.bytes.length, 'it goes on after its end');
  }
}

/** Elements and members, at any depth. @param {unknown} value @returns {number} */
function partsIn(value) {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum, part) => sum + 1 + partsIn(part), 0);
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
      must(at <= parts.length, 'an edit beyond the end');
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

/** A whole value. @param {Uint8Array} bytes @param {Bounds} [bounds] */
export function decodeValue(bytes, bounds) {
  const reader = new Reader(bytes, bounds);
  const value = reader.value();
  reader.end();
  return value;
}

/** A whole patch, as what it does to a base. @param {Uint8Array} bytes @param {Bounds} [bounds] */
export function decodePatch(bytes, bounds) {
  const reader = new Reader(bytes, bounds);
  const apply = reader.patch();
  reader.end();
  return apply;
}

/** What a whole patch makes of a base. @param {Uint8Array} bytes @param {unknown} base */
export function applyPatchBytes(bytes, base) {
  return decodePatch(bytes)(base);
}

const commands = ['new', 'update', 'delete', 'retran', 'gone'];

/**
 * A stand-alone message, with the digest it promises.
 * @param {Uint8Array} bytes @param {Bounds} [bounds]
 */
export function decodeMessage(bytes, bounds) {
  const reader = new Reader(bytes, bounds);
  const mark = reader.byte() - 0x10;
  const number = mark >> 1;
  const command = commands[number];
  if (mark < 0 || command === undefined) throw new Error('no message');
  /** @type {Key} */
  const key = mark % 2 === 1 ? reader.text(reader.bounds.keyBytesMax) : reader.integerKey();
  const tag = reader.take(6).reduceRight((sum, byte) => sum * 256 + byte, 0);
  const base = command === 'update' ? reader.varint() : 0;
  const version = base + reader.varint();
  must(Number.isSafeInteger(version), 'a version too large');
  /** @type {(base: unknown) => unknown} */
  let apply = () => undefined;
  if (command === 'update') {
    must((reader.bytes[reader.at] === 5) === (base === version), 'an empty patch elsewhere');
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
  const isDelete = number === 2 || number === 4;
  must(!isDelete || (digest.lo === 0 && digest.hi === 0), 'a delete that fails its check');
  return { command, key, tag, base, version, apply, digest: digestText(digest), header };
}

/** A frame that stands alone. @param {Uint8Array} bytes @param {Bounds} [bounds] */
export function decodeFrame(bytes, bounds) {
  const reader = new Reader(bytes, bounds);
  must(reader.byte() === 0x20, 'no frame');
  return { epoch: reader.epoch(), ...frameBody(reader) };
}

/** A frame's body, as sessions send it. @param {Uint8Array} bytes @param {Bounds} [bounds] */
export function decodeFrameBody(bytes, bounds) {
  return frameBody(new Reader(bytes, bounds));
}

/** @param {Reader} reader */
function frameBody(reader) {
  const from = reader.varint();
  const to = from + reader.varint();
  must(Number.isSafeInteger(to), 'a version too large');
  const count = reader.varint();
  must(count <= reader.bytes.length - reader.at, 'more changes than bytes');
  const changes = Array.from({ length: count }, () => reader.change());
  const check = reader.u32();
  reader.end();
  return { from, to, changes, check };
}

/**
 * Whether a frame may be applied at all: each key once, from 0 nothing but puts, and within a
 * version nothing.
 * @param {{ from: number, to: number, changes: readonly Change[] }} frame
 */
export function isWhole({ from, to, changes }) {
  if (from === to && changes.length > 0) return false;
  const keys = new Set(changes.map(({ key }) => key));
  return keys.size === changes.length && (from > 0 || changes.every(({ kind }) => kind === 'put'));
}
