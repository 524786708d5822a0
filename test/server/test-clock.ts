import type { Clock } from '../../src/driver/clock.ts';

/** Time that passes when told to. */
export class TestClock implements Clock {
  now = 0;
  wall = 1_000_000;
  readonly timers = new Map<object, { readonly atMs: number; readonly work: () => void }>();

  nowMs(): number {
    return this.now;
  }

  wallMs(): number {
    return this.wall;
  }

  at(atMs: number, work: () => void): () => void {
    const id = {};
    this.timers.set(id, { atMs, work });
    return () => this.timers.delete(id);
  }

  endOfTurn(work: () => void): void {
    queueMicrotask(work);
  }

  /** Rings what becomes due, one after the other, with the promises behind each. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.now + ms;
    for (;;) {
      const due = [...this.timers].sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      if (due === undefined || due[1].atMs > untilMs) break;
      this.timers.delete(due[0]);
      this.now = due[1].atMs;
      due[1].work();
      await settled();
    }
    this.now = untilMs;
  }
}

/** Promises have had their turns. */
export const settled = async (): Promise<void> => {
  for (let i = 0; i < 9; i++) await Promise.resolve();
};
