import { describe, expect, it } from 'vitest';

import { suggestion } from '../../src/core/suggestion.ts';

const NAMES = ['heartbeat', 'codec', 'name', 'limits', 'dashboard', 'replicas'];

describe('A suggestion for a misspelt name', () => {
  it.each([
    ['hartbeat', 'heartbeat'], // one left out
    ['heartbeatt', 'heartbeat'], // one too many
    ['haertbeat', 'heartbeat'], // two swapped: one mistake
    ['Codec', 'codec'], // another case
    ['kodek', undefined], // two mistakes in five letters
    ['codek', 'codec'],
    ['dash', 'dashboard'], // the beginning of one
    ['da', undefined], // too little of it
    ['nmae', 'name'],
    ['neam', undefined],
    ['limmitss', 'limits'], // two mistakes in eight letters
    ['repilcasa', 'replicas'], // a swap and one too many in nine
    ['xyzzy', undefined],
    ['', undefined],
  ])('"%s" means %s', (wrong, meant) => {
    expect(suggestion(wrong, NAMES)).toBe(meant);
  });

  it('is the nearest, and of equals the first', () => {
    expect(suggestion('seed', ['speed', 'seeds'])).toBe('seeds');
    expect(suggestion('cat', ['car', 'bat'])).toBe('car');
    expect(suggestion('bat', ['car', 'bats', 'cat'])).toBe('bats');
  });
});

/** What it takes to make one word of another, found by trying every one-step change. */
function stepsBetween(from: string, to: string, most: number): number {
  const letters = [...new Set(to)];
  let words = new Map([[from, 0]]);
  for (let steps = 0; steps <= most; steps++) {
    if (words.has(to)) return steps;
    const next = new Map<string, number>();
    for (const [word, from_] of words) {
      // What stands before this place is done: no letter is changed twice.
      for (let at = from_; at <= word.length; at++) {
        const [head, rest] = [word.slice(0, at), word.slice(at)];
        const made: [string, number][] = [[head + rest.slice(1), at]];
        for (const letter of letters) {
          made.push([head + letter + rest, at + 1], [head + letter + rest.slice(1), at + 1]);
        }
        if (rest.length > 1) {
          made.push([head + (rest[1] ?? '') + (rest[0] ?? '') + rest.slice(2), at + 2]);
        }
        for (const [one, done] of made) {
          next.set(one, Math.min(next.get(one) ?? Number.POSITIVE_INFINITY, done));
        }
      }
    }
    words = next;
  }
  return most + 1;
}

describe('A mistake in a name', () => {
  const words = (length: number): string[] =>
    length === 0 ? [''] : words(length - 1).flatMap((word) => ['a', 'b', 'c'].map((x) => x + word));

  it('is one letter left out, put in, replaced or swapped with the next', () => {
    for (const name of ['abca', 'cab', 'bbac', 'aabbcc']) {
      for (const wrong of [1, 2, 3, 4, 5, 6].flatMap((length) => words(length).slice(0, 90))) {
        if (wrong.length >= 3 && name.startsWith(wrong)) continue;
        const most = Math.max(1, Math.floor(wrong.length / 3));
        const meant = stepsBetween(wrong, name, most) <= most ? name : undefined;
        expect([wrong, suggestion(wrong, [name])]).toEqual([wrong, meant]);
      }
    }
  });

  it('is one in up to five letters, two from six, three from nine', () => {
    const found = (length: number, mistakes: number): boolean => {
      const name = 'abcdefghijklmno'.slice(0, length);
      const wrong = `${'z'.repeat(mistakes)}${name.slice(mistakes)}`;
      return suggestion(wrong, [name]) === name;
    };
    expect(
      [2, 3, 5, 6, 8, 9, 11, 12].map(
        (length) => [1, 2, 3, 4, 5].filter((n) => found(length, n)).length,
      ),
    ).toEqual([...[1, 1, 1, 2, 2, 3, 3, 4]]);
  });
});
