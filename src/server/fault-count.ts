/**
 * How many consumers were turned away, or sent away for a fault, by stream and by what it was: both
 * of few kinds, whatever consumers send.
 */
export class FaultCount {
  private readonly counts = new Map<string, { stream: string; what: string; count: number }>();

  /** `stream`: '' where there is none; `what`: the code of an error, or the status of an answer. */
  add(stream: string, what: string): void {
    const name = `${stream} ${what}`;
    const known = this.counts.get(name);
    if (known === undefined) this.counts.set(name, { stream, what, count: 1 });
    else known.count++;
  }

  all(): Iterable<{ readonly stream: string; readonly what: string; readonly count: number }> {
    return this.counts.values();
  }
}
