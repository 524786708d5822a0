/** What a digest remembers, and how little of a value is looked at again. */
import { describe, expect, it } from 'vitest';

import { Differ } from '../../src/core/diff.ts';
import {
  ABSENT,
  digestAfter,
  digestText,
  sameDigest,
  valueDigest,
  weightOf,
} from '../../src/core/digest.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import type { Value } from '../../src/core/value.ts';
import { applyOp } from '../../src/core/apply.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A light value that counts how often anybody looks into it. */
function watched(looks: { count: number }, content: object = { a: 1, b: 2 }): Value {
  const look = (): void => void looks.count++;
  const proxy = new Proxy(content, {
    ownKeys: (target) => (look(), Reflect.ownKeys(target)),
    get: (target, name) => (look(), Reflect.get(target, name) as unknown),
  });
  return proxy as unknown as Value;
}

const member = (keep: number, op: Op): Edit => ({ kind: 'change', keep, op });
const set = (value: Value): Op => ({ kind: 'set', value });

describe('G3 the weight of a value', () => {
  const weigh = (value: Value): number => {
    valueDigest(value);
    return weightOf(value);
  };

  it('is a part for each leaf and container, from 24 of them on', () => {
    expect([22, 23, 24, 100].map((count) => weigh(numbers(count)))).toEqual([0, 24, 25, 101]);
    const members = (count: number): Value =>
      Object.fromEntries(numbers(count).map((i) => [`m${i}`, true]));
    expect([22, 23, 24].map((count) => weigh(members(count)))).toEqual([0, 24, 25]);
    expect(weigh([numbers(10), numbers(11)])).toBe(24);
    expect(weigh([numbers(10), null, { a: [] }, ...numbers(9)])).toBe(24);
    expect([1, 'text', null, [], {}].map(weigh)).toEqual([0, 0, 0, 0, 0]);
  });

  it('is a little more for long texts', () => {
    const text = (length: number): number => weigh(['x'.repeat(length), ...numbers(30)]);
    expect([0, 15, 16, 31, 32, 160].map(text)).toEqual([32, 32, 33, 33, 34, 42]);
    expect(weigh('x'.repeat(999))).toBe(0);
    expect(weigh(['x'.repeat(351)])).toBe(0);
    expect(weigh(['x'.repeat(352)])).toBe(24);
  });

  it('is kept up to date through every kind of edit', () => {
    const inner = { list: numbers(30), text: 'x'.repeat(40), none: null };
    const base: Value = { a: inner, b: numbers(25), c: 'y'.repeat(20), d: [[], {}] };
    valueDigest(base);
    const add = (keep: number, name: string, value: Value): Edit => ({
      kind: 'add',
      keep,
      name,
      value,
    });
    const drop = (keep: number, count: number): Edit => ({ kind: 'drop', keep, count });
    const ops: Op[] = [
      { kind: 'object', edits: [drop(0, 1)] },
      { kind: 'object', edits: [drop(1, 3)] },
      { kind: 'object', edits: [add(2, 'n', numbers(5))] },
      { kind: 'object', edits: [drop(0, 1), { kind: 'take', keep: 1, from: 0, op: undefined }] },
      {
        kind: 'object',
        edits: [
          member(2, { kind: 'text', splices: [{ keep: 0, drop: 0, insert: 'z'.repeat(30) }] }),
        ],
      },
      {
        kind: 'object',
        edits: [
          member(0, { kind: 'object', edits: [member(0, { kind: 'array', edits: [drop(3, 9)] })] }),
        ],
      },
      {
        kind: 'object',
        edits: [
          member(1, {
            kind: 'array',
            edits: [
              add(4, '', { a: 1 }),
              drop(0, 2),
              { kind: 'take', keep: 0, from: 9, op: undefined },
            ],
          }),
        ],
      },
      {
        kind: 'object',
        edits: [member(1, { kind: 'array', edits: [member(4, set('x'.repeat(64)))] })],
      },
      {
        kind: 'object',
        edits: [
          member(3, {
            kind: 'array',
            edits: [member(0, set(1)), { kind: 'take', keep: 1, from: 1, op: undefined }],
          }),
        ],
      },
    ];
    for (const op of ops) {
      const next = applyOp(base, op);
      const digest = digestAfter(base, next, op);
      const alone = structuredClone(next);
      expect(digest).toEqual(valueDigest(alone));
      expect([op, weightOf(next)]).toEqual([op, weightOf(alone)]);
    }
  });
});

describe('G3 a digest after a change', () => {
  it('looks at nothing that stayed, in an object', () => {
    const looks = { count: 0 };
    const base: Record<string, Value> = {};
    for (let i = 0; i < 12; i++) base[`m${i}`] = watched(looks);
    base['n'] = 1;
    valueDigest(base);
    const first = looks.count;
    expect(first).toBeGreaterThan(20);
    const next = { ...base, n: 2 };
    digestAfter(base, next, { kind: 'object', edits: [member(12, set(2))] });
    expect(looks.count).toBe(first);
    // Once more without a word about what changed: now all of it is looked at.
    digestAfter(base, { ...next, n: 3 }, undefined);
    expect(looks.count).toBeGreaterThan(first);
  });

  it('looks at nothing that stayed, in an array', () => {
    const looks = { count: 0 };
    const base = [...Array.from({ length: 12 }, () => watched(looks)), 1, 2, 3];
    valueDigest(base);
    const first = looks.count;
    const op: Op = { kind: 'array', edits: [member(13, set(5))] };
    const next = base.with(13, 5);
    digestAfter(base, next, op);
    expect(looks.count).toBe(first);
    // And from there on in turn; the elements' digests have gone over to the newest.
    const grown = [...next, 9];
    digestAfter(next, grown, {
      kind: 'array',
      edits: [{ kind: 'add', keep: 15, name: '', value: 9 }],
    });
    expect(looks.count).toBe(first);
    digestAfter(base, base.with(13, 7), op);
    expect(looks.count).toBeGreaterThan(first);
  });

  it('is not worked out twice', () => {
    const looks = { count: 0 };
    const value = Array.from({ length: 12 }, () => watched(looks));
    const digest = valueDigest(value);
    const first = looks.count;
    expect(valueDigest(value)).toEqual(digest);
    expect(digestAfter([1], value, { kind: 'array', edits: [] })).toEqual(digest);
    expect(digestAfter(undefined, value, undefined)).toEqual(digest);
    expect(looks.count).toBe(first);
    valueDigest({ value, other: 1 });
    expect(looks.count).toBe(first);
  });

  it('is that of the outcome where the op is of another kind than the values', () => {
    const list = numbers(40);
    const named = { ...Object.fromEntries(list.map((i) => [`m${i}`, i])) };
    const values: Value[] = [list, named, 'text', 5, null, [], {}];
    for (const base of values) valueDigest(base);
    const ops: (Op | undefined)[] = [
      ...[undefined, set(1), { kind: 'array', edits: [] } as const],
      ...[{ kind: 'object', edits: [] } as const],
    ];
    for (const base of [undefined, ...values]) {
      for (const target of values) {
        for (const op of ops) {
          const next = structuredClone(target);
          // Edits that come to nothing leave the base as it is.
          if (op?.kind === 'array' && Array.isArray(base) && Array.isArray(next)) continue;
          if (op?.kind === 'object' && base === named && typeof next === 'object') continue;
          if (base !== undefined) valueDigest(base);
          expect(digestAfter(base, next, op)).toEqual(valueDigest(structuredClone(target)));
        }
      }
    }
  });

  it('is what it was, for values of every kind', () => {
    const values: Value[] = [
      ...[null, true, false, 0, 1, -1, 0.5, 2 ** 31, 2 ** 53, 5e-324, '', 'a', 'ab', 'abc', '東'],
      ...[[], {}, [[]], [1, 2], [2, 1], { a: 1 }, { a: 1, b: 2 }, { b: 2, a: 1 }, numbers(50)],
    ];
    const digests = values.map((value) =>
      digestText(valueDigest(new Differ('copy', true).take(value))),
    );
    expect(new Set(digests).size).toBe(values.length);
    expect(sameDigest(valueDigest(1), valueDigest(1))).toBe(true);
    expect(sameDigest({ lo: 1, hi: 2 }, { lo: 1, hi: 3 })).toBe(false);
    expect(sameDigest({ lo: 1, hi: 2 }, { lo: 3, hi: 2 })).toBe(false);
    expect(digestText(ABSENT)).toBe('0000000000000000');
    expect(digestText({ lo: 0xf, hi: 0xe000_0000 })).toBe('e00000000000000f');
  });
});
