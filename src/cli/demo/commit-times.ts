/** When each of the latest versions was committed: a ring, so that it costs fixed memory. */
export class CommitTimes {
  readonly #times: Float64Array;
  #latest = 0;

  /** @param capacity Versions remembered. */
  constructor(capacity = 65_536) {
    this.#times = new Float64Array(capacity);
  }

  /** Versions come in order, none left out. */
  record(version: number, nowMs: number): void {
    this.#times[version % this.#times.length] = nowMs;
    this.#latest = version;
  }

  /** Undefined for a version that is not remembered, or not committed yet. */
  at(version: number): number | undefined {
    const isHeld = version <= this.#latest && version > this.#latest - this.#times.length;
    return isHeld && version > 0 ? this.#times[version % this.#times.length] : undefined;
  }
}
