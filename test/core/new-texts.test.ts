/** Which new parts a writer looks for in the base, and what that look costs. */
import { describe, expect, it } from 'vitest';

import { Differ } from '../../src/core/diff.ts';
import { valueDigest, weightOf } from '../../src/core/digest.ts';
import { isWorthQuoting, NewTexts, quotingUnits } from '../../src/core/new-texts.ts';
import type { Op } from '../../src/core/op.ts';
import { BASE_UNITS_MAX } from '../../src/core/quote-coder.ts';
import type { Value } from '../../src/core/value.ts';

describe('P25 what is worth a look for quotes', () => {
  const set = (value: Value): Op => ({ kind: 'set', value });
  const worth = (op: Op, base: Value = null, unitsMax = 655_360): boolean =>
    isWorthQuoting(base, op, unitsMax);

  /** As a cache holds it: with a digest, and so with a weight. */
  function held(value: unknown): Value {
    const own = new Differ('copy', true).take(value);
    valueDigest(own);
    return own;
  }

  /** The fewest repetitions for which an op is worth it. */
  function least(make: (count: number) => Op): number {
    let count = 0;
    while (!worth(make(count))) count++;
    return count;
  }

  /** The most repetitions for which a base is. */
  function most(op: Op, make: (count: number) => Value): number {
    let [low, high] = [0, 600_000];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (worth(op, make(middle))) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  it('is an op that brings 64 units or more, as JSON about has them', () => {
    const adds = (count: number, name: string, value: Value): Op => ({
      kind: 'object',
      edits: Array.from({ length: count }, () => ({ kind: 'add', keep: 0, name, value })),
    });
    const splice = (insert: string): Op => ({
      kind: 'text',
      splices: [{ keep: 0, drop: 0, insert }],
    });
    expect([
      least((n) => set('x'.repeat(n))),
      least((n) => set(Array<number>(n).fill(1))),
      least((n) => set(Array<null>(n).fill(null))),
      least((n) => set(['x'.repeat(n)])),
      least((n) => set([['x'.repeat(n)]])),
      least((n) => set({ ['x'.repeat(n)]: 1 })),
      least((n) =>
        set(
          Object.fromEntries(
            Array.from({ length: n }, (_, i) => [`${i % 10}${i}`.slice(-2), true]),
          ),
        ),
      ),
      least((n) => splice('x'.repeat(n))),
      least((n) => ({
        kind: 'text',
        splices: [splice('x'.repeat(9)), splice('x'.repeat(n))].flatMap((op) =>
          op.kind === 'text' ? op.splices : [],
        ),
      })),
      least((n) => adds(n, 'name', 12)),
      least((n) => adds(n, '', 'x')),
      least((n) => ({
        kind: 'array',
        edits: [{ kind: 'change', keep: 0, op: splice('x'.repeat(n)) }],
      })),
      least((n) => ({
        kind: 'array',
        edits: [{ kind: 'take', keep: 0, from: 0, op: splice('x'.repeat(n)) }],
      })),
    ]).toEqual([62, 13, 13, 59, 56, 54, 7, 64, 55, 8, 22, 64, 64]);
    expect(worth({ kind: 'number', scale: undefined, delta: 1 })).toBe(false);
    const idle: Op = {
      kind: 'array',
      edits: [
        { kind: 'drop', keep: 0, count: 9 },
        { kind: 'take', keep: 0, from: 1, op: undefined },
      ],
    };
    expect(worth(idle)).toBe(false);
  });

  it('is fewer units than may be spent, and than one patch may tell', () => {
    expect([worth(set('x'.repeat(97)), null, 100), worth(set('x'.repeat(98)), null, 100)]).toEqual([
      true,
      false,
    ]);
    expect(worth(set('x'.repeat(524_285)))).toBe(true);
    expect(worth(set('x'.repeat(524_286)))).toBe(false);
    expect(worth(set(Array<number>(104_857).fill(1)))).toBe(true);
    expect(worth(set(Array<number>(104_858).fill(1)))).toBe(false);
  });

  it('is beside a base of less than 8,192 units for each new one', () => {
    const op = set('x'.repeat(62));
    expect(most(op, (n) => 'x'.repeat(n))).toBe(64 * 8192 - 3);
    expect(most(op, (n) => Array<number>(n).fill(1))).toBe(104857);
    expect(most(op, (n) => ['x'.repeat(n)])).toBe(524282);
    expect(most(op, (n) => ({ name: 'x'.repeat(n) }))).toBe(524275);
    expect(most(op, (n) => ({ [`name${'x'.repeat(n)}`]: null }))).toBe(524273);
    expect(most(op, (n) => [['x'.repeat(n)], {}, []])).toBe(524273);
    // Of many parts a few are looked at.
    const counted = [11, 12, 13, 23, 24, 25, 36].map((count) => {
      const rows = (n: number): Value =>
        Array.from({ length: count }, (_, i) => 'x'.repeat(i % 2 === 0 ? n : 1));
      return most(op, rows);
    });
    expect(counted).toEqual([87_374, 87_373, 74_891, 43_683, 21_842, 20_968, 29_119]);
    // A guess may be twice what is true.
    expect(worth(set('x'.repeat(2000)), 'x'.repeat(2 * BASE_UNITS_MAX - 3))).toBe(true);
    expect(worth(set('x'.repeat(2000)), 'x'.repeat(2 * BASE_UNITS_MAX - 2))).toBe(false);
  });

  it('goes by the weight of an own base, which one large part does not mislead', () => {
    const rows = Array.from({ length: 2400 }, (_, i) => [i % 200 === 0 ? 'x'.repeat(9000) : i]);
    const op = set('x'.repeat(62));
    expect(worth(op, rows)).toBe(false);
    const own = held(rows);
    expect([weightOf(own), JSON.stringify(own).length]).toEqual([11_545, 123_674]);
    expect(worth(op, own)).toBe(true);
    expect(worth(op, held(Array<number>(43_689).fill(1)))).toBe(true);
    expect(worth(op, held(Array<number>(43_690).fill(1)))).toBe(false);
  });

  it('costs its units, a quarter of those learned from and a bit for those looked through', () => {
    expect([0, 64, 2048, 4096].map((n) => quotingUnits('x'.repeat(n)))).toEqual([0, 17, 544, 576]);
    const texts = new NewTexts();
    texts.value({ a: 1 });
    texts.insert('a "text"');
    texts.add('object', [
      { kind: 'add', keep: 0, name: 'n"', value: [1] },
      { kind: 'add', keep: 0, name: 'm', value: 2 },
    ]);
    texts.add('array', [{ kind: 'add', keep: 0, name: '', value: [1] }]);
    expect(texts.texts).toEqual(['{"a":1}', 'a \\"text\\"', '"n\\"":[1],"m":2', '[1]']);
    expect(texts.units).toBe(7 + 10 + 15 + 3 + 4);
  });

  it('goes together where it is added side by side', () => {
    const add = (keep: number) => ({ kind: 'add', keep, name: '', value: 1 }) as const;
    const edits = [
      add(3),
      add(0),
      add(0),
      add(1),
      { kind: 'drop', keep: 0, count: 1 } as const,
      add(0),
    ];
    const texts = new NewTexts();
    expect(edits.map((_, at) => texts.addsAtOnce(edits, at))).toEqual([3, 2, 1, 1, 1, 1]);
  });
});
