import type { EventQueue } from '../../testing/simulator/event-queue.ts';

interface Waiting {
  readonly dueMs: number;
  readonly run: () => void;
}

/** One way of a connection: what goes in comes out later, in the same order. */
export class Pipe {
  private readonly queue: EventQueue;
  private readonly nowMs: () => number;
  private waiting: Waiting[] = [];
  private lastMs = 0;
  private heldUntilMs = 0;
  /** Raised when all is lost: what was to come out is not. */
  private life = 0;

  constructor(queue: EventQueue, nowMs: () => number) {
    this.queue = queue;
    this.nowMs = nowMs;
  }

  add(dueMs: number, run: () => void): void {
    this.lastMs = Math.max(dueMs, this.lastMs, this.nowMs());
    this.waiting.push({ dueMs: this.lastMs, run });
    if (this.waiting.length === 1) this.wake(this.lastMs);
  }

  /** Nothing comes out before that. */
  hold(untilMs: number): void {
    this.heldUntilMs = Math.max(this.heldUntilMs, untilMs);
  }

  clear(): void {
    this.waiting = [];
    this.life++;
  }

  private wake(dueMs: number): void {
    const { life } = this;
    this.queue.add(Math.max(dueMs, this.heldUntilMs), 0, () => {
      if (life === this.life) this.pump();
    });
  }

  private pump(): void {
    const nowMs = this.nowMs();
    let done = 0;
    const { life } = this;
    const { waiting } = this;
    for (const { dueMs, run } of waiting) {
      if (dueMs > nowMs || this.heldUntilMs > nowMs) break;
      done++;
      run();
      // What has just arrived may have ended the connection.
      if (life !== this.life) return;
    }
    waiting.splice(0, done);
    const [next] = waiting;
    if (next !== undefined) this.wake(next.dueMs);
  }
}
