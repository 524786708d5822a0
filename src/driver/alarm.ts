import type { Clock } from './clock.ts';

/** A timer that rings later than this, in ms, tells of a pause. */
const LATE_MS = 250;

/** One timer that follows a machine's next deadline. */
export class Alarm {
  private readonly clock: Clock;
  private readonly ring: () => void;
  private setFor = Number.POSITIVE_INFINITY;
  private cancel: (() => void) | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.clock = clock;
    this.ring = ring;
  }

  /** To be called after each call of the machine; Infinity: nothing to wait for. */
  set(timeMs: number): void {
    if (timeMs === this.setFor) return;
    this.stop();
    if (timeMs === Number.POSITIVE_INFINITY) return;
    this.setFor = timeMs;
    this.cancel = this.clock.at(timeMs, () => {
      const late = this.clock.nowMs() - timeMs > LATE_MS;
      // After a pause of the process what has arrived meanwhile is read first: a deadline must
      // not be missed for want of looking.
      if (late) this.clock.endOfTurn(() => this.due(timeMs));
      else this.due(timeMs);
    });
  }

  private due(timeMs: number): void {
    if (this.setFor !== timeMs) return;
    this.setFor = Number.POSITIVE_INFINITY;
    this.ring();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
    this.setFor = Number.POSITIVE_INFINITY;
  }
}
