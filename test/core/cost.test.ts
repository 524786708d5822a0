import { describe, expect, it } from 'vitest';

import { Differ } from '../../src/core/diff.ts';
import { digestAfter, valueDigest } from '../../src/core/digest.ts';
import { applyPatch, diff, Patch } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';

/**
 * What a quadratic walk would need minutes for ends in a fraction of this, on a slow machine
 * too. The figures themselves are printed, not asserted.
 */
const GENEROUS_MS = 2500;

const take = (value: unknown): Value => new Differ('copy', true).take(value);
const figures: string[] = [];

/** Bytes of the patch over the wire; checks that it works, prints what it took. */
function patchBytes(name: string, base: unknown, target: unknown): number {
  const own = take(base);
  const start = performance.now();
  const patch = diff(own, target) ?? new Patch(undefined);
  const differed = performance.now();
  const bytes = patch.encode();
  const received = Patch.decode(bytes);
  const next = applyPatch(own, received);
  const applied = performance.now();
  valueDigest(own);
  const digested = performance.now();
  digestAfter(own, next, received.op);
  const ended = performance.now();
  const times = [differed - start, applied - differed, ended - digested];
  const [diffMs, restMs, digestMs] = times.map((ms) => ms.toFixed(1));
  figures.push(
    `${name}: diff ${diffMs} ms, encode to apply ${restMs} ms, digest ${digestMs} ms, ` +
      `${bytes.length} bytes`,
  );
  expect(JSON.stringify(next)).toBe(JSON.stringify(target));
  expect(Math.max(...times)).toBeLessThan(GENEROUS_MS);
  return bytes.length;
}

/** Deep comparison as a careful caller would write it. */
function isDeepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  const [left, right] = [a as Row, b as Row];
  return names.every((name) => Object.hasOwn(b, name) && isDeepEqual(left[name], right[name]));
}

function medianMs(work: () => unknown): number {
  const times = Array.from({ length: 9 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[4] as number;
}

type Row = Record<string, unknown>;
const COUNT = 10_000;
const withIds = (i: number): Row => ({
  id: i,
  name: `item number ${i}`,
  price: i * 1.25,
  tags: ['a', 'b', i % 7],
  place: { x: i, y: -i },
});
const withoutIds = (i: number): Row => ({
  name: `n${(i * 7919) % 101}`,
  price: i % 97,
  on: i % 2 === 0,
});
const rowKinds = [
  ['with ids', withIds],
  ['without ids', withoutIds],
] as const;

describe('D4 the cost of a diff of 10,000 rows', () => {
  it.each(rowKinds)('%s with five edits is about one deep comparison', (name, row) => {
    const rows = Array.from({ length: COUNT }, (_, i) => row(i));
    const base = take(rows);
    const target = structuredClone(rows);
    for (const i of [5, 2000, 4999, 7000, 9990]) (target[i] as { price: number }).price += 1;
    const copy = structuredClone(rows);
    const differ = new Differ('copy', true);
    const diffMs = medianMs(() => differ.diff(base, target));
    const compareMs = medianMs(() => isDeepEqual(rows, copy));
    figures.push(`rows ${name}, five edits: ${(diffMs / compareMs).toFixed(2)} deep comparisons`);
    expect(patchBytes(`rows ${name}, five edits`, rows, target)).toBeLessThan(40);
    expect(diffMs / compareMs).toBeLessThan(12);
  });

  it.each(rowKinds)('%s moved about is not quadratic', (name, row) => {
    const rows = Array.from({ length: COUNT }, (_, i) => row(i));
    const fresh = (): Row[] => structuredClone(rows);
    const random = new SeededRandom('cost');
    const shuffled = fresh();
    for (let i = COUNT - 1; i > 0; i--) {
      const j = random.next() % (i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j] as never, shuffled[i] as never];
    }
    const changed = (all: Row[], change: (one: Row) => object): Row[] =>
      all.map((one) => Object.assign(structuredClone(one), change(one)));
    const dearer = changed(rows, ({ price }) => ({ price: (price as number) + 0.5 }));
    const targets: [string, unknown[], number][] = [
      ['inserted and removed', fresh().toSpliced(3000, 0, row(99_999)).toSpliced(8000, 2), 60],
      ['rotated by one', [...fresh().slice(1), row(0)], 80],
      ['rotated by half', [...fresh().slice(5000), ...fresh().slice(0, 5000)], 20_000],
      ['reversed', fresh().reverse(), 40_000],
      ['shuffled', shuffled, 40_000],
      ['shuffled and edited', changed(shuffled, () => ({ price: 0.125 })), 120_000],
      ['all edited', dearer, 60_000],
      ['every third edited', rows.map((one, i) => (i % 3 === 0 ? dearer[i] : one)), 20_000],
      ['with undefined members', changed(rows, () => ({ z: undefined })).slice(1), 10],
      ['all others', Array.from({ length: COUNT }, (_, i) => row(i + 500_000)), 400_000],
    ];
    for (const [how, target, mostBytes] of targets) {
      expect(patchBytes(`rows ${name}, ${how}`, rows, target)).toBeLessThan(mostBytes);
    }
  });

  it('P25 C6 tells much that is new from what stands all over a large base', () => {
    const random = new SeededRandom('lists of addresses');
    const octet = (): number => random.below(256);
    const all = Array.from({ length: 30_000 }, () => `10.${octet()}.${octet()}.${octet()}/32`);
    const lists = Array.from({ length: 300 }, (_, n) => ({
      name: `list ${n}`,
      rows: all.slice(n * 100, n * 100 + 100),
    }));
    // As many addresses again, ten at a time from anywhere: 190,000 units, in copies of both.
    const more = Array.from({ length: 100 }, (_, n) => ({
      name: `more ${n}`,
      rows: Array.from({ length: 10 }, () => random.below(29_990)).flatMap((from) =>
        all.slice(from, from + 10),
      ),
    }));
    expect(JSON.stringify(more).length).toBeGreaterThan(150_000);
    const bytes = patchBytes('quotes', { lists }, { lists: [...lists, ...more, ...more] });
    expect(bytes).toBeLessThan(8000);
  });

  it('that are all alike is not quadratic', () => {
    const alike = (count: number): unknown[] => Array.from({ length: count }, () => ({ a: 1 }));
    expect(patchBytes('10,000 alike to 9,999', alike(COUNT), alike(COUNT - 1))).toBeLessThan(10);
    const some = alike(COUNT).toSpliced(100, 1, { b: 2 }).toSpliced(7000, 3);
    expect(patchBytes('10,000 alike, some edits', alike(COUNT), some)).toBeLessThan(40);
    const bits = (salt: number): number[] =>
      Array.from({ length: COUNT }, (_, i) => ((i * salt) >> 3) & 1);
    patchBytes('10,000 zeros and ones', bits(7), bits(11));
  });
});

describe('D4 the cost of a diff', () => {
  it('of 100,000 numbers that all change is not quadratic', () => {
    const numbers = Array.from({ length: 100_000 }, (_, i) => i * 2 + 0.5);
    const target = numbers.map((number) => number + 0.25);
    expect(patchBytes('100,000 numbers', numbers, target)).toBeLessThan(400_000);
  });

  it('of rows that differ late, or in long texts alone, is not quadratic', () => {
    const late = (i: number): number[] => [...Array.from({ length: 60 }, () => 0), i];
    const mixed = Array.from({ length: 3000 }, (_, i) => late((i * 7) % 3001));
    patchBytes(
      'rows that differ late',
      Array.from({ length: 3000 }, (_, i) => late(i)),
      mixed,
    );
    const prefix = 'p'.repeat(20_000);
    const long = (i: number, n: number): unknown => ({ text: `${prefix}${10_000 + i}`, n });
    const base = Array.from({ length: 1000 }, (_, i) => long(i, 1));
    const target = Array.from({ length: 1000 }, (_, i) => long(999 - i, i + 2));
    expect(patchBytes('long texts with one prefix', base, target)).toBeLessThan(20_000);
  });

  it('of objects of 10,000 members is not quadratic', () => {
    const members = (name: (i: number) => string, value: (i: number) => unknown): object =>
      Object.fromEntries(Array.from({ length: COUNT }, (_, i) => [name(i), value(i)]));
    const base = members(
      (i) => `n${i}`,
      (v) => ({ v }),
    );
    const some = members(
      (i) => `${i % 2000 === 0 ? 'm' : 'n'}${i}`,
      (v) => ({ v }),
    );
    const all = members(
      (i) => `m${i}`,
      (v) => ({ v }),
    );
    expect(patchBytes('10,000 members, 5 renamed', base, some)).toBeLessThan(100);
    patchBytes('10,000 members, all renamed', base, all);
    const reversed = members(
      (i) => `n${COUNT - 1 - i}`,
      (i) => ({ v: COUNT - 1 - i }),
    );
    expect(patchBytes('10,000 members reversed', base, reversed)).toBeLessThan(40_000);
  });

  it('of arrays within arrays is not exponential', () => {
    const deep = (leaf: number): unknown => {
      let value: unknown = Array.from({ length: 2000 }, (_, i) => ({
        i,
        leaf: i > 1998 ? leaf : 0,
      }));
      for (let level = 0; level < 120; level++) value = [1, value, [level]];
      return value;
    };
    expect(patchBytes('120 levels of arrays', deep(1), deep(2))).toBeLessThan(200);
  });
});

describe('D4 D5 the cost of a text diff', () => {
  const random = new SeededRandom('texts');
  const pick = (count: number): number => random.next() % count;
  const vocabulary = (count: number): string[] =>
    Array.from({ length: count }, () =>
      Array.from({ length: 2 + pick(9) }, () => String.fromCharCode(97 + pick(26))).join(''),
    );
  /** Words as in language: few are frequent, most are rare. */
  const wordsOf = (all: readonly string[], length: number): string[] => {
    const words: string[] = [];
    for (let at = 0; at < length; at += (words.at(-1) as string).length + 1) {
      words.push(all[Math.floor(all.length * (pick(10_000) / 10_000) ** 3)] as string);
    }
    return words;
  };

  it.each([200, 2000, 20_000])(
    'is under 60 bytes for three words of 100 KB changed, of %i different words',
    (count) => {
      const all = vocabulary(count);
      for (let round = 0; round < 4; round++) {
        const words = wordsOf(all, 100_000);
        const target = [...words];
        // Others of the same text: what comes in is known, and stands elsewhere as well.
        for (let i = 0; i < 3; i++)
          target[pick(words.length)] = words[pick(words.length)] as string;
        const bytes = patchBytes(`three of ${count} words`, words.join(' '), target.join(' '));
        expect(bytes).toBeLessThan(60);
      }
    },
  );

  it('is small where paragraphs come and go among recurring phrases', () => {
    const all = vocabulary(2000);
    const words = wordsOf(all, 50_000);
    const target = words
      .toSpliced(7000, 30)
      .toSpliced(4000, 0, ...wordsOf(all, 250))
      .toSpliced(1000, 0, ...wordsOf(all, 250));
    expect(patchBytes('paragraphs', words.join(' '), target.join(' '))).toBeLessThan(800);
    const lines = Array.from({ length: 2000 }, (_, i) => `| row ${i % 50} | value ${i % 7} | ok |`);
    const edits = lines
      .toSpliced(1500, 0, '| new |')
      .toSpliced(900, 1, '| row 1 |')
      .toSpliced(9, 1);
    expect(patchBytes('a table', lines.join('\n'), edits.join('\n'))).toBeLessThan(100);
  });

  it.each(['a', 'ab', 'abc', 'abcdefgh', 'abcdefghi', 'a line of text\n', '\u{1f600}'])(
    'is small and fast for a megabyte of nothing but "%s"',
    (period) => {
      const base = period.repeat(Math.floor(1_000_000 / period.length));
      let target = base;
      for (let i = 0; i < 6; i++) {
        const at = pick(1_000_000);
        target = target.slice(0, at) + 'X'.repeat(i % 2) + target.slice(at + (i % 3));
      }
      const bytes = patchBytes(`periodic ${JSON.stringify(period)}`, base, target.toWellFormed());
      expect(bytes).toBeLessThan(1000);
    },
  );

  it('is not quadratic for a megabyte of anything else', () => {
    const letters = (count: number): string =>
      Array.from({ length: 1_000_000 }, () => String.fromCharCode(97 + pick(count))).join('');
    const a = 'a'.repeat(1_000_000);
    const text = letters(26);
    const fragments = text.replaceAll(/.{100}/g, '$&##');
    const cases: [string, string, string][] = [
      ['one letter and another', a, a.replaceAll('a', 'b')],
      [
        'runs of one length and another',
        `${'a'.repeat(100)}b`.repeat(9000),
        `${'a'.repeat(99)}b`.repeat(9000),
      ],
      ['two letters at random', letters(2), letters(2)],
      ['halves swapped', text, text.slice(500_000) + text.slice(0, 500_000)],
      ['fragments, then the whole', `!${fragments}${text}`, `?${text}?`],
      ['other halves of characters', '\u{1f600}'.repeat(500_000), '\u{1f601}'.repeat(500_000)],
    ];
    for (const [name, base, target] of cases) {
      expect(patchBytes(name, base, target)).toBeLessThan(2_100_000);
    }
  });
});

describe('the figures', () => {
  it('are printed', () => {
    console.info(figures.join('\n'));
    expect(figures.length).toBeGreaterThan(40);
  });
});
