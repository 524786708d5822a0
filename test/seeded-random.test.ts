import { describe, expect, it } from 'vitest';

import { SeededRandom } from '../src/testing/seeded-random.ts';

describe('SeededRandom', () => {
  it('is xoshiro128** 1.1', () => {
    const random = new SeededRandom([1, 2, 3, 4]);
    const draws = Array.from({ length: 10 }, () => random.next());
    expect(draws).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ]);
    expect(() => new SeededRandom([0, 0, 0, 0])).toThrow(RangeError);
  });

  it('has forks that depend on seed and label only', () => {
    const fresh = new SeededRandom('s');
    const used = new SeededRandom('s');
    used.next();
    expect(used.fork('a').next()).toBe(fresh.fork('a').next());
    const firsts = [
      fresh,
      fresh.fork(''),
      fresh.fork('a'),
      fresh.fork('b'),
      fresh.fork('ab'),
      fresh.fork('a').fork('b'),
      new SeededRandom('t').fork('a'),
    ].map((random) => random.next());
    expect(new Set(firsts).size).toBe(firsts.length);
    expect(new SeededRandom(7).next()).toBe(new SeededRandom('7').next());
  });

  it('draws within its ranges and with the right means', () => {
    const random = new SeededRandom(3);
    const count = 20_000;
    const mean = (draw: () => number): number => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += draw();
      return sum / count;
    };
    expect(mean(() => random.float())).toBeCloseTo(0.5, 1);
    expect(mean(() => random.below(7))).toBeCloseTo(3, 0);
    expect(mean(() => Number(random.chance(0.25)))).toBeCloseTo(0.25, 1);
    expect(mean(() => random.exponential(1))).toBeCloseTo(1, 1);
    expect(mean(() => random.exponential(1) ** 2)).toBeCloseTo(2, 0);
    expect([random.chance(0), random.chance(1), random.below(1)]).toEqual([false, true, 0]);
    expect(random.below(2 ** 32)).toBeLessThan(2 ** 32);
    expect(['a', 'b']).toContain(random.pick(['a', 'b']));
    expect(() => random.below(0)).toThrow(RangeError);
    expect(() => random.below(1.5)).toThrow(RangeError);
    expect(() => random.pick([])).toThrow(RangeError);
  });
});
