/** What targets hold their decoders to. */
// @ts-check

/** @typedef {import('./library.mjs').Library} Library */
/** @typedef {import('../dist/testing/seeded-random.js').SeededRandom} SeededRandom */

/**
 * One decoder or machine under test.
 * @typedef {object} Target
 * @property {string} name
 * @property {readonly Uint8Array[]} seeds valid inputs
 * @property {readonly Uint8Array[]} tokens what inputs are made of
 * @property {boolean} [isMachine] an input is a script of many calls
 * @property {{ work: number, workPerByte: number, slowMs: number }} [bounds] what an input may
 *   cost, where that is not as for others
 * @property {number} lengthMax longest input, in bytes
 * @property {(bytes: Uint8Array, deep: boolean) => boolean} run whether the input was accepted;
 *   throws `Broken`, or whatever the code under test throws; `deep`: with all comparisons
 * @property {(bytes: Uint8Array) => Uint8Array} [repair] makes the checks in an input right again
 */

/** A property that does not hold. */
export class Broken extends Error {}

/** @param {boolean} holds @param {string} what @returns {asserts holds} */
export function must(holds, what) {
  if (!holds) throw new Broken(what);
}

const DECODER_CODES = new Set(['malformed', 'limit-exceeded']);
export const CACHE_CODES = new Set([
  ...DECODER_CODES,
  ...['unknown-key', 'patch-conflict', 'digest-mismatch', 'gap', 'stale-epoch', 'epoch-conflict'],
]);

/**
 * What `work` gives, or the code of the error by which it refuses; any other error goes on.
 * @template R
 * @param {Library} lib @param {() => R} work @param {ReadonlySet<string>} [codes]
 * @returns {{ result: R, code?: undefined } | { result?: undefined, code: string }}
 */
export function attempt(lib, work, codes = DECODER_CODES) {
  try {
    return { result: work() };
  } catch (error) {
    if (!(error instanceof lib.errors.DiffStreamError)) throw error;
    must(codes.has(error.code), `refused with the code '${error.code}': ${error.message}`);
    return { code: error.code };
  }
}

/**
 * The same for the code written from the page: whatever it throws is a refusal.
 * @template R
 * @param {() => R} work
 * @returns {{ result: R } | undefined}
 */
export function byPage(work) {
  try {
    return { result: work() };
  } catch {
    return undefined;
  }
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function sameBytes(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** @param {Uint8Array} bytes @param {Uint8Array} again @param {string} what */
export function mustBeCanonical(bytes, again, what) {
  must(sameBytes(bytes, again), `${what} encodes otherwise than it was decoded from`);
}

/** Elements and members of a value, all the way down. @param {unknown} value @returns {number} */
export function partsOf(value) {
  if (typeof value !== 'object' || value === null) return 0;
  let parts = 0;
  for (const part of Object.values(value)) parts += 1 + partsOf(part);
  return parts;
}

/**
 * A value as plain data: no names of classes, no members that are undefined.
 * @param {unknown} value @returns {unknown}
 */
function plain(value) {
  if (ArrayBuffer.isView(value)) return Array.from(/** @type {Uint8Array} */ (value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}

/** @param {unknown} a @param {unknown} b */
export const samePlain = (a, b) => JSON.stringify(plain(a)) === JSON.stringify(plain(b));

const builtIns = [Object.prototype, Array.prototype, Function.prototype, Map.prototype];
const builtInNames = builtIns.map((object) => Reflect.ownKeys(object).map(String).join());

/** What no input may ever touch. */
export function mustBeUnpolluted() {
  for (const [i, object] of builtIns.entries()) {
    const names = Reflect.ownKeys(object).map(String).join();
    must(names === builtInNames[i], 'a prototype was changed');
  }
}

/** Bytes one after the other. @param {...(Uint8Array | readonly number[])} parts */
export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {...string} hex */
export const tokensOf = (...hex) => hex.map((one) => Uint8Array.from(Buffer.from(one, 'hex')));

/** Limits low enough for a short input to exceed; every second input meets them. */
export const lowLimits = { depthMax: 6, nodesMax: 40 };
