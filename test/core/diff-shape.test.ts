/** What a difference consists of: the parts that changed, and nothing else. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffNumber } from '../../src/core/diff-number.ts';
import { diffText } from '../../src/core/diff-text.ts';
import { applyPatch, diff } from '../../src/core/patch.ts';
import type { Patch } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import { runs } from '../support/arbitrary-values.ts';

function patchOf(base: Value, target: Value): Patch {
  const patch = diff(base, target);
  if (patch === undefined) throw new Error('the two are equal');
  expect(JSON.stringify(applyPatch(base, patch))).toBe(JSON.stringify(target));
  return patch;
}

const bytesOf = (base: Value, target: Value): number => patchOf(base, target).encode().length;

describe('D1 the difference of equals', () => {
  it('is none, of numbers and texts too', () => {
    expect(diffNumber(1.25, 1.25)).toBeUndefined();
    expect(diffText('a text', 'a text')).toBeUndefined();
    expect(diff([1.25, 'a text'], [1.25, 'a text'])).toBeUndefined();
  });
});

describe('D3 the difference of arrays', () => {
  const plain = Array.from({ length: 1000 }, (_, i) => `row number ${i * 37}`);
  const withIds = plain.map((text, i) => ({ id: i, text, price: i * 3 + 100, open: true }));

  it.each<[string, Value[], Value]>([
    ['without ids', plain, 'new'],
    ['with ids', withIds, { id: -1, text: 'new', price: 1, open: false }],
  ])('inserts and removes in place %s', (_name, rows, row) => {
    expect(bytesOf(rows, rows.toSpliced(500, 0, row))).toBeLessThan(50);
    expect(bytesOf(rows, [...rows, row])).toBeLessThan(50);
    expect(bytesOf(rows, rows.toSpliced(0, 1))).toBeLessThanOrEqual(4);
    expect(bytesOf(rows, rows.toSpliced(300, 5))).toBeLessThanOrEqual(5);
  });

  it('moves elements, edited ones too, and edits them where they stand', () => {
    const edited = { ...(withIds[701] as (typeof withIds)[0]), price: 2204 };
    const moved = withIds
      .toSpliced(700, 2)
      .toSpliced(20, 0, withIds[700] as (typeof withIds)[0], edited);
    expect(bytesOf(withIds, moved)).toBeLessThanOrEqual(16);
    expect(bytesOf(withIds, withIds.with(701, edited))).toBeLessThanOrEqual(6);
  });

  it('replaces what is edited beyond recognition where it stands, between what stays', () => {
    const stays = 'an element that stays and is long enough to be worth keeping, number ';
    const rows = (a: Value, b: Value): Value[] => [`${stays}1`, a, `${stays}2`, b, `${stays}3`];
    const { op } = patchOf(rows({ a: 1 }, [1, 2]), rows({ x: 'other' }, ['other']));
    const edits = op?.kind === 'array' ? op.edits : [];
    expect(edits.map(({ kind, keep }) => [kind, keep])).toEqual([
      ['change', 1],
      ['change', 1],
    ]);
    // Like with like: what has become of another kind is another element.
    const { op: other } = patchOf(rows({ a: 1 }, [1, 2]), rows(['other'], ['other one']));
    const kinds = other?.kind === 'array' ? other.edits.map(({ kind }) => kind) : [];
    expect(kinds.filter((kind) => kind === 'change')).toHaveLength(1);
  });

  it('copes with all of it at once in rows of scalars, which have no ids at all', () => {
    const rows = plain.map((text, i): Value[] => [text, i * 7, i % 5]);
    const next = rows
      .toSpliced(900, 1, ['late', 1, 1])
      .toSpliced(400, 3)
      .toSpliced(10, 0, ['early', 2, 2])
      .with(600, [rows[602]?.[0] as Value, 1, 2]);
    expect(bytesOf(rows, next)).toBeLessThan(60);
  });
});

describe('D6 the difference of numbers', () => {
  it('is the steps of the last decimal place between them, exactly', () => {
    const step = fc.integer({ min: -1000, max: 1000 }).filter((n) => n !== 0);
    const numbers = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.nat(6), step);
    fc.assert(
      fc.property(numbers, ([mantissa, places, delta]) => {
        const base = mantissa / 10 ** places;
        const target = (mantissa + delta) / 10 ** places;
        expect(bytesOf([base], [target])).toBeLessThanOrEqual(5);
      }),
      runs(500),
    );
  });

  it('costs two bytes for a price that moves by a cent', () => {
    const { op } = patchOf(1234.56, 1234.57);
    expect(op).toEqual({ kind: 'number', scale: undefined, delta: 1 });
    expect(bytesOf(1234.56, 1234.57)).toBe(2);
    expect(patchOf(0.1 + 0.2, 0.1).op).toEqual({ kind: 'set', value: 0.1 });
  });
});
