import { DiffStreamError } from '../core/errors.ts';
import type { FeedTarget, FeedTally } from './feed-publisher.ts';
import type { SystemSource } from './system-source.ts';

/** Shorter times between samples cost more than they tell; in ms. */
const EVERY_MS_MIN = 50;

/** Throws `bad-argument` for a time between samples that is too short. */
export function checkedEvery(everyMs: number): number {
  if (everyMs >= EVERY_MS_MIN) return everyMs;
  throw new DiffStreamError('bad-argument', `--every has to be at least ${EVERY_MS_MIN}ms`);
}

export interface SystemPublisherOptions {
  readonly source: SystemSource;
  readonly target: FeedTarget;
  /** Time between two samples, in ms. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** Kept up to date all the while; an entry of a sample counts as a line. */
  readonly tally: FeedTally;
}

/** Publishes samples of this machine, one after the other, until the signal. */
export async function publishSystem(options: SystemPublisherOptions): Promise<void> {
  const { source, target, everyMs, signal, tally } = options;
  let keys: ReadonlySet<string> = new Set();
  while (!signal.aborted) {
    const sample = source.sample();
    const count = (work: () => void): void => {
      const before = target.version;
      work();
      tally.lines++;
      tally[target.version === before ? 'unchanged' : 'applied']++;
    };
    for (const [key, value] of sample) count(() => void target.set(key, value));
    for (const key of keys) if (!sample.has(key)) count(() => void target.delete(key));
    keys = new Set(sample.keys());
    await pause(everyMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    return undefined;
  });
}
