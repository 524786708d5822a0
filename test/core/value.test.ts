import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/core/value.ts';
import { sameValue } from '../../src/core/value.ts';

describe('A value from outside', () => {
  const own = { a: 1, b: [1, { c: 'text' }], d: null, e: { f: true, g: 2 } };

  it('D1 is the same if its JSON text is, member order included', () => {
    const same = [
      structuredClone(own),
      { ...own, gone: undefined },
      { gone: undefined, ...own, e: { f: true, none: undefined, g: 2 } },
      Object.assign(Object.create(null) as object, own),
    ];
    for (const other of same) expect(sameValue(own, other)).toBe(true);
    expect(sameValue([], [])).toBe(true);
    expect(sameValue({}, { gone: undefined })).toBe(true);
  });

  it('D1 V3 is another if anything differs, or is no JSON', () => {
    const { a, b, d, e } = own;
    const others: unknown[] = [
      { b, a, d, e },
      { a, b, d },
      { ...own, more: 1 },
      { ...own, b: [1, { c: 'text' }, 2] },
      { ...own, b: [1] },
      { ...own, b: { 0: 1, 1: { c: 'text' } } },
      { ...own, d: undefined, e },
      { ...own, d: {} },
      { ...own, e: { g: 2, f: true } },
      { ...own, e: [true, 2] },
      { ...own, e: new Map() },
      { ...own, a: '1' },
      null,
      1,
    ];
    for (const other of others) expect(sameValue(own, other)).toBe(false);
    expect(sameValue(null, {})).toBe(false);
    expect(sameValue({}, null)).toBe(false);
    expect(sameValue({}, [])).toBe(false);
    expect(sameValue([1], [2])).toBe(false);
  });

  it('D1 is never the same as one of another type', () => {
    const values: (() => Value)[] = [
      ...[() => null, () => true, () => false, () => 0, () => 1, () => '', () => '0', () => 'a'],
      ...[() => [], () => [0], () => ['a'], () => [null], () => [[]], () => [[], []]],
      ...[() => ({}), () => ({ 0: 'a' }), () => ({ 0: 0 }), () => ({ a: [] }), () => ({ a: {} })],
      ...[() => ({ length: 0 }), () => ({ 0: 'a', length: 1 })],
    ];
    for (const [i, one] of values.entries()) {
      for (const [j, other] of values.entries()) {
        expect([one(), other(), sameValue(one(), other())]).toEqual([one(), other(), i === j]);
      }
    }
  });

  it('D1 V3 is never the same as an instance of a class, whatever it shows', () => {
    class Point {
      x = 1;
    }
    expect(sameValue({ x: 1 }, new Point())).toBe(false);
    for (const instance of [new Map(), new Date(0), new Set(), /x/]) {
      expect(sameValue({}, instance)).toBe(false);
    }
    expect(sameValue([1], new Uint8Array([1]))).toBe(false);
  });
});
