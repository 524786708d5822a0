/** How long the parts of a heavy value are as text: for how long that is known, and of what. */
import { describe, expect, it, vi } from 'vitest';

import { applyOp } from '../../src/core/apply.ts';
import { Differ } from '../../src/core/diff.ts';
import { digestAfter, valueDigest } from '../../src/core/digest.ts';
import type { Op } from '../../src/core/op.ts';
import { carryLengths, isHeavy, partAt, partsOf, unitsOf } from '../../src/core/part-lengths.ts';
import type { Container, Value } from '../../src/core/value.ts';

function held(value: unknown): Container {
  const own = new Differ('copy', true).take(value);
  valueDigest(own);
  return own as Container;
}

/** What a cache does with an op. */
function after(base: Value, op: Op): Container {
  const next = applyOp(base, op);
  digestAfter(base, next, op);
  carryLengths(base, next, op);
  return next as Container;
}

function changeTo(base: Value, target: unknown): Container {
  return after(base, new Differ('copy', true).diff(base, target) as Op);
}

/** How many texts it takes to tell the lengths: none where they are known. */
function cost(work: () => unknown): number {
  const spy = vi.spyOn(JSON, 'stringify');
  try {
    work();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
  }
}

/** Texts that have to be made one by one, and so can be counted. */
const THIRTY = Array.from({ length: 30 }, (_, i) => `text number ${i}`);
const MORE = THIRTY.map((text) => `${text}, and more`);

describe('P25 the lengths of parts', () => {
  it('are those of their JSON text', () => {
    const values: Value[] = [
      ...[1, -1.5, 'a"b', 'x'.repeat(400), null, true, [], {}, [[]], [1, 2, 3]],
      ...[THIRTY, Object.fromEntries(THIRTY.map((text) => [`${text} "q"`, text]))],
      ...[[THIRTY, {}, [THIRTY]], { a: THIRTY, b: { c: MORE, d: 1 } }],
    ];
    for (const value of values) {
      const own = held(value);
      expect([value, unitsOf(own)]).toEqual([value, JSON.stringify(value).length]);
    }
    const parts = partsOf(held({ 'a"': 1, list: THIRTY }));
    expect(parts.names).toEqual(['a"', 'list']);
    expect(parts.units).toEqual(['"a\\"":1'.length, 7 + JSON.stringify(THIRTY).length]);
    const list = held(THIRTY);
    expect(partsOf(list).names).toBeUndefined();
    expect(partsOf(list).units).toEqual(THIRTY.map((text) => text.length + 2));
  });

  it('are asked of heavy containers, part by part', () => {
    expect([1, 'x'.repeat(999), [], [1, 2]].map((value) => isHeavy(value))).toEqual([
      ...[false, false, false, false],
    ]);
    const value = held({ a: 1, list: THIRTY });
    expect(isHeavy(value)).toBe(true);
    const parts = partsOf(value);
    expect([partAt(value, parts, 0), partAt(value, parts, 1)]).toEqual([1, THIRTY]);
    const list = partAt(value, parts, 1) as Container;
    expect(partAt(list, partsOf(list), 29)).toBe('text number 29');
  });

  it('are known once they were asked for', () => {
    const value = held([...THIRTY, MORE, { a: MORE }]);
    expect(cost(() => unitsOf(value))).toBeGreaterThan(40);
    expect(cost(() => unitsOf(value))).toBe(0);
    expect(cost(() => unitsOf((value as Value[])[30] as Value))).toBe(0);
    expect(partsOf(value)).toBe(partsOf(value));
  });

  it.each<[string, (list: Value[]) => Value[], number]>([
    ['an element changes', (list) => list.with(3, 'text number 3!'), 1],
    ['an element comes', (list) => list.toSpliced(3, 0, 'an element that is new'), 1],
    ['two elements go', (list) => list.toSpliced(3, 2), 0],
    ['elements move', (list) => [...list.slice(5), ...list.slice(0, 5)], 0],
    ['an element comes again', (list) => [...list, list[2] as Value], 1],
    ['a number comes', (list) => [4, ...list], 0],
  ])('are carried over at the cost of the change where %s', (_what, change, texts) => {
    const base = held(THIRTY);
    partsOf(base);
    const target = change([...THIRTY]);
    let next = base;
    const differ = new Differ('copy', true);
    const op = differ.diff(base, target) as Op;
    expect(cost(() => (next = after(base, op)))).toBe(texts);
    expect(cost(() => partsOf(next))).toBe(0);
    expect(partsOf(next).units).toEqual(target.map((one) => JSON.stringify(one).length));
  });

  it.each<[string, (value: Record<string, Value>) => Value, number]>([
    ['a member changes', (value) => ({ ...value, m3: 'text number 3!' }), 2],
    ['a member comes', (value) => ({ ...value, 'm"': 'new' }), 2],
    ['a member goes', ({ m3: _gone, ...rest }) => rest, 0],
    ['a part of one changes', (value) => ({ ...value, inner: MORE.with(2, 'other') }), 2],
    ['a part of one comes', (value) => ({ ...value, inner: ['new', ...MORE] }), 2],
    ['members change places', ({ m1, m2, ...rest }) => ({ ...rest, m2, m1 }) as Value, 0],
  ])('of an object are carried over where %s', (_what, change, texts) => {
    const members = Object.fromEntries(THIRTY.map((text, i) => [`m${i}`, text as Value]));
    const base = held({ ...members, inner: MORE });
    unitsOf(base);
    const target = change({ ...members, inner: MORE });
    const op = new Differ('copy', true).diff(base, target) as Op;
    let next = base;
    expect(cost(() => (next = after(base, op)))).toBe(texts);
    expect(cost(() => unitsOf(next))).toBe(0);
    expect(unitsOf(next)).toBe(JSON.stringify(target).length);
    expect(partsOf(next).names).toEqual(Object.keys(target as object));
  });

  it('are not made where nobody has asked, nor of what is set as a whole', () => {
    const base = held(THIRTY);
    const next = changeTo(base, THIRTY.with(1, 'other'));
    expect(cost(() => partsOf(next))).toBe(30);
    expect(cost(() => partsOf(base))).toBe(30);
    const other = held(MORE);
    carryLengths(base, other, { kind: 'set', value: other });
    expect(cost(() => partsOf(other))).toBe(30);
    // Nothing comes of an op between light values, or of a value and itself.
    carryLengths([1], other, { kind: 'array', edits: [] });
    carryLengths(base, [1], { kind: 'array', edits: [] });
    carryLengths(base, base, { kind: 'array', edits: [] });
    expect(cost(() => partsOf(base))).toBe(0);
  });

  it('are forgotten after sixteen changes that nobody asked about', () => {
    /** Whether they are known after so many changes, and so of a part that never changed. */
    const knownAfter = (changes: number): boolean[] => {
      let value = held([0, ...THIRTY, MORE]);
      unitsOf(value);
      for (let i = 1; i <= changes; i++) value = changeTo(value, [i, ...THIRTY, MORE]);
      const part = (value as Value[])[31] as Container;
      return [cost(() => partsOf(part)) === 0, cost(() => partsOf(value)) === 0];
    };
    expect([1, 15, 16].map(knownAfter)).toEqual([
      [true, true],
      [true, true],
      [true, true],
    ]);
    expect([17, 18].map(knownAfter)).toEqual([
      [false, false],
      [false, false],
    ]);
  });

  it('live on where they are asked for now and then', () => {
    let value = held([0, ...THIRTY]);
    const costs: number[] = [];
    for (let i = 0; i < 60; i++) {
      if (i % 16 === 0) costs.push(cost(() => partsOf(value)));
      value = changeTo(value, [i + 1, ...THIRTY]);
    }
    expect(costs).toEqual([30, 0, 0, 0]);
  });

  it('of a value and of the one before are known, of no older one', () => {
    const one = held([0, ...THIRTY]);
    partsOf(one);
    const two = changeTo(one, [1, ...THIRTY]);
    expect([one, two].map((value) => cost(() => partsOf(value)))).toEqual([0, 0]);
    const three = changeTo(two, [2, ...THIRTY]);
    expect([two, three, one].map((value) => cost(() => partsOf(value)))).toEqual([0, 0, 30]);
  });

  it('of an old value that was asked are let go with what a patch changes in it', () => {
    const target = (n: number): Value => [
      { list: [n, ...THIRTY], same: MORE },
      [n, ...MORE],
      THIRTY,
    ];
    const one = held(target(0));
    const three = changeTo(changeTo(one, target(1)), target(2));
    unitsOf(three);
    unitsOf(one);
    const known = partsOf(one);
    const [first, second, third] = one as [
      { list: Container; same: Container },
      Container,
      Container,
    ];
    carryLengths(one, three, new Differ('copy', true).diff(one, target(2)) as Op);
    expect([first.same, third].map((value) => cost(() => partsOf(value)))).toEqual([0, 0]);
    // From the inside out, since who asks for the whole asks for its parts.
    const costs = [first.list, second, first].map((value) => cost(() => partsOf(value)));
    expect(costs.map((texts) => texts > 0)).toEqual([true, true, true]);
    expect(partsOf(one)).not.toBe(known);
    // Of the value that was the base of the newest they stay.
    const four = changeTo(three, target(3));
    const again = new Differ('copy', true).diff(three, target(3)) as Op;
    carryLengths(three, four, again);
    expect([three, four].map((value) => cost(() => partsOf(value)))).toEqual([0, 0]);
  });

  it('are let go behind parts that went, moved or were taken', () => {
    const list = (n: number): Value => [n, ...THIRTY];
    const rest = Array.from({ length: 5 }, (_, i) => `plain ${i}`);
    const one = held([...rest, list(0), list(1), list(2), list(3)]);
    const target = [rest[0] as Value, 'new', list(30), list(10), list(2)];
    const ops: Op = {
      kind: 'array',
      edits: [
        { kind: 'add', keep: 1, name: '', value: 'new' },
        {
          kind: 'take',
          keep: 0,
          from: 8,
          op: {
            kind: 'array',
            edits: [{ kind: 'change', keep: 0, op: { kind: 'set', value: 30 } }],
          },
        },
        { kind: 'drop', keep: 0, count: 5 },
        {
          kind: 'change',
          keep: 0,
          op: {
            kind: 'array',
            edits: [{ kind: 'change', keep: 0, op: { kind: 'set', value: 10 } }],
          },
        },
        { kind: 'drop', keep: 1, count: 1 },
      ],
    };
    const next = applyOp(one, ops) as Container;
    valueDigest(next);
    expect(next).toEqual(target);
    unitsOf(next);
    unitsOf(one);
    carryLengths(one, next, ops);
    const parts = (one as Value[]).slice(5) as Container[];
    expect(parts.map((value) => cost(() => partsOf(value)) > 0)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
});
