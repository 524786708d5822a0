/** How far back the pace is measured, in ms. */
const WINDOW_MS = 2000;

/** The pace of a number that only rises. */
export class Meter {
  readonly #samples: { readonly atMs: number; readonly total: number }[] = [];

  /** Takes a sample; returns the rise per second over the last two seconds. */
  perSecond(total: number, nowMs: number): number {
    this.#samples.push({ atMs: nowMs, total });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? nowMs) < nowMs - WINDOW_MS) {
      this.#samples.shift();
    }
    const [first] = this.#samples;
    if (first === undefined || first.atMs === nowMs) return 0;
    return ((total - first.total) * 1000) / (nowMs - first.atMs);
  }
}
