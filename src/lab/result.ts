import type { LabCodec, PlannedRun, RunSettings } from './experiment/experiment.ts';
import type { FaultKind } from './fault-plan.ts';
import type { Absence } from './measure/absences.ts';
import type { Interval } from './measure/intervals.ts';
import type { LagHistogram } from './measure/lag-histogram.ts';
import type { MessageCounts } from './measure/message-kind.ts';
import type { RecoveredFault } from './measure/recoveries.ts';

/** Raised when a member changes its meaning. */
export const RESULT_VERSION = 1;

/** Lags from commit to visible, in ms; null where there were none. */
export interface LagFigures {
  readonly count: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Buckets that are not empty: from and to, in ms, and how many. */
  readonly buckets: readonly (readonly [fromMs: number, toMs: number, count: number])[];
}

/** How consumers came back after faults, by the rung of the repair ladder that it took. */
export interface Rungs {
  /** Their copy was the present one: nothing was sent. */
  readonly equal: number;
  /** Changes from the version they had, by the journal. */
  readonly journal: number;
  /** Whole values of what was newer, by versions and tombstones. */
  readonly versions: number;
  /** Digests compared, then what differs. */
  readonly comparison: number;
  /** Everything. */
  readonly snapshot: number;
}

/** A change, and what it cost: all in bytes. */
export type CostSample = readonly [changedBytes: number, valueBytes: number, sentBytes: number];

/** How a replica was, from when on. */
export type StatusChange = readonly [atMs: number, status: string];

/** What a run came to. Times are in ms since updates began, sizes in bytes. */
export interface RunFigures {
  readonly updates: number;
  readonly distinctKeys: number;
  readonly entries: number;
  /** JSON text of all that there was at first. */
  readonly initialBytes: number;
  /** Until every consumer had its first copy: bytes down, and how long it took. */
  readonly joinBytes: number;
  readonly joinMs: number;
  /** From then on: every changed value whole to every consumer, and what was sent. */
  readonly originalBytes: number;
  readonly sentBytes: number;
  readonly upBytes: number;
  /** `originalBytes / sentBytes`; null where nothing was sent. */
  readonly ratio: number | null;
  /** Bytes down for each update and consumer. */
  readonly bytesPerUpdate: number | null;
  /** Frames that were encoded for each update, whatever the number of consumers; null: unknown. */
  readonly framesEncodedPerUpdate: number | null;
  /** Updates that became visible at a consumer each second, in the mean. */
  readonly visiblePerSecond: number;
  /** Of those who read as they can. */
  readonly lag: LagFigures;
  /** Of slow consumers. */
  readonly slowLag: LagFigures;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly recoveries: {
    readonly count: number;
    readonly unfinished: number;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
    readonly maxMs: number | null;
    /** Each of them; bounded, the earliest first. */
    readonly list: readonly RecoveredFault[];
  };
  readonly rungs: Rungs;
  readonly messages: MessageCounts;
  readonly intervals: readonly Interval[];
  /** For each replica, in their order; empty where there are many. */
  readonly timelines: readonly (readonly StatusChange[])[];
  /** The longest times in which one replica was not live; of runs with timelines. */
  readonly absences: readonly Absence[];
  readonly samples: readonly CostSample[];
  /** From the end of the faults until all were equal. */
  readonly healMs: number | null;
}

/** Of this machine, at that time: never the same twice. */
export interface MachineFigures {
  /** How long the run took, in ms. */
  readonly wallMs: number;
  /**
   * Processor time of the hub, in ms, where it has a process of its own; and for an update, in µs:
   * simulated the median, real the mean.
   */
  readonly hubMs: number | null;
  readonly hubMicrosPerUpdate: number | null;
  /** The most memory that the hub's process held (resident), in bytes. Simulated: of all. */
  readonly hubMemoryBytes: number | null;
  /** In the mean over replica processes; null where they had none of their own. */
  readonly replicaMs: number | null;
  readonly replicaMemoryBytes: number | null;
}

/** A promise that was broken, or what else went wrong. */
export interface BrokenPromise {
  /** `P1` to `P14`, `crash`, or `proof` where replicas differed at the end. */
  readonly promise: string;
  readonly what: string;
  readonly atMs: number | null;
}

/** What there was to prove at the end of a run, or that it was only counted. */
export interface Proof {
  readonly replicas: number;
  readonly equal: number;
  readonly version: number;
  readonly entries: number;
  /** Of the producer's content. */
  readonly digest: string;
  /** In words, for each replica that differed. */
  readonly differences: readonly string[];
}

export interface RunResult {
  readonly id: string;
  readonly settings: RunSettings;
  /** Left out for runs of the cross product. */
  readonly varied: PlannedRun['varied'];
  /** `counted`: values whole, on a line without faults, nothing was run. */
  readonly mode: 'simulated' | 'real' | 'counted';
  /** What the workload is, in words. */
  readonly title: string;
  readonly command: string;
  readonly figures: RunFigures;
  /** Hash over every event: equal for two simulated runs that were the same. */
  readonly trace: string | null;
  /** Messages that arrived, each held against the promises. */
  readonly deliveries: number | null;
  readonly proof: Proof | null;
  readonly broken: BrokenPromise | null;
  /** Ended before its time, on demand. */
  readonly isPartial: boolean;
  readonly machine: MachineFigures;
}

export interface LabResult {
  readonly kind: 'diffstream-lab';
  readonly version: typeof RESULT_VERSION;
  readonly name: string;
  readonly question: string;
  readonly mode: 'simulated' | 'real';
  readonly runs: readonly RunResult[];
  /** Runs that were planned, those that were not begun included. */
  readonly planned: number;
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly processor: string;
    readonly cores: number;
    readonly seconds: number;
  };
}

/** Whether every run was whole and kept what is promised. */
export function isKept({ runs }: LabResult): boolean {
  return runs.every(({ broken }) => broken === null);
}

/** The same with numbers to three decimals: report, data and terminal then show the same ones. */
export function rounded<T>(value: T): T {
  if (typeof value === 'number') return (Math.round(value * 1000) / 1000) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => rounded(one)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, one]: [string, unknown]) => [
    name,
    rounded(one),
  ]);
  return Object.fromEntries(members) as T;
}

/** JSON has no NaN and no infinity. */
export function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null;
}

export function lagFigures(lag: LagHistogram): LagFigures {
  return {
    count: lag.total,
    meanMs: finite(lag.mean),
    p50Ms: finite(lag.quantile(0.5)),
    p99Ms: finite(lag.quantile(0.99)),
    maxMs: finite(lag.max),
    buckets: lag.buckets(),
  };
}

/** Of times that are all known; null without any. */
export function quantileOf(sorted: readonly number[], part: number): number | null {
  const at = Math.max(0, Math.ceil(part * sorted.length) - 1);
  return sorted[at] ?? null;
}

export function recoveryFigures(
  list: readonly RecoveredFault[],
  counts: RunFigures['faults'],
): RunFigures['recoveries'] {
  const times = list.flatMap(({ recoveryMs }) => recoveryMs ?? []).toSorted((a, b) => a - b);
  return {
    count: Object.values(counts).reduce((sum, count) => sum + count, 0),
    unfinished: list.filter(({ recoveryMs }) => recoveryMs === undefined).length,
    p50Ms: quantileOf(times, 0.5),
    p99Ms: quantileOf(times, 0.99),
    maxMs: times.at(-1) ?? null,
    list,
  };
}

export const noRungs: Rungs = { equal: 0, journal: 0, versions: 0, comparison: 0, snapshot: 0 };

/** DiffStream's codecs by the words that plots use. */
export const codecNames: Readonly<Record<LabCodec, string>> = {
  json: 'full JSON',
  'json-deflate': 'full JSON, deflated',
  compact: 'compact diffs',
  dense: 'dense diffs',
  auto: 'diffs (auto)',
};
