import type { SeededRandom } from './seeded-random.ts';

/** setTimeout takes a longer time for 1 ms. */
export const TIMER_MS_MAX = 0x7fffffff;

/** Calls `event` again and again, after times drawn from an exponential distribution. */
export class EventClock {
  readonly #random: SeededRandom;
  readonly #event: () => void;
  #meanMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(random: SeededRandom, event: () => void) {
    this.#random = random;
    this.#event = event;
  }

  /** A new mean time in ms; undefined stops it. The same one as before changes nothing. */
  retune(meanMs: number | undefined): void {
    if (meanMs === this.#meanMs) return;
    this.#meanMs = meanMs;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (meanMs !== undefined) this.#arm(meanMs);
  }

  #arm(meanMs: number): void {
    const ms = Math.min(this.#random.exponential(meanMs), TIMER_MS_MAX);
    this.#timer = setTimeout(() => {
      // Armed first: the event may stop this clock.
      this.#arm(meanMs);
      this.#event();
    }, ms);
  }
}
