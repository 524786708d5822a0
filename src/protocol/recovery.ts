import type { Chance } from './chance.ts';
import type { Trust } from './message.ts';
import type { SessionLimits } from './session-limits.ts';

const MINUTE_MS = 60_000;
/**
 * Messages in a row that are beyond the limits, or of another protocol, until that is believed:
 * on a bad line damage looks like either now and then, but like other things in between.
 */
const HOPELESS_MAX = 10;

/** Connections that count at most, once one has brought data: pauses stay below some seconds. */
const ATTEMPTS_ON_A_LINE_MAX = 4;
/**
 * Connections in vain until data that comes counts for less: what never becomes a copy is no bad
 * luck any more, but a hub or proxy that is broken, and each of its consumers asks it again.
 */
const FRUITLESS_MAX = 8;

/** What to do after a message that cannot be right. */
export type Remedy =
  /** Once more from the version held: most corruption is in flight. */
  | 'resume'
  /** The copy itself is in doubt. */
  | 'repair'
  /** A repair failed as well: the line is bad, so the next try waits for a better one. */
  | 'pause';

/**
 * Counts what has gone wrong in a row, so that every retry is bounded and paced.
 *
 * Modelled in models/resume.pml.
 */
export class Recovery {
  private readonly limits: SessionLimits;
  private readonly chance: Chance;
  /** Wrong messages since the copy was last found right. */
  private failures = 0;
  /** Connections tried since then. */
  private attempts = 0;
  /** Of these those that brought data, since any of it was of lasting use. */
  private fruitless = 0;
  /** Whether the present one is counted in that. */
  private counted = false;
  private hopeless = 0;
  private repairTimes: number[] = [];

  constructor(limits: SessionLimits, chance: Chance) {
    this.limits = limits;
    this.chance = chance;
  }

  /**
   * Data came behind an answer, damaged or not: hub and line carry it, so that waiting longer would
   * gain nothing; and what is missed meanwhile makes the next frame longer, which a bad line is
   * less likely to carry whole. An answer alone is not enough: a hub that is too busy for more
   * gets its peace by pauses that grow; and so does one whose data is never of use, more slowly.
   */
  carried(): void {
    if (!this.counted) this.fruitless++;
    this.counted = true;
    const more = Math.floor(this.fruitless / FRUITLESS_MAX);
    this.attempts = Math.min(this.attempts, ATTEMPTS_ON_A_LINE_MAX + more);
  }

  /** More of a snapshot is there than ever. */
  advanced(): void {
    this.fruitless = 0;
  }

  /** A frame passed its check. */
  proved(): void {
    this.failures = 0;
    this.hopeless = 0;
    this.carried();
    this.fruitless = 0;
  }

  /** The copy is the producer's present state. */
  current(): void {
    this.failures = 0;
    this.attempts = 0;
    this.hopeless = 0;
    this.fruitless = 0;
  }

  failed(): Remedy {
    this.failures++;
    this.hopeless = 0;
    if (this.failures === 1) return 'resume';
    return this.failures === 2 ? 'repair' : 'pause';
  }

  /** Whether the next connection has to begin with a repair. */
  get isInDoubt(): boolean {
    return this.failures > 1;
  }

  /** How far the copy is trusted in a repair. */
  get trust(): Trust {
    return this.failures > 2 ? 'nothing' : 'compare';
  }

  /**
   * Counts a repair; false: the breaker trips, since so many are no noise. `further`: a part of
   * what it is to bring has come already; to go on with that is no other repair, while it does go
   * on.
   */
  mayRepair(nowMs: number, further = false): boolean {
    if (further && this.fruitless <= FRUITLESS_MAX) return true;
    this.repairTimes = this.repairTimes.filter((at) => at > nowMs - MINUTE_MS);
    if (this.repairTimes.length >= this.limits.repairsPerMinuteMax) return false;
    this.repairTimes.push(nowMs);
    return true;
  }

  /** Counts what no asking mends; whether it has come so often in a row that it is no damage. */
  countHopeless(): boolean {
    return ++this.hopeless >= HOPELESS_MAX;
  }

  /** A random time below a bound that doubles: full jitter, so that herds spread out. */
  nextPauseMs(): number {
    const { backoffMinMs, backoffMaxMs } = this.limits;
    this.counted = false;
    const bound = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(this.attempts++, 20));
    return Math.floor(this.chance.fraction() * bound);
  }
}
