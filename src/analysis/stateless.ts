import * as zlib from 'node:zlib';

import fastJson from 'fast-json-patch';
import type { Operation } from 'fast-json-patch';
import merge from 'json-merge-patch';

import { outcomeOf } from './outcome.ts';
import type { Outcome, Sent } from './tally.ts';
import type { Transition } from './update.ts';

/** A way to send a change that needs only the value before: any sample of changes will do. */
export interface StatelessStrategy {
  /** Bytes of a value whose key is new, without its key. */
  readonly create: (bytes: Buffer) => number;
  /** What is sent for a change, without the key. */
  readonly encode: (before: Before, transition: Transition) => Uint8Array;
  /** The value that a receiver makes of it. */
  readonly decode: (before: Before, bytes: Uint8Array) => unknown;
}

/** What both ends hold: the previous value as each of them keeps it. */
interface Before {
  readonly value: unknown;
  readonly bytes: Buffer;
}

type Clock = () => number;

const jsonBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const parsed = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());
const asItIs = (bytes: Buffer): number => bytes.length;

export const gzipEach: StatelessStrategy = {
  create: (bytes) => zlib.gzipSync(bytes).length,
  encode: (_before, { value }) => zlib.gzipSync(JSON.stringify(value)),
  decode: (_before, bytes) => parsed(zlib.gunzipSync(bytes)),
};

/** RFC 6902. */
export const jsonPatch: StatelessStrategy = {
  create: asItIs,
  encode: ({ value }, transition) =>
    jsonBytes(fastJson.compare(value as object, transition.value as object)),
  decode: ({ value }, bytes) =>
    fastJson.applyPatch(value, parsed(bytes) as Operation[]).newDocument,
};

/** RFC 7396, which cannot set null and knows no elements. */
export const mergePatch: StatelessStrategy = {
  create: asItIs,
  encode: ({ value }, transition) => jsonBytes(merge.generate(value, transition.value) ?? {}),
  decode: ({ value }, bytes) => merge.apply(value, parsed(bytes)),
};

const DEFLATE_WINDOW_BYTES = 32 * 1024;
const DEFLATE_LEVEL = 9;

function deflateOptions({ bytes }: Before): { level: number; dictionary: Buffer } {
  return { level: DEFLATE_LEVEL, dictionary: bytes.subarray(-DEFLATE_WINDOW_BYTES) };
}

/** The text, with the previous text as dictionary: its last 32 KB. */
export const deflatePrevious: StatelessStrategy = {
  create: (bytes) => zlib.deflateRawSync(bytes, { level: DEFLATE_LEVEL }).length,
  encode: (before, { value }) => zlib.deflateRawSync(jsonBytes(value), deflateOptions(before)),
  decode: (before, bytes) => parsed(zlib.inflateRawSync(bytes, deflateOptions(before))),
};

/** zstd as newer versions of Node have it. */
interface Zstd {
  zstdCompressSync(bytes: Uint8Array, options: object): Buffer;
  zstdDecompressSync(bytes: Uint8Array, options: object): Buffer;
}

const ZSTD_LEVEL = 3;
const WINDOW_LOG = { least: 10, most: 27 };

function zstdOptions(before: Buffer, bytes: Buffer): object {
  const { ZSTD_c_compressionLevel: level, ZSTD_c_windowLog: windowLog } =
    zlib.constants as unknown as Record<string, number>;
  // A window that reaches from the end of the text to the start of the dictionary.
  const log = Math.ceil(Math.log2(before.length + bytes.length + 1));
  return {
    dictionary: before,
    pledgedSrcSize: bytes.length,
    params: {
      [Number(level)]: ZSTD_LEVEL,
      [Number(windowLog)]: Math.min(WINDOW_LOG.most, Math.max(WINDOW_LOG.least, log)),
    },
  };
}

/** The same with zstd, whose dictionary is the whole text; undefined where Node has none. */
export function zstdPrevious(): StatelessStrategy | undefined {
  const zstd = zlib as unknown as Partial<Zstd>;
  const { zstdCompressSync: compress, zstdDecompressSync: decompress } = zstd;
  if (compress === undefined || decompress === undefined) return undefined;
  // Some versions have zstd, and pass over the dictionary.
  const text = Buffer.from(Array.from({ length: 400 }, (_, i) => (i * i) % 997).join(' '));
  if (compress(text, zstdOptions(text, text)).length > 64) return undefined;
  const none = Buffer.alloc(0);
  return {
    create: (bytes) =>
      compress(bytes, { ...zstdOptions(none, bytes), dictionary: undefined }).length,
    encode: (before, { value }) => {
      const bytes = jsonBytes(value);
      return compress(bytes, zstdOptions(before.bytes, bytes));
    },
    decode: (before, bytes) => parsed(decompress(bytes, { dictionary: before.bytes })),
  };
}

/** One change, there and looked at. A strategy that fails has to send the value whole. */
export function sendStateless(
  strategy: StatelessStrategy,
  transition: Transition,
  clock: Clock,
): Sent {
  const { before: text, keyBytes } = transition;
  // Parsed anew: receivers may change the value in place.
  const before: Before = { value: JSON.parse(text), bytes: Buffer.from(text) };
  const beganMs = clock();
  let encodedMs = beganMs;
  let length = transition.bytes.length;
  let outcome: Outcome = 'error';
  let received: unknown;
  try {
    const bytes = strategy.encode(before, transition);
    encodedMs = clock();
    length = bytes.length;
    received = strategy.decode(before, bytes);
    outcome = 'right';
  } catch {
    // Told as an error in the table; what it threw helps nobody there.
  }
  const decodedMs = clock();
  if (outcome === 'right') outcome = outcomeOf(received, transition.text);
  return {
    bytes: length + keyBytes.length,
    encodeMs: encodedMs - beganMs,
    decodeMs: decodedMs - encodedMs,
    outcome,
  };
}
