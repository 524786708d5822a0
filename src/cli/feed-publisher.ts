import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { adviceOn } from './advice.ts';
import type { FeedProblem, FeedRecord } from './feed-record.ts';
import type { FeedSource } from './feed-source.ts';
import { readFeed } from './feed.ts';
import { Pace } from './pace.ts';
import { untilAborted } from './until-aborted.ts';

/** Where updates go: the part of a producer that a feed needs. */
export interface FeedTarget {
  readonly version: number;
  set(key: Key, value: unknown): unknown;
  delete(key: Key): unknown;
}

/** What became of a feed so far. */
export interface FeedTally {
  /** Lines read, empty ones included; every pass of a loop counts. */
  lines: number;
  /** Updates that made a new version. */
  applied: number;
  /** Updates that changed nothing. */
  unchanged: number;
  /** Lines left out. */
  refused: number;
  /** Lines used with a warning. */
  warnings: number;
}

export function newTally(): FeedTally {
  return { lines: 0, applied: 0, unchanged: 0, refused: 0, warnings: 0 };
}

export interface FeedPublisherOptions {
  readonly source: FeedSource;
  readonly target: FeedTarget;
  readonly keyName: string;
  readonly lineBytesMax?: number;
  /** Updates per second; 0: as fast as possible. */
  readonly perSecond: number;
  /** Begin again at the end, for ever. */
  readonly loop: boolean;
  readonly signal: AbortSignal;
  /** Kept up to date all the while. */
  readonly tally: FeedTally;
  readonly onProblem: (problem: FeedProblem) => void;
}

/**
 * Publishes the updates of a feed, at a pace, until its end or the signal. Sessions get their turn
 * in between. A value that the producer refuses is a problem of its line; the rest goes on.
 */
export async function publishFeed(options: FeedPublisherOptions): Promise<void> {
  const { loop, signal, source, tally } = options;
  const pace = new Pace(options.perSecond, signal);
  for (;;) {
    const usedBefore = tally.applied + tally.unchanged;
    await publishOnce(options, pace);
    const isUseless = tally.applied + tally.unchanged === usedBefore;
    if (signal.aborted || !loop || !source.canRepeat || isUseless) return;
  }
}

async function publishOnce(options: FeedPublisherOptions, pace: Pace): Promise<void> {
  const { source, target, signal, tally, keyName, lineBytesMax } = options;
  const onProblem = (problem: FeedProblem): void => {
    // The line under way is only a part of one.
    if (signal.aborted) return;
    if (problem.isRefused) tally.refused++;
    else tally.warnings++;
    options.onProblem(problem);
  };
  const limit = lineBytesMax === undefined ? {} : { lineBytesMax };
  const chunks = untilAborted(source.chunks(), signal);
  const records = readFeed(chunks, { keyName, onProblem, ...limit });
  const linesBefore = tally.lines;
  for (;;) {
    const next = await records.next();
    if (next.done === true) {
      tally.lines = linesBefore + next.value.lines;
      return;
    }
    const due = pace.next();
    if (due !== undefined) await due;
    if (signal.aborted) break;
    tally.lines = linesBefore + next.value.line;
    const outcome = applyRecord(target, next.value);
    if (typeof outcome === 'string') tally[outcome]++;
    else onProblem(outcome);
  }
  await records.return({ lines: 0 });
}

/** Applies one record; a refusal by the producer comes back as a problem of the record's line. */
function applyRecord(
  target: FeedTarget,
  record: FeedRecord,
): 'applied' | 'unchanged' | FeedProblem {
  const versionBefore = target.version;
  try {
    if (record.op === 'put') target.set(record.key, record.value);
    else target.delete(record.key);
  } catch (cause) {
    if (!(cause instanceof DiffStreamError)) throw cause;
    const { line } = record;
    const error = new DiffStreamError(cause.code, `line ${line}: ${cause.message}`, { cause });
    return { line, error, advice: adviceOn(cause), isRefused: true };
  }
  return target.version === versionBefore ? 'unchanged' : 'applied';
}
