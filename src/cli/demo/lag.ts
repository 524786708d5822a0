/** Buckets per doubling: a quantile is off by 4.5 % at most. */
const STEPS = 8;
const SMALLEST_MS = 0.01;
/** The last one holds everything from about 3 hours on. */
const BUCKETS = 30 * STEPS;

/** Lags in ms, counted in buckets that grow with the lag. */
export class LagHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(ms: number): void {
    const step = Math.floor(Math.log2(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) * STEPS);
    const bucket = Math.min(step, BUCKETS - 1);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
  }

  /** The lag that this part of all lags, from 0 to 1, does not exceed; NaN without any. */
  quantile(part: number): number {
    if (this.#total === 0) return Number.NaN;
    let below = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      below += count;
      if (below >= part * this.#total) return SMALLEST_MS * 2 ** ((bucket + 0.5) / STEPS);
    }
    return Number.NaN;
  }
}

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
