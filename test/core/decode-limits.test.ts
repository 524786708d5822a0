/** The limits of what is read, each at its very boundary. */
import { describe, expect, it } from 'vitest';

import { applyOp } from '../../src/core/apply.ts';
import { ByteReader, ByteWriter } from '../../src/core/bytes.ts';
import type { Limits } from '../../src/core/limits.ts';
import { resolveLimits, withDefaults } from '../../src/core/limits.ts';
import { readStringKey } from '../../src/core/key.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import { Patch } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import { codeOf } from '../support/error-code.ts';

/** The least limit with which an op is read; below it the code has to be `limit-exceeded`. */
function least(name: keyof Limits, op: Op): number {
  const bytes = new Patch(op).encode();
  for (let limit = 0; limit < 1000; limit++) {
    const code = codeOf(() => Patch.decode(bytes, { [name]: limit }));
    if (code === 'no error') return limit;
    expect(code).toBe('limit-exceeded');
  }
  return -1;
}

const set = (value: Value): Op => ({ kind: 'set', value });
const array = (...edits: Edit[]): Op => ({ kind: 'array', edits });
const object = (...edits: Edit[]): Op => ({ kind: 'object', edits });
const add = (name: string, value: Value): Edit => ({ kind: 'add', keep: 0, name, value });
const change = (op: Op): Edit => ({ kind: 'change', keep: 0, op });
const DROP: Edit = { kind: 'drop', keep: 0, count: 5 };

describe('C3 the limits of a patch', () => {
  it('hold the bytes of each string: stringBytesMax', () => {
    for (const text of [
      '',
      'a',
      'é',
      'x'.repeat(63),
      'x'.repeat(64),
      '東'.repeat(30),
      'x'.repeat(300),
    ]) {
      const bytes = Buffer.byteLength(text);
      expect(least('stringBytesMax', set(text))).toBe(bytes);
      expect(least('stringBytesMax', set([[text]]))).toBe(bytes);
      expect(least('stringBytesMax', set({ [text]: 1 }))).toBe(bytes);
      expect(least('stringBytesMax', object(add(text, 1)))).toBe(bytes);
      const insert = { keep: 0, drop: 1, insert: text };
      expect(least('stringBytesMax', { kind: 'text', splices: [insert] })).toBe(bytes);
    }
  });

  it('count each part, each edit and each splice: nodesMax', () => {
    const values: [Value, number][] = [
      [1, 0],
      [[], 0],
      [{}, 0],
      [[1, 2], 2],
      [[[1], [2, 3]], 5],
      [{ a: 1, b: { c: 2 } }, 3],
      [Array.from({ length: 20 }, () => ({ a: 1 })), 40],
    ];
    for (const [value, parts] of values) expect(least('nodesMax', set(value))).toBe(parts);
    expect(least('nodesMax', array(DROP))).toBe(1);
    expect(least('nodesMax', array(DROP, add('', [1, 2]), DROP))).toBe(5);
    expect(least('nodesMax', object(change(object(DROP, add('a', { b: 1 })))))).toBe(4);
    const splice = { keep: 1, drop: 1, insert: '' };
    expect(least('nodesMax', { kind: 'text', splices: [splice, splice, splice] })).toBe(3);
  });

  it('count levels from the root: depthMax', () => {
    const values: [Value, number][] = [
      [1, 0],
      [[], 1],
      [{}, 1],
      [[[]], 2],
      [{ a: [{}] }, 3],
      [[1, { a: 1 }], 2],
    ];
    for (const [value, depth] of values) expect(least('depthMax', set(value))).toBe(depth);
    expect(least('depthMax', array(DROP))).toBe(1);
    expect(least('depthMax', array(add('', 1)))).toBe(1);
    expect(least('depthMax', array(add('', [])))).toBe(2);
    expect(least('depthMax', object(change(array(change(set([[1]]))))))).toBe(4);
    expect(least('depthMax', array({ kind: 'take', keep: 0, from: 1, op: array(DROP) }))).toBe(2);
  });

  it('hold the bytes of all of it: frameBytesMax', () => {
    const patch = new Patch(set('x'.repeat(50)));
    expect(least('frameBytesMax', set('x'.repeat(50)))).toBe(patch.encode().length);
  });

  it('hold the bytes of a key: keyBytesMax', () => {
    for (const key of ['a', 'é', 'x'.repeat(200)]) {
      const bytes = Buffer.byteLength(key);
      const writer = new ByteWriter();
      writer.text(key);
      const read = (keyBytesMax: number): string =>
        readStringKey(new ByteReader(writer.end()), resolveLimits({ keyBytesMax }));
      expect(read(bytes)).toBe(key);
      expect(codeOf(() => read(bytes - 1))).toBe('limit-exceeded');
    }
  });

  it('hold the text of what is made, two bytes for each part that stays: valueBytesMax', () => {
    /** The least number of bytes with which an op is applied. */
    const leastBytes = (base: Value, op: Op): number => {
      let bytes = 0;
      while (codeOf(() => applyOp(base, op, bytes)) !== 'no error') bytes++;
      return bytes;
    };
    const ten = Array.from({ length: 10 }, (_, i) => i);
    const named = Object.fromEntries(ten.map((i) => [`m${i}`, i]));
    const keep = (count: number, edit: Edit): Edit => ({ ...edit, keep: count });
    expect(leastBytes(ten, array(change(set(5))))).toBe(20);
    expect(leastBytes(named, object(change(set(5))))).toBe(20);
    expect(leastBytes(ten, array(DROP))).toBe(10);
    expect(leastBytes(named, object(DROP))).toBe(10);
    expect(leastBytes(ten, array(keep(3, DROP)))).toBe(10);
    expect(leastBytes(named, object(keep(3, add('n', 1))))).toBe(20);
    expect(leastBytes([ten, ten], array(change(array(DROP))))).toBe(14);
    const take = (from: number, op?: Op): Edit => ({ kind: 'take', keep: 0, from, op });
    expect(leastBytes([ten], array(take(0, array(DROP)), take(0, array(DROP))))).toBe(22);
    expect(leastBytes('text', set('x'.repeat(99)))).toBe(0);
  });
});

describe('L4 limits as they are given', () => {
  it('are whole numbers from 0, or from 1, by names that exist', () => {
    const given = (limits: object): string => codeOf(() => resolveLimits(limits));
    expect(given({ nodesMax: 0 })).toBe('no error');
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53, '5', null]) {
      expect(given({ nodesMax: wrong })).toBe('bad-argument');
    }
    expect(given({ nodesMax: 2 ** 53 - 1, depthMax: undefined })).toBe('no error');
    expect([given({ nodeMax: 5 }), given({ toString: 5 })]).toEqual([
      'bad-argument',
      'bad-argument',
    ]);
    expect([given({ depthMax: 128 }), given({ depthMax: 129 })]).toEqual([
      'no error',
      'bad-argument',
    ]);
    expect(codeOf(() => withDefaults({ a: 1 }, { a: 0 }, 1))).toBe('bad-argument');
    expect(withDefaults({ a: 1, b: 2 }, { a: 1 }, 1)).toEqual({ a: 1, b: 2 });
    expect(withDefaults({ a: 1, b: 2 }, { a: undefined, b: 5 }, 0)).toEqual({
      a: 1,
      b: 5,
    });
  });
});
