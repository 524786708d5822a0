import type { Key } from '../../core/key.ts';
import type { Update, Workload } from './workload.ts';

/** Records of a trace that are kept in memory; what is beyond is left out, and told. */
export const TRACE_RECORDS_MAX = 200_000;

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
  const updates: Update[] = [];
  for (const { key, value } of records) {
    if (updates.length === 0 && value !== undefined && !first.has(key)) first.set(key, value);
    else updates.push([{ key, value }]);
  }
  let next = 0;
  return {
    title: name,
    initial: () => [...first],
    next: () => updates[next++],
  };
}
