import { describe, expect, it } from 'vitest';

import { CommitTimes } from '../../src/cli/demo/commit-times.ts';
import { LagHistogram } from '../../src/lab/measure/lag-histogram.ts';
import { clipped } from '../../src/cli/demo/live-view.ts';
import { Meter } from '../../src/cli/demo/meter.ts';
import { differenceLines } from '../../src/cli/demo/proof.ts';
import { judge } from '../../src/lab/real/verdict.ts';
import type { Truth } from '../../src/lab/real/verdict.ts';
import { sabotaged } from '../../src/cli/demo/sabotage.ts';
import { bytesText, countText, msText, ratioText } from '../../src/cli/figures.ts';
import { printable, shortened } from '../../src/cli/printable.ts';
import { tableLines } from '../../src/cli/text-table.ts';
import type { Key } from '../../src/index.ts';

describe('the proof', () => {
  const head = { epoch: '1.0000000000000000', version: 7, digest: 'd'.repeat(32) };
  const contents = new Map<Key, string>([
    ['a', '{"x":1,"y":2}'],
    [1, '"one"'],
    ['1', '"text"'],
  ]);
  const truth: Truth = { head, contents };
  const proof = { kind: 'proof', status: 'live', head, contentsDigest: head.digest } as const;

  it('is given where head, digests and every entry are equal', () => {
    const verdict = judge(truth, proof, new Map(contents));
    expect(verdict).toEqual({ isEqual: true, reasons: [], differences: [], differenceCount: 0 });
  });

  it('fails for another order of members, a missing entry and one too many', () => {
    const theirs = new Map<Key, string>([
      ['a', '{"y":2,"x":1}'],
      [1, '"one"'],
      ['b', '0'],
    ]);
    const verdict = judge(truth, proof, theirs);
    expect(verdict.isEqual).toBe(false);
    expect(verdict.reasons).toEqual(['3 entries differ']);
    expect(verdict.differences).toEqual([
      { key: 'a', producer: '{"x":1,"y":2}', replica: '{"y":2,"x":1}' },
      { key: '1', producer: '"text"', replica: undefined },
      { key: 'b', producer: undefined, replica: '0' },
    ]);
  });

  it('fails for a digest or a version that is another, though contents are equal', () => {
    const reasons = (change: object): readonly string[] =>
      judge(truth, { ...proof, ...change }, new Map(contents)).reasons;
    expect(reasons({ contentsDigest: 'e' })).toEqual(['the digest of its contents is e']);
    expect(reasons({ head: { ...head, digest: 'e' } })).toEqual(['its digest is e']);
    expect(reasons({ head: { ...head, version: 6 }, status: 'stale' })).toEqual([
      'it is at version 6 (stale), not 7',
    ]);
    expect(reasons({ head: undefined })).toEqual(['it never had a state']);
  });

  it('shows both values around the place where they differ', () => {
    const same = 'x'.repeat(500);
    const lines = differenceLines({ key: 'k', producer: `${same}1`, replica: `${same}\u001b2` });
    expect(lines).toEqual([
      'entry "k"',
      `  producer  …${'x'.repeat(30)}1`,
      String.raw`  replica   …${'x'.repeat(30)}\u001b2`,
    ]);
    const missing = differenceLines({ key: 1, producer: '1', replica: undefined });
    expect(missing.at(-1)).toBe('  replica   has no such entry');
  });

  it('has exactly one entry to find after sabotage, whatever the values are', () => {
    expect(sabotaged([])).toHaveLength(1);
    for (const json of ['1', '"a"', 'true', 'null', '[]', '{}', '[1,2]', '{"a":{"b":[]}}']) {
      const own: (readonly [Key, string])[] = [0, 1, 2].map((key) => [key, json]);
      const theirs = sabotaged(own);
      expect(theirs.filter(([, text], index) => text !== own[index]?.[1])).toHaveLength(1);
    }
  });
});

describe('what the demo measures', () => {
  it('remembers when the latest versions were committed', () => {
    const times = new CommitTimes(4);
    for (let version = 1; version <= 10; version++) times.record(version, version * 10);
    expect([0, 6, 7, 10, 11].map((version) => times.at(version))).toEqual([
      undefined,
      undefined,
      70,
      100,
      undefined,
    ]);
  });

  it('gives quantiles of lags to within a twentieth', () => {
    const lags = new LagHistogram();
    expect(lags.quantile(0.5)).toBeNaN();
    for (let ms = 1; ms <= 1000; ms++) lags.add(ms);
    expect(lags.quantile(0.5) / 500).toBeCloseTo(1, 1);
    expect(lags.quantile(0.99) / 990).toBeCloseTo(1, 1);
    lags.add(0);
    lags.add(1e9);
    expect(lags.total).toBe(1002);
  });

  it('gives the pace of the last two seconds', () => {
    const meter = new Meter();
    expect(meter.perSecond(0, 0)).toBe(0);
    expect(meter.perSecond(100, 1000)).toBe(100);
    for (let s = 2; s <= 10; s++) meter.perSecond(100, s * 1000);
    expect(meter.perSecond(100, 11_000)).toBe(0);
  });
});

describe('what people see', () => {
  it('has numbers of a readable length', () => {
    expect([0, 999, 1000, 1234567].map(countText)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([0, 999, 1000, 123_456, 9_996_000].map(bytesText)).toEqual([
      ...['0 B', '999 B', '1 kB', '123 kB', '10 MB'],
    ]);
    expect([0.123, 12.3, 999.9, Number.NaN].map(msText)).toEqual([
      '0.12 ms',
      '12.3 ms',
      '1 s',
      '-',
    ]);
    expect([14.83, Infinity].map(ratioText)).toEqual(['14.8×', '-']);
  });

  it('is clipped to the terminal without counting or cutting colours', () => {
    expect(clipped('plain text', 5)).toBe('plain\u001b[0m');
    expect(clipped('\u001b[32mgreen\u001b[39m', 5)).toBe('\u001b[32mgreen\u001b[39m');
    expect(clipped('\u001b[32mgreen\u001b[39m', 3)).toBe('\u001b[32mgre\u001b[0m');
  });

  it('cannot be made to command the terminal or to forge a line', () => {
    expect(printable('a\u001b[2J\nb\u009b\u202e')).toBe(String.raw`a\u001b[2J\u000ab\u009b\u202e`);
    expect(shortened('abc😀', 5)).toBe('abc😀');
    expect(shortened('abcd😀', 5)).toBe('abcd…');
    expect(shortened('abc😀ef', 5)).toBe('abc…');
  });

  it('stands in columns', () => {
    const columns = [
      { heading: 'name', isFigure: false },
      { heading: 'n', isFigure: true },
    ];
    expect(
      tableLines(columns, [
        ['a', '10'],
        ['longer', '2'],
      ]),
    ).toEqual([...['name     n', 'a       10', 'longer   2']]);
  });
});
