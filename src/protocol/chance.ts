import { lane, mix } from '../core/hash.ts';
import type { Nonce } from './nonce.ts';

/**
 * The randomness of one machine, from a seed that its driver draws from the platform: nonces
 * and jitter. Counter and key through a bijection, so that no value comes twice soon.
 */
export class Chance {
  private readonly seed: Nonce;
  private drawn = 0;

  constructor(seed: Nonce) {
    this.seed = seed;
  }

  nonce(): Nonce {
    mix(this.seed[0] ^ ++this.drawn, this.seed[1]);
    return [lane.lo, lane.hi];
  }

  /** A number from 0 up to, not including, 1. */
  fraction(): number {
    return this.nonce()[0] / 0x1_0000_0000;
  }
}
