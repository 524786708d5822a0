import { DiffStreamError } from '../core/errors.ts';
import type { FeedProblem, FeedRecord } from './feed-record.ts';
import { readFeedLine } from './feed-record.ts';
import type { Line } from './line-splitter.ts';
import { LineSplitter } from './line-splitter.ts';

/** Longest line of a feed, in bytes; a line is held in memory as a whole. Raise: --line-bytes. */
export const LINE_BYTES_MAX = 64 * 1024 * 1024;

export interface FeedOptions {
  /** The member that holds the key of a plain object. */
  readonly keyName: string;
  readonly lineBytesMax?: number;
  /** Called with each line that was refused, and with each warning, in the order of the lines. */
  readonly onProblem: (problem: FeedProblem) => void;
}

/**
 * The updates of a feed: one JSON object a line. What is wrong with a line is told to `onProblem`,
 * and the rest goes on; so is what ends the input early, such as damage to a compressed file.
 */
export async function* readFeed(
  chunks: AsyncIterable<Buffer>,
  { keyName, lineBytesMax = LINE_BYTES_MAX, onProblem }: FeedOptions,
): AsyncGenerator<FeedRecord, { readonly lines: number }> {
  const splitter = new LineSplitter(lineBytesMax);
  for await (const line of linesOf(chunks, splitter, onProblem)) {
    const { record, problem } = readFeedLine(line, keyName, lineBytesMax);
    if (problem !== undefined) onProblem(problem);
    if (record !== undefined) yield record;
  }
  return { lines: splitter.lines };
}

async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  splitter: LineSplitter,
  onProblem: FeedOptions['onProblem'],
): AsyncGenerator<Line> {
  try {
    for await (const chunk of chunks) yield* splitter.push(chunk);
  } catch (error) {
    if (!(error instanceof DiffStreamError)) throw error;
    // What was read of the line under way is only a part of it.
    const line = splitter.lines + 1;
    const message = `line ${line}: ${error.message}`;
    const ended = new DiffStreamError('bad-input', message, { cause: error });
    const advice = 'Everything before this line is published; mend the rest and send it again.';
    onProblem({ line, error: ended, advice, isRefused: true });
    return;
  }
  yield* splitter.end();
}
