/** What the hash looks at by which equal elements are found, and what it leaves out. */
import { describe, expect, it } from 'vitest';

import { roughHash } from '../../src/core/rough-hash.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { fewElements } from '../support/few-elements.ts';
import { fingerprint } from '../support/fingerprint.ts';

describe('D3 the rough hash by which elements are found', () => {
  const same = (a: unknown, b: unknown): boolean => roughHash(a) === roughHash(b);

  it('is of the first 48 leaves and containers', () => {
    const row = (place: number): number[] => Array.from({ length: 60 }, (_, i) => +(i === place));
    expect([same(row(45), row(-1)), same(row(46), row(-1))]).toEqual([false, false]);
    expect([same(row(47), row(-1)), same(row(50), row(-1))]).toEqual([true, true]);
    const members = (place: number): unknown => Object.assign({}, row(place));
    expect([same(members(46), members(-1)), same(members(47), members(-1))]).toEqual([false, true]);
  });

  it('is of five levels', () => {
    expect(same([[[[[[1]]]]]], [[[[[[2]]]]]])).toBe(true);
    expect(same([[[[[1]]]]], [[[[[2]]]]])).toBe(false);
    expect(same({ a: [{ a: [{ a: { a: 1 } }] }] }, { a: [{ a: [{ a: { a: 2 } }] }] })).toBe(true);
    expect(same({ a: [{ a: [{ a: 1 }] }] }, { a: [{ a: [{ a: 2 }] }] })).toBe(false);
  });

  it('is of 24 units at either end of a text, and of its length', () => {
    const text = (place: number, length = 60): string =>
      `${'x'.repeat(place)}y${'x'.repeat(length - 1 - place)}`;
    const plain = 'x'.repeat(60);
    expect([same(text(0), plain), same(text(23), plain), same(text(24), plain)]).toEqual([
      false,
      false,
      true,
    ]);
    expect([same(text(35), plain), same(text(36), plain), same(text(59), plain)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(same(plain, `${plain}x`)).toBe(false);
    for (let place = 0; place < 48; place++)
      expect(same(text(place, 48), 'x'.repeat(48))).toBe(false);
    expect(same(text(24, 49), 'x'.repeat(49))).toBe(true);
  });

  it('is of values alone: no names, and nothing undefined', () => {
    expect(same({ a: 1, b: 2 }, { c: 1, d: 2 })).toBe(true);
    expect(same({ a: 1, b: undefined, c: 2 }, { a: 1, c: 2 })).toBe(true);
    expect(same({ a: 1, b: 2 }, { a: 2, b: 1 })).toBe(false);
    expect(same(-0, 0)).toBe(true);
  });

  it('is what it was, or is looked at', () => {
    const long = 'y'.repeat(2 ** 23);
    const values: unknown[] = [
      ...[
        null,
        true,
        false,
        undefined,
        0,
        1,
        -1,
        1.5,
        2 ** 31,
        2 ** 31 - 1,
        -(2 ** 31),
        Number.NaN,
      ],
      ...[
        '',
        'a',
        'b',
        'ab',
        'ba',
        'é',
        '東京',
        [],
        {},
        [[]],
        [{}],
        [0],
        ['0'],
        { a: [1, { b: 2 }] },
      ],
      ...[`x${long}${long.slice(2)}z`, `x${long}${long.slice(1)}z`, `z${long}${long.slice(1)}x`],
    ];
    const random = new SeededRandom('hashes');
    for (let i = 0; i < 500; i++) values.push(fewElements(random, 7));
    expect(fingerprint(values.map(roughHash))).toBe('529 a22cb288f8d8');
  });
});
