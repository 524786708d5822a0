import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { FeedProblem, FeedRecord } from '../../src/cli/feed-record.ts';
import { openFeedSource } from '../../src/cli/feed-source.ts';
import { readFeed } from '../../src/cli/feed.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffstream-feed-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Reading {
  readonly records: FeedRecord[];
  readonly problems: FeedProblem[];
  readonly lines: number;
}

async function readChunks(
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
  { keyName = 'key', lineBytesMax = 1000 } = {},
): Promise<Reading> {
  const problems: FeedProblem[] = [];
  const onProblem = (problem: FeedProblem): void => void problems.push(problem);
  const feed = readFeed(Readable.from(chunks), { keyName, lineBytesMax, onProblem });
  const records: FeedRecord[] = [];
  for (;;) {
    const next = await feed.next();
    if (next.done === true) return { records, problems, lines: next.value.lines };
    records.push(next.value);
  }
}

const readText = (text: string | Buffer, options = {}): Promise<Reading> =>
  readChunks([Buffer.from(text as string)], options);

const GOOD = '{"key":"good","n":1}\n';

describe('a feed', () => {
  it('takes plain objects by their key member, and put and del records', async () => {
    const { records, problems } = await readText(
      [
        '{"key":"a","n":1}',
        '{"op":"put","key":7,"value":{"n":2},"t":1626993370146}',
        '{"t":1626993370147,"op":"del","key":"a"}',
        '{"op":"put","key":"s","value":null}',
        '{"op":"sell","key":"x","price":3}',
      ].join('\n'),
    );
    expect(problems).toEqual([]);
    expect(records).toEqual([
      { line: 1, op: 'put', key: 'a', value: { key: 'a', n: 1 }, t: undefined },
      { line: 2, op: 'put', key: 7, value: { n: 2 }, t: 1626993370146 },
      { line: 3, op: 'del', key: 'a', t: 1626993370147 },
      { line: 4, op: 'put', key: 's', value: null, t: undefined },
      { line: 5, op: 'put', key: 'x', value: { op: 'sell', key: 'x', price: 3 }, t: undefined },
    ]);
  });

  it('takes the key from another member when told so', async () => {
    const { records } = await readText('{"id":5,"key":"k"}', { keyName: 'id' });
    expect(records.map(({ key }) => key)).toEqual([5]);
  });

  it('passes over empty lines, takes CRLF and a last line without its end', async () => {
    const { records, problems, lines } = await readText('\n  \r\n{"key":1}\r\n\n{"key":2}');
    expect(records.map(({ line, key }) => [line, key])).toEqual([
      [3, 1],
      [5, 2],
    ]);
    expect([problems.length, lines]).toEqual([0, 5]);
  });

  it('gives the same whatever the pieces the bytes come in', async () => {
    const bytes = Buffer.from(`${GOOD}{"key":"ключ","v":"日本"}\n\n${GOOD}`);
    const whole = await readChunks([bytes]);
    const single = await readChunks([...bytes].map((byte) => Buffer.from([byte])));
    expect(single).toEqual(whole);
    expect(whole.records).toHaveLength(3);
  });

  it.each([
    ['text that is not JSON', 'hello', 'not JSON'],
    ['garbage after an object', '{"key":"a"} x', 'not JSON'],
    ['half an object', '{"key":"a"', 'not JSON'],
    ['a number', '5', 'a number where an object'],
    ['a string', '"a"', 'a string where an object'],
    ['null', 'null', 'null where an object'],
    ['an array', '[{"key":"a"}]', 'an array where an object'],
    ['an object without its key', '{"id":"a"}', 'no member "key"'],
    ['a key that is null', '{"key":null}', 'is null'],
    ['a key that is an object', '{"key":{}}', 'is an object'],
    ['a key with decimals', '{"key":1.5}', 'the number 1.5'],
    ['a key beyond 2^53', '{"key":9007199254740993}', 'the number 9007199254740992'],
    ['a put without a value', '{"op":"put","key":"a"}', 'without a value'],
    ['a del without a key', '{"op":"del"}', 'no member "key"'],
    ['an op that does not exist', '{"op":"delete","key":"a"}', 'no op "delete"'],
    ['a number beyond the doubles', '{"key":"a","n":1e400}', '1e400 is beyond'],
    ['a line above the limit', `{"key":"${'a'.repeat(1000)}"}`, '1010 bytes are more'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xc0, 0x80, 0x7d]), 'not UTF-8'],
    ['a mark within the input', '\ufeff{"key":"a"}', 'not JSON'],
  ])('refuses %s with its line number, and goes on', async (_what, bad, message) => {
    const text = Buffer.concat([Buffer.from(GOOD), Buffer.from(bad as string), Buffer.from('\n')]);
    const { records, problems } = await readText(Buffer.concat([text, Buffer.from(GOOD)]));
    expect(records.map(({ line }) => line)).toEqual([1, 3]);
    expect(problems).toHaveLength(1);
    const [problem] = problems;
    expect(problem).toMatchObject({ line: 2, isRefused: true, error: { code: 'bad-input' } });
    expect(problem?.error.message).toMatch(/^line 2: /);
    expect(problem?.error.message).toContain(message);
    expect(problem?.advice).not.toBe('');
  });

  it('warns of a byte order mark at the start and uses the line', async () => {
    const { records, problems } = await readText(`\ufeff${GOOD}`);
    expect(records.map(({ key }) => key)).toEqual(['good']);
    expect(problems).toMatchObject([{ line: 1, isRefused: false, error: { code: 'bad-input' } }]);
  });

  it('warns of an integer that loses digits, not of other numbers, and uses the line', async () => {
    const kept = '1152921504606846976,0.12345678901234567890123,1e22,"12345678901234567890"';
    const { records, problems } = await readText(
      `{"key":1,"n":12345678901234567890}\n{"key":2,"n":1e-400}\n{"key":3,"n":[${kept}]}\n`,
    );
    expect(records).toHaveLength(3);
    expect(problems.map(({ line, isRefused }) => [line, isRefused])).toEqual([
      [1, false],
      [2, false],
    ]);
    expect(problems[0]?.error.message).toContain('12345678901234567890 becomes 123456789012345');
  });

  it('says so when the input is gzip without its ending', async () => {
    const { problems } = await readText(gzipSync(GOOD));
    expect(problems[0]?.error.message).toContain('gzip');
  });

  it('holds no more of a line that is too long than the limit', async () => {
    const piece = Buffer.alloc(1_000_000, 0x20);
    const many = Array.from({ length: 200 }, () => piece);
    const { records, problems } = await readChunks([...many, Buffer.from(`\n${GOOD}`)]);
    expect(problems[0]?.error.message).toContain('200000000 bytes');
    expect(records).toHaveLength(1);
  });
});

describe('the source of a feed', () => {
  const text = Array.from({ length: 20_000 }, (_, n) => `{"key":${n},"pad":"${n ** 3}"}\n`).join(
    '',
  );
  const open = async (name: string, bytes: Buffer): Promise<Reading> => {
    await writeFile(join(folder, name), bytes);
    const source = await openFeedSource(join(folder, name), Readable.from([]));
    return readChunks(source.chunks());
  };
  const brotli = (large: boolean): Buffer =>
    brotliCompressSync(text, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 4,
        [constants.BROTLI_PARAM_LARGE_WINDOW]: large ? 1 : 0,
        [constants.BROTLI_PARAM_LGWIN]: large ? 27 : 22,
      },
    });

  it.each([
    ['plain', 'a.ndjson', Buffer.from(text)],
    ['packed by gzip', 'a.ndjson.gz', gzipSync(text)],
    ['packed by brotli', 'a.ndjson.br', brotli(false)],
    ['packed by brotli with a large window', 'a.ndjson.br', brotli(true)],
  ])('can be a file, %s', async (_how, name, bytes) => {
    const { records, problems, lines } = await open(name, bytes);
    expect([records.length, problems.length, lines]).toEqual([20_000, 0, 20_000]);
  });

  it.each([
    ['cut off', (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 3000)],
    ['damaged', (bytes: Buffer): Buffer => bytes.fill(0xff, bytes.length - 3000)],
  ])('gives everything before the place where a packed file is %s', async (_how, harm) => {
    const { records, problems } = await open('a.ndjson.gz', harm(gzipSync(text)));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ isRefused: true, error: { code: 'bad-input' } });
    expect(problems[0]?.line).toBe(records.length + 1);
    // The last 3000 bytes hold less than a tenth of the text.
    expect(records.length).toBeGreaterThan(18_000 * 0.5);
  });

  it('can be the standard input', async () => {
    const source = await openFeedSource('-', Readable.from([Buffer.from(GOOD)]));
    expect(source.canRepeat).toBe(false);
    expect((await readChunks(source.chunks())).records).toHaveLength(1);
  });

  it.each([
    ['that does not exist', 'nowhere.ndjson', 'no such file'],
    ['that is a folder', '.', 'folder'],
  ])('cannot be a file %s', async (_what, name, message) => {
    const opening = openFeedSource(join(folder, name), Readable.from([]));
    await expect(opening).rejects.toMatchObject({ code: 'bad-input' });
    await expect(opening).rejects.toThrow(message);
  });
});
