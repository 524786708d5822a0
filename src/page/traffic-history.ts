import type { HubModel } from './hub-model.ts';
import { totalsOf } from './hub-model.ts';

/** Points kept: five minutes at two a second. */
export const POINTS_MAX = 600;

/** What the charts show: for each moment the rates since the one before. Never altered. */
export interface Traffic {
  /** Seconds since 1970. */
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

/** The last five minutes of a hub, whatever its counters say. */
export class TrafficHistory {
  private series = noTraffic;
  private last:
    | { atMs: number; startedMs: number; totals: ReturnType<typeof totalsOf> }
    | undefined;

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
    const { nowMs: atMs, startedMs } = hub;
    const totals = totalsOf(model);
    const { last } = this;
    if (last?.startedMs === startedMs && atMs <= last.atMs) return;
    this.last = { atMs, startedMs, totals };
    // Another hub at the same address begins its counts anew.
    if (last === undefined || last.startedMs !== startedMs) return;
    const seconds = (atMs - last.atMs) / 1000;
    const rate = (name: 'versions' | 'sentBytes' | 'wholeBytes'): number =>
      Math.max(0, totals[name] - last.totals[name]) / seconds;
    const { series } = this;
    this.series = {
      times: extended(series.times, atMs / 1000),
      sentPerSecond: extended(series.sentPerSecond, rate('sentBytes')),
      wholePerSecond: extended(series.wholePerSecond, rate('wholeBytes')),
      updatesPerSecond: extended(series.updatesPerSecond, rate('versions')),
      lagVersions: extended(series.lagVersions, totals.lagVersionsMax),
    };
  }
}

function extended(values: readonly number[], value: number): number[] {
  return [...values.slice(values.length < POINTS_MAX ? 0 : 1), value];
}
