/** How an analysis ends before its input does, and where its report goes. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { EntryMemory } from '../../src/analysis/memory.ts';
import { MEMORY_BYTES_MAX, Measurement } from '../../src/analysis/measurement.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { Interrupt } from '../../src/cli/interrupt.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { readPage } from '../charts/well-formed.ts';
import { ndjson, telemetry } from './generated-feeds.ts';

class Output {
  text = '';
  readonly destroyed = false;

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  on(): this {
    return this;
  }

  off(): this {
    return this;
  }
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Input = (interrupt: Interrupt) => AsyncGenerator<Buffer>;

const nothing: Input = async function* () {
  yield Buffer.alloc(0);
};

/** `analyze` in this process. */
async function analyzing(args: readonly string[], input: Input = nothing): Promise<Ended> {
  const [out, err] = [new Output(), new Output()];
  const interrupt = new Interrupt();
  const code = await runCommandLine(['analyze', ...args], {
    terminal: new Terminal(
      out as unknown as ConstructorParameters<typeof Terminal>[0],
      err as unknown as ConstructorParameters<typeof Terminal>[1],
      {},
    ),
    interrupt,
    stdin: Readable.from(input(interrupt)) as unknown as NodeJS.ReadStream,
    programFile: '',
    versionOfPackage: () => '0',
  });
  return { code, out: out.text, err: err.text };
}

const rows = ndjson(telemetry(60));
const forever = new Promise<never>(() => {});

/** Gives some text, and then the person ends it. */
const interruptedAfter = (text: string): Input =>
  async function* (interrupt) {
    if (text !== '') yield Buffer.from(text);
    setImmediate(() => interrupt.request());
    await forever;
  };

const waitingAfter = (text: string): Input =>
  async function* () {
    if (text !== '') yield Buffer.from(text);
    await forever;
  };

let folder: string;
let feed: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffstream-ending-'));
  feed = join(folder, 'cars.ndjson');
  await writeFile(feed, rows);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('an analysis that is interrupted', () => {
  it.each([
    ['anything came', ''],
    ['a line was whole', '{"id":1,"n'],
    ['anything changed', '{"id":1,"n":1}\n{"id":2,"n":1}\n'],
  ])('before %s says so, and is no bad input', async (_what, text) => {
    const { code, out, err } = await analyzing(['-', '--key', 'id'], interruptedAfter(text));
    expect([code, out]).toEqual([130, '']);
    expect(err).toMatch(/^error aborted: standard input: interrupted: .*no change of an entry yet/);
  });

  it('after changes gives the report so far', async () => {
    const { code, out } = await analyzing(['-', '--key', 'id', '--json'], interruptedAfter(rows));
    const { input, findings } = JSON.parse(out) as Record<string, Record<string, unknown>>;
    expect([code, input?.['stop'], input?.['updates']]).toEqual([130, 'interrupted', 60]);
    expect(findings?.['counts']).toMatchObject({ changed: 52 });
  });
});

describe('an analysis whose time is up', () => {
  it('before anything changed says what to do, and is no bad input', async () => {
    for (const text of ['', '{"id":1,"n":1}\n']) {
      const { code, out, err } = await analyzing(['-', '--seconds', '0.05'], waitingAfter(text));
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(/^error timeout: standard input: the time of 0.05 s was up: /);
      expect(err).toContain('give it more with --seconds');
    }
  });

  it('says that there may be more, though all that came was used', async () => {
    const two = '{"id":1,"n":1}\n{"id":1,"n":2}\n';
    const args = ['-', '--key', 'id', '--seconds', '1', '--json'];
    const { code, out } = await analyzing(args, waitingAfter(two));
    const { input } = JSON.parse(out) as Record<string, Record<string, unknown>>;
    expect([code, input?.['stop'], input?.['updates']]).toEqual([0, 'time', 2]);
  });
});

describe('a report', () => {
  it('goes to the standard output alone, where that is asked for', async () => {
    const { code, out, err } = await analyzing([feed, '--html', '-']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^<!doctype html>/i);
    expect(readPage(out).problems).toEqual([]);
    const both = await analyzing([feed, '--html', '-', '--json']);
    expect([both.code, both.out]).toEqual([2, '']);
    expect(both.err).toContain('both write to stdout');
  });

  it.each([
    ['a folder that is not there', 'none/a.html'],
    ['a folder that is a file', 'cars.ndjson/a.html'],
    ['a name that is too long', `${'x'.repeat(300)}.html`],
    ['a folder itself', '.'],
  ])('that cannot be written is refused before the data is read: %s', async (_what, name) => {
    const { code, out, err } = await analyzing(['none.ndjson', '--html', join(folder, name)]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('--html: cannot write');
  });

  it('that is never written leaves nothing behind, and what was there as it was', async () => {
    const kept = join(folder, 'kept.html');
    await writeFile(kept, 'as it was');
    for (const file of [kept, join(folder, 'new.html')]) {
      expect((await analyzing([join(folder, 'none.ndjson'), '--html', file])).code).toBe(1);
    }
    expect(await readFile(kept, 'utf8')).toBe('as it was');
    expect(await readdir(folder)).not.toContain('new.html');
  });
});

describe('a key', () => {
  it('of no members is refused', async () => {
    const { code, err } = await analyzing([feed, '--key', 'id,']);
    expect(code).toBe(2);
    expect(err).toContain('expected a member, or several with commas between them');
  });

  it('that is another one in each object is told to be that of a log', async () => {
    const file = join(folder, 'log.ndjson');
    await writeFile(file, ndjson(Array.from({ length: 20 }, (_, id) => ({ id, kind: id % 3 }))));
    const { code, err } = await analyzing([file, '--key', 'id']);
    expect(code).toBe(1);
    expect(err).toContain('as in a log. There is nothing to diff');
    const ts = Date.UTC(2024, 1);
    await writeFile(file, ndjson(Array.from({ length: 20 }, (_, id) => ({ id, ts }))));
    const snapshot = await analyzing([file, '--key', 'id', '--time', 'ts']);
    expect(snapshot.err).toContain('all are of one time; give later ones, too');
  });
});

describe('the memory of entries', () => {
  it('has a bound that many small keys meet, whose texts are nearly nothing', () => {
    const measurement = new Measurement({
      ...{ clock: () => 0, budgetMs: 1000, memoryBytesMax: 2_000_000 },
    });
    for (let key = 0; !measurement.isFull; key++) {
      measurement.take({ op: 'put', key, value: 1, t: undefined });
    }
    measurement.close();
    expect(measurement.keys).toBeLessThan(2000);
    expect(measurement.heldBytesMost).toBeLessThan(4000);
    expect(MEMORY_BYTES_MAX).toBe(640 * 1024 * 1024);
  });

  it('counts small parts, which take far more than their text', () => {
    const numbers = new EntryMemory('k');
    const text = new EntryMemory('k');
    const grown = numbers.hold(Buffer.from(JSON.stringify(Array(1000).fill(1))));
    expect(grown).toBeGreaterThan(40_000);
    expect(text.hold(Buffer.from(JSON.stringify('x'.repeat(2000))))).toBeLessThan(7000);
    expect(numbers.hold(undefined)).toBe(-grown);
  });
});
