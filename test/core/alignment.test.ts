/** Which element of an array comes from which, and at what limits of the search that changes. */
import { describe, expect, it } from 'vitest';

import { ArrayAlignment, commonEnds } from '../../src/core/align.ts';
import { editsOf } from '../../src/core/sequence.ts';
import type { Value } from '../../src/core/value.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { fewPair } from '../support/few-elements.ts';
import { fingerprint } from '../support/fingerprint.ts';

function aligned(base: readonly Value[], target: readonly unknown[]): ArrayAlignment {
  const alignment = new ArrayAlignment(base, target, target.length);
  alignment.run(commonEnds(base, target, target.length));
  return alignment;
}

/** For each target element its source; `=` after it where the two are known to be equal. */
function sources(base: readonly Value[], target: readonly unknown[]): string {
  const { source, equal } = aligned(base, target);
  return Array.from(source, (from, i) => `${from}${equal[i] === 1 ? '=' : ''}`).join(' ');
}

/** What an alignment says, and whether it says the same about the base. */
function outcome(base: readonly Value[], target: readonly unknown[]): unknown {
  const { source, equal, used } = aligned(base, target);
  const marked = Array.from(used, (_, i) => (source.includes(i) ? 1 : 0));
  expect([...used]).toEqual(marked);
  return [[...source], [...equal]];
}

const units = (text: string): Value[] => text.split('');

describe('D3 the alignment of two arrays', () => {
  it.each([
    ['abcdefgh', 'abcXdefgh', '0= 1= 2= -1 3= 4= 5= 6= 7='],
    ['abcdefgh', 'abcefgh', '0= 1= 2= 4= 5= 6= 7='],
    ['abcdefgh', 'ab', '0= 1='],
    ['ab', 'abcd', '0= 1= -1 -1'],
    ['ab', 'cdab', '-1 -1 0= 1='],
    ['', 'ab', '-1 -1'],
    ['ab', '', ''],
    ['aaa', 'aaaaa', '0= 1= 2= -1 -1'],
    ['abcab', 'abab', '0= 1= 3= 4='],
    ['xabcdy', 'zdcbaw', '0 4= 3= 2= 1= -1'],
    ['abcdef', 'bcdefa', '1= 2= 3= 4= 5= -1'],
    ['abcdefghij', 'efghijabcd', '4= 5= 6= 7= 8= 9= -1 -1 -1 -1'],
    ['abcdefghijk', 'fghijkabcde', '5= 6= 7= 8= 9= 10= 0= 1= 2= 3= 4='],
  ])('of %j and %j', (base, target, expected) => {
    expect(sources(units(base), units(target))).toBe(expected);
  });

  it('finds the ends that both have, once', () => {
    const ends = (base: string, target: string): string => {
      const { head, tail } = commonEnds(units(base), units(target), target.length);
      return `${head} ${tail}`;
    };
    expect(ends('', '')).toBe('0 0');
    expect(ends('', 'ab')).toBe('0 0');
    expect(ends('abc', 'abc')).toBe('3 0');
    expect(ends('abc', 'abcabc')).toBe('3 0');
    expect(ends('aXa', 'aYa')).toBe('1 1');
    expect(ends('aaa', 'aa')).toBe('2 0');
    expect(ends('xaa', 'yaa')).toBe('0 2');
    expect(ends('aax', 'aay')).toBe('2 0');
  });

  it('D4 compares no element of which all others are the very same', () => {
    let looks = 0;
    const watched = new Proxy({ a: 1 }, { ownKeys: () => (looks++, ['a']) });
    const base = [1, { a: 1 }, 3];
    expect(commonEnds(base, [1, watched, 3], 3)).toEqual({ head: 1, tail: 1 });
    expect(looks).toBe(0);
    expect(commonEnds(base, [1, watched, 4], 3)).toEqual({ head: 2, tail: 0 });
    expect(looks).toBeGreaterThan(0);
  });

  it('looks four elements ahead on either side, and pairs as many that were edited', () => {
    // Elements that no vote can tell: of what stands between, only the place says what it was.
    const odd = (i: number, edited = false): Value => ({ i: 4 * i, on: true, off: !edited });
    const rest = Array.from({ length: 6 }, (_, i) => `stays ${i}`);
    const between = (count: number, edited: boolean): Value[] => [
      ...rest,
      ...Array.from({ length: count }, (_, i) => odd(i, edited)),
      ...rest.map((text) => `${text} too`),
      edited,
    ];
    const seen = [3, 4, 5].map((count) =>
      sources(between(count, false), between(count, true))
        .split(' ')
        .slice(6, 6 + count),
    );
    expect(seen).toEqual([
      ['6', '7', '8'],
      ['6', '7', '8', '9'],
      ['6', '7', '8', '9', '10'],
    ]);
  });

  it('is what it was for arrays of all kinds, or is looked at', () => {
    const random = new SeededRandom('alignments');
    const outcomes = Array.from({ length: 6000 }, (_, i) =>
      outcome(...fewPair(random, 6 + (i % 30))),
    );
    expect(fingerprint(outcomes)).toBe('6000 0d5141e679a8');
  });

  it('is what it was where elements repeat, so that only their neighbours tell them apart', () => {
    const random = new SeededRandom('repeated');
    const outcomes = Array.from({ length: 5000 }, () => {
      const kinds = 2 + random.below(5);
      // A truth value has no vote, and two members of three are most of them.
      const make = (): Value => ({ n: random.below(kinds), on: true, off: true });
      const base = Array.from({ length: 4 + random.below(24) }, make);
      const next = structuredClone(base);
      for (let left = 1 + random.below(4); left > 0; left--) {
        const at = random.below(next.length + 1);
        const fresh = Array.from({ length: random.below(6) }, make);
        next.splice(at, random.below(3) === 0 ? fresh.length : random.below(6), ...fresh);
      }
      return outcome(base, next);
    });
    expect(fingerprint(outcomes)).toBe('5000 6461ee532b22');
  });

  it('is what it was for all short arrays of few elements, or is looked at', () => {
    const outcomes: unknown[] = [];
    const all = (length: number, of: string): Value[][] =>
      length === 0
        ? [[]]
        : all(length - 1, of).flatMap((one) => Array.from(of, (x) => [...one, x]));
    for (const base of all(4, 'ab')) {
      for (let length = 0; length < 6; length++) {
        for (const target of all(length, 'abc')) outcomes.push(outcome(base, target));
      }
    }
    expect(fingerprint(outcomes)).toBe('5824 661850c38a8b');
  });
});

describe('D3 edits of an alignment', () => {
  it('move as few parts as can be, for any order of any of them', () => {
    const outcomes: unknown[] = [];
    const orders = (left: readonly number[], most: number): number[][] => {
      if (most === 0) return [[]];
      const longer = left.flatMap((first) => {
        const rest = left.filter((one) => one !== first || one < 0);
        return orders(rest, most - 1).map((more) => [first].concat(more));
      });
      return [[], ...longer];
    };
    for (const source of orders([-1, 0, 1, 2, 3, 4], 5)) {
      const edits = editsOf(5, {
        source: Int32Array.from(source),
        op: (i) => (source[i] === 2 ? { kind: 'set', value: i } : undefined),
        add: (i) => ({ name: `n${i}`, value: i }),
      });
      outcomes.push(edits);
    }
    expect(fingerprint(outcomes)).toBe('2221 3ff4a3fad2fe');
  });
});
