import type { Epoch } from '../cache/epoch.ts';
import { incarnationOf } from '../cache/epoch.ts';

/** Of the last producer of this process: of two that start at once the second takes over. */
let lastTerm = 0;

/**
 * The epoch of a producer that starts now: the time in milliseconds as its term, so that a
 * restart raises it, and 64 random bits that tell clones apart. On a machine whose clock is behind
 * that of the producer before it is not raised: then an `epoch` has to be given.
 *
 * Modelled in models/resume.pml.
 */
export function freshEpoch(): Epoch {
  const words = crypto.getRandomValues(new Uint32Array(2)) as Uint32Array & [number, number];
  lastTerm = Math.max(Date.now(), lastTerm + 1);
  return { term: lastTerm, incarnation: incarnationOf([words[0], words[1]]) };
}
