import { faultNames } from '../fault-plan.ts';
import type { FaultKind } from '../fault-plan.ts';
import type { RecoveredFault } from './recoveries.ts';

/** A shorter time is what every fault costs, in ms: three heartbeats until it is noticed. */
const ABSENCE_MS_MIN = 3000;
/** Kept of a run: the longest. */
const ABSENCES_MAX = 20;
/** Of one absence: the most frequent. */
const REASONS_MAX = 8;

/** What a replica told of one connection: that it was tried, or what went wrong. */
export interface AttemptLog {
  /** When connections were tried, in ms since updates began. */
  readonly triedMs: readonly number[];
  readonly failures: readonly (readonly [atMs: number, why: string])[];
}

/** A time in which a replica was not live, and what made it so. */
export interface Absence {
  /** Counted from 1. */
  readonly replica: number;
  /** In ms since updates began, and how long; to the end of the run where it never ended. */
  readonly atMs: number;
  readonly forMs: number;
  /** What struck the replica meanwhile, and just before. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Connections tried meanwhile; null: nobody counted. */
  readonly connections: number | null;
  /** Why they failed and how often, the most frequent first. */
  readonly reasons: readonly (readonly [why: string, count: number])[];
}

/** A fault is noticed so late at most, in ms, when it is what an absence began with. */
const BEFORE_MS = 3500;

/** The longest times in which replicas were not live. `attempts`: by replica, where known. */
export function longestAbsences(
  timelines: readonly (readonly (readonly [atMs: number, status: string])[])[],
  toMs: number,
  faults: readonly RecoveredFault[],
  attempts?: readonly AttemptLog[],
): readonly Absence[] {
  return timelines
    .flatMap((changes, i) =>
      spansAway(changes, toMs).map(([fromMs, endMs]): Absence => {
        const own = faults.filter(({ replica }) => replica === i + 1);
        const log = attempts?.[i];
        return {
          replica: i + 1,
          atMs: fromMs,
          forMs: endMs - fromMs,
          faults: kindsOf(own.filter(({ atMs }) => atMs >= fromMs - BEFORE_MS && atMs <= endMs)),
          connections: log?.triedMs.filter((at) => at >= fromMs && at <= endMs).length ?? null,
          reasons: reasonsOf(log, fromMs, endMs),
        };
      }),
    )
    .toSorted((a, b) => b.forMs - a.forMs)
    .slice(0, ABSENCES_MAX);
}

function spansAway(
  changes: readonly (readonly [atMs: number, status: string])[],
  toMs: number,
): (readonly [fromMs: number, endMs: number])[] {
  const spans: (readonly [number, number])[] = [];
  let fromMs: number | undefined;
  for (const [atMs, status] of [...changes, [toMs, 'live'] as const]) {
    if (status !== 'live') fromMs ??= atMs;
    else if (fromMs !== undefined) {
      if (atMs - fromMs >= ABSENCE_MS_MIN) spans.push([fromMs, atMs]);
      fromMs = undefined;
    }
  }
  return spans;
}

function kindsOf(faults: readonly RecoveredFault[]): Partial<Record<FaultKind, number>> {
  const counts: Partial<Record<FaultKind, number>> = {};
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function reasonsOf(
  log: AttemptLog | undefined,
  fromMs: number,
  endMs: number,
): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const [atMs, why] of log?.failures ?? []) {
    // What ended the time before belongs to it: it is told just before the status.
    if (atMs < fromMs - 1 || atMs > endMs) continue;
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, REASONS_MAX);
}

/** An error of a replica without what is different each time: addresses, keys, numbers. */
export function reasonOf(code: string, message: string): string {
  const plain = message
    .replaceAll(/the connection to \S+|\bwss?:\/\/\S+/g, 'the connection')
    .replaceAll(/"[^"]*"/g, 'an entry')
    .replaceAll(/connect (E[A-Z]+)[\d .:]*/g, 'connect $1')
    .replaceAll(/(?<![(\w.-])\d+\b/g, 'n');
  return `${code}: ${plain}`;
}

/** `2 × cut, 1 × bit flipped`. */
export function faultsText({ faults }: Absence): string {
  const kinds = Object.keys(faults) as FaultKind[];
  return kinds.map((kind) => `${faults[kind]} × ${faultNames[kind]}`).join(', ') || 'none';
}

/** `3 × timeout: …; 1 × malformed: …`. */
export function reasonsText({ reasons }: Absence): string {
  return reasons.map(([why, count]) => `${count} × ${why}`).join('; ');
}
