/** What is remembered of the names of objects: a few shapes, each of a bounded size. */
import { describe, expect, it } from 'vitest';

import { nameHashesOf } from '../../src/core/name-hashes.ts';

/** Whether a shape is remembered: each time it is asked for with a list of its own. */
const isKept = (names: readonly string[]): boolean =>
  nameHashesOf([...names]) === nameHashesOf([...names]);

const rising = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i}`);

describe('G1 the names of a shape', () => {
  it('are hashed once, whichever other shape was met meanwhile', () => {
    const shapes = [['id', 'name'], ['id'], ['lat', 'lon', 'id'], ['x'.repeat(20), 'y']];
    const first = shapes.map((names) => nameHashesOf(names));
    const again = shapes.map((names) => nameHashesOf([...names]));
    for (const [i, hashes] of again.entries()) expect(hashes).toBe(first[i]);
    expect(new Set(first).size).toBe(shapes.length);
  });

  it('are those of just this list', () => {
    const { words } = nameHashesOf(['aa', 'bb', 'cc']);
    const others = [
      ['aa', 'bd', 'cc'],
      ['bb', 'aa', 'cc'],
      ['aa', 'bb', 'cd'],
    ];
    for (const names of others) expect(nameHashesOf(names).words).not.toEqual(words);
    // As many as fall into the same place, of another number.
    expect(nameHashesOf(['aa']).words).toEqual(words.slice(0, 2));
    expect(nameHashesOf([])).toEqual({ names: [], words: [], sumLo: 0, sumHi: 0 });
  });

  it('are remembered up to 64 of them, and up to 1,024 units together', () => {
    expect([63, 64, 65].map((count) => isKept(rising(count)))).toEqual([true, true, false]);
    const long = [1022, 1023, 1024].map((length) => isKept(['x'.repeat(length), 'y']));
    expect(long).toEqual([true, true, false]);
    expect(isKept([])).toBe(false);
  });

  it('are forgotten for those of others, so that only some shapes are remembered', () => {
    const first = nameHashesOf(['some', 'names']);
    expect(nameHashesOf(['some', 'names'])).toBe(first);
    for (let length = 1; length < 200; length++) nameHashesOf(['x'.repeat(length), 'other']);
    const later = nameHashesOf(['some', 'names']);
    expect(later).not.toBe(first);
    expect(later).toEqual(first);
  });
});
