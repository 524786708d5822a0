/** Messages of a session, chunks and repairs. */
// @ts-check
import { decodeSession } from '../../test/support/page-session.mjs';
import { decodeFrameBody, isWhole } from '../../test/support/page-decoder.mjs';
import { attempt, byPage, CACHE_CODES, joined, must, mustBeCanonical } from '../check.mjs';
import { samePlain, tokensOf } from '../check.mjs';
import { someEntries, someValue } from '../values.mjs';
import { valueTokens } from './values.mjs';

/** @typedef {import('../check.mjs').Target} Target */
/** @typedef {import('../check.mjs').Library} Library */
/** @typedef {import('../check.mjs').SeededRandom} SeededRandom */
/** @typedef {import('../../dist/protocol/message.js').ConsumerMessage} ConsumerMessage */
/** @typedef {import('../../dist/protocol/message.js').HubMessage} HubMessage */

const SEALED = new Set([0x01, 0x02, 0x03, 0x04, 0x05, 0x41, 0x45, 0x46, 0x47, 0x49]);
/** Of these the code leaves the body for later. */
const READ_LATER = new Set(['mended', 'chunk']);
const messageTokens = tokensOf(
  ...['01445300', '02', '03', '04', '05', '41', '42', '43', '44', '45', '46', '47', '48', '49'],
  ...['4a', '00000000', 'ffffffff', '0000000000000000', '0a', '07', '08', '04000000'],
);

/** Puts the right check where a message has one of its own bytes. @param {Library} lib */
export function resealing(lib) {
  return (/** @type {Uint8Array} */ bytes) => {
    if (SEALED.has(bytes[0] ?? 0) && bytes.length > 4) {
      return lib.seal.withSeal(bytes.subarray(0, -4));
    }
    return bytes[0] === 0x4a ? joined([0x4a], checkedChunk(lib, bytes.subarray(1))) : bytes;
  };
}

/** @param {Library} lib @param {Uint8Array} body */
function checkedChunk(lib, body) {
  const at = body.findIndex((byte) => byte < 0x80) + 1;
  if (at === 0 || at > 7 || body.length < at + 4) return body;
  const input = new lib.bytes.ByteReader(body);
  const { result: offset } = attempt(lib, () => input.varint());
  if (offset === undefined) return body;
  const fixed = body.slice();
  const check = lib.seal.bytesCheck(body.subarray(at + 4), offset);
  new DataView(fixed.buffer).setUint32(at, check, true);
  return fixed;
}

/** @param {SeededRandom} random */
function position(random) {
  const word = () => random.next();
  const incarnation = Array.from({ length: 2 }, () => word().toString(16).padStart(8, '0'));
  const epoch = { term: random.below(3) + 1000, incarnation: incarnation.join('') };
  return { epoch, version: 1 + random.below(300), digest: [word(), word(), word(), word()] };
}

/** @param {SeededRandom} random @returns {ConsumerMessage} */
function consumerMessage(random) {
  /** @type {[number, number]} */
  const nonce = [random.next(), random.next()];
  const words = (/** @type {number} */ n) => Uint32Array.from({ length: n }, () => random.next());
  const partial = { to: random.below(9), check: random.next(), bytes: random.below(90_000) };
  const standing = {
    nonce,
    position: random.below(3) === 0 ? undefined : position(random),
    trust: random.pick(/** @type {const} */ (['position', 'compare', 'nothing'])),
    ...(random.below(2) === 0 ? {} : { partial }),
  };
  const token = random.pick(['', 'token']);
  const hello = { protocol: 1, frameBytesMax: 2 ** 28, dense: token === '', token };
  const level = 1 + random.below(3);
  switch (random.below(5)) {
    case 0:
      return { kind: 'hello', ...hello, ...standing };
    case 1:
      return { kind: 'resume', ...standing };
    case 2:
      return { kind: 'ack', bytes: random.below(100_000), version: random.below(300) };
    case 3:
      return { kind: 'compare', nonce, level, nodes: [0, 1, 5, 127].slice(random.below(4)) };
    default: {
      const claims = [0, 3, 100].map((index) => ({
        node: { level, index },
        items: words(2 * random.below(4)),
      }));
      return { kind: 'mend', nonce, claims: claims.slice(random.below(4)) };
    }
  }
}

/** @param {SeededRandom} random @returns {HubMessage} */
function hubMessage(random) {
  /** @type {[number, number]} */
  const nonce = [random.next(), random.next()];
  const sums = Uint32Array.from({ length: 128 }, () => random.next());
  const body = Uint8Array.from({ length: random.below(20) }, () => random.below(256));
  const { version, digest } = position(random);
  const times = { heartbeatMs: 1000, windowBytes: 262_144, protocol: 1 };
  const comparison = random.below(4) === 0 ? { entries: 5000, sums } : undefined;
  switch (random.below(10)) {
    case 0:
    case 1:
      return {
        kind: 'answer',
        nonce,
        ...times,
        from: 0,
        sentBytes: 0,
        head: position(random),
        comparison,
      };
    case 2:
      return { kind: 'head', version, digest, check: random.next() };
    case 3:
      return { kind: 'refusal', code: 'ahead', reason: 'text', retryAfterMs: 1000 };
    case 4:
      return { kind: 'wait' };
    case 5:
      return { kind: 'sums', nonce, level: 1, sums };
    case 6: {
      const manifest = { to: version, check: random.next(), rawBytes: 900, packedBytes: 300 };
      return { kind: 'snapshot', manifest };
    }
    default:
      return { kind: random.pick(/** @type {const} */ (['frame', 'part', 'mended'])), body };
  }
}

/**
 * @param {Library} lib @param {string} name
 * @param {(random: SeededRandom) => ConsumerMessage | HubMessage} make
 * @param {(bytes: Uint8Array) => ConsumerMessage | HubMessage} decode
 * @param {SeededRandom} random @param {boolean} fromHub
 * @returns {Target}
 */
function messageTarget(lib, name, make, decode, random, fromHub) {
  return {
    name,
    lengthMax: 700,
    tokens: messageTokens,
    seeds: Array.from({ length: 80 }, () => lib.messages.encodeMessage(make(random))),
    repair: resealing(lib),
    run: (bytes, deep) => {
      const { result } = attempt(lib, () => decode(bytes));
      if (result !== undefined) {
        mustBeCanonical(bytes, lib.messages.encodeMessage(result), `a ${result.kind}`);
      }
      if (deep && !(result !== undefined && READ_LATER.has(result.kind))) {
        const isHubs = ((bytes[0] ?? 0) & 0x40) !== 0;
        const page = isHubs === fromHub ? byPage(() => decodeSession(bytes)) : undefined;
        must((page === undefined) === (result === undefined), 'code and page disagree');
        must(samePlain(page?.result, result), 'code and page read different messages');
      }
      return result !== undefined;
    },
  };
}

/** @param {Library} lib @param {SeededRandom} random */
export const consumerMessageTarget = (lib, random) =>
  messageTarget(
    lib,
    'consumer-message',
    consumerMessage,
    lib.messages.decodeConsumerMessage,
    random,
    false,
  );

/** @param {Library} lib @param {SeededRandom} random */
export const hubMessageTarget = (lib, random) =>
  messageTarget(lib, 'hub-message', hubMessage, lib.messages.decodeHubMessage, random, true);

/** @param {Library} lib @param {SeededRandom} random @returns {Target} */
export function chunkTarget(lib, random) {
  return {
    name: 'chunk',
    lengthMax: 96,
    tokens: [],
    seeds: Array.from({ length: 20 }, () => {
      const bytes = Uint8Array.from({ length: random.below(40) }, () => random.below(256));
      return lib.chunk.encodeChunk(0x4a, { offset: random.below(70_000), bytes }).slice(1);
    }),
    repair: (bytes) => checkedChunk(lib, bytes),
    run: (bytes, deep) => {
      const { result } = attempt(lib, () => lib.chunk.decodeChunk(bytes));
      if (result !== undefined) {
        mustBeCanonical(bytes, lib.chunk.encodeChunk(0x4a, result).subarray(1), 'a chunk');
      }
      if (deep) {
        const page = byPage(() => decodeSession(joined([0x4a], bytes)));
        const whole = result && { kind: 'chunk', ...result };
        must(samePlain(page?.result, whole), 'code and page disagree on a chunk');
      }
      return result !== undefined;
    },
  };
}

/**
 * What a `mended` message holds, and what it does to a copy.
 * @param {Library} lib @param {SeededRandom} random
 * @returns {Target}
 */
export function mendingTarget(lib, random) {
  const epoch = { term: 1000, incarnation: '00112233445566ff' };
  const producer = new lib.producer.ProducerCache({ epoch, name: 'fuzz' });
  producer.replaceAll(someEntries(random, 8));
  const started = producer.frame(0);
  producer.set('late', someValue(random));
  const keys = [...producer.keys()];
  const limits = lib.limits.defaultLimits;
  const newCopy = () => {
    const copy = new lib.consumer.ConsumerCache({ name: 'fuzz' });
    copy.apply(started);
    return copy;
  };
  let copy = newCopy();
  return {
    name: 'mending',
    lengthMax: 512,
    tokens: valueTokens,
    seeds: Array.from({ length: 30 }, () => {
      const claims = Array.from({ length: 128 }, (_, index) => ({
        node: { level: 1, index },
        items: random.below(9) > 0 ? new Uint32Array(0) : Uint32Array.of(index * 2 ** 25, 1),
      }));
      const mending = producer.mend(claims.slice(random.below(128)), 1);
      if (mending === undefined) throw new Error('a repair the journal does not reach');
      return lib.claims.encodeMending([random.next(), random.next()], mending);
    }),
    run: (bytes, deep) => {
      const { result } = attempt(lib, () => lib.claims.decodeMending(bytes, epoch, limits));
      if (result !== undefined) {
        const { nonce, dropped } = result;
        const { from, to, changes, check } = result.frame;
        const frame = new lib.frame.Frame(epoch, { from, to }, changes, check);
        mustBeCanonical(bytes, lib.claims.encodeMending(nonce, { dropped, frame }), 'a repair');
        const before = JSON.stringify(copy.head());
        const chosen = dropped.map((item) => keys[item % keys.length] ?? 0);
        const { code } = attempt(lib, () => copy.mend(frame, chosen), CACHE_CODES);
        if (code === undefined) copy = newCopy();
        else must(JSON.stringify(copy.head()) === before, 'a repair that was refused left a mark');
      }
      if (deep) {
        const page = byPage(() => {
          const mended = /** @type {{ body: Uint8Array }} */ (decodeSession(joined([0x48], bytes)));
          const frame = decodeFrameBody(mended.body);
          return { ...mended, frame, whole: isWhole(frame) };
        });
        must((page === undefined) === (result === undefined), 'code and page disagree');
      }
      return result !== undefined;
    },
  };
}
