/** Runs of code before the first are forgotten. */
const RUNS_MIN = 64;

/** Means over so many runs and more hold none that code was compiled in. */
export const RUNS_FOR_TIMES = 2 * RUNS_MIN;

/**
 * A mean over the later runs, at least half of them: engines compile what runs often, and a
 * person's program runs for longer than a look at its data.
 */
export class LaterMean {
  #earlier = { ms: 0, runs: 0 };
  #later = { ms: 0, runs: 0 };
  #runs = 0;

  add(ms: number): void {
    const isPowerOfTwo = (this.#runs & (this.#runs - 1)) === 0;
    if (this.#runs >= RUNS_MIN && isPowerOfTwo) {
      this.#earlier = this.#later;
      this.#later = { ms: 0, runs: 0 };
    }
    this.#later.ms += ms;
    this.#later.runs++;
    this.#runs++;
  }

  get us(): number {
    const runs = this.#earlier.runs + this.#later.runs;
    return runs === 0 ? Number.NaN : ((this.#earlier.ms + this.#later.ms) * 1000) / runs;
  }
}
