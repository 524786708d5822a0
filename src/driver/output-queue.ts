/**
 * Outputs of a machine, carried out in order; what carrying one out has led to follows behind. One
 * that throws keeps none of the others back: the machine counts them all as done.
 */
export class OutputQueue<O> {
  private readonly carryOut: (output: O, next: O | undefined) => void;
  private waiting: O[] = [];
  /** The first that has not been begun. */
  private at = 0;
  private running = false;

  /** `carryOut` is told the output behind as well, where there is one already. */
  constructor(carryOut: (output: O, next: O | undefined) => void) {
    this.carryOut = carryOut;
  }

  /** What was thrown on the way comes out once all is done, the first of it. */
  run(outputs: readonly O[]): void {
    for (const output of outputs) this.waiting.push(output);
    if (this.running) return;
    this.running = true;
    const thrown: unknown[] = [];
    while (this.at < this.waiting.length) {
      const output = this.waiting[this.at++] as O;
      try {
        this.carryOut(output, this.waiting[this.at]);
      } catch (error) {
        thrown.push(error);
      }
    }
    this.keep(() => false);
    this.running = false;
    if (thrown.length > 0) throw thrown[0];
  }

  /** Forgets what is waiting but for this. */
  keep(wanted: (output: O) => boolean): void {
    this.waiting = this.waiting.slice(this.at).filter(wanted);
    this.at = 0;
  }
}
