import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import type { LabResult } from '../../src/lab/result.ts';
import { ROOT } from '../support/source.ts';
import { endAll, gone, run, start } from './support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffstream-lab-'));
const out = ['--out', folder];
const PATIENCE_MS = 60_000;

afterEach(endAll);
afterAll(() => rmSync(folder, { recursive: true }));

function resultOf(name: string): LabResult {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as LabResult;
}

function fileOf(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const small = {
  question: 'Does it?',
  workloads: { name: 'ticker', size: 20 },
  networks: 'mobile',
  codecs: ['json', 'dense'],
  consumers: 2,
  rate: 20,
  for: '2s',
};

describe('the lab', () => {
  it(
    'plays an experiment, writes what it found, and tells how to repeat each run',
    async () => {
      const file = fileOf('small.json', small);
      const { code, stdout } = await run('lab', file, ...out, '--json');
      expect(code).toBe(0);
      expect(stdout).toContain('kept: 2 runs, ');
      const again = /diffstream (lab --workload ticker .*--codec dense .*)/.exec(stdout)?.[1] ?? '';
      expect(again).toContain('--size 20');
      const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as {
        runs: { trace: string }[];
      };
      const { runs } = resultOf('small');
      expect(summary.runs.map(({ trace }) => trace)).toEqual(runs.map(({ trace }) => trace));
      expect(readFileSync(join(folder, 'small.html'), 'utf8')).toContain('Does it?');
      const intervals = readFileSync(join(folder, 'small.intervals.csv'), 'utf8');
      expect(intervals.split('\n')[1]).toContain('ticker/mobile/json,ticker,json,mobile,2,0.25,');
      // The command of one run gives the very same run.
      const repeated = await run(...again.split(' '), ...out, '--json');
      expect(repeated.code).toBe(0);
      expect(resultOf('lab').runs[0]?.figures).toEqual(runs[1]?.figures);
      expect(resultOf('lab').runs[0]?.trace).toBe(runs[1]?.trace);
    },
    PATIENCE_MS,
  );

  it(
    'plays a recorded feed, and tells what it leaves out',
    async () => {
      const lines = Array.from({ length: 50 }, (_, n) => JSON.stringify({ id: n % 5, n }));
      const feed = fileOf('feed.ndjson', `${lines.join('\n')}\nbroken\n`);
      const options = ['--trace', feed, '--key', 'id', '--codec', 'auto', '--network', 'lan'];
      const { code, stdout, stderr } = await run('lab', ...options, '--for', '3s', ...out);
      expect(stderr).toContain('line 51: not JSON');
      expect(stdout).toContain('trace/lan/auto');
      expect(code).toBe(0);
      expect(resultOf('lab').runs[0]?.figures.updates).toBe(45);
    },
    PATIENCE_MS,
  );

  it('has the options that the reference tells of', async () => {
    const page = readFileSync(join(ROOT, 'docs', 'reference.md'), 'utf8');
    const section = page.split(/^## /m).find((one) => one.startsWith('lab\n')) ?? '';
    const rows = [...section.matchAll(/^\| `(--[^`]+)` \| (\S*) ?\| (.+) \|$/gm)];
    const told = rows.map(([, option, initial, help]) =>
      initial === '' ? `${option} ${help}` : `${option} ${help} (${initial})`,
    );
    const { stdout } = await run('help', 'lab');
    const options = /Options\n((?: .*\n)+)/.exec(stdout)?.[1] ?? '';
    const shown = options
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().replace(/ {2,}/, ' '));
    expect(told).toEqual(shown);
  });

  it('lists what experiments there are', async () => {
    const { code, stdout } = await run('lab', '--list');
    expect(code).toBe(0);
    const names = readdirSync(join(ROOT, 'lab', 'experiments'));
    for (const file of names) expect(stdout).toContain(file.replace('.json', ''));
  });

  it.each([
    [['defualt'], 'there is no experiment "defualt"; did you mean default?'],
    [['./none.json'], 'cannot read ./none.json'],
    [['./src/'], 'cannot read ./src/: it is a folder'],
    [['/dev/zero'], 'cannot read /dev/zero: '],
    [['--workload', 'tickr'], 'there is no workload "tickr"; did you mean ticker?'],
    [['--network', 'mars'], 'there is no network "mars"; there are lan, wan, mobile, hostile'],
    [['--network', 'lan', '--preset', 'wan'], 'mean the same: give one'],
    [['--trace', '/no/such', '--size', '3'], '--trace takes the place of --workload'],
    [['--trace', '/no/such'], 'cannot read /no/such'],
    [['--trace', '-'], 'a trace has to be a file'],
    [['--real', '--codec', 'json'], 'only compact, dense and auto can run in real processes'],
    [['--consumers', '300'], '--consumers: expected a whole number from 1 to 256'],
    [['default', '--consumers', '300'], 'error bad-argument: --consumers: expected a whole'],
    [['default', '--slow', '9'], 'error bad-argument: --slow: 9 slow consumers are more than'],
    [['default', '--size', '0.5'], '--size'],
    [['default', '--codec', 'dens'], 'error bad-argument: --codec: there is no codec "dens"'],
    [['default', '--network', 'lan:delay=3'], '--network: there is no member "delay"; did you'],
    [['default', '--network', 'lan:delayMs=1e9'], '--network: delayMs: expected a number from'],
    [['--for', '3d'], '--for: expected a duration'],
  ])('refuses what cannot be meant: %j', async (args, message) => {
    const { code, stderr } = await run('lab', ...args, ...out);
    expect(stderr).toContain(message);
    expect([1, 2]).toContain(code);
  });

  it('names the file and the member of an experiment that is wrong', async () => {
    const bad = fileOf('bad.json', { ...small, networks: ['lan', 'wam'] });
    const { code, stderr } = await run('lab', bad, ...out);
    expect(stderr).toContain(`${bad}: networks[1]: there is no network "wam"; did you mean wan?`);
    expect(code).toBe(2);
    for (const content of ['null', '5', '"lan"', '[]']) {
      const { code: wrong, stderr: told } = await run('lab', fileOf('odd.json', content), ...out);
      expect(told).toContain('odd.json: expected an object, got');
      expect(wrong).toBe(2);
    }
    const { stderr: noJson } = await run('lab', fileOf('text.json', '{"name":'), ...out);
    expect(noJson).toContain('text.json is not JSON');
  });

  it.skipIf(process.platform === 'win32')(
    'finds out before anything runs that results cannot be written',
    async () => {
      mkdirSync(join(folder, 'taken', 'lab.json'), { recursive: true });
      spawnSync('mkfifo', [join(folder, 'taken', 'my-name-.json')]);
      const file = fileOf('a file', 'of another kind');
      const odd = fileOf('my name!.json', small);
      const outcomes = await Promise.all([
        run('lab', '--workload', 'ticker', '--out', '/proc/x'),
        run('lab', '--workload', 'ticker', '--out', '/dev/null/a/b'),
        run('lab', '--workload', 'ticker', '--out', file),
        run('lab', '--workload', 'ticker', '--out', join(folder, 'taken')),
        run('lab', odd, '--out', join(folder, 'taken')),
      ]);
      for (const { code, stdout, stderr } of outcomes) {
        expect(stderr).toMatch(/^error bad-input: cannot write /);
        expect(stdout).toBe('');
        expect(code).toBe(1);
      }
      expect(readdirSync(join(folder, 'taken')).toSorted()).toEqual(['lab.json', 'my-name-.json']);
    },
    PATIENCE_MS,
  );

  it(
    'tells the command that repeats it, and makes folders that are missing',
    async () => {
      const deep = join(folder, 'a', 'b', 'c');
      const shown = ['--workload', 'ticker', '--consumers', '1', '--for', '1s', '--rate', '3'];
      const { code, stdout } = await run('lab', ...shown, '--out', deep);
      expect(code).toBe(0);
      expect(stdout.split('\n')[0]).toBe(`diffstream lab ${shown.join(' ')} --out ${deep}`);
      expect(existsSync(join(deep, 'lab.html'))).toBe(true);
    },
    PATIENCE_MS,
  );

  it(
    'ends with a failure where a promise was broken, and the report says so',
    () => {
      const env = {
        ...process.env,
        NODE_OPTIONS: `--import=${join(ROOT, 'test', 'lab', 'planted-process.mjs')}`,
      };
      // The bundle has classes of its own: what is planted is in the files that it is made of.
      const program = join(ROOT, 'dist', 'cli', 'main.js');
      const args = ['lab', '--network', 'bad:corruptEveryBytes=700', '--for', '6s', ...out];
      const { status, stdout } = spawnSync(process.execPath, [program, ...args], {
        env,
        encoding: 'utf8',
      });
      expect(stdout).toMatch(/BROKEN P\d+/);
      expect(status).toBe(1);
      expect(readFileSync(join(folder, 'lab.html'), 'utf8')).toContain('Promises were broken in 1');
    },
    PATIENCE_MS,
  );
});

describe('the lab with real processes', () => {
  const real = ['lab', '--real', '--preset', 'hostile:cutEveryMs=1500', '--consumers', '2'];

  it(
    'proves that all replicas are equal after the faults, and leaves no process',
    async () => {
      const lab = start(...real, '--for', '3s', '--rate', '50', ...out);
      const [, pids = ''] = await lab.prints('stderr', /processes ([\d, ]+) run/);
      expect(await lab.end()).toBe(0);
      expect(lab.stdout).toContain('kept: 1 run, every replica compared with the producer');
      await gone(pids.split(', ').map(Number));
      const [result] = resultOf('lab').runs;
      expect(result).toMatchObject({ mode: 'real', broken: null, isPartial: false });
      expect(result?.proof).toMatchObject({ replicas: 2, equal: 2 });
      expect(result?.figures.recoveries.count).toBeGreaterThan(0);
      expect(result?.figures.recoveries.unfinished).toBe(0);
      expect(result?.figures.updates).toBeGreaterThan(20);
      expect(result?.figures.messages.hello?.count).toBeGreaterThan(0);
      expect(result?.machine.hubMemoryBytes).toBeGreaterThan(1e6);
    },
    PATIENCE_MS,
  );

  it(
    'ends on demand with what there is, and leaves no process',
    async () => {
      const lab = start(...real, '--for', '60s', ...out);
      const [, pids = ''] = await lab.prints('stderr', /processes ([\d, ]+) run/);
      await lab.prints('stderr', /updates and faults/);
      lab.signal('SIGINT');
      expect(await lab.end()).toBe(130);
      expect(lab.stdout).toContain('ended before its time');
      await gone(pids.split(', ').map(Number));
      expect(resultOf('lab').runs[0]).toMatchObject({ isPartial: true, broken: null });
      expect(readFileSync(join(folder, 'lab.html'), 'utf8')).toContain('Ended on demand');
    },
    PATIENCE_MS,
  );

  it(
    'leaves no process when it is killed itself',
    async () => {
      const lab = start(...real, '--for', '60s', ...out);
      const [, pids = ''] = await lab.prints('stderr', /processes ([\d, ]+) run/);
      lab.signal('SIGKILL');
      expect(await lab.end()).toBe('SIGKILL');
      await gone(pids.split(', ').map(Number));
    },
    PATIENCE_MS,
  );
});
