import type { SeededRandom } from '../seeded-random.ts';
import type { World } from './world.ts';

/**
 * When a node gets round to what comes to it: at once, or, while it is paused, later and in the
 * order in which it came.
 */
export class Process {
  private readonly world: World;
  private waiting: (() => void)[] = [];
  private busyUntilMs = 0;
  private isEnded = false;
  /** When its one timer rings; Infinity: it is not set. */
  private alarmMs = Number.POSITIVE_INFINITY;

  constructor(world: World) {
    this.world = world;
  }

  /** Awake, and with nothing left to do. */
  get isIdle(): boolean {
    return this.isAwake && this.waiting.length === 0;
  }

  pause(untilMs: number): void {
    this.busyUntilMs = Math.max(this.busyUntilMs, untilMs);
  }

  /** It goes on at once. */
  resume(): void {
    this.busyUntilMs = this.world.nowMs;
    if (this.waiting.length > 0) this.wakeLater();
  }

  do(work: () => void): void {
    if (this.isEnded) return;
    if (this.isIdle) {
      work();
      return;
    }
    this.waiting.push(work);
    if (this.waiting.length === 1) this.wakeLater();
  }

  /** Sets its one timer, unless it rings earlier already; Infinity sets nothing. */
  setAlarm(dueMs: number, random: SeededRandom, work: () => void): void {
    if (dueMs >= this.alarmMs) return;
    this.alarmMs = dueMs;
    this.world.queue.add(dueMs, random.next(), () => {
      if (this.alarmMs !== dueMs) return;
      this.alarmMs = Number.POSITIVE_INFINITY;
      this.do(work);
    });
  }

  /** It is gone, with all that waits. */
  end(): void {
    this.isEnded = true;
    this.waiting = [];
  }

  private get isAwake(): boolean {
    return this.busyUntilMs <= this.world.nowMs;
  }

  private wakeLater(): void {
    const atMs = Math.max(this.busyUntilMs, this.world.nowMs);
    this.world.queue.add(atMs, 0, () => this.wake());
  }

  private wake(): void {
    for (let next = 0; next < this.waiting.length; next++) {
      if (!this.isAwake) {
        this.waiting.splice(0, next);
        return this.wakeLater();
      }
      (this.waiting[next] as () => void)();
    }
    this.waiting = [];
  }
}
