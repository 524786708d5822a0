import { describe, expect, it } from 'vitest';
import { entryOf } from '../../src/cache/entry.ts';
import { Journal, recordBytes } from '../../src/cache/journal.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { Differ } from '../../src/core/diff.ts';
import type { Value } from '../../src/index.ts';

/** What a journal believes to keep alive for a change from one value to another. */
function costOf(before: Value | undefined, after: Value | undefined): number {
  const [from, to] = [before, after].map((value) =>
    value === undefined ? undefined : entryOf('k', value, 1, 1e9),
  );
  const differ = new Differ('copy', true);
  const isChange = before !== undefined && after !== undefined;
  const op = isChange ? differ.diff(before, after) : undefined;
  return recordBytes(from, op, to);
}

describe('The heap that a journal record keeps alive', () => {
  const text = 'a text of some length, of which a part is changed. '.repeat(20);
  const wide = Array.from({ length: 1000 }, (_, i) => i);
  const row = (id: string, more = '') => ({ id: `the row ${id}`, text: `${id} ${text}${more}` });
  const [a, b, c, edited] = [row('a'), row('b'), row('c'), row('b', '!')];
  const rows = [a, b, c];
  const named = Object.fromEntries(wide.map((i) => [`name ${i}`, i]));

  it.each<[string, number, number, number]>([
    ['a new key', costOf(undefined, { text }), 240, 240],
    ['a deletion', costOf({ text }, undefined), 240 + 2 * text.length, 240 + 2.2 * text.length],
    ['a number that moves', costOf(1000, 1001), 296, 296],
    ['a text that gets some', costOf(text, `${text}${text.slice(0, 500)}!`), 1700, 1900],
    ['a text that loses some', costOf(text, text.slice(500)), 2200, 2400],
    ['a letter of a text', costOf(text, text.replace('s', 'z')), 1300, 1400],
    ['a letter in a row', costOf(rows, [a, edited, c]), 1500, 1700],
    ['a letter in a row that moves', costOf(rows, [edited, a, c]), 1500, 1800],
    ['a text replaced', costOf(text, '-'.repeat(1000)), 4000, 4500],
    ['an element of many', costOf(wide, wide.with(500, -1)), 8000, 8600],
    ['a member of many', costOf(named, { ...named, 'name 5': -1 }), 8000, 8600],
    ['a member that is added', costOf(named, { ...named, more: text }), 66_000, 67_000],
    ['one member for another', costOf({ a: 1, b: 2 }, { a: 1, c: 2 }), 500, 700],
    ['a member that goes', costOf({ a: 1, text }, { a: 1 }), 2200, 2500],
  ])('L2 is told within bounds for %s', (_what, bytes, least, most) => {
    expect(bytes).toBeGreaterThanOrEqual(least);
    expect(bytes).toBeLessThanOrEqual(most);
  });
});

describe('A journal', () => {
  const record = (version: number, heapBytes: number) =>
    ({ version, key: `k${version}`, before: undefined, op: undefined, heapBytes }) as const;

  it('L2 forgets whole versions, the oldest first, until both bounds hold', () => {
    const journal = new Journal({ ...defaultLimits, journalEntriesMax: 3, journalBytesMax: 100 });
    for (const version of [1, 1, 2, 3]) journal.append(record(version, 10));
    journal.trim();
    expect([journal.size, journal.bytes, journal.floor]).toEqual([2, 20, 1]);
    expect([journal.reaches(0), journal.reaches(1)]).toEqual([false, true]);
    journal.append(record(4, 80));
    journal.trim();
    expect([journal.size, journal.bytes, journal.floor]).toEqual([3, 100, 1]);
    journal.append(record(5, 91));
    journal.trim();
    expect([journal.size, journal.bytes, journal.floor]).toEqual([1, 91, 4]);
    expect([...journal.after(4)].map(({ version }) => version)).toEqual([5]);
    journal.append(record(6, 101));
    journal.trim();
    expect([journal.size, journal.bytes, journal.floor]).toEqual([0, 0, 6]);
  });

  it('P10 tells what came after a version, however much was forgotten before', () => {
    const journal = new Journal({ ...defaultLimits, journalEntriesMax: 100 });
    for (let version = 1; version <= 5000; version++) {
      journal.append(record(version, 1));
      if (version % 3 === 0) journal.append(record(version, 1));
      journal.trim();
      const since = Math.max(journal.floor, version - 7);
      const told = [...journal.after(since)].map((one) => one.version);
      expect(new Set(told).size).toBe(version - since);
      expect([told[0], told.at(-1)]).toEqual([since + 1, version]);
      expect([...journal.after(version)]).toEqual([]);
    }
  });
});
