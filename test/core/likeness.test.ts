/** Which elements that are neither equal nor beside equal ones count as the same, edited. */
import { describe, expect, it } from 'vitest';

import { ArrayAlignment } from '../../src/core/align.ts';
import { isMostlySame, pairByLikeness } from '../../src/core/likeness.ts';
import type { Value } from '../../src/core/value.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { fewPair } from '../support/few-elements.ts';
import { fingerprint } from '../support/fingerprint.ts';

describe('D3 likeness of two elements', () => {
  const members = (count: number, other: readonly number[] = []): Value =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`m${i}`, other.includes(i) ? -1 : i]),
    );

  it('is to have more than half of the parts in common, at the same places', () => {
    const like = (count: number, other: number[]): boolean =>
      isMostlySame(members(count), members(count, other));
    expect([like(1, []), like(1, [0])]).toEqual([true, false]);
    expect([like(2, []), like(2, [0]), like(2, [1])]).toEqual([true, false, false]);
    expect([like(3, [0]), like(3, [2]), like(3, [0, 1])]).toEqual([true, true, false]);
    expect([like(8, [0, 1, 2]), like(8, [0, 1, 2, 3])]).toEqual([true, false]);
    // From nine parts on every second is looked at, from seventeen on every third.
    expect([like(9, [0, 2]), like(9, [0, 2, 4])]).toEqual([true, false]);
    expect(like(9, [1, 3, 5, 7])).toBe(true);
    expect([like(16, [0, 2, 4]), like(16, [0, 2, 4, 6])]).toEqual([true, false]);
    expect([like(17, [0, 3]), like(17, [0, 3, 6])]).toEqual([true, false]);
    expect(like(17, [1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16])).toBe(true);
  });

  it('is between containers of one kind, with as many parts of the same names', () => {
    expect(isMostlySame(1, 1)).toBe(false);
    expect(isMostlySame(null, null)).toBe(false);
    expect(isMostlySame({ a: 1 }, null)).toBe(false);
    expect(isMostlySame({ a: 1 }, 'a')).toBe(false);
    expect(isMostlySame([1], { 0: 1 })).toBe(false);
    expect(isMostlySame({ 0: 1 }, [1])).toBe(false);
    expect(isMostlySame([], [])).toBe(false);
    expect(isMostlySame([1, 2, 3], [1, 2, 4])).toBe(true);
    expect(isMostlySame([1, 2, 3], [1, 2, 3, 4])).toBe(false);
    expect(isMostlySame({ a: 1, b: 2, c: 3 }, { a: 1, b: 2 })).toBe(false);
    expect(isMostlySame({ a: 1, b: 2, c: 3 }, { a: 1, b: 2, d: 3 })).toBe(false);
    expect(isMostlySame({ a: 1, b: 2, c: 3 }, { a: 1, c: 3, b: 2 })).toBe(false);
    expect(isMostlySame({ a: [1], b: 2, c: 3 }, { a: [1], b: 2, c: 4 })).toBe(true);
  });

  const ANCHOR = 'an element between two gaps';

  /** Sources of the target elements by likeness alone. */
  function byLikeness(base: readonly Value[], target: readonly unknown[], start = 0): number[] {
    const alignment = new ArrayAlignment(base, target, target.length);
    pairByLikeness(alignment, start, base.length, target.length);
    return [...alignment.source];
  }

  /** Whether two elements find each other from both ends of an array, where no gap pairs them. */
  const meet = (one: Value, other: unknown): boolean =>
    byLikeness([one, ANCHOR], [ANCHOR, other])[1] === 0;

  it('is voted for by numbers and texts under the same name, by the bytes they save', () => {
    // Three for a number, two more than its length for a text; four are needed.
    expect(meet({ n: 7, b: true }, { n: 7, b: false })).toBe(false);
    expect(meet({ n: 7, m: 8 }, { n: 7, m: 8, b: false })).toBe(true);
    expect(meet({ n: 7, m: 8 }, { m: 7, n: 8, b: false })).toBe(false);
    expect(meet({ t: 'a' }, { t: 'a', b: 1 })).toBe(false);
    expect(meet({ t: 'ab' }, { t: 'ab', b: 1 })).toBe(true);
    expect(meet([1, 2], [1, 2, 3])).toBe(true);
    expect(meet([1, 2], [2, 1])).toBe(false);
    expect(meet({ a: { t: 'in it' } }, { a: { t: 'in it', u: 1 } })).toBe(true);
    expect(meet({ a: { t: 'in it' } }, { b: { t: 'in it' } })).toBe(false);
    expect(meet({ a: { b: { t: 'too deep' } } }, { a: { b: { t: 'too deep' } } })).toBe(false);
    expect(meet('1234567', '1234567')).toBe(false);
    expect(meet('12345678', '12345678')).toBe(true);
    expect(meet(123456789, 123456789)).toBe(false);
  });

  it('is voted for by 48 parts of an element at most', () => {
    const row = (count: number, last: Value): Value => [...Array<null>(count - 1).fill(null), last];
    expect(meet(row(48, 'the last'), row(48, 'the last'))).toBe(true);
    expect(meet(row(49, 'the last'), row(49, 'the last'))).toBe(false);
  });

  it('has no vote for what more than four elements share', () => {
    const like = (count: number): number[] =>
      byLikeness(
        [...Array.from({ length: count }, (_, i) => ({ text: 'shared', i })), ANCHOR],
        [ANCHOR, { text: 'shared', i: -1 }],
      );
    expect(like(4)).toEqual([4, 0]);
    expect(like(5)).toEqual([5, -1]);
  });

  it('goes to the first of those with most votes, each taken once', () => {
    const base = [{ t: 'one text' }, { t: 'one text' }, { t: 'one text', u: 'more of it' }, 'end'];
    const like = { t: 'one text' };
    expect(byLikeness(base, [0, { t: 'one text', u: 'more of it' }, like, like, like])).toEqual([
      -1, 2, 0, 1, -1,
    ]);
  });

  it('is told by up to 40 units of a text, which are compared up to 256 of them', () => {
    const long = (length: number, end: string): string => `${'x'.repeat(length - 1)}${end}`;
    const numbers = Object.fromEntries(Array.from('nmopqrsuvwxyza', (name, n) => [name, n + 1]));
    const most = (text: string): number =>
      byLikeness([{ t: text }, numbers, null], [true, { t: text, ...numbers }])[1] as number;
    // Fourteen numbers are 42 votes, and so are 40 units: the first one wins a draw.
    expect([most(long(38, 'y')), most(long(39, 'y')), most(long(40, 'y'))]).toEqual([1, 1, 0]);
    expect([most(long(41, 'y')), most(long(400, 'y'))]).toEqual([0, 0]);
    // In the middle of a long text nobody looks.
    const other = `${'x'.repeat(100)}y${'x'.repeat(200)}`;
    expect(meet({ t: other }, { t: 'x'.repeat(301) })).toBe(true);
    expect(meet({ t: other.slice(0, 256) }, { t: 'x'.repeat(256) })).toBe(false);
    expect(meet({ t: other.slice(0, 257) }, { t: 'x'.repeat(257) })).toBe(true);
  });

  it('counts for less than to stand at the same place, for what is like nothing', () => {
    expect(byLikeness([1, 2, 3], [4, 5])).toEqual([0, 1]);
    expect(byLikeness([1, 2], [4, 5, 6])).toEqual([0, 1, -1]);
    expect(byLikeness([1, 'a'], ['b', 2])).toEqual([-1, 0]);
    expect(byLikeness([{}, []], [[], {}])).toEqual([-1, 0]);
    expect(byLikeness([{}, []], [{ a: 1 }, [1]])).toEqual([0, 1]);
    expect(byLikeness([null, null], [null, null])).toEqual([-1, -1]);
    expect(byLikeness([null, 1], [1, 2])).toEqual([-1, -1]);
    expect(byLikeness([1, 2, 3, 4], [9, 9, 9, 9], 2)).toEqual([-1, -1, 2, 3]);
  });

  it('of all that is left is what it was, or is looked at', () => {
    const random = new SeededRandom('likeness');
    const outcomes = Array.from({ length: 3000 }, () => {
      const [base, target] = fewPair(random, 12);
      const start = random.below(3);
      return start > Math.min(base.length, target.length) ? 0 : byLikeness(base, target, start);
    });
    expect(fingerprint(outcomes)).toBe('3000 da0d4623a3bd');
  });
});
