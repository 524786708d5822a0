const SMALLEST_MS = 0.01;
/** The last bucket holds everything from about 3 hours on. */
const DOUBLINGS = 30;

/** Lags in ms, counted in buckets that grow with the lag: fixed memory, however many there are. */
export class LagHistogram {
  readonly #steps: number;
  readonly #counts: Float64Array;
  #total = 0;
  #sum = 0;
  #max = 0;

  /** @param steps Buckets for each doubling; a quantile is off by half a bucket at most. */
  constructor(steps = 8) {
    this.#steps = steps;
    this.#counts = new Float64Array(DOUBLINGS * steps);
  }

  get total(): number {
    return this.#total;
  }

  /** NaN without any; so is the mean. */
  get max(): number {
    return this.#total === 0 ? Number.NaN : this.#max;
  }

  get mean(): number {
    return this.#sum / this.#total;
  }

  add(ms: number): void {
    const doublings = Math.log2(Math.max(ms, SMALLEST_MS) / SMALLEST_MS);
    const bucket = Math.min(Math.floor(doublings * this.#steps), this.#counts.length - 1);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
    this.#sum += ms;
    this.#max = Math.max(this.#max, ms);
  }

  /** The lag that this part of all lags, from 0 to 1, does not exceed; NaN without any. */
  quantile(part: number): number {
    if (this.#total === 0) return Number.NaN;
    let below = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      below += count;
      if (below >= part * this.#total) {
        const middle = SMALLEST_MS * 2 ** ((bucket + 0.5) / this.#steps);
        return Math.min(middle, this.#max);
      }
    }
    return Number.NaN;
  }

  /** Buckets that are not empty: from, to (ms) and how many lags lie between. */
  buckets(): (readonly [fromMs: number, toMs: number, count: number])[] {
    const edge = (bucket: number): number => SMALLEST_MS * 2 ** (bucket / this.#steps);
    return [...this.#counts.entries()].flatMap(([bucket, count]) =>
      count === 0 ? [] : [[bucket === 0 ? 0 : edge(bucket), edge(bucket + 1), count] as const],
    );
  }
}
