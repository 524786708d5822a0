/** The feed's reader, line by line, without a file or a stream. */
import { readFeedLine } from '../../../src/cli/feed-record.ts';
import type { FeedRecord } from '../../../src/cli/feed-record.ts';

/** No message may command a terminal, or end a line of its own. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e]/u;
const LINE_BYTES_MAX = 1024 * 1024;

/** What comes of a line: `used`, `empty`, or what was told, with its code. */
export function feed(text: string | Uint8Array): string {
  const { record, problem } = read(text);
  if (problem !== undefined && UNPRINTABLE.test(problem.error.message)) throw problem.error;
  if (problem === undefined) return record === undefined ? 'empty' : 'used';
  if (problem.isRefused === (record !== undefined)) throw new Error('refused, and used');
  return `${problem.isRefused ? 'refused' : 'warned'} ${problem.error.code}`;
}

/** The record of a line that must be one. */
export function recordOf(text: string): FeedRecord {
  const { record } = read(text);
  if (record === undefined) throw new Error(`no record: ${text}`);
  return record;
}

function read(text: string | Uint8Array): ReturnType<typeof readFeedLine> {
  const bytes = Buffer.from(text as string);
  return readFeedLine({ number: 2, bytes }, 'key', LINE_BYTES_MAX);
}
