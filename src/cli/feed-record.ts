import { isUtf8 } from 'node:buffer';

import { causeText } from '../core/cause-text.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { findDuplicateName } from './duplicate-name.ts';
import type { Line } from './line-splitter.ts';
import { findLossyNumber } from './lossy-number.ts';
import { printable, shortened } from './printable.ts';

/** One update of a feed. */
export type FeedRecord = {
  /** Counted from 1. */
  readonly line: number;
  readonly key: Key;
  /** Time the record carries, in ms since 1970, if any. */
  readonly t: number | undefined;
} & ({ readonly op: 'put'; readonly value: unknown } | { readonly op: 'del' });

/** What is wrong with a line of a feed. */
export interface FeedProblem {
  readonly line: number;
  readonly error: DiffStreamError;
  /** What to do about it. */
  readonly advice: string;
  /** Whether the line was left out; otherwise it was used all the same. */
  readonly isRefused: boolean;
}

/** A record, a problem, or (a warning) both; neither for an empty line. */
export interface FeedReading {
  readonly record?: FeedRecord;
  readonly problem?: FeedProblem;
}

const BYTE_ORDER_MARK = '\ufeff';
const RECORD_MEMBERS: ReadonlySet<string> = new Set(['t', 'op', 'key', 'value']);

/** What a line is refused for: thrown inside this file only. */
class Refusal extends Error {
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** Reads one line: a plain object whose key is its member `keyName`, or a put or del record. */
export function readFeedLine(line: Line, keyName: string, lineBytesMax: number): FeedReading {
  try {
    const text = textOf(line, lineBytesMax);
    const isMarked = line.number === 1 && text.startsWith(BYTE_ORDER_MARK);
    const json = isMarked ? text.slice(1) : text;
    if (json.trim() === '') return {};
    const value = parseObject(json);
    const record = recordOf(line.number, value, keyName);
    const warning = numberWarning(json) ?? (isMarked ? markWarning : undefined);
    if (warning === undefined) return { record };
    return { record, problem: problemOf(line.number, warning, false) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { problem: problemOf(line.number, error, true) };
  }
}

const markWarning = new Refusal(
  'the input begins with a byte order mark, which is left out',
  'Save the input as UTF-8 without one.',
);

function problemOf(line: number, refusal: Refusal, isRefused: boolean): FeedProblem {
  const error = new DiffStreamError('bad-input', `line ${line}: ${refusal.message}`);
  return { line, error, advice: refusal.advice, isRefused };
}

function textOf(line: Line, lineBytesMax: number): string {
  if (line.bytes === undefined) {
    throw new Refusal(
      `${line.length} bytes are more than the limit of ${lineBytesMax} bytes`,
      'Raise the limit with --line-bytes, or split the object under several keys.',
    );
  }
  if (line.number === 1 && line.bytes[0] === 0x1f && line.bytes[1] === 0x8b) {
    throw new Refusal(
      'this is gzip, not text',
      'Give it a name that ends in .gz, or pipe it through `gunzip`.',
    );
  }
  if (!isUtf8(line.bytes)) {
    throw new Refusal('not UTF-8', 'Save the input as UTF-8; compressed input as .gz or .br.');
  }
  return line.bytes.toString('utf8');
}

function parseObject(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    const why = causeText(error);
    throw new Refusal(`not JSON: ${printable(shortened(why, 160))}`, ONE_OBJECT);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(`${kindOf(value)} where an object is expected`, ONE_OBJECT);
  }
  const twice = findDuplicateName(json, value);
  if (twice !== undefined) {
    const name = printable(shortened(JSON.stringify(twice), 40));
    throw new Refusal(`an object has the member ${name} twice`, ONE_OF_TWO);
  }
  return value as Record<string, unknown>;
}

const ONE_OBJECT = 'Write one JSON object a line; this line was left out.';

const ONE_OF_TWO = 'Readers of JSON do not agree which of the two counts; this line was left out.';

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function recordOf(line: number, object: Record<string, unknown>, keyName: string): FeedRecord {
  if (!isRecord(object)) return { line, key: keyOf(object, keyName), t: undefined, ...put(object) };
  const key = keyOf(object, 'key');
  const t = typeof object['t'] === 'number' ? object['t'] : undefined;
  if (object['op'] === 'del') return { line, key, t, op: 'del' };
  if (!Object.hasOwn(object, 'value')) {
    throw new Refusal('a put record without a value', RECORD_FORM);
  }
  return { line, key, t, ...put(object['value']) };
}

function put(value: unknown): { op: 'put'; value: unknown } {
  return { op: 'put', value };
}

const RECORD_FORM =
  'Records are {"op":"put","key":…,"value":…} or {"op":"del","key":…}; this line was left out.';

/** Whether the object tells of an update, and is not itself the value. */
function isRecord(object: Record<string, unknown>): boolean {
  if (!Object.hasOwn(object, 'op')) return false;
  const op = object['op'];
  if (op === 'put' || op === 'del') return true;
  // Nothing but members of a record, yet no such op: more likely a mistake than a value.
  if (Object.keys(object).every((name) => RECORD_MEMBERS.has(name))) {
    throw new Refusal(
      `there is no op ${printable(shortened(JSON.stringify(op), 40))}`,
      RECORD_FORM,
    );
  }
  return false;
}

function keyOf(object: Record<string, unknown>, name: string): Key {
  const shownName = JSON.stringify(name);
  if (!Object.hasOwn(object, name)) {
    throw new Refusal(
      `the object has no member ${shownName} to be its key`,
      'Name the member that holds the key with --key; this line was left out.',
    );
  }
  const key = object[name];
  if (typeof key === 'string' || Number.isSafeInteger(key)) return key as Key;
  const shown = typeof key === 'number' ? `the number ${key}` : kindOf(key);
  throw new Refusal(
    `the key, member ${shownName}, is ${shown}`,
    'Keys are strings or whole numbers up to 2^53 - 1; this line was left out.',
  );
}

/** What becomes of numbers that a double cannot hold; refuses those that JSON could not show. */
function numberWarning(json: string): Refusal | undefined {
  const lossy = findLossyNumber(json);
  if (lossy === undefined) return undefined;
  const advice = 'Numbers are IEEE 754 doubles; write it as a string to keep every digit.';
  if (!Number.isFinite(lossy.becomes)) {
    throw new Refusal(`the number ${lossy.text} is beyond the range of a double`, advice);
  }
  return new Refusal(`the number ${lossy.text} becomes ${lossy.becomes}`, advice);
}
