/** Values, patches, keys and epochs: what the other decoders are made of. */
// @ts-check
import { decodePatch, decodeValue, Reader } from '../../test/support/page-decoder.mjs';
import { digestOf, digestText } from '../../test/support/page-digest.mjs';
import { attempt, byPage, joined, lowLimits, must, mustBeCanonical } from '../check.mjs';
import { partsOf, tokensOf } from '../check.mjs';
import { nearly, someValue } from '../values.mjs';

/** @typedef {import('../check.mjs').Target} Target */
/** @typedef {import('../check.mjs').Library} Library */
/** @typedef {import('../check.mjs').SeededRandom} SeededRandom */

export const valueTokens = tokensOf(
  ...['80', '83', '84', '850000000000000840', '8600', '8700', '89', '8801', '880102', '91', 'a2'],
  ...[
    'b1',
    'bf',
    'c0',
    'c1',
    'ff00',
    '0261',
    '01',
    '03',
    '880101',
    '88020103',
    '8801026180',
    '125f5f70726f746f5f5f',
    '0230',
    '4161',
  ],
  ...['44f09f9880', '43efbbbf', '43eda080', '9f', 'af', '41ff'],
);
const patchTokens = tokensOf(
  ...['00', '01', '02', '03', '04', '05', '0800', '0901', '0a', '0d00', '0e', '0f00', '0f01'],
  ...['1d00', '2f0200', '0102', '010100', '03010f', '040100', '0c01000141'],
);

/** @param {Library} lib @param {unknown} value */
function encodedValue(lib, value) {
  const out = new lib.bytes.ByteWriter(64);
  new lib.valueWriter.ValueWriter(out).value(/** @type {never} */ (value));
  return out.take();
}

/** The first bit of an input's first byte chooses the limits. @param {Library} lib */
const boundsOf = (lib) => {
  const low = lib.limits.resolveLimits(lowLimits);
  return (/** @type {Uint8Array} */ bytes) =>
    ((bytes[0] ?? 0) & 1) === 0 ? lib.limits.defaultLimits : low;
};

/** @param {Library} lib @param {SeededRandom} random @returns {Target} */
export function valueTarget(lib, random) {
  const limitsOf = boundsOf(lib);
  return {
    name: 'value',
    lengthMax: 512,
    tokens: valueTokens,
    seeds: Array.from({ length: 150 }, (_, i) =>
      joined([i & 1], encodedValue(lib, someValue(random))),
    ),
    run: (bytes, deep) => {
      const limits = limitsOf(bytes);
      const content = bytes.subarray(1);
      const { result } = attempt(lib, () => {
        const input = new lib.bytes.ByteReader(content);
        const value = new lib.valueReader.ValueReader(input, limits).value(0);
        input.finish();
        return { value };
      });
      if (result !== undefined) {
        mustBeCanonical(content, encodedValue(lib, result.value), 'a value');
        must(partsOf(result.value) <= limits.nodesMax, 'more parts than allowed');
      }
      if (deep) {
        const page = byPage(() => decodeValue(content, limits));
        must((page === undefined) === (result === undefined), 'code and page disagree on a value');
        must(sameValue(page?.result, result?.value), 'code and page read different values');
      }
      return result !== undefined;
    },
  };
}

/** @param {unknown} a @param {unknown} b */
const sameValue = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {Library} lib @param {SeededRandom} random @returns {Target} */
export function patchTarget(lib, random) {
  const limitsOf = boundsOf(lib);
  const { Patch, diff, applyPatch, digestOf: digestByCode } = lib.patch;
  const bases = [
    ...[
      null,
      0,
      1.25,
      -7.5,
      '',
      'x\u{1f600}y',
      '\u{1f600}\u{1f601}\u{1f600}',
      [],
      {},
      [1, 'a', [2]],
      { a: 1, b: { c: 'd' } },
    ],
    ...Array.from({ length: 53 }, () => someValue(random)),
  ];
  /** @param {Uint8Array} bytes */
  const baseOf = (bytes) => bases[(bytes[0] ?? 0) >> 2];
  return {
    name: 'patch',
    lengthMax: 384,
    tokens: [...valueTokens, ...patchTokens],
    seeds: Array.from({ length: 400 }, (_, i) => {
      const base = bases[i % bases.length];
      const patch = diff(base, nearly(random, nearly(random, base)));
      return joined([(i % bases.length) * 4 + (i & 1)], patch?.encode() ?? [5]);
    }),
    run: (bytes, deep) => {
      const limits = limitsOf(bytes);
      const content = bytes.subarray(1);
      const { result: patch } = attempt(lib, () => Patch.decode(content, limits));
      const base = baseOf(bytes);
      const next = patch && attempt(lib, () => ({ value: applyPatch(base, patch) }), conflict);
      if (patch !== undefined) mustBeCanonical(content, Patch.decode(content).encode(), 'a patch');
      if (deep) {
        const page = byPage(() => decodePatch(content, limits));
        must((page === undefined) === (patch === undefined), 'code and page disagree on a patch');
        const made = page && byPage(() => page.result(base));
        must((made === undefined) === (next?.result === undefined), 'one of two patches fits');
        must(sameValue(made?.result, next?.result?.value), 'code and page make different values');
        if (made !== undefined) {
          const digest = digestByCode(next?.result?.value);
          must(digest === digestText(digestOf(made.result)), 'digests differ');
        }
      }
      return next?.result !== undefined;
    },
  };
}

const conflict = new Set(['patch-conflict', 'limit-exceeded']);

/**
 * Key readers: of strings where the first byte is odd.
 * @param {Library} lib @param {SeededRandom} random
 * @returns {Target}
 */
export function keyTarget(lib, random) {
  const { ByteReader, ByteWriter } = lib.bytes;
  const limits = lib.limits.resolveLimits({ keyBytesMax: 40 });
  const numbers = [0, -1, 63, 2 ** 51 - 1, 2 ** 51, -(2 ** 51), 2 ** 53 - 1, 1 - 2 ** 53];
  /** @param {string | number} key */
  const encoded = (key) => {
    const out = new ByteWriter(16);
    if (typeof key === 'string') out.text(key);
    else lib.key.writeIntegerKey(out, key);
    return joined([typeof key === 'string' ? 1 : 0], out.take());
  };
  const texts = ['', 'key', '\u{1f600}', 'x'.repeat(40), 'é'.repeat(20), String(random.next())];
  return {
    name: 'key',
    lengthMax: 64,
    tokens: [],
    seeds: [...numbers, ...texts].map(encoded),
    run: (bytes, deep) => {
      const isText = ((bytes[0] ?? 0) & 1) === 1;
      const content = bytes.subarray(1);
      const { result } = attempt(lib, () => {
        const input = new ByteReader(content);
        const key = isText ? lib.key.readStringKey(input, limits) : lib.key.readIntegerKey(input);
        input.finish();
        return { key };
      });
      if (result !== undefined) {
        mustBeCanonical(content, encoded(result.key).subarray(1), 'a key');
        lib.callerKey.checkKey(result.key, limits);
      }
      if (deep) {
        const page = byPage(() => {
          const reader = new Reader(content);
          const key = isText ? reader.text(limits.keyBytesMax) : reader.integerKey();
          reader.end();
          return key;
        });
        must(page?.result === result?.key, 'code and page disagree on a key');
      }
      return result !== undefined;
    },
  };
}

/**
 * Epochs as bytes, as tags, and as text: the first byte chooses.
 * @param {Library} lib @param {SeededRandom} random
 * @returns {Target}
 */
export function epochTarget(lib, random) {
  const { ByteReader, ByteWriter } = lib.bytes;
  const { epoch: module } = lib;
  const epochs = [0, 1, 2 ** 40 - 1, 2 ** 40, 2 ** 53 - 1].map((term) => ({
    term,
    incarnation: random.next().toString(16).padStart(16, '0'),
  }));
  /** @param {(out: import('../../dist/core/bytes.js').ByteWriter) => void} write */
  const written = (write) => {
    const out = new ByteWriter(16);
    write(out);
    return out.take();
  };
  const text = new TextEncoder();
  /** @param {Uint8Array} content */
  const asText = (content) => Buffer.from(content).toString('latin1');
  /** @type {((content: Uint8Array) => Uint8Array)[]} the input as it is written again */
  const readers = [
    (content) => {
      const input = new ByteReader(content);
      const epoch = module.readEpoch(input);
      input.finish();
      return written((out) => module.writeEpoch(out, epoch));
    },
    (content) => {
      const input = new ByteReader(content);
      const tag = module.readTag(input);
      input.finish();
      must(module.tagNamedBy(module.tagText(tag)) === tag, 'a tag is not named by its text');
      return written((out) => module.writeTag(out, tag));
    },
    (content) => text.encode(module.epochText(module.parseEpoch(asText(content)))),
    (content) => {
      const tag = module.tagNamedBy(asText(content));
      must(tag === undefined || (tag >= 0 && tag < 2 ** 48), 'a tag out of range');
      return content;
    },
  ];
  return {
    name: 'epoch',
    lengthMax: 48,
    tokens: ['.', '0', '9007199254740991', 'f', '0123456789abcdef'].map((one) => text.encode(one)),
    seeds: epochs.flatMap((epoch) => [
      joined(
        [0],
        written((out) => module.writeEpoch(out, epoch)),
      ),
      joined(
        [1],
        written((out) => module.writeTag(out, module.epochTag(epoch))),
      ),
      joined([2], text.encode(module.epochText(epoch))),
      joined([3], text.encode(module.epochText(epoch))),
      joined([3], text.encode(module.tagText(module.epochTag(epoch)))),
    ]),
    run: (bytes) => {
      const content = bytes.subarray(1);
      const read = /** @type {(content: Uint8Array) => Uint8Array} */ (
        readers[(bytes[0] ?? 0) & 3]
      );
      const { result } = attempt(lib, () => read(content), epochCodes);
      if (result !== undefined) mustBeCanonical(content, result, 'an epoch');
      return result !== undefined;
    },
  };
}

const epochCodes = new Set(['malformed', 'bad-argument']);
