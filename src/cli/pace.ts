/** Work longer than this, in ms, is interrupted so that sessions get their turn. */
const SLICE_MS = 8;

/** Updates that are late by more than this, in ms, are not caught up with in one burst. */
const LATE_MS_MAX = 1000;

/** Spreads updates over time, or, as fast as possible, over turns of the event loop. */
export class Pace {
  readonly #perSecond: number;
  readonly #signal: AbortSignal;
  #dueMs = performance.now();
  #sliceEndMs = performance.now() + SLICE_MS;

  /** @param perSecond Updates per second; 0: as fast as possible. */
  constructor(perSecond: number, signal: AbortSignal) {
    this.#perSecond = perSecond;
    this.#signal = signal;
  }

  /**
   * Resolves when the next update is due. Undefined where that is now: no promise, no cost. Once
   * the signal is aborted, everything is due.
   */
  next(): Promise<void> | undefined {
    const nowMs = performance.now();
    if (this.#perSecond > 0) {
      const dueMs = Math.max(this.#dueMs, nowMs - LATE_MS_MAX);
      this.#dueMs = dueMs + 1000 / this.#perSecond;
      if (dueMs > nowMs) return this.#sleep(dueMs - nowMs);
    }
    return nowMs < this.#sliceEndMs ? undefined : this.#yield();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#signal.removeEventListener('abort', done);
        this.#beginSlice();
        resolve();
      };
      // A wait below 1 ms is taken for 1 ms; the updates after it are due then too.
      const timer = setTimeout(done, this.#signal.aborted ? 0 : ms);
      this.#signal.addEventListener('abort', done);
    });
  }

  #yield(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#beginSlice();
        resolve();
      });
    });
  }

  #beginSlice(): void {
    this.#sliceEndMs = performance.now() + SLICE_MS;
  }
}
