/** How many bytes a value's JSON text has and a patch adds to it, without making that text. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { applyOp } from '../../src/core/apply.ts';
import { Differ } from '../../src/core/diff.ts';
import { jsonBytes, jsonGrowth } from '../../src/core/json-size.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import type { Value } from '../../src/core/value.ts';
import { pairs, runs } from '../support/arbitrary-values.ts';

const measured = (value: Value): number => Buffer.byteLength(JSON.stringify(value));

describe('V1 the JSON text of a value', () => {
  it('has as many bytes as are counted, for every character', () => {
    for (let unit = 0; unit < 0x900; unit++) {
      const text = String.fromCharCode(unit);
      expect([unit, jsonBytes(text)]).toEqual([unit, measured(text)]);
    }
    for (const unit of [0x1000, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff]) {
      const text = `a${String.fromCodePoint(unit)}b`;
      expect([unit, jsonBytes(text)]).toEqual([unit, measured(text)]);
    }
  });

  it.each<[Value]>([
    [null],
    [true],
    [false],
    [0],
    [-1.5e-9],
    [''],
    [[]],
    [[1]],
    [[1, [2, []]]],
    [{}],
    [{ a: 1 }],
    [{ 'a"': '\n', b: { c: [null] }, d: {} }],
  ])('has as many bytes as are counted: %j', (value) => {
    expect(jsonBytes(value)).toBe(measured(value));
  });
});

describe('V1 what a patch adds to the JSON text', () => {
  it('is the difference of the two lengths', () => {
    fc.assert(
      fc.property(pairs, ([base, target]) => {
        const differ = new Differ('copy', true);
        const own = differ.take(base);
        const op = differ.diff(own, target);
        if (op === undefined) return;
        expect(jsonGrowth(own, op)).toBe(measured(differ.next) - measured(own));
      }),
      runs(600),
    );
  });

  it('counts in bytes what is dropped at each splice of a text', () => {
    const splices = [
      { keep: 1, drop: 2, insert: '"' },
      { keep: 2, drop: 1, insert: '' },
      { keep: 1, drop: 2, insert: '\u0000é' },
    ];
    const op: Op = { kind: 'text', splices };
    const base = 'a\u00e9b\u{1f388}"c\u6f22d.';
    // Quotation marks take two bytes, other control characters six.
    const grown = 2 - (2 + 1) - 2 + (6 + 2) - (3 + 1);
    expect(jsonGrowth(base, op)).toBe(grown);
    expect(jsonGrowth(base, op)).toBe(measured(applyOp(base, op)) - measured(base));
  });

  const array = (...edits: Edit[]): Op => ({ kind: 'array', edits });
  const object = (...edits: Edit[]): Op => ({ kind: 'object', edits });
  const take = (from: number, op?: Op): Edit => ({ kind: 'take', keep: 0, from, op });
  const drop = (count: number): Edit => ({ kind: 'drop', keep: 0, count });
  const set = (value: Value): Op => ({ kind: 'set', value });

  it.each<[string, Value, Op, number]>([
    ['the last element goes', [1], array(drop(1)), -1],
    ['the first two of three go', [1, 22, 3], array(drop(2)), -5],
    ['the first comes', [], array({ kind: 'add', keep: 0, name: '', value: 1 }), 1],
    ['a second comes', [1], array({ kind: 'add', keep: 0, name: '', value: 1 }), 2],
    ['one is repeated', ['abc'], array(take(0)), 6],
    ['one is repeated and changed', ['abc'], array(take(0, set(1))), 2],
    ['the only member goes', { a: 1 }, object(drop(1)), -5],
    ['the first member comes', {}, object({ kind: 'add', keep: 0, name: 'ab', value: 1 }), 6],
    ['a member moves', { a: 1, b: 'x' }, object(take(1), { ...drop(1), keep: 1 }), 0],
    [
      'a number moves',
      [99],
      array({ kind: 'change', keep: 0, op: { kind: 'number', scale: undefined, delta: 1 } }),
      1,
    ],
    [
      'a text changes',
      'ab"d',
      {
        kind: 'text',
        splices: [
          { keep: 1, drop: 2, insert: 'é\n' },
          { keep: 1, drop: 0, insert: 'x' },
        ],
      },
      2,
    ],
    ['all of it is set', { a: [1, 2] }, set(null), -7],
  ])('counts commas and names where %s', (_what, base, op, grown) => {
    expect(jsonGrowth(base, op)).toBe(grown);
    expect(measured(applyOp(base, op)) - measured(base)).toBe(grown);
  });

  it('C6 measures nothing that only moves, however deep in what moves too', () => {
    let base: Value = 'x'.repeat(1000);
    let target: Value = base;
    let op: Op | undefined;
    for (let level = 0; level < 20; level++) {
      base = [`level ${level}`, { id: level, base }];
      target = [{ id: level, base: target }, `level ${level}`];
      const inner: Op | undefined = op && object({ kind: 'change', keep: 1, op });
      op = array(take(1, inner), { ...drop(1), keep: 1 });
    }
    expect(applyOp(base, op as Op)).toEqual(target);
    expect(jsonGrowth(base, op as Op, 0)).toBe(0);
  });

  it('C6 stops after four times the bytes that a value may have', () => {
    /** The least bound below which an op is not looked through. */
    const least = (base: Value, op: Op): number => {
      for (let bytesMax = 0; ; bytesMax++) {
        try {
          jsonGrowth(base, op, bytesMax);
          return bytesMax;
        } catch {
          continue;
        }
      }
    };
    const text = 'x'.repeat(38);
    const ops: [Value, Op, number][] = [
      // 40 bytes of text are looked at once: a bound of ten allows it.
      [text, set(1), 10],
      [[text], array(drop(1)), 10],
      [[text], array(take(0)), 10],
      [[text, text], array(take(0), take(1)), 20],
      [[text], array(take(0, set(1))), 20],
      [{ a: text }, object(drop(1)), 11],
      [text, { kind: 'text', splices: [{ keep: 0, drop: 38, insert: '' }] }, 10],
      [
        text,
        {
          kind: 'text',
          splices: [
            { keep: 0, drop: 16, insert: 'x' },
            { keep: 1, drop: 17, insert: '' },
          ],
        },
        9,
      ],
      [[1], array({ kind: 'add', keep: 0, name: '', value: text }), 0],
      [
        [1],
        array({ kind: 'change', keep: 0, op: { kind: 'number', scale: undefined, delta: 1 } }),
        0,
      ],
    ];
    expect(ops.map(([base, op]) => least(base, op))).toEqual(ops.map(([, , bound]) => bound));
  });
});
