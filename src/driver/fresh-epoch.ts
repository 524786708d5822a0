import type { Epoch } from '../cache/epoch.ts';
import { incarnationOf } from '../cache/epoch.ts';

/**
 * The epoch of a producer that starts now: the time in milliseconds as its term, so that a
 * restart raises it, and 64 random bits that tell clones apart.
 *
 * Modelled in models/resume.pml.
 */
export function freshEpoch(): Epoch {
  const words = crypto.getRandomValues(new Uint32Array(2)) as Uint32Array & [number, number];
  return { term: Date.now(), incarnation: incarnationOf([words[0], words[1]]) };
}
