/**
 * Numbers, texts and keys of PROTOCOL.md, read by the page alone: see page-decoder.mjs.
 */
// @ts-check

/** @typedef {typeof defaultBounds} Bounds */

const FAR = 2 ** 51;
/** Those of the page. */
const defaultBounds = { depthMax: 128, nodesMax: 8_388_608, keyBytesMax: 1024 };

/** @param {boolean} holds @param {string} what */
export function must(holds, what) {
  if (!holds) throw new Error(what);
}

/** @param {number} x */
export function scaleOf(x) {
  if (Number.isInteger(x)) return Number.isSafeInteger(x) ? 0 : -1;
  for (let s = 1; s <= 15; s++) {
    const m = mantissaOf(x, s);
    if (Math.abs(m) > Number.MAX_SAFE_INTEGER) return -1;
    if (m / 10 ** s === x) return s;
  }
  return -1;
}

/** @param {number} x @param {number} s */
export function mantissaOf(x, s) {
  const m = Math.round(Math.abs(x) * 10 ** s);
  return x < 0 ? -m : m;
}

/** @param {unknown} text @param {number} at */
export function cutsPair(text, at) {
  const [before, after] = [String(text).charCodeAt(at - 1), String(text).charCodeAt(at)];
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
}

/** Each name once, those that read as array indexes in front and rising. @param {string[]} names */
export function inOrder(names) {
  const isIndex = (/** @type {string} */ name) =>
    /^(?:0|[1-9]\d{0,9})$/.test(name) && Number(name) <= 2 ** 32 - 2;
  const indexes = names.filter(isIndex).map(Number);
  const rising = indexes.every((index, i) => i === 0 || index > (indexes[i - 1] ?? 0));
  return (
    rising && names.slice(0, indexes.length).every(isIndex) && new Set(names).size === names.length
  );
}

/** The length of the common start that a key must use. @param {string} last @param {string} key */
export function commonStart(last, key) {
  let common = 0;
  while (common < Math.min(last.length, key.length) && last[common] === key[common]) common++;
  if (cutsPair(last, common) || cutsPair(key, common)) common--;
  return common < 2 ? 0 : common;
}

/** @param {string} text */
export const utf8Length = (text) => new TextEncoder().encode(text).length;

/** @param {number} z */
export const unzigzag = (z) => (z % 2 === 0 ? z / 2 : -(z + 1) / 2);

/** Reads bytes from left to right, and counts what the page wants counted. */
export class PageBytes {
  at = 0;

  /** @param {Uint8Array} bytes @param {Bounds} bounds */
  constructor(bytes, bounds = defaultBounds) {
    this.bytes = bytes;
    this.bounds = bounds;
    this.nodesLeft = bounds.nodesMax;
  }

  /** Counts parts of a list. @param {number} count */
  count(count) {
    must(count <= this.bytes.length - this.at, 'more parts than bytes');
    this.known(count);
    return count;
  }

  /** Counts parts that came by quotes. @param {number} count */
  known(count) {
    this.nodesLeft -= count;
    must(this.nodesLeft >= 0, 'too many parts');
  }

  /** @param {number} depth */
  nest(depth) {
    must(depth < this.bounds.depthMax, 'nested too deep');
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

  text(bytesMax = Infinity) {
    const length = this.varint();
    must(length <= bytesMax, 'a text that is too long');
    return this.utf8(length);
  }

  integerKey() {
    const head = this.varint();
    if (head > 1) {
      const key = unzigzag(head - 2);
      must(Math.abs(key) < FAR, 'a key in the wrong form');
      return key;
    }
    const magnitude = this.varint() + FAR;
    must(Number.isSafeInteger(magnitude), 'a key too large');
    return head === 1 ? -magnitude : magnitude;
  }
}
