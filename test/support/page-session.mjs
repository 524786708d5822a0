/**
 * Messages of a session, and the tree of digests, by PROTOCOL.md alone: see page-decoder.mjs.
 */
// @ts-check
import { Reader } from './page-decoder.mjs';
import { chain, combine, digestOf, keyHash, mix, pair } from './page-digest.mjs';

/** @typedef {import('./page-digest.mjs').Key} Key */
/** @typedef {import('./page-digest.mjs').Pair} Pair */
/** @typedef {{ term: number, incarnation: string }} Epoch */

/** @param {Reader} reader @param {number} count */
function words(reader, count) {
  return Array.from({ length: count }, () => reader.u32());
}

/** @param {boolean} holds @param {string} what */
function must(holds, what) {
  if (!holds) throw new Error(what);
}

/** @param {Reader} reader */
function position(reader) {
  const epoch = reader.epoch();
  const version = reader.varint();
  must(version > 0, 'a position at version 0');
  return { epoch, version, digest: words(reader, 4) };
}

/** A count of parts of so many bytes at least. @param {Reader} reader @param {number} bytesEach */
function listLength(reader, bytesEach) {
  const parts = reader.varint();
  must(parts * bytesEach <= reader.bytes.length - reader.at, 'more parts than bytes');
  return parts;
}

/** @param {number} level @param {number} index */
function treeNode(level, index) {
  must(level <= 4 && index < 128 ** level, 'no such node');
  return { level, index };
}

/** @param {Reader} reader */
function standing(reader) {
  const flags = reader.byte();
  must(flags >> 2 <= 2, 'no such trust');
  const place = (flags & 1) === 0 ? undefined : position(reader);
  const partial =
    (flags & 2) === 0
      ? undefined
      : { to: reader.varint(), check: reader.u32(), bytes: reader.varint() };
  return { position: place, partial, trust: ['position', 'compare', 'nothing'][flags >> 2] };
}

/** @param {Reader} reader */
function rising(reader) {
  let last = -1;
  const numbers = Array.from(
    { length: listLength(reader, 1) },
    () => (last += reader.varint() + 1),
  );
  must(Number.isSafeInteger(last), 'a number too large');
  return numbers;
}

/** @param {Uint8Array} bytes @param {number} salt */
function bytesCheck(bytes, salt) {
  let state = pair(bytes.length, salt % 2 ** 32);
  const reader = new Reader(bytes);
  while (bytes.length - reader.at >= 4) state = chain(state, reader.u32());
  while (reader.at < bytes.length) state = chain(state, reader.byte());
  const { lo, hi } = mix(state.lo, state.hi);
  return (lo ^ hi) >>> 0;
}

const SEALED = new Set([0x01, 0x02, 0x03, 0x04, 0x05, 0x41, 0x45, 0x46, 0x47, 0x49]);

/** A message without its seal. @param {Uint8Array} bytes */
function unsealed(bytes) {
  if (!SEALED.has(bytes[0] ?? 0)) return bytes;
  const content = bytes.subarray(0, -4);
  const seal = new Reader(bytes.subarray(content.length)).u32();
  if (seal !== bytesCheck(content, 0)) throw new Error('a message that fails its check');
  return content;
}

/** @param {Reader} reader */
function answer(reader) {
  const protocol = reader.varint();
  const nonce = words(reader, 2);
  const [heartbeatMs, windowBytes, from] = [reader.varint(), reader.varint(), reader.varint()];
  const sentBytes = reader.varint();
  const head = position(reader);
  const there = reader.byte();
  must(there <= 1, 'no such comparison');
  const comparison =
    there === 0 ? undefined : { entries: reader.varint(), sums: words(reader, 128) };
  return { protocol, nonce, heartbeatMs, windowBytes, from, sentBytes, head, comparison };
}

/** @param {Reader} reader */
function chunk(reader) {
  const offset = reader.varint();
  const check = reader.u32();
  const bytes = reader.rest();
  if (bytesCheck(bytes, offset) !== check) throw new Error('a chunk that fails its check');
  return { offset, bytes };
}

/** @param {Reader} reader @returns {object} */
function consumerMessage(reader) {
  switch (reader.byte()) {
    case 0x01: {
      if (reader.byte() !== 0x44 || reader.byte() !== 0x53) throw new Error('another protocol');
      const protocol = reader.varint();
      const nonce = words(reader, 2);
      const frameBytesMax = reader.varint();
      const flag = reader.byte();
      must(flag <= 1, 'a flag that is neither');
      const dense = flag === 1;
      const token = reader.text(3072);
      return { kind: 'hello', protocol, nonce, frameBytesMax, dense, token, ...standing(reader) };
    }
    case 0x02:
      return { kind: 'resume', nonce: words(reader, 2), ...standing(reader) };
    case 0x03:
      return { kind: 'ack', bytes: reader.varint(), version: reader.varint() };
    case 0x04: {
      const nonce = words(reader, 2);
      const level = reader.varint();
      const nodes = rising(reader);
      must(level >= 1 && level <= 3 && nodes.length <= 1024, 'no such request');
      for (const index of nodes) treeNode(level, index);
      return { kind: 'compare', nonce, level, nodes };
    }
    case 0x05: {
      const nonce = words(reader, 2);
      const claims = Array.from({ length: listLength(reader, 3) }, () => ({
        node: treeNode(reader.varint(), reader.varint()),
        items: words(reader, 2 * listLength(reader, 8)),
      }));
      for (const [i, claim] of claims.entries()) {
        const last = claims[i - 1]?.node ?? { level: claim.node.level, index: -1 };
        must(claim.node.level === last.level, 'claims of several levels');
        must(claim.node.index > last.index, 'claims that do not rise');
      }
      return { kind: 'mend', nonce, claims };
    }
    default:
      throw new Error('no message of a consumer');
  }
}

/** @param {Reader} reader @returns {object} */
function hubMessage(reader) {
  switch (reader.byte()) {
    case 0x41:
      return { kind: 'answer', ...answer(reader) };
    case 0x42:
      return { kind: 'frame', body: reader.rest() };
    case 0x43:
      return { kind: 'part', body: reader.rest() };
    case 0x44: {
      const version = reader.varint();
      return { kind: 'head', version, digest: words(reader, 4), check: reader.u32() };
    }
    case 0x45: {
      const [code, reason] = [reader.text(1024), reader.text(1024)];
      return { kind: 'refusal', code, reason, retryAfterMs: reader.varint() };
    }
    case 0x46:
      return { kind: 'wait' };
    case 0x47: {
      const nonce = words(reader, 2);
      const level = reader.varint();
      return { kind: 'sums', nonce, level, sums: words(reader, listLength(reader, 512) * 128) };
    }
    case 0x48: {
      const [nonce, dropped] = [words(reader, 2), rising(reader)];
      return { kind: 'mended', nonce, dropped, body: reader.rest() };
    }
    case 0x49: {
      const [to, check] = [reader.varint(), reader.u32()];
      const manifest = { to, check, rawBytes: reader.varint(), packedBytes: reader.varint() };
      return { kind: 'snapshot', manifest };
    }
    case 0x4b:
      return { kind: 'dense', body: reader.rest() };
    case 0x4a:
      return { kind: 'chunk', ...chunk(reader) };
    default:
      throw new Error('no message of a hub');
  }
}

/** One message, read to its end and its own check held. @param {Uint8Array} bytes */
export function decodeSession(bytes) {
  const reader = new Reader(unsealed(bytes));
  const fromHub = ((bytes[0] ?? 0) & 0x40) !== 0;
  const message = fromHub ? hubMessage(reader) : consumerMessage(reader);
  reader.end();
  return message;
}

/**
 * Sums of the children of a node.
 * @param {Iterable<readonly [Key, unknown]>} entries
 * @param {number} level @param {number} index
 */
export function childSums(entries, level, index) {
  const sums = Array.from({ length: 128 }, () => 0);
  for (const [key, value] of entries) {
    const k = keyHash(key);
    const node = Math.floor(k.hi / 2 ** (32 - 7 * level));
    if ((level === 0 ? 0 : node) !== index) continue;
    const child = Math.floor(k.hi / 2 ** (32 - 7 * (level + 1))) % 128;
    sums[child] = ((sums[child] ?? 0) + combine(k, digestOf(value), 0x26).lo) % 2 ** 32;
  }
  return sums;
}
