import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Measurement } from '../../src/analysis/measurement.ts';
import { openInput } from '../../src/cli/analyze-input.ts';
import { measureInput } from '../../src/cli/analyze-run.ts';
import type { RunOutcome } from '../../src/cli/analyze-run.ts';
import { ndjson, telemetry } from './generated-feeds.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffstream-analyze-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Analyzed extends RunOutcome {
  readonly refused: readonly string[];
  readonly counts: Measurement['counts'];
}

interface Settings {
  readonly key?: string;
  readonly bytesMax?: number;
  readonly recordsMax?: number;
  readonly memoryBytesMax?: number;
  readonly isInterrupted?: boolean;
  readonly signal?: AbortSignal;
  /** What the clock says from then on. */
  readonly nowMs?: number;
}

async function analyzed(
  path: string,
  stdin: Iterable<Buffer> | AsyncIterable<Buffer> = [],
  settings: Settings = {},
): Promise<Analyzed> {
  const refused: string[] = [];
  const onRefused = (error: Error): void => void refused.push(error.message);
  const { key, bytesMax = 1e6, recordsMax = 0, memoryBytesMax = 1e6, nowMs = 0 } = settings;
  const signal = settings.signal ?? new AbortController().signal;
  // A Readable would ask for the next piece before the first is taken.
  const from = Array.isArray(stdin) ? Readable.from(stdin) : (stdin as Readable);
  const segments = await openInput(path, { stdin: from, bytesMax, onRefused, signal });
  const measurement = new Measurement({ clock: () => 0, budgetMs: 1000, memoryBytesMax });
  const outcome = await measureInput({
    segments,
    measurement,
    key,
    time: undefined,
    clock: () => nowMs,
    deadlineMs: 1000,
    graceMs: 0,
    recordsMax,
    isInterrupted: () => settings.isInterrupted === true,
    onRefused,
    onProgress: () => {},
  });
  measurement.close();
  return { ...outcome, refused, counts: measurement.counts };
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const rows = telemetry(40);
const lines = ndjson(rows);

/** What all ways to write the same forty rows come to. */
const SAME = { created: 8, changed: 32, unchanged: 0, deleted: 0, unknown: 0 };

describe('an input', () => {
  it.each([
    ['lines', 'a.ndjson', lines],
    ['packed lines', 'a.ndjson.gz', gzipSync(lines)],
    [
      'lines with returns, blank ones and a byte order mark',
      'a.txt',
      `\ufeff${lines.replaceAll('\n', '\r\n\r\n')}`,
    ],
    ['one line after the other without an end', 'a', lines.trimEnd()],
    ['an array', 'a.json', JSON.stringify(rows)],
    ['an array in many lines', 'a.json', JSON.stringify(rows, null, 2)],
    [
      'an array in many lines with returns and a byte order mark',
      'a.json',
      `\ufeff${JSON.stringify(rows, null, 2).replaceAll('\n', '\r\n')}`,
    ],
    ['a packed array', 'a.json.br', brotliCompressSync(JSON.stringify(rows))],
    ['objects in many lines', 'a.json', rows.map((row) => JSON.stringify(row, null, 2)).join('\n')],
    [
      'a log with marks',
      'a.log',
      `> {"subscribe":1}\n${lines.replaceAll(/^/gm, '< ').slice(0, -2)}`,
    ],
    [
      'a log of messages in messages',
      'a.jsonl',
      ndjson(rows.map((row) => ({ opcode: 1, data: JSON.stringify(row) }))),
    ],
  ])('of %s is read', async (_what, name, content) => {
    const result = await analyzed(await file(name, content));
    expect(result).toMatchObject({ counts: SAME, refused: [], stop: 'end', updates: 40 });
    expect(result.forms[0]?.form.key).toBe('id');
  });

  it('may come by the standard input, in any pieces', async () => {
    const bytes = Buffer.from(lines);
    const pieces = [bytes.subarray(0, 7), bytes.subarray(7, 1000), bytes.subarray(1000)];
    expect((await analyzed('-', pieces)).counts).toEqual(SAME);
  });

  it('that waits for more ends when it has to, and all that came is used', async () => {
    const controller = new AbortController();
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from(lines);
      controller.abort();
      await new Promise(() => {});
    }
    const settings = { signal: controller.signal, isInterrupted: false, nowMs: 0 };
    const result = await analyzed('-', endless(), settings);
    expect(result).toMatchObject({ counts: SAME, refused: [] });
  });

  it('may be arrays of entries, line by line', async () => {
    const sets = [0, 1, 2].map((n) => [
      { id: 'a', n },
      { id: 'b', n: 7, kept: 'as it is' },
    ]);
    const result = await analyzed(await file('a.ndjson', ndjson(sets)), [], { key: 'id' });
    expect(result.counts).toEqual({ created: 2, changed: 2, unchanged: 2, deleted: 0, unknown: 0 });
  });

  it('may be a folder of states, in the order of numbers in names', async () => {
    for (const n of [1, 2, 9, 10]) {
      await file(`state-${n}.json`, JSON.stringify({ title: 'one', n, list: [n, 2] }, null, 2));
    }
    await file('state-11.json.gz', gzipSync('{"title":"one","n":10,"list":[10,2]}'));
    await file('notes.txt', 'not a state');
    const result = await analyzed(folder);
    expect(result.forms[0]?.form.kind).toBe('documents');
    expect(result.counts).toMatchObject({ created: 1, changed: 3, unchanged: 1 });
  });

  it('may be folders of entries, named by their files', async () => {
    for (const [day, n] of [['mon', 1] as const, ['tue', 2] as const]) {
      await mkdir(join(folder, day));
      await file(`${day}/a.json`, JSON.stringify({ n }));
      await file(`${day}/b.json`, '{"same":true}');
    }
    const { counts, forms } = await analyzed(folder);
    expect(counts).toMatchObject({ created: 2, changed: 1, unchanged: 1 });
    expect(forms[0]?.form.together).toBe('item');
  });

  it('may be a HAR with answers and messages', async () => {
    const entries = rows.map((row) => ({
      request: { method: 'GET', url: 'https://a.example/state' },
      response: { content: { text: JSON.stringify(row) } },
      _webSocketMessages: [{ type: 'receive', data: JSON.stringify(row) }],
    }));
    const har = JSON.stringify({ log: { creator: {}, entries } });
    for (const text of [har, JSON.stringify(JSON.parse(har), null, 1)]) {
      const { forms, counts } = await analyzed(await file('a.har', text));
      expect(forms.map(({ form }) => form.kind)).toEqual(['given', 'objects']);
      expect(counts).toMatchObject({ created: 9, changed: 71 });
    }
  });

  it('whose first snapshot is longer than what is looked at has its key all the same', async () => {
    const snapshot = (n: number): object[] =>
      Array.from({ length: 6000 }, (_, i) => ({ id: `e-${i}`, kind: i % 7, n }));
    const path = await file('a.ndjson', ndjson([...snapshot(1), ...snapshot(2).slice(0, 900)]));
    const { forms, counts } = await analyzed(path, [], { memoryBytesMax: 1e9 });
    expect(forms[0]?.form.key).toBe('id');
    expect(counts).toMatchObject({ created: 6000, changed: 900 });
  });

  it('ends after as many records as were asked for', async () => {
    const result = await analyzed(await file('a.ndjson', lines), [], { recordsMax: 15 });
    expect(result).toMatchObject({ stop: 'records', updates: 15 });
  });

  it('ends where the time is up, too much is held, or someone wants it to', async () => {
    const path = await file('a.ndjson', lines);
    expect((await analyzed(path, [], { nowMs: 1000 })).stop).toBe('time');
    expect((await analyzed(path, [], { isInterrupted: true })).stop).toBe('interrupted');
    const held = await analyzed(path, [], { memoryBytesMax: 1000 });
    expect(held).toMatchObject({ stop: 'memory', counts: { deleted: 0 } });
    expect(held.updates).toBeLessThan(40);
  });
});

describe('an input that is broken', () => {
  it.each([
    ['an empty file', 'a.ndjson', '', 'is empty'],
    ['blank lines', 'a.ndjson', '\n \n\n', 'is empty'],
    [
      'bytes that are no text',
      'a.bin',
      Buffer.from([0, 159, 146, 150]),
      'is not text: it is binary',
    ],
    ['gzip under another name', 'a.ndjson', gzipSync(lines), 'is gzip: give it a name'],
    [
      'a table with commas',
      'a.csv',
      'id,price\n1,2\n',
      'is not JSON: it begins with id,price 1,2; a table',
    ],
    [
      'a HAR without JSON',
      'a.har',
      '{"log":{"entries":[{},{}]}}',
      '2 entries, and none holds JSON',
    ],
    ['text that is not packed', 'a.gz', lines, 'damaged, or not compressed in this way'],
  ])('is refused: %s', async (_what, name, content, message) => {
    const path = await file(name, content);
    await expect(analyzed(path)).rejects.toThrow(message.replace(' 1,2', '\\u000a1,2\\u000a'));
  });

  it('is refused: what is not there, and a folder with nothing in it', async () => {
    await expect(analyzed(join(folder, 'none'))).rejects.toThrow('there is no such file');
    await expect(analyzed(folder)).rejects.toThrow('holds no .json files');
  });

  it('is used as far as it goes where it is cut off', async () => {
    const packed = gzipSync(lines, { level: 0 });
    const cut = await analyzed(await file('a.ndjson.gz', packed.subarray(0, packed.length / 2)));
    expect(cut.counts.changed).toBeGreaterThan(5);
    expect(cut.refused.join()).toContain('the compressed data ends in the middle');
    const array = await analyzed(await file('a.json', JSON.stringify(rows, null, 1).slice(0, -30)));
    expect(array.updates).toBe(39);
    expect(array.refused).toEqual(['the JSON ends in the middle, in element 40']);
  });

  it('is used without the lines that are broken, each told with its number', async () => {
    const broken = lines.split('\n').toSpliced(0, 1, '{"id":"car-1", oops').toSpliced(5, 1, '12');
    const result = await analyzed(await file('a.ndjson', broken.join('\n')));
    expect(result.updates).toBe(38);
    expect(result.refused[0]).toContain('line 1: not JSON');
    expect(result.refused[1]).toBe('line 6: the number 12 where an object is expected');
  });

  it('is used without lines above the limit, and those that are not UTF-8', async () => {
    const latin = Buffer.from('{"id":"caf\xe9"}\n', 'latin1');
    const long = Buffer.from(`{"id":"${'x'.repeat(5000)}"}\n`);
    const path = await file('a.ndjson', Buffer.concat([Buffer.from(lines), long, latin]));
    const { refused, counts } = await analyzed(path, [], { bytesMax: 4000 });
    expect(counts).toEqual(SAME);
    expect(refused).toEqual([
      'line 41: 5009 bytes are more than the limit of 4000 bytes; raise it with --line-bytes',
      'line 42: not UTF-8',
    ]);
  });

  it('of scalars alone gives nothing that could change', async () => {
    const { counts, refused } = await analyzed(await file('a.ndjson', '1\n2\n"three"\n'));
    expect(counts).toMatchObject({ created: 0, changed: 0 });
    expect(refused[0]).toBe('line 1: the number 1 where an object is expected');
  });
});
