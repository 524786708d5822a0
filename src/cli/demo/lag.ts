import { LagHistogram } from '../../lab/measure/lag-histogram.ts';

/** How long the window of recent lags is, in ms: between one and two of these. */
const WINDOW_MS = 3000;

/** Lags of the whole run, and of the last few seconds. */
export class Lag {
  readonly whole = new LagHistogram();
  #current = new LagHistogram();
  #previous = new LagHistogram();
  #windowEndMs = 0;

  add(ms: number, nowMs: number): void {
    if (nowMs >= this.#windowEndMs) {
      this.#previous = this.#current;
      this.#current = new LagHistogram();
      this.#windowEndMs = nowMs + WINDOW_MS;
    }
    this.#current.add(ms);
    this.whole.add(ms);
  }

  /** The window before the present one while that is still nearly empty. */
  get recent(): LagHistogram {
    return this.#current.total * 4 < this.#previous.total ? this.#previous : this.#current;
  }
}
