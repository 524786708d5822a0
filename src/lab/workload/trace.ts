import type { Key } from '../../core/key.ts';
import type { Update, Workload } from './workload.ts';

/** Records of a trace that are kept in memory; what is beyond is left out, and told. */
export const TRACE_RECORDS_MAX = 200_000;

/**
 * How many updates of a feed a run plays at most: times are random, so that it may be a few more
 * than the rate says. What comes after need not be read.
 */
export function updatesMaxOf({ rate, forMs }: { readonly rate: number; readonly forMs: number }) {
  const mean = (rate * forMs) / 1000;
  return Math.ceil(mean + 8 * Math.sqrt(mean) + 32);
}

/** One line of a recorded feed. */
export interface TraceRecord {
  readonly key: Key;
  /** Undefined: it is deleted. */
  readonly value: unknown;
}

/** A recorded feed. */
export interface Trace {
  /** The file's name, for people. */
  readonly name: string;
  readonly records: readonly TraceRecord[];
}

/**
 * Plays a recorded feed: what its keys are first is there from the start, what they become are
 * the updates, one after the other, at the pace of the experiment.
 */
export function traceWorkload({ name, records }: Trace): Workload {
  const first = new Map<Key, unknown>();
  const begin = beginOf(records);
  for (const { key, value } of records.slice(0, begin)) first.set(key, value);
  const updates = records.slice(begin).map((record): Update => [record]);
  let next = 0;
  return {
    title: name,
    initial: () => [...first],
    next: () => updates[next++],
  };
}

/** Where the updates begin: with the first record that is not the first of its key. */
function beginOf(records: readonly TraceRecord[]): number {
  const seen = new Set<Key>();
  const begin = records.findIndex(({ key, value }) => {
    if (value === undefined || seen.has(key)) return true;
    seen.add(key);
    return false;
  });
  return begin < 0 ? records.length : begin;
}
