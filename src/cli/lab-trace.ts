import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import type { RunSettings, TraceFile } from '../lab/experiment/experiment.ts';
import { TRACE_RECORDS_MAX, updatesMaxOf } from '../lab/workload/trace.ts';
import type { Trace, TraceRecord } from '../lab/workload/trace.ts';
import type { FeedProblem } from './feed-record.ts';
import { openFeedSource } from './feed-source.ts';
import { readFeed } from './feed.ts';
import { printable } from './printable.ts';

/** Text of all values of a trace that are kept in memory, in bytes. */
const TRACE_BYTES_MAX = 512 * 1024 * 1024;

/**
 * A recorded feed as the lab plays it, so many updates and as much of it as fits; `onProblem` hears
 * of what was left out. Throws `bad-input` for a file that cannot be read, or in which no update is
 * left.
 */
export async function loadTrace(
  { path, keyName }: TraceFile,
  updatesMax: number,
  onProblem: (problem: FeedProblem) => void,
): Promise<Trace> {
  const source = await openFeedSource(path, process.stdin);
  if (!source.canRepeat) {
    throw new DiffStreamError('bad-argument', 'a trace has to be a file: every run reads it');
  }
  const records: TraceRecord[] = [];
  let bytes = 0;
  const count = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of source.chunks()) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  const seen = new Set<Key>();
  let updates = 0;
  for await (const record of readFeed(count(), { keyName, onProblem })) {
    const { line, key } = record;
    if (records.length === TRACE_RECORDS_MAX || bytes > TRACE_BYTES_MAX) {
      const what = `line ${line}: the rest is left out: more than ${TRACE_RECORDS_MAX} updates`;
      const error = new DiffStreamError('bad-input', `${what} or ${TRACE_BYTES_MAX} bytes`);
      onProblem({ line, error, advice: 'What comes before is played.', isRefused: false });
      break;
    }
    records.push({ key, value: record.op === 'put' ? record.value : undefined });
    // The first of each key is what there is before the updates.
    if (updates > 0 || record.op === 'del' || seen.has(key)) updates++;
    seen.add(key);
    if (updates === updatesMax) break;
  }
  if (records.length < 2) {
    throw new DiffStreamError('bad-input', `${printable(path)} has no updates`);
  }
  return { name: printable(path), records };
}

/** The same for a process of the lab: what was left out has been told before. */
export async function traceOf(settings: RunSettings): Promise<Trace | undefined> {
  const { trace } = settings;
  return trace === undefined ? undefined : loadTrace(trace, updatesMaxOf(settings), () => {});
}
