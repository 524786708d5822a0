/** From when to when updates happened, and how many at once. */
export class UpdateTimes {
  first: number | undefined;
  last: number | undefined;
  /** Times that differ from the one before: times may fall, where more than one source writes. */
  moments = 0;
  updates = 0;
  #before: number | undefined;

  add(t: number | undefined): void {
    if (t === undefined) return;
    this.updates++;
    if (t !== this.#before) this.moments++;
    this.#before = t;
    this.first = Math.min(this.first ?? t, t);
    this.last = Math.max(this.last ?? t, t);
  }
}
