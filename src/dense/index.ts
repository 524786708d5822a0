import type { Limits } from '../core/limits.ts';
import { DenseFrameCoder } from './frame-coder.ts';
import { FRESH_SIZE, SMALL_SIZE } from './dense-model.ts';

/** A coder for a stream of frames, with memory; see `DenseFrameCoder`. */
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
