import type { HubModel } from './hub-model.ts';
import type { HubRow } from '../server/page-row.ts';
import { totalsOf } from './hub-model.ts';

/** Points kept: five minutes at two a second. */
export const POINTS_MAX = 600;

/** What the charts show: for each moment the rates since the one before. Never altered. */
export interface Traffic {
  /** Seconds since 1970, as the hub's clock stands now; always rising. */
  readonly times: readonly number[];
  readonly sentPerSecond: readonly number[];
  readonly wholePerSecond: readonly number[];
  readonly updatesPerSecond: readonly number[];
  /** Versions that the slowest session had not been sent. */
  readonly lagVersions: readonly number[];
}

const noTraffic: Traffic = {
  ...{ times: [], sentPerSecond: [], wholePerSecond: [], updatesPerSecond: [], lagVersions: [] },
};

/** The clock of the hub has been set when it is so many ms from where it should be. */
const CLOCK_STEP_MS = 1000;

/**
 * The last five minutes of a hub, whatever its counters say, and however its clock is set: what
 * counts is how long it has been there, and people get to see their time of it.
 */
export class TrafficHistory {
  private series = noTraffic;
  private last:
    | { upMs: number; startedMs: number; totals: ReturnType<typeof totalsOf> }
    | undefined;
  /** From the hub's age to its wall clock. */
  private offsetMs = 0;

  get traffic(): Traffic {
    return this.series;
  }

  /** The latest value of a series; NaN before there is one. */
  latest(name: keyof Traffic): number {
    return this.series[name].at(-1) ?? Number.NaN;
  }

  /** Takes a state of the hub; one that was seen already adds nothing. */
  add(model: HubModel): void {
    const { hub } = model;
    if (hub === undefined) return;
    const { upMs, startedMs } = hub;
    const totals = totalsOf(model);
    const { last } = this;
    if (last?.startedMs === startedMs && upMs <= last.upMs) return;
    this.last = { upMs, startedMs, totals };
    // Another hub at the same address begins its counts anew.
    if (last === undefined || last.startedMs !== startedMs) return this.begin(hub);
    this.follow(hub);
    const seconds = (upMs - last.upMs) / 1000;
    const rate = (name: 'versions' | 'sentBytes' | 'wholeBytes'): number =>
      Math.max(0, totals[name] - last.totals[name]) / seconds;
    const { series } = this;
    this.series = {
      times: extended(series.times, (upMs + this.offsetMs) / 1000),
      sentPerSecond: extended(series.sentPerSecond, rate('sentBytes')),
      wholePerSecond: extended(series.wholePerSecond, rate('wholeBytes')),
      updatesPerSecond: extended(series.updatesPerSecond, rate('versions')),
      lagVersions: extended(series.lagVersions, hub.lagVersionsMax),
    };
  }

  /** What an earlier hub did stays where it was; but time must not go back. */
  private begin({ nowMs, upMs }: HubRow): void {
    this.offsetMs = nowMs - upMs;
    if (this.latest('times') * 1000 >= nowMs) this.series = noTraffic;
  }

  /**
   * Where the clock was set back, the past moves to the times it has now. Where it is ahead, the
   * past stays: more often than a clock that was set, that is a machine that has slept.
   */
  private follow({ nowMs, upMs }: HubRow): void {
    const offsetMs = nowMs - upMs;
    const step = offsetMs - this.offsetMs;
    if (Math.abs(step) <= CLOCK_STEP_MS) return;
    this.offsetMs = offsetMs;
    if (step > 0) return;
    const times = this.series.times.map((time) => time + step / 1000);
    this.series = { ...this.series, times };
  }
}

function extended(values: readonly number[], value: number): number[] {
  return [...values.slice(values.length < POINTS_MAX ? 0 : 1), value];
}
