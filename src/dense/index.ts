import type { Limits } from '../core/limits.ts';
import { DenseFrameCoder } from './frame-coder.ts';
import { FRESH_SIZE, SMALL_SIZE } from './dense-model.ts';

/**
 * The codec with memory, for those who bring their own I/O: a `Publisher` takes `makeDenseCoder` in
 * its options, a `Subscriber` by `frames.takeDense` before it starts. `serve` and `connect` do so
 * by themselves.
 */
export type { DenseFrameCoder } from './frame-coder.ts';

/** A coder for a stream of frames, with memory; about 1 MB. */
export function makeDenseCoder(limits: Limits): DenseFrameCoder {
  return new DenseFrameCoder(limits);
}

/** The same with a small memory: fewer bytes are saved, but many fit in one process. */
export function makeSmallCoder(limits: Limits): DenseFrameCoder {
  return new DenseFrameCoder(limits, SMALL_SIZE);
}

/** A coder for one frame that stands alone: `reset` it before each. */
export function makeFreshCoder(limits: Limits): DenseFrameCoder {
  return new DenseFrameCoder(limits, FRESH_SIZE);
}
