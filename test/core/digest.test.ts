import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { applyOp } from '../../src/core/apply.ts';
import { Differ } from '../../src/core/diff.ts';
import { digestAfter, digestText, valueDigest, weightOf } from '../../src/core/digest.ts';
import { digestOf, Patch } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import {
  depthOf,
  edgeNames,
  edgeNumbers,
  edgeTexts,
  histories,
  pairs,
  runs,
  soakTimeoutMs,
  values,
} from '../support/arbitrary-values.ts';
import { digestOf as plainDigestOf } from '../support/page-digest.mjs';

/** Digest of a value nobody has seen: no memo can help or harm. */
function fresh(value: Value): string {
  return digestText(valueDigest(structuredClone(value)));
}

/** Its weight as well, which no number of changes may shift. */
function freshWithWeight(value: Value): [string, number] {
  const copy = structuredClone(value);
  return [digestText(valueDigest(copy)), weightOf(copy)];
}

/** A value with company, so that it is heavy enough for the digest to be remembered. */
function heavy(value: Value): Value {
  const company = Array.from({ length: 30 }, (_, i) => i);
  return { company, more: { company, value }, list: [company, value, ...company] };
}

describe('the digest', () => {
  it(
    'G1 G3 after a chain of updates is that of the value alone, at the producer',
    () => {
      fc.assert(
        fc.property(histories, fc.boolean(), (history, withCompany) => {
          const differ = new Differ('copy', true);
          const shallow = history.every((value) => depthOf(value) <= 120);
          const steps = withCompany && shallow ? history.map(heavy) : history;
          let own = differ.take(steps[0]);
          expect(digestText(valueDigest(own))).toBe(fresh(own));
          for (const target of steps.slice(1)) {
            const op = differ.diff(own, target);
            const { next } = differ;
            const digest = digestText(digestAfter(own, next, op));
            expect([digest, weightOf(next)]).toEqual(freshWithWeight(next));
            own = next;
          }
        }),
        runs(400),
      );
    },
    soakTimeoutMs,
  );

  it(
    'G1 G3 after a chain of patches is that of the value alone, at a consumer',
    () => {
      fc.assert(
        fc.property(histories, fc.boolean(), (history, withCompany) => {
          const differ = new Differ('copy', true);
          const shallow = history.every((value) => depthOf(value) <= 120);
          const steps = withCompany && shallow ? history.map(heavy) : history;
          let theirs = differ.take(steps[0]);
          let ours = differ.take(structuredClone(steps[0]));
          valueDigest(ours);
          for (const target of steps.slice(1)) {
            const op = differ.diff(theirs, target);
            theirs = differ.next;
            if (op === undefined) continue;
            const received = Patch.decode(new Patch(op).encode()).op;
            if (received === undefined) throw new Error('an op was lost');
            const next = applyOp(ours, received);
            const digest = digestText(digestAfter(ours, next, received));
            expect([digest, weightOf(next)]).toEqual(freshWithWeight(theirs));
            ours = next;
          }
        }),
        runs(400),
      );
    },
    soakTimeoutMs,
  );

  it(
    'G2 differs where anything differs',
    () => {
      fc.assert(
        fc.property(pairs, ([a, b]) => {
          expect(digestOf(a) === digestOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
        }),
        runs(1200),
      );
    },
    soakTimeoutMs,
  );

  it('G1 V2 V4 is the same with -0 for 0 and without members that are undefined', () => {
    expect(digestOf({ a: -0, b: undefined })).toBe(digestOf({ a: 0 }));
  });

  it('G2 tells all edge values, types and shapes apart', () => {
    const all = new Map<string, string>();
    const add = (value: Value): void => {
      const text = JSON.stringify(value);
      const digest = digestOf(value);
      expect(all.get(digest) ?? text, `${text} collides`).toBe(text);
      all.set(digest, text);
    };
    const scalars: Value[] = [null, true, false, ...edgeNumbers, ...edgeTexts];
    for (const scalar of scalars) {
      for (const value of [scalar, JSON.stringify(scalar), [scalar], [[scalar]], [scalar, scalar]])
        add(value);
      for (const name of edgeNames) add(Object.fromEntries([[name, scalar]]));
    }
    for (let n = -3000; n < 3000; n++) {
      for (const value of [n, n / 8, String(n), [n], [n, 0], [0, n], { n }]) add(value);
    }
    for (let n = 0; n < 300; n++) add(Array.from({ length: n }, () => 0));
    expect(all.size).toBeGreaterThan(40_000);
  });

  it('G2 tells orders apart, of members and elements', () => {
    const digests = new Set<string>();
    const orders = permutations(['a', 'b', 'c', 'd', 'e']);
    for (const order of orders) {
      digests.add(digestOf(Object.fromEntries(order.map((name) => [name, 1]))));
      digests.add(digestOf(order));
      digests.add(digestOf([0, ...order.flatMap((name) => [name, 0])]));
    }
    expect(digests.size).toBe(3 * orders.length);
    expect(digestOf([0, 1, 0, 2, 0])).not.toBe(digestOf([0, 2, 0, 1, 0]));
    expect(digestOf({ a: 1, b: 2 })).not.toBe(digestOf({ a: 2, b: 1 }));
  });

  it('G2 spreads over all of its bits', () => {
    const ones = new Array<number>(64).fill(0);
    const count = 4000;
    for (let n = 0; n < count; n++) {
      const bits = BigInt(`0x${digestOf({ id: n, tags: ['t', n] })}`);
      for (let bit = 0; bit < 64; bit++) if ((bits >> BigInt(bit)) & 1n) (ones[bit] as number)++;
    }
    for (const set of ones) expect(Math.abs(set / count - 0.5)).toBeLessThan(0.05);
  });

  it('G1 of a value does not depend on what was digested before', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const alone = digestOf(a);
        digestOf(b);
        digestOf([a, b]);
        expect(digestOf(a)).toBe(alone);
      }),
      runs(100),
    );
  });

  it('G1 G2 of an object is of its own names, however like those of others before it', () => {
    const letters = ['a', 'b', 'c', 'd'];
    const lists = [1, 2, 3].flatMap((count) =>
      letters.flatMap((first) => permutations([first, 'x', 'y'].slice(0, count))),
    );
    const wide = (count: number, last: string): string[] =>
      Array.from({ length: count }, (_, i) => (i === count - 1 ? last : `name ${i}`));
    for (const count of [63, 64, 65]) lists.push(wide(count, 'some'), wide(count, 'more'));
    for (const length of [1022, 1023, 1024]) lists.push(['x'.repeat(length), 'y']);
    const random = new SeededRandom('shapes');
    for (let n = 0; n < 2000; n++) {
      const names = random.pick(lists);
      const object = Object.fromEntries(names.map((name, i) => [name, i]));
      const { lo, hi } = valueDigest(object);
      expect({ lo, hi }).toEqual(plainDigestOf(object));
    }
  });
});

function permutations(names: readonly string[]): string[][] {
  if (names.length <= 1) return [[...names]];
  return names.flatMap((name, i) =>
    permutations(names.toSpliced(i, 1)).map((rest) => [name].concat(rest)),
  );
}
