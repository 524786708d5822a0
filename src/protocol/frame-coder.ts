import type { Change } from '../cache/change.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import type { Value } from '../core/value.ts';

/**
 * Reads the changes of frames with a memory that both ends build up alike, from a `reset` on. An
 * error leaves them apart: then only another `reset` helps.
 */
export interface FrameDecoder {
  reset(): void;
  /** `malformed` or `limit-exceeded`, nothing else. */
  decode(bytes: Uint8Array, baseOf: (key: Key) => Value | undefined): Change[];
}

/** Writes them too. */
export interface FrameCoder extends FrameDecoder {
  /** Undefined: not this one, it would take too long; then `reset`. */
  encode(changes: readonly Change[]): Uint8Array | undefined;
}

/** Makes a coder, when the first frame needs one. */
export type FrameCoderMaker = (limits: Limits) => FrameCoder;

/** The same where frames are only read. */
export type FrameDecoderMaker = (limits: Limits) => FrameDecoder;

/**
 * Which codec frames travel in: `compact` needs nothing but the value before; `dense` also a
 * memory of the stream; `auto` is dense where that saves a fifth.
 */
export type Codec = 'auto' | 'compact' | 'dense';

const codecs: ReadonlySet<string | undefined> = new Set(['auto', 'compact', 'dense', undefined]);

/** `bad-argument` for a codec that there is not: `Dense` must not be taken for another. */
export function checkCodec(codec: Codec | undefined): void {
  if (codecs.has(codec)) return;
  const what = JSON.stringify(codec) ?? typeof codec;
  throw new DiffStreamError('bad-argument', `the codec is auto, compact or dense, not ${what}`);
}
