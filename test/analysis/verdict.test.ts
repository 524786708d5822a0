import { describe, expect, it } from 'vitest';

import { cheaperFrom, costOf } from '../../src/analysis/costs.ts';
import type { Findings } from '../../src/analysis/findings.ts';
import { settingsOf } from '../../src/analysis/settings.ts';
import { verdictOf } from '../../src/analysis/verdict.ts';
import type { Answer, Verdict } from '../../src/analysis/verdict.ts';
import { headlineOf } from '../../src/cli/analyze-headline.ts';
import {
  appendedTexts,
  largeDocuments,
  randomBlobs,
  rewrittenTexts,
  telemetry,
} from './generated-feeds.ts';
import { measuredValues } from './measured.ts';

const PRICES = { consumers: 100, perGb: 0.09, perCpuHour: 0.04 };

const blobs = randomBlobs();
const cars = telemetry();
const documents = largeDocuments();

/** What was measured once need not be measured again. */
const known = new Map<readonly unknown[], Findings>();

function findingsFor(values: readonly unknown[], key: string): Findings {
  const findings = known.get(values) ?? measuredValues(values, key).findings;
  known.set(values, findings);
  return findings;
}

function verdictFor(values: readonly unknown[], key: string, prices = PRICES): Verdict {
  return verdictOf(findingsFor(values, key), prices);
}

function changed(row: object, members: object): object {
  return { ...row, ...members };
}

const kindsOf = ({ reasons }: Verdict): string[] => reasons.map(({ kind }) => kind);

describe('the verdict', () => {
  it.each([
    ['numbers that move in larger values', 'diffs', cars, 'id'],
    ['a text that grows at its end', 'diffs', appendedTexts(), 'name'],
    ['few large documents with small changes', 'diffs', documents, 'none'],
    ['values written anew of known words', 'compress', rewrittenTexts(), 'id'],
    ['random characters', 'whole', blobs, 'id'],
  ] as const)('on %s it is: %s', (_what, answer: Answer, values, key) => {
    const verdict = verdictFor(values, key);
    expect(verdict.answer).toBe(answer);
    expect(verdict.best[answer].id).toBe(verdict.strategy);
  });

  it('says that too much is new, where it is', () => {
    expect(kindsOf(verdictFor(blobs, 'id'))).toContain('rewritten');
    expect(kindsOf(verdictFor(cars, 'id'))).not.toContain('rewritten');
  });

  it('says where changes are too few, and where updates repeat what is there', () => {
    expect(kindsOf(verdictFor(documents, 'none'))).toContain('few');
    const repeated = cars.slice(0, 80).flatMap((row) => [row, row]);
    expect(kindsOf(verdictFor(repeated, 'id'))).toContain('unchanged');
    expect(kindsOf(verdictFor(cars, 'id'))).not.toContain('unchanged');
  });

  it('names the others whose results were wrong', () => {
    const values = cars
      .slice(0, 80)
      .map((row, i) => changed(row, { late: i % 3 === 0 ? null : i }));
    const wrong = verdictFor(values, 'id').reasons.filter(({ kind }) => kind === 'wrong');
    expect(wrong).toMatchObject([{ id: 'merge-patch' }]);
  });

  it('tells for which keys, sizes and numbers of consumers diffs pay', () => {
    const renamed = blobs.map((row) => changed(row, { id: `blob-${String(row['id'])}` }));
    const { breakEven } = verdictFor([...cars, ...renamed], 'id');
    expect(breakEven).toMatchObject({ keys: 13, keysThatPay: 8, consumers: 1 });
    expect(breakEven.changesThatPay).toBeCloseTo(292 / (292 + 145), 5);
  });

  it('costs nothing where nothing has a price', () => {
    const free = { consumers: 5, perGb: 0, perCpuHour: 0 };
    expect(verdictFor(cars, 'id', free).best.whole.cost).toBe(0);
  });

  it('is no work that costs more than the bytes it saves', () => {
    const findings = findingsFor(cars, 'id');
    const slow = findings.strategies.map((each) =>
      changed(each, { encodeUs: 1e6 * Number(each.id !== 'full-json') }),
    );
    const prices = { consumers: 1, perGb: 0.01, perCpuHour: 1 };
    const verdict = verdictOf(
      { ...findings, strategies: slow as typeof findings.strategies },
      prices,
    );
    expect(verdict.answer).toBe('whole');
    expect(verdict.reasons).toContainEqual({ kind: 'work', wanted: 'diffs' });
    const few = { ...findings, counts: { ...findings.counts, changed: 127 } };
    expect(
      verdictOf({ ...few, strategies: slow as typeof findings.strategies }, prices),
    ).toMatchObject({ answer: 'diffs' });
  });

  it('on what may be a log depends on what is wanted, if enough of each object is new', () => {
    const log = { id: 'id', key: 'symbol' };
    const findings = findingsFor(cars, 'id');
    expect(verdictOf(findings, PRICES, log).log).toBeUndefined();
    const events = { ...findings, newShare: 0.3 };
    const verdict = verdictOf(events, PRICES, log);
    expect(verdict).toMatchObject({ answer: 'diffs', log });
    expect(kindsOf(verdict)[1]).toBe('log');
    const headline = headlineOf(verdict, events);
    expect(headline).toMatch(/^This looks like a log\. If all of it has to arrive: no diffs, /);
    expect(headline).toContain('If the last object of each "symbol" is enough, diffs need');
  });
});

describe('costs', () => {
  const fullLoad = { id: 'full-json', bytes: 1e9, onceUs: 0, eachUs: 0 } as const;
  const diffs = { id: 'compact', bytes: 1e6, onceUs: 3.6e9, eachUs: 0 } as const;

  it('are traffic to each consumer, work once, and work for each', () => {
    expect(costOf(fullLoad, PRICES)).toBeCloseTo(9, 9);
    const each = { ...diffs, eachUs: 3.6e9 };
    expect(costOf(each, PRICES)).toBeCloseTo(100 * 0.001 * 0.09 + 0.04 + 100 * 0.04, 9);
  });

  it('break even at the least number that is cheaper', () => {
    const prices = { ...PRICES, perCpuHour: 1 };
    expect(cheaperFrom(diffs, fullLoad, prices)).toBe(12);
    expect(cheaperFrom(fullLoad, diffs, prices)).toBeUndefined();
    expect(cheaperFrom(diffs, fullLoad, PRICES)).toBe(1);
  });
});

describe('settings', () => {
  it('fit large values with small changes, times in common, and the key', () => {
    const findings = findingsFor(documents, 'none');
    const settings = settingsOf(findings, { kind: 'documents', key: undefined });
    expect(settings.map(({ kind }) => kind)).toEqual(['codec', 'document', 'large-value']);
    const together = cars
      .slice(0, 80)
      .map((row, i) => changed(row, { t: 1.7e12 + Math.floor(i / 8) * 1000 }));
    const more = settingsOf(measuredValues(together, 'id').findings, {
      kind: 'objects',
      key: 'id',
    });
    expect(more.map(({ kind }) => kind)).toEqual(['codec', 'key', 'batch', 'journal']);
  });

  it('ask for a longer journal where the default holds less than a minute', () => {
    const quick = cars.slice(0, 80).map((row, i) => changed(row, { t: 1.7e12 + i / 40 }));
    const { findings } = measuredValues(quick, 'id');
    const settings = settingsOf(findings, { kind: 'objects', key: 'id' });
    const journal = settings.find(({ kind }) => kind === 'journal');
    expect(journal).toMatchObject({ entriesMax: expect.any(Number) });
  });
});
