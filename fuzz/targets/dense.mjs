/** The coder of dense frames, with what it has in mind after a few of them. */
// @ts-check
import { attempt, joined, must, partsOf, samePlain } from '../check.mjs';
import { nearly, someEntries } from '../values.mjs';

/** @typedef {import('../check.mjs').Target} Target */
/** @typedef {import('../check.mjs').Library} Library */
/** @typedef {import('../check.mjs').SeededRandom} SeededRandom */
/** @typedef {import('../../dist/core/key.js').Key} Key */
/** @typedef {import('../../dist/core/value.js').Value} Value */
/** @typedef {import('../../dist/cache/change.js').Change} Change */
/** @typedef {import('../../dist/dense/frame-coder.js').DenseFrameCoder} Coder */

const EPOCH = { term: 1000, incarnation: '00112233445566ff' };
/** Frames of a group; an input says before which of them it stands. */
const FRAMES = 8;
const SIZE = { slotBits: 10, historyBits: 8, entriesMax: 200, charsMax: 1000, primeBytes: 32 };
const CONFLICT = new Set(['patch-conflict', 'limit-exceeded']);

/**
 * A group of frames, and the entries before each.
 * @param {Library} lib @param {SeededRandom} random
 */
function group(lib, random) {
  const { DenseFrameCoder } = lib.denseCoder;
  const writer = new DenseFrameCoder(lib.limits.defaultLimits, SIZE);
  const producer = new lib.producer.ProducerCache({ epoch: EPOCH });
  producer.replaceAll([...someEntries(random, 6), ['text', 'some words '.repeat(12)], [7, [1, 2]]]);
  return Array.from({ length: FRAMES }, () => {
    /** @type {ReadonlyMap<Key, Value>} */
    const before = new Map(/** @type {Iterable<[Key, Value]>} */ (producer.entries()));
    const { version } = producer;
    for (const key of [...producer.keys()].slice(0, 1 + random.below(4))) {
      if (random.below(9) === 0) producer.delete(key);
      else producer.set(key, nearly(random, producer.get(key)));
    }
    producer.set(`new ${random.below(3)}`, random.below(100) / 4);
    const coded = writer.encode(producer.frame(version).changes);
    if (coded === undefined) throw new Error('a frame that takes too long');
    return { before, coded };
  });
}

/** @param {ReadonlyMap<Key, Value>} held */
const baseOf = (held) => (/** @type {Key} */ key) => held.get(key);

/** @param {Library} lib @param {SeededRandom} random @returns {Target} */
export function denseTarget(lib, random) {
  const frames = group(lib, random);
  const low = lib.limits.resolveLimits({
    ...{ depthMax: 6, nodesMax: 400, changesMax: 12, keyBytesMax: 24, stringBytesMax: 200 },
  });
  const { DenseFrameCoder } = lib.denseCoder;
  const coder = new DenseFrameCoder(low, SIZE);
  const writer = new DenseFrameCoder(low, SIZE);
  const reader = new DenseFrameCoder(low, SIZE);
  return {
    name: 'dense',
    lengthMax: 300,
    tokens: frames.map(({ coded }) => coded.slice(0, 4)),
    seeds: frames.map(({ coded }, at) => joined([at], coded)),
    // A frame may take four million predictions, of a few bits each.
    bounds: { work: 200_000_000, workPerByte: 0, slowMs: 5000 },
    run: (bytes, deep) => {
      const at = (bytes[0] ?? 0) % FRAMES;
      coder.reset();
      // Nothing but the frames before shows, whatever an input before this one has left.
      for (const { before, coded } of frames.slice(0, at)) coder.decode(coded, baseOf(before));
      const held = /** @type {ReadonlyMap<Key, Value>} */ (frames[at]?.before);
      const { result } = attempt(lib, () => coder.decode(bytes.subarray(1), baseOf(held)));
      if (result === undefined) return false;
      must(result.length <= low.changesMax, 'more changes than allowed');
      for (const change of result) {
        lib.callerKey.checkKey(change.key, low);
        if (change.kind === 'put') {
          must(partsOf(change.value) <= low.nodesMax, 'more parts than allowed');
        }
      }
      if (deep) mustComeAgain(lib, { writer, reader }, result, held);
      return true;
    },
  };
}

/**
 * What was read can be written, and comes to the same.
 * @param {Library} lib @param {{ writer: Coder, reader: Coder }} ends
 * @param {readonly Change[]} changes @param {ReadonlyMap<Key, Value>} held
 */
function mustComeAgain(lib, { writer, reader }, changes, held) {
  /** @type {Change[]} */
  const whole = [];
  for (const change of changes) {
    const base = held.get(change.key);
    const { code } = attempt(lib, () => outcome(lib, change, base), CONFLICT);
    if (code === undefined) whole.push(change.kind === 'patch' ? { ...change, base } : change);
  }
  writer.reset();
  reader.reset();
  const bytes = writer.encode(whole);
  // Where it leans on other values than in the frame that it came in, it may exceed a limit.
  if (bytes === undefined) return;
  const again = reader.decode(bytes, baseOf(held));
  must(again.length === whole.length, 'not as many changes as were written');
  for (const [i, change] of whole.entries()) {
    const other = /** @type {Change} */ (again[i]);
    const base = held.get(change.key);
    must(other.kind === change.kind && other.key === change.key, 'another change');
    must(samePlain(outcome(lib, other, base), outcome(lib, change, base)), 'another value');
  }
}

/** @param {Library} lib @param {Change} change @param {Value | undefined} base */
function outcome(lib, change, base) {
  if (change.kind === 'delete') return null;
  if (change.kind === 'put') return change.value;
  const patch = new lib.patch.Patch(change.op);
  return lib.patch.applyPatch(/** @type {Value} */ (base), patch);
}
