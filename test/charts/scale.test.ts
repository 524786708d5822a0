import { describe, expect, it } from 'vitest';
import type { Axis } from '../../src/charts/chart.ts';
import { type Scale, scaleFor } from '../../src/charts/scale.ts';

const room = { from: 0, to: 1000, ticksMax: 6 };
const scale = (axis: Partial<Axis>, ...values: number[]): Scale =>
  scaleFor({ label: '', unit: 'number', ...axis }, values, room);
const texts = ({ ticks }: Scale): string[] => ticks.map((tick) => tick.text);

describe('a linear axis', () => {
  it('puts a value where it belongs', () => {
    const axis = scale({}, 0, 100);
    expect([axis.at(0), axis.at(25), axis.at(100)]).toEqual([0, 250, 1000]);
    expect(texts(axis)).toEqual(['0', '20', '40', '60', '80', '100']);
  });

  it('reaches down to zero only when asked', () => {
    expect(texts(scale({ fromZero: true }, 90, 100))[0]).toBe('0');
    expect(texts(scale({}, 90, 100))[0]).toBe('90');
    expect(texts(scale({ fromZero: true }, -90, -10)).at(-1)).toBe('0');
  });

  it('has ticks at round times, in one unit', () => {
    expect(texts(scale({ unit: 's' }, 0, 300))).toEqual([
      ...['0', '1 min', '2 min', '3 min', '4 min', '5 min'],
    ]);
    expect(texts(scale({ unit: 'ms' }, 0, 90_000))).toEqual([
      '0',
      '15 s',
      '30 s',
      '45 s',
      '60 s',
      '75 s',
      '90 s',
    ]);
    expect(texts(scale({ unit: 'µs' }, 0, 2000))).toContain('1.5 ms');
  });

  it('never divides what comes in wholes', () => {
    expect(texts(scale({ unit: 'count' }, 0, 2))).toEqual(['0', '1', '2']);
    expect(texts(scale({ unit: 'bytes' }, 0, 1))).toEqual(['0', '1 B']);
  });

  it('has some width when all values are equal, or when there are none', () => {
    for (const values of [[7, 7, 7], [0], [-3], []]) {
      const axis = scale({}, ...values);
      expect(axis.ticks.length).toBeGreaterThan(1);
      for (const value of values) expect(axis.at(value)).toBeGreaterThanOrEqual(0);
    }
  });

  it('has no place for what is no finite number', () => {
    const axis = scale({}, 0, 1, Number.NaN, Number.POSITIVE_INFINITY);
    expect(axis.at(Number.NaN)).toBeUndefined();
    expect(axis.at(Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(axis.at(null)).toBeUndefined();
    expect(axis.at(1)).toBe(1000);
  });

  it('takes the largest numbers there are', () => {
    const axis = scale({}, -Number.MAX_VALUE, Number.MAX_VALUE);
    expect(axis.at(0)).toBe(500);
    expect(axis.at(Number.MAX_VALUE)).toBe(1000);
  });
});

describe('a log axis', () => {
  it('gives every decade the same room', () => {
    const axis = scale({ scale: 'log', unit: 'bytes' }, 1, 10_000);
    expect([1, 10, 100, 1000, 10_000].map((value) => axis.at(value))).toEqual([
      ...[0, 250, 500, 750, 1000].map((at) => expect.closeTo(at, 6) as number),
    ]);
    expect(texts(axis)).toEqual(['1 B', '10 B', '100 B', '1 kB', '10 kB']);
  });

  it('has ticks between the decades when it has few of them', () => {
    expect(texts(scale({ scale: 'log', unit: 'ratio' }, 1, 10))).toEqual(['1×', '2×', '5×', '10×']);
  });

  it('has room below for zeros, and says so', () => {
    const axis = scale({ scale: 'log' }, 0, 1, 100);
    expect(axis.zeroAt).toBe(0);
    expect(axis.at(0)).toBe(0);
    expect(axis.at(1)).toBe(26);
    expect(texts(axis)[0]).toBe('0');
    expect(texts(scale({ scale: 'log' }, -4, 1, 100))[0]).toBe('≤ 0');
  });

  it('has a decade or more when all values are equal, zero or missing', () => {
    for (const values of [[7, 7], [10], [0, 0], []]) {
      expect(scale({ scale: 'log' }, ...values).ticks.length).toBeGreaterThan(1);
    }
  });

  it('takes numbers of every size with no more ticks than it has room for', () => {
    const axis = scale({ scale: 'log' }, 5e-324, Number.MAX_VALUE);
    expect(axis.at(5e-324)).toBe(0);
    expect(axis.at(Number.MAX_VALUE)).toBe(1000);
    expect(axis.ticks.length).toBeLessThanOrEqual(room.ticksMax);
  });
});
