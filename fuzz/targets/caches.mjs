/** Frames and stand-alone messages, and what a consumer makes of them. */
// @ts-check
import { decodeFrame, decodeMessage, isWhole } from '../../test/support/page-decoder.mjs';
import { checkOf, collectionWords, digestOf } from '../../test/support/page-digest.mjs';
import { digestText, wordsText } from '../../test/support/page-digest.mjs';
import { attempt, byPage, CACHE_CODES, joined, must, mustBeCanonical } from '../check.mjs';
import { partsOf, tokensOf } from '../check.mjs';
import { nearly, someEntries, someValue } from '../values.mjs';
import { valueTokens } from './values.mjs';

/** @typedef {import('../check.mjs').Target} Target */
/** @typedef {import('../check.mjs').Library} Library */
/** @typedef {import('../check.mjs').SeededRandom} SeededRandom */
/** @typedef {import('../../dist/cache/consumer.js').ConsumerCache} ConsumerCache */
/** @typedef {import('../../dist/core/key.js').Key} Key */

const NAME = 'fuzz';
const EPOCH = { term: 1000, incarnation: '00112233445566ff' };
const VERSIONS = 8;
/** Where the copy stands that inputs are held against. */
const HELD = 4;

const frameTokens = tokensOf(
  ...['20', 'e8070011223344556677', '00', '01', '02', '04', '05', '06', '0c', '0d', '0e', '0401'],
  ...['020500', '0d0201', '05016b'],
);

/**
 * A producer with a few commits behind it.
 * @param {Library} lib @param {SeededRandom} random
 */
function history(lib, random) {
  const producer = new lib.producer.ProducerCache({ epoch: EPOCH, name: NAME });
  producer.replaceAll([...someEntries(random, 10), ['text', 'some text'], [7, { a: 1, b: [2] }]]);
  /** @type {Uint8Array[]} */
  const messages = [];
  /** @type {import('../../dist/cache/frame.js').Frame | undefined} */
  let held;
  while (producer.version < VERSIONS) {
    if (producer.version === HELD) held = producer.frame(0);
    const keys = [...producer.keys()];
    const key = random.pick(keys);
    const { version } = producer;
    if (random.below(5) === 0) messages.push(producer.delete(key).encode());
    else messages.push(producer.set(key, nearly(random, producer.get(key))).encode());
    if (producer.version === version) messages.push(producer.set(`new ${version}`, 1).encode());
    messages.push(producer.retran(key).encode());
  }
  if (held === undefined) throw new Error('no frame at the version held');
  return { producer, messages, held };
}

/** @param {ConsumerCache} copy */
const standing = (copy) => JSON.stringify(copy.head());

/** The digest that is kept must be that of the content. @param {ConsumerCache} copy */
function mustBeWhole(copy) {
  const words = collectionWords(copy.entries(), NAME);
  must(copy.head()?.digest === wordsText(words), 'the digest kept is not that of the content');
}

/** What says that an input is out of order: of that the comparison knows nothing. */
const ORDER_CODES = new Set(['gap', 'stale-epoch', 'epoch-conflict']);

/** @param {Library} lib @param {SeededRandom} random @returns {Target} */
export function frameTarget(lib, random) {
  const { producer, held } = history(lib, random);
  const newCopy = () => {
    const copy = new lib.consumer.ConsumerCache({ name: NAME });
    copy.apply(held);
    return copy;
  };
  const frames = [...Array(VERSIONS).keys()].map((from) => producer.frame(from));
  /** With a change that comes twice. @param {import('../../dist/cache/frame.js').Frame} frame */
  const doubled = ({ from, to, changes, check }) =>
    new lib.frame.Frame(EPOCH, { from, to }, [...changes, ...changes.slice(-1)], check).encode();
  let copy = newCopy();
  const start = standing(copy);
  const entries = new Map(copy);
  /** @param {Uint8Array} bytes */
  const pageOf = (bytes) =>
    byPage(() => {
      const frame = decodeFrame(bytes);
      return { frame, after: () => pageAfter(entries, frame) };
    });
  return {
    name: 'frame',
    lengthMax: 600,
    tokens: [...valueTokens, ...frameTokens],
    seeds: [...frames.map((frame) => frame.encode()), ...frames.map(doubled)],
    repair: (bytes) => {
      const made = pageOf(bytes)?.result;
      // Also where no consumer may take it: that must not be left to the check.
      const after = made && byPage(() => outcome(entries, made.frame));
      if (made === undefined || after === undefined) return bytes;
      const { epoch, from, to } = made.frame;
      const check = checkOf(collectionWords(after.result, NAME), NAME, epoch, from, to);
      const fixed = bytes.slice();
      new DataView(fixed.buffer).setUint32(bytes.length - 4, check, true);
      return fixed;
    },
    run: (bytes, deep) => {
      const { result: frame } = attempt(lib, () => lib.frame.Frame.decode(bytes));
      const page = deep ? pageOf(bytes) : undefined;
      if (deep) must((page === undefined) === (frame === undefined), 'code and page disagree');
      if (frame === undefined) return false;
      mustBeCanonical(bytes, frame.encode(), 'a frame');
      // After a finding it may still stand where that has left it.
      if (standing(copy) !== start) copy = newCopy();
      const before = standing(copy);
      const { result, code } = attempt(lib, () => copy.apply(frame), CACHE_CODES);
      if (code !== undefined) must(standing(copy) === before, 'a refused frame left a mark');
      if (page !== undefined && !ORDER_CODES.has(code ?? '') && result?.length !== 0) {
        const after = byPage(page.result.after)?.result;
        const { epoch, from, to, check } = page.result.frame;
        const words = after && collectionWords(after, NAME);
        const holds = words !== undefined && checkOf(words, NAME, epoch, from, to) === check;
        must(holds === (result !== undefined), 'code and page disagree whether a frame applies');
        if (after !== undefined && holds)
          must(same(after, copy), 'code and page make different collections');
      }
      if (standing(copy) !== before) {
        if (deep) mustBeWhole(copy);
        copy = newCopy();
      }
      return result !== undefined;
    },
  };
}

/** @param {Iterable<readonly [Key, unknown]>} a @param {Iterable<readonly [Key, unknown]>} b */
function same(a, b) {
  const text = (/** @type {Iterable<readonly [Key, unknown]>} */ all) =>
    JSON.stringify([...all].map((entry) => JSON.stringify(entry)).sort());
  return text(a) === text(b);
}

/**
 * @param {ReadonlyMap<Key, unknown>} entries
 * @param {ReturnType<typeof decodeFrame>} frame
 */
function pageAfter(entries, frame) {
  if (!isWhole(frame)) throw new Error('a frame that no consumer takes');
  return outcome(entries, frame);
}

/**
 * @param {ReadonlyMap<Key, unknown>} entries
 * @param {ReturnType<typeof decodeFrame>} frame
 */
function outcome(entries, frame) {
  const after = new Map(frame.from === 0 ? [] : entries);
  for (const { kind, key, apply } of frame.changes) {
    if (kind === 'delete') after.delete(key);
    else if (kind === 'patch' && !after.has(key)) throw new Error('there is nothing to patch');
    else after.set(key, apply(after.get(key)));
  }
  return after;
}

/** @param {Library} lib @param {SeededRandom} random @returns {Target} */
export function dataMessageTarget(lib, random) {
  const { messages, held } = history(lib, random);
  const { DataMsg } = lib.dataMsg;
  const newCopy = () => {
    const copy = new lib.consumer.ConsumerCache({ name: NAME, limits: { aheadMax: 3 } });
    copy.apply(held);
    return copy;
  };
  let copy = newCopy();
  let taken = 0;
  const entries = new Map(copy);
  return {
    name: 'data-message',
    lengthMax: 400,
    tokens: [...valueTokens, ...frameTokens],
    seeds: messages,
    repair: (bytes) => {
      const made = byPage(() => {
        const { apply, key, header } = decodeMessage(bytes);
        const digest = digestOf(apply(entries.get(key)));
        return { lo: digest.lo ^ header.lo, hi: digest.hi ^ header.hi };
      });
      if (made === undefined) return bytes;
      const fixed = bytes.slice();
      new DataView(fixed.buffer).setUint32(bytes.length - 8, made.result.lo, true);
      new DataView(fixed.buffer).setUint32(bytes.length - 4, made.result.hi, true);
      return fixed;
    },
    run: (bytes, deep) => {
      const { result: message } = attempt(lib, () => DataMsg.decode(bytes));
      const page = deep ? byPage(() => decodeMessage(bytes))?.result : undefined;
      if (deep) must((page === undefined) === (message === undefined), 'code and page disagree');
      if (message === undefined) return false;
      mustBeCanonical(bytes, message.encode(), 'a message');
      const before = standing(copy);
      const base = copy.get(message.key);
      const had = copy.has(message.key);
      const { result, code } = attempt(lib, () => copy.update(message), CACHE_CODES);
      if (code !== undefined) must(standing(copy) === before, 'a refused message left a mark');
      if (page !== undefined && (code === 'digest-mismatch' || result?.[0] !== 'ignored')) {
        comparePage(page, { base, had, code, result: copy.get(message.key) });
      }
      if (result !== undefined && result[0] !== 'ignored' && ++taken % 4 === 0) {
        if (deep) mustBeWhole(copy);
        copy = newCopy();
      }
      return result !== undefined;
    },
  };
}

/**
 * @param {ReturnType<typeof decodeMessage>} page
 * @param {{ base: unknown, had: boolean, code: string | undefined, result: unknown }} outcome
 */
function comparePage(page, { base, had, code, result }) {
  if (page.command === 'delete' || page.command === 'gone') return;
  const after = byPage(() => {
    if (page.command === 'update' && !had) throw new Error('there is nothing to patch');
    return page.apply(base);
  });
  const holds = after !== undefined && digestText(digestOf(after.result)) === page.digest;
  if (code === undefined) {
    must(holds, 'a message was taken that the page refuses');
    must(JSON.stringify(after.result) === JSON.stringify(result), 'different values');
  }
  if (code === 'digest-mismatch') must(!holds, 'a message was refused that the page takes');
}

/**
 * A body without its epoch, and limits low enough for bombs to show.
 * @param {Library} lib @param {SeededRandom} random
 * @returns {Target}
 */
export function frameBodyTarget(lib, random) {
  const limits = lib.limits.resolveLimits({
    ...{ depthMax: 6, nodesMax: 60, changesMax: 12, keyBytesMax: 24, stringBytesMax: 100 },
    frameBytesMax: 500,
  });
  const entries = () => someEntries(random, 1 + random.below(6));
  const bodies = Array.from({ length: 60 }, () => {
    const producer = new lib.producer.ProducerCache({ epoch: EPOCH, name: NAME });
    producer.replaceAll(entries());
    producer.set('x', someValue(random));
    producer.replaceAll([...producer].map(([key, value]) => [key, nearly(random, value)]));
    return producer.frame(random.below(3)).body();
  });
  return {
    name: 'frame-body',
    lengthMax: 600,
    tokens: [...valueTokens, ...frameTokens],
    seeds: bodies.map((body) => joined(body)),
    run: (bytes) => {
      const decode = () => lib.frame.Frame.decodeBody(bytes, EPOCH, limits);
      const { result: frame } = attempt(lib, decode);
      if (frame === undefined) return false;
      mustBeCanonical(bytes, frame.body(), 'a frame');
      must(frame.changes.length <= limits.changesMax, 'more changes than allowed');
      let parts = 0;
      for (const change of frame.changes) {
        if (change.kind === 'put') parts += partsOf(change.value);
        lib.callerKey.checkKey(change.key, limits);
      }
      must(parts <= limits.nodesMax, 'more parts than allowed');
      return true;
    },
  };
}
