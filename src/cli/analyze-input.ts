import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';

import type { Item } from '../analysis/item.ts';
import { isHar, readHar } from '../analysis/har.ts';
import { ValueSplitter } from '../analysis/value-splitter.ts';
import { DiffStreamError } from '../core/errors.ts';
import { itemsOfFolder } from './analyze-folder.ts';
import type { InputOptions } from './analyze-text.ts';
import { badInput, parsed, textOf, tooLong } from './analyze-text.ts';
import { openFeedSource } from './feed-source.ts';
import type { FeedSource } from './feed-source.ts';
import { LineSplitter } from './line-splitter.ts';
import { printable, shortened } from './printable.ts';
import { untilAborted } from './until-aborted.ts';

/** A stretch of an input whose values are of one form. */
export interface Segment {
  /** For people: `lines of JSON`. */
  readonly what: string;
  readonly items: AsyncIterable<Item> | Iterable<Item>;
  /** Objects in it are states of one document, unless someone names their key. */
  readonly isStates?: boolean;
}

/** Looked at to tell what an input is. */
const SNIFFED_BYTES = 64 * 1024;
const SNIFFED_LINE_BYTES = 8 * 1024 * 1024;
/** A HAR is one value, and held as a whole. */
const HAR_BYTES_MAX = 256 * 1024 * 1024;
const HAR_START = /^\s*\{\s*"log"\s*:\s*\{/;
/** What some programs put before messages that they got, and that they sent. */
const RECEIVED_MARK = /^\s*(?:<{1,3}|←|⇐|↓)\s*(?=[[{])/;
const SENT_MARK = /^\s*(?:>{1,3}|→|⇒|↑)\s*(?=[[{])/;

/** The values of a file, folder or `-`. Throws `bad-input` for what holds none at all. */
export async function openInput(path: string, options: InputOptions): Promise<Segment[]> {
  const isFolder = path !== '-' && (await stat(path).catch(() => undefined))?.isDirectory();
  if (isFolder === true) {
    options.onEnd?.();
    return [{ what: 'a folder of states', items: itemsOfFolder(path, options), isStates: true }];
  }
  const source = await openFeedSource(path, options.stdin);
  const chunks = untilAborted(withOnEnd(source.chunks(), options), options.signal);
  const head = await headOf(chunks, source, options);
  const shape = shapeOf(head, source.name);
  const all = rest(head.bytes, chunks, options);
  if (shape === 'lines') return [{ what: 'lines of JSON', items: lines(all, options) }];
  if (shape === 'array') {
    return [{ what: 'a JSON array', items: values(all, 1, options.bytesMax, options) }];
  }
  return sequence(all, options);
}

async function* withOnEnd(
  chunks: AsyncIterable<Buffer>,
  { onEnd }: InputOptions,
): AsyncGenerator<Buffer> {
  yield* chunks;
  onEnd?.();
}

/** The start of an input, and whether it is all of it. */
interface Head {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

const NEWLINE = 10;
const OPEN_ARRAY = '['.charCodeAt(0);

/** Whether enough is known: of a line that is an array, its end tells it from one long array. */
function isEnough(pieces: readonly Buffer[], length: number): boolean {
  if (length < SNIFFED_BYTES) return false;
  const mayBeLine = pieces[0]?.[0] === OPEN_ARRAY && !pieces.some((each) => each.includes(NEWLINE));
  return !mayBeLine || length >= SNIFFED_LINE_BYTES;
}

async function headOf(
  chunks: AsyncIterator<Buffer>,
  { name }: FeedSource,
  { onRefused }: InputOptions,
): Promise<Head> {
  const pieces: Buffer[] = [];
  let length = 0;
  let isWhole = false;
  while (!isWhole && !isEnough(pieces, length)) {
    let next: IteratorResult<Buffer>;
    try {
      next = await chunks.next();
    } catch (error) {
      if (length === 0 || !(error instanceof DiffStreamError)) throw error;
      onRefused(error, 'cut off');
      next = { done: true, value: undefined };
    }
    isWhole = next.done === true;
    if (next.done === true) continue;
    pieces.push(next.value);
    length += next.value.length;
  }
  const bytes = withoutMark(Buffer.concat(pieces));
  if (bytes.toString('latin1').trim() === '') throw badInput(`${name} is empty`);
  return { bytes, isWhole };
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

function withoutMark(bytes: Buffer): Buffer {
  const isMarked = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return isMarked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

/** What was read already, and then the rest; what ends it early is told. */
async function* rest(
  head: Buffer,
  chunks: AsyncIterator<Buffer>,
  { onRefused }: InputOptions,
): AsyncGenerator<Buffer> {
  yield head;
  try {
    for (;;) {
      const next = await chunks.next();
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    if (!(error instanceof DiffStreamError)) throw error;
    onRefused(error, 'cut off');
  } finally {
    await chunks.return?.();
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Throws `bad-input` for what is no text, or no JSON. */
function shapeOf({ bytes: head, isWhole }: Head, name: string): 'lines' | 'array' | 'sequence' {
  if (head[0] === 0x1f && head[1] === 0x8b) {
    throw badInput(`${name} is gzip: give it a name that ends in .gz, or pipe it through gunzip`);
  }
  const end = head.indexOf(NEWLINE);
  const start = end < 0 ? head : head.subarray(0, end);
  // A character may be cut in two at the end.
  const isText = [0, 1, 2, 3].some((cut) => isUtf8(start.subarray(0, start.length - cut)));
  if (!isText || head.includes(0)) throw badInput(`${name} is not text: it is binary`);
  const text = head.toString('utf8');
  if (HAR_START.test(text)) return 'sequence';
  const lineTexts = text.split('\n').map((line) => line.replace(RECEIVED_MARK, ''));
  const complete = isWhole ? lineTexts : lineTexts.slice(0, -1);
  const filled = complete.filter((line) => line.trim() !== '').slice(0, 50);
  const first = text.trimStart()[0];
  const isOneArray = first === '[' && filled.length === 1 && isWhole;
  const whole = filled.filter(isJson).length;
  if (isOneArray) return 'array';
  // Lines of a document in many lines are not JSON but for a few, such as `{` … `}` … `1,`.
  if (filled.length > 0 && whole * 2 >= filled.length && isJson(filled[0] ?? '')) return 'lines';
  const isFirstBroken = whole * 2 > filled.length;
  if (isFirstBroken && !/^\s*[[{]\s*$/.test(lineTexts[0] ?? '')) return 'lines';
  if (first === '[') return 'array';
  if (first === '{') return filled.length === 0 ? 'lines' : 'sequence';
  const shown = printable(shortened(text.trimStart(), 40));
  const isTable = /^[^[{]*[,;\t]/.test(text.split('\n', 1)[0] ?? '');
  const how = isTable ? '; a table, such as CSV, has to become lines of JSON first' : '';
  throw badInput(`${name} is not JSON: it begins with ${shown}${how}`);
}

async function* lines(
  chunks: AsyncIterable<Buffer>,
  { bytesMax, onRefused }: InputOptions,
): AsyncGenerator<Item> {
  const splitter = new LineSplitter(bytesMax);
  for await (const piece of withEnd(chunks)) {
    for (const line of piece === undefined ? splitter.end() : splitter.push(piece)) {
      const place = `line ${line.number}`;
      const text = line.bytes === undefined ? undefined : textOf(line.bytes, place, onRefused);
      if (line.bytes === undefined) onRefused(tooLong(place, line.length, bytesMax), 'too long');
      if (text === undefined || text.trim() === '' || SENT_MARK.test(text)) continue;
      const item = parsed(text.replace(RECEIVED_MARK, ''), place, onRefused);
      if (item !== undefined) yield item;
    }
  }
}

/** The pieces, and undefined at the end. */
async function* withEnd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer | undefined> {
  yield* chunks;
  yield undefined;
}

async function* values(
  chunks: AsyncIterable<Buffer>,
  depth: 0 | 1,
  bytesMax: number,
  { onRefused, signal }: InputOptions,
): AsyncGenerator<Item> {
  const splitter = new ValueSplitter(depth, bytesMax);
  const what = depth === 1 ? 'element' : 'value';
  for await (const piece of withEnd(chunks)) {
    for (const found of piece === undefined ? splitter.end() : splitter.push(piece)) {
      const place = `${what} ${found.number}`;
      if (found.bytes === undefined) onRefused(tooLong(place, found.length, bytesMax), 'too long');
      const text = found.bytes && textOf(found.bytes, place, onRefused);
      const item = text === undefined ? undefined : parsed(text, place, onRefused);
      if (item !== undefined) yield item;
    }
  }
  if (splitter.isWhole || signal.aborted) return;
  const message = `the JSON ends in the middle, in ${what} ${splitter.values + 1}`;
  onRefused(badInput(message), 'cut off');
}

/** Values one after the other, in as many lines as they like; or one that is a HAR. */
async function sequence(chunks: AsyncIterable<Buffer>, options: InputOptions): Promise<Segment[]> {
  const bytesMax = Math.max(HAR_BYTES_MAX, options.bytesMax);
  const items = values(chunks, 0, bytesMax, options);
  const first = await items.next();
  if (first.done === true) return [{ what: 'JSON values', items: [] }];
  if (!isHar(first.value.value)) {
    return [{ what: 'JSON values', items: oneMore(first.value, items) }];
  }
  const { responses, messages, others } = readHar(first.value.value);
  if (responses.length + messages.length === 0) {
    const how = 'export it with content, from the network panel of a browser';
    throw badInput(`the HAR has ${others} entries, and none holds JSON: ${how}`);
  }
  return [
    ...(responses.length > 0 ? [{ what: 'answers in a HAR', items: responses }] : []),
    ...(messages.length > 0 ? [{ what: 'WebSocket messages in a HAR', items: messages }] : []),
  ];
}

async function* oneMore(first: Item, items: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield first;
  yield* items;
}
