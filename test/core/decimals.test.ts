/** Numbers as whole numbers of their last decimal place, and names that count as indexes. */
import { describe, expect, it } from 'vitest';

import {
  decimalScale,
  mantissaAt,
  numberLength,
  unzigzag,
  zigzag,
} from '../../src/core/decimal.ts';
import { diffNumber } from '../../src/core/diff-number.ts';
import { inEngineOrder, isIndexName } from '../../src/core/engine-order.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { fingerprint } from '../support/fingerprint.ts';

const EDGES = [0, 1, 63, 64, 65, 127, 128, 8191, 8192, 2 ** 31, 2 ** 49, 2 ** 50, 2 ** 51, 2 ** 53]
  .flatMap((n) => [n - 1, n, n + 1])
  .flatMap((n) => [n, -n, n / 10, -n / 100, n / 8, n / 1e15])
  .concat([5e-324, 1e300, 0.1 + 0.2, 1 / 3, 2 ** 53 + 2, 1e21]);

describe('D6 decimals of a number', () => {
  it.each([
    [0, 0, 0],
    [-7, 0, -7],
    [2 ** 53 - 1, 0, 2 ** 53 - 1],
    [2 ** 53, -1, Number.NaN],
    [0.5, 1, 5],
    [-0.25, 2, -25],
    [1e-15, 15, 1],
    [1e-16, -1, Number.NaN],
    [0.1 + 0.2, -1, Number.NaN],
    [1234.56, 2, 123_456],
    [9_007_199_254_740.99, 2, 900_719_925_474_099],
    [1 / 3, -1, Number.NaN],
    [5e-324, -1, Number.NaN],
  ])('of %d are %d, and make %d', (number, scale, mantissa) => {
    expect(decimalScale(number)).toBe(scale);
    expect(mantissaAt(number, Math.max(0, scale))).toBe(mantissa);
  });

  it('are none where there are more than asked for', () => {
    expect([mantissaAt(0.25, 1), mantissaAt(0.25, 2), mantissaAt(0.25, 3)]).toEqual([
      ...[Number.NaN, 25, 250],
    ]);
    expect(mantissaAt(2 ** 52 + 0.5, 1)).toBeNaN();
  });

  it('are the fewest, whether one looks at each scale or far out first', () => {
    const random = new SeededRandom(61);
    const oneByOne = (x: number): number => {
      for (let scale = 0; scale <= 15; scale++)
        if (!Number.isNaN(mantissaAt(x, scale))) return scale;
      return -1;
    };
    const drawn = Array.from({ length: 20_000 }, (_, i) => {
      const mantissa = Math.floor(random.float() * 2 ** (1 + (i % 53)));
      return [mantissa / 10 ** random.below(18), mantissa / 2 ** random.below(50)];
    });
    for (const x of [...EDGES, ...drawn.flat()]) {
      expect([x, decimalScale(x)]).toEqual([x, oneByOne(x)]);
      expect([x, numberLength(x)]).toEqual([x, String(x).length]);
      expect([x, numberLength(-x)]).toEqual([x, String(-x).length]);
    }
  });

  it('fold signs into whole numbers and back', () => {
    expect([0, -1, 1, -2, 2, -3].map(zigzag)).toEqual([0, 1, 2, 3, 4, 5]);
    for (let z = 0; z < 300; z++) expect(zigzag(unzigzag(z))).toBe(z);
  });
});

describe('D6 the step from one number to another', () => {
  it.each<[number, number, string]>([
    [100, 101, '+1'],
    [101, 100, '-1'],
    [1.25, 1.5, '+25'],
    [1.5, 1.25, 'set'],
    [1, 1.5, 'set'],
    [100, 100.5, '+5 at 1'],
    [5000, 63, 'set'],
    [5000, 64, 'set'],
    [63, 64, '+1'],
    [64, 63, 'set'],
    [-1, -2, '-1'],
    [-2, -1, '+1'],
    [1000, -1000, '-2000'],
    [0, 200, '+200'],
    [128, 160, '+32'],
    [129, 160, '+31'],
    [1000, 1032, '+32'],
    [1, 1, 'equal'],
    [10.5, 10.25, '-25 at 2'],
    [0.1 + 0.2, 0.5, 'set'],
    [0.5, 0.1 + 0.2, 'set'],
  ])('%d to %d is %s', (base, target, expected) => {
    const op = diffNumber(base, target);
    const step = (delta: number, scale: number | undefined): string =>
      `${delta > 0 ? '+' : ''}${delta}${scale === undefined ? '' : ` at ${scale}`}`;
    const shown =
      op === undefined ? 'equal' : op.kind === 'number' ? step(op.delta, op.scale) : 'set';
    expect(shown).toBe(expected);
  });

  it('is what it was between all numbers at an edge, or is looked at', () => {
    const random = new SeededRandom('numbers');
    const outcomes: unknown[] = [];
    for (const base of EDGES) {
      for (const target of EDGES) outcomes.push(diffNumber(base, target) ?? 0);
      outcomes.push([decimalScale(base), mantissaAt(base, random.below(16))]);
      for (const step of [1, -1, 31, 32, -32, 33, 63, 64, 2 ** 13, 2 ** 50, 2 ** 50 + 1, 0.01]) {
        outcomes.push(diffNumber(base, base + step) ?? 0);
      }
    }
    expect(fingerprint(outcomes)).toBe('69918 355dc4c99cc7');
  });
});

describe('P23 names that the engine takes for indexes', () => {
  const NAMES = [
    ...[
      '',
      '0',
      '1',
      '9',
      '10',
      '00',
      '01',
      '-1',
      '-0',
      '1.0',
      '1e3',
      ' 1',
      '1 ',
      '+1',
      '0x1',
      ':',
    ],
    ...['/', 'a', '4294967293', '4294967294', '4294967295', '4294967296', '9999999999'],
    ...['999999999', '1000000000', '10000000000', '42949672940', '１', '5e0', '123456789'],
  ];

  it('are those that it puts first', () => {
    for (const name of NAMES) {
      const names = Object.keys({ first: 1, [name]: 2 });
      expect([name, isIndexName(name)]).toEqual([name, names[0] === name]);
    }
  });

  it('stand in the order in which it shows them, or are refused', () => {
    for (const a of NAMES) {
      for (const b of NAMES) {
        for (const c of ['x', '5', '4294967294']) {
          const order = [...new Set([a, b, c])];
          const shown = Object.keys(Object.fromEntries(order.map((name) => [name, 1])));
          expect([order, inEngineOrder(order)]).toEqual([order, shown.join() === order.join()]);
        }
      }
    }
  });
});
