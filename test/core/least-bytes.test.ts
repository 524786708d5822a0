import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ByteWriter } from '../../src/core/bytes.ts';
import { Differ } from '../../src/core/diff.ts';
import { leastBytesAfter } from '../../src/core/least-bytes.ts';
import type { ArrayOp, ObjectOp } from '../../src/core/op.ts';
import type { Container, Value } from '../../src/core/value.ts';
import { ValueWriter } from '../../src/core/value-writer.ts';
import { pairs, runs, soakTimeoutMs } from '../support/arbitrary-values.ts';

const take = (value: unknown): Value => new Differ('copy', true).take(value);

function encodedLength(value: Value): number {
  const out = new ByteWriter();
  new ValueWriter(out).value(value);
  return out.length;
}

/** The op between two containers; undefined where it is none that edits. */
function editsBetween(base: Value, target: unknown): ObjectOp | ArrayOp | undefined {
  const op = new Differ('copy', true).diff(base, target);
  return op?.kind === 'object' || op?.kind === 'array' ? op : undefined;
}

function least(base: Value, target: unknown, enough = Number.POSITIVE_INFINITY): number {
  const op = editsBetween(base, target) as ObjectOp | ArrayOp;
  return leastBytesAfter(base as Container, op, enough);
}

describe('P21 the least that an outcome takes, known without making it', () => {
  it(
    'is never more than it takes, however far it is counted',
    () => {
      fc.assert(
        fc.property(pairs, fc.nat(60), ([first, target], enough) => {
          const base = take(first);
          const op = editsBetween(base, target);
          if (op === undefined) return;
          const bytes = encodedLength(take(target));
          expect(leastBytesAfter(base as Container, op, Infinity)).toBeLessThanOrEqual(bytes);
          const counted = leastBytesAfter(base as Container, op, enough);
          expect(bytes).toBeGreaterThanOrEqual(counted);
        }),
        runs(900),
      );
    },
    soakTimeoutMs,
  );

  it('counts texts that stay, come, change, move and are copied, and the outermost names', () => {
    const text = 'x'.repeat(100);
    const row = (id: number): Value => ({ id, text: `${id}${text}` });
    const rows = [1, 2, 3, 4].map(row);
    // An object: itself, its number, its text's length and units.
    const each = 1 + 1 + 102;
    expect(least(rows, rows.slice(1))).toBe(1 + 3 * each);
    expect(least(rows, [row(4), row(1), row(2), row(3)])).toBe(1 + 4 * each);
    expect(least(rows, [...rows, text])).toBe(1 + 4 * each + 101);
    expect(least(rows, [...rows, rows[0]])).toBe(1 + 5 * each);
    expect(least({ a: text, b: 1 }, { a: `${text}yy`, b: 1 })).toBe(1 + 2 + 103 + 2 + 1);
    expect(least({ name: text, b: [1] }, { b: [1], name: text })).toBe(1 + 5 + 101 + 2 + 2);
    expect(least({ a: { b: text, c: 1 } }, { a: { b: text } })).toBe(1 + 2 + 1 + 101);
    expect(least({ a: 1, b: [2] }, { a: text, b: [2] })).toBe(1 + 2 + 101 + 2 + 2);
    expect(least([[1, text], 3], [[text, 1], 3])).toBe(1 + 1 + 1 + 101 + 1);
    expect(least({ a: 1, b: text }, { a: 1, more: text })).toBe(1 + 2 + 1 + 5 + 101);
  });

  it('stops where it has counted enough', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => [i, 'x'.repeat(20)]);
    let looks = 0;
    const watched = new Proxy(rows, {
      get(target, name) {
        looks++;
        return Reflect.get(target, name) as unknown;
      },
    });
    const op = editsBetween(take(rows), rows.slice(0, -1)) as ArrayOp;
    expect(leastBytesAfter(watched as Value as Container, op, 100)).toBeGreaterThanOrEqual(100);
    expect(looks).toBeLessThan(10);
  });
});
