import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { AnalysisResult } from '../../src/cli/analyze-result.ts';
import { analyze } from '../../src/cli/analyze.ts';
import { countText } from '../../src/cli/figures.ts';
import { outsideReferences, readPage } from '../charts/well-formed.ts';
import { endAll, run, start } from '../cli/support/command.ts';
import { ROOT } from '../support/source.ts';
import { ndjson, telemetry } from './generated-feeds.ts';

let folder: string;
let feed: string;

const HOSTILE = '</script><img src=x onerror=alert(1)>\u001b[2J';
const rows = telemetry(120).map((row) =>
  Object.assign(row, { id: `${String(row['id'])}${HOSTILE}`, [HOSTILE]: row['speed'] }),
);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffstream-analyze-'));
  feed = join(folder, 'cars.ndjson');
  await writeFile(feed, ndjson(rows));
});

afterEach(endAll);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The first row of the terminal's tables that begins with this name, as cells. */
function rowOf(output: string, name: string): string[] {
  const line = output.split('\n').find((each) => each.startsWith(`  ${name}  `));
  return (line ?? '').trim().split(/ {2,}/);
}

describe('diffstream analyze', () => {
  it('shows on a terminal what it writes as JSON', async () => {
    const [shown, json] = await Promise.all([run('analyze', feed), run('analyze', feed, '--json')]);
    expect([shown.code, json.code, shown.stderr]).toEqual([0, 0, '']);
    const result = JSON.parse(json.stdout) as AnalysisResult;
    expect(result).toMatchObject({ format: 'diffstream-analysis', version: 1 });
    expect(shown.stdout.split('\n')[0]).toBe(result.verdict.headline);
    expect(result.findings.strategies.length).toBeGreaterThanOrEqual(8);
    for (const { name, changes } of result.findings.strategies) {
      const [, p50, p95] = rowOf(shown.stdout, name);
      expect([name, p50, p95]).toEqual([name, countText(changes.p50), countText(changes.p95)]);
    }
    for (const { text } of result.settings) expect(shown.stdout).toContain(text);
    const shares = result.paths.reduce((sum, { share }) => sum + share, 0);
    expect(shares).toBeGreaterThan(0.9);
    expect(shares).toBeLessThan(1 + 1e-9);
  });

  it('lets no name from the data command a terminal', async () => {
    const { stdout } = await run('analyze', feed, '--consumers', '7');
    expect(stdout).toContain('for 7');
    expect(stdout.includes('\u001b')).toBe(false);
    const file = join(folder, 'hostile.ndjson');
    const name = `${HOSTILE}_id`;
    await writeFile(file, ndjson(rows.map((row, i) => Object.assign({}, row, { [name]: i }))));
    const shown = (await run('analyze', file)).stdout;
    expect(shown).toContain('looks like a key but never repeats here');
    expect(shown.includes('\u001b')).toBe(false);
  });

  it('writes a report that is one whole page, with nothing in it that data put there', async () => {
    const file = join(folder, 'report.html');
    const { code, stderr } = await run('analyze', feed, '--html', file);
    expect([code, stderr]).toEqual([0, `report written to ${file}\n`]);
    const html = await readFile(file, 'utf8');
    expect(readPage(html).problems).toEqual([]);
    expect(outsideReferences(html)).toEqual([]);
    expect(html).not.toContain('<img');
    expect(html).not.toMatch(/NaN|undefined/);
    expect(html).toContain(`analyze ${feed} --html ${file}`.split(' ')[0]);
  });

  it('never writes its report over what it reads', async () => {
    const { code, stderr } = await run('analyze', feed, '--html', feed);
    expect(code).not.toBe(0);
    expect(stderr).toContain('it is what is to be analysed');
    expect(await readFile(feed, 'utf8')).toBe(ndjson(rows));
  });

  it('leaves out what is too deep, and goes on', async () => {
    const deep = join(folder, 'deep.ndjson');
    const line = (n: number, v: string): string => `{"id":1,"n":${n},"v":${v}}`;
    const lines = [1, 2, 3, 4].map((n) => line(n, '0'));
    lines.splice(2, 0, line(9, '['.repeat(9000) + ']'.repeat(9000)));
    await writeFile(deep, lines.join('\n'));
    const { code, stdout } = await run('analyze', deep, '--key', 'id', '--json');
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as AnalysisResult).findings.counts.changed).toBe(3);
  });

  it('reads the standard input', async () => {
    const command = start('analyze', '-', '--json', '--key', 'id');
    command.stdin.end(ndjson(rows));
    expect(await command.end()).toBe(0);
    const result = JSON.parse(command.stdout) as AnalysisResult;
    expect(result.input).toMatchObject({ name: 'standard input', updates: 120, stop: 'end' });
  });

  it('says what is the matter with data in which nothing changes', async () => {
    const file = join(folder, 'once.ndjson');
    await writeFile(file, '{"id":1,"n":1}\n{"id":2,"n":1}\n');
    const { code, stderr, stdout } = await run('analyze', file, '--key', 'id');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('2 updates and no change of an entry: "id" is another one in each');
    expect(stderr).toContain('--key');
  });

  it('tells data that stay as they are from data without a key', async () => {
    const file = join(folder, 'same.ndjson');
    await writeFile(file, '{"id":1,"n":1}\n'.repeat(3));
    const one = await run('analyze', file);
    expect(one.stderr).toContain('3 updates and no change of an entry: all are the same, and');
    await writeFile(file, '{"id":1,"n":1}\n{"id":2,"n":1}\n'.repeat(3));
    const two = await run('analyze', file, '--key', 'id');
    expect(two.stderr).toContain('each entry stays as it was first');
    expect([one.code, two.code]).toEqual([1, 1]);
  });

  it('knows before a minute of work that a report cannot be written', async () => {
    const { code, stderr } = await run('analyze', feed, '--html', join(folder, 'none', 'a.html'));
    expect(code).toBe(1);
    expect(stderr).toContain('--html: cannot write');
  });

  it('has all its options in the reference, with what the help says', () => {
    const page = readFileSync(join(ROOT, 'docs', 'reference.md'), 'utf8');
    const section = page.split(/^## /m).find((one) => one.startsWith('analyze\n')) ?? '';
    const listed = [...section.matchAll(/^\| `--([a-z-]+)(?: <[^`]*>)?` \| (.*) \| (.*) \|$/gm)]
      .filter(([, name]) => Object.hasOwn(analyze.options, String(name)))
      .map(([, name, initial]) => [name, initial]);
    const initials = Object.entries(analyze.options).map(([name, option]) => {
      const initial = option.kind === 'value' ? (option.initial as string | number) : undefined;
      return [name, name === 'seconds' ? `${Number(initial) / 1000}s` : String(initial ?? '')];
    });
    expect(listed).toEqual(initials);
  });
});
