import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Differ } from '../../src/core/diff.ts';
import { DiffStreamError } from '../../src/core/errors.ts';
import { resolveLimits } from '../../src/core/limits.ts';
import { diff } from '../../src/core/patch.ts';
import type { Ownership, Value } from '../../src/core/value.ts';
import { DiffCache } from '../../src/index.ts';
import { depthOf, nested, runs, values } from '../support/arbitrary-values.ts';
import { codeOf } from '../support/error-code.ts';

class Point {
  x = 1;
}

const cycle: Record<string, unknown> = { a: 1 };
cycle['self'] = cycle;
const throwing = {
  get a(): never {
    throw new TypeError('not today');
  },
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const refusing = new Proxy({ a: 1 }, { ownKeys: () => assertNever('no keys') });
const sparse = Object.assign(new Array<number>(3), { 0: 1, 2: 3 });
const extra = Object.assign([1, 2], { total: 3 });

function assertNever(message: string): never {
  throw new RangeError(message);
}

/** What stands at `$.list[2].bad`, and a part of the message that names the trouble. */
const refused: readonly (readonly [string, unknown, string])[] = [
  ['NaN', Number.NaN, 'NaN'],
  ['Infinity', Number.POSITIVE_INFINITY, 'Infinity'],
  ['-Infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
  ['a BigInt', 1n, 'a bigint'],
  ['a function', () => 1, 'a function'],
  ['a symbol', Symbol('s'), 'a symbol'],
  ['a Date', new Date(0), 'an instance of Date'],
  ['a Map', new Map(), 'an instance of Map'],
  ['a typed array', new Uint8Array(2), 'an instance of Uint8Array'],
  ['a boxed string', Object('s'), 'an instance of String'],
  ['an instance of a class', new Point(), 'an instance of Point'],
  ['an object of an object', Object.create({ a: 1 }), 'an instance of Object'],
  ['a promise', Promise.resolve(1), 'an instance of Promise'],
  ['a lone surrogate', 'x\ud800y', 'lone surrogate'],
  ['a low surrogate', '\udc00', 'lone surrogate'],
  ['a revoked proxy', revoked.proxy, 'cannot be read'],
  ['a proxy that refuses', refusing, 'cannot be read'],
  ['a sparse array', sparse, ''],
  ['an array with members', extra, 'beside its elements'],
];

/** Refused, but at a place below. */
const refusedBelow: readonly (readonly [string, unknown, string, string])[] = [
  ['an undefined element', [1, undefined], 'undefined', '[1]'],
  ['a getter that throws', throwing, 'cannot be read', '.a'],
  [
    'an accessor',
    {
      get a() {
        return 'n';
      },
    },
    'an accessor',
    '.a',
  ],
  ['a name with a lone surrogate', { '\ud800': 1 }, 'lone surrogate', '["\\ud800"]'],
  ['a function named toJSON', { toJSON: () => 1 }, 'a function', '.toJSON'],
];

/** Bases against which the same target takes other ways through the walk. */
const bases: readonly Value[] = [
  null,
  { list: [0, 1, { bad: 1 }] },
  { list: [0, 1, { bad: { a: 1 } }] },
  { list: [0, 1, { bad: [1, 2, 3] }] },
  { list: [0, 1, { bad: [1, 3] }] },
  { list: [0, 1, { other: 1, more: 2 }], x: 1 },
  { list: [{ bad: 1 }] },
];

const ownerships: readonly Ownership[] = ['copy', 'adopt'];

function errorOf(work: () => unknown): DiffStreamError {
  try {
    work();
  } catch (error) {
    if (error instanceof DiffStreamError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The refusals of a value on every way through the walk. */
function refusalsOf(value: unknown): DiffStreamError[] {
  const refusals: DiffStreamError[] = [];
  for (const ownership of ownerships) {
    const differ = new Differ(ownership, true);
    refusals.push(errorOf(() => differ.take(value)));
    for (const base of bases) {
      const own = new Differ('copy', true).take(base);
      refusals.push(errorOf(() => differ.diff(own, value)));
    }
  }
  return refusals;
}

describe('intake', () => {
  it.each(refused)('V3 V4 V5 V6 refuses %s and names the place', (_name, bad, what) => {
    for (const error of refusalsOf({ list: [0, 1, { bad }] })) {
      expect(error.code).toBe('bad-value');
      expect(error.message).toContain(what);
      expect(error.message).toContain(' at $.list[2].bad');
      expect(error.message.isWellFormed()).toBe(true);
    }
  });

  it.each(refusedBelow)(
    'V3 V4 V6 refuses %s and names the place below',
    (_name, bad, what, below) => {
      for (const error of refusalsOf({ list: [0, 1, { bad }] })) {
        expect(error.code).toBe('bad-value');
        expect(error.message).toContain(what);
        expect(error.message).toContain(` at $.list[2].bad${below} `);
      }
    },
  );

  it('V3 refuses the same at the root', () => {
    for (const [, bad] of refused) {
      for (const base of [null, 1, 's', [1], { a: 2 }] as Value[]) {
        expect(errorOf(() => diff(base, bad)).message).toContain(' at $');
      }
    }
    expect(errorOf(() => diff(1, undefined)).message).toContain('undefined at $');
  });

  it('V7 refuses a value that contains itself, and says so', () => {
    for (const base of [null, { a: 1 }, { a: 1, self: { a: 1 } }, [1]] as Value[]) {
      expect(errorOf(() => diff(base, cycle)).message).toContain('contains itself');
    }
    const row: unknown[] = [1];
    row.push(row);
    expect(errorOf(() => diff([1, [1, 2]], row)).message).toContain('contains itself');
  });

  it('V7 keeps 128 levels and refuses 129 and a million', () => {
    for (const array of [() => true, () => false, (i: number) => i % 3 === 0]) {
      const most = nested(128, 1, array);
      expect(JSON.stringify(new Differ('copy', true).take(most))).toBe(JSON.stringify(most));
      expect(diff(nested(128, 2, array), most)?.encode().length).toBeLessThan(300);
      for (const depth of [129, 1_000_000]) {
        const tooDeep = nested(depth, 1, array);
        for (const base of [null, most, nested(127, 1, array)]) {
          const error = errorOf(() => diff(base, tooDeep));
          expect(error.code).toBe('bad-value');
          expect(error.message).toContain('nested deeper than depthMax = 128 at $');
          expect(error.message.length).toBeLessThan(400);
        }
      }
    }
  });

  it('L4 refuses values beyond its limits before it takes memory for them', () => {
    const limits = resolveLimits({ nodesMax: 1000, stringBytesMax: 10 });
    const differ = new Differ('copy', true, limits);
    for (const base of [null, [1], { a: 1 }] as Value[]) {
      expect(errorOf(() => differ.diff(base, new Array(1e9))).message).toContain('nodesMax = 1000');
      const many = Array.from({ length: 600 }, () => [1]);
      expect(errorOf(() => differ.diff(base, many)).message).toContain('nodesMax = 1000');
      const long = errorOf(() => differ.diff(base, { a: '\u20ac\u20ac\u20ac\u20ac' }));
      expect(long.message).toMatch(/stringBytesMax = 10 bytes, at \$\.a /);
      const name = errorOf(() => differ.diff(base, { '\u20ac\u20ac\u20ac\u20ac': 1 }));
      expect(name.message).toContain('stringBytesMax = 10');
    }
    expect(differ.take('\u20ac\u20ac\u20ac1')).toBe('\u20ac\u20ac\u20ac1');
  });

  it('L4 holds a shared subtree against the number of parts, as often as it shows', () => {
    let shared: unknown = 1;
    for (let level = 0; level < 60; level++) shared = [shared, shared];
    expect(errorOf(() => diff(null, shared)).message).toContain('nodesMax');
  });

  it('V3 goes on with the next value after a refusal', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(...refused), (value, [, bad]) => {
        fc.pre(depthOf(value) <= 126);
        const differ = new Differ('copy', true);
        expect(errorOf(() => differ.take({ a: [value, bad] })).message).toContain(' at $.a[1]');
        expect(JSON.stringify(differ.take(value))).toBe(JSON.stringify(value));
      }),
      runs(300),
    );
  });

  it('V6 reads each member once, so that the tree and the patch cannot disagree', () => {
    let reads = 0;
    const shifty = new Proxy(
      { a: 0, b: 0 },
      { get: () => ++reads, getOwnPropertyDescriptor: describe_ },
    );
    const differ = new Differ('copy', true);
    differ.diff(differ.take({ a: -1, b: -1 }), shifty);
    expect(differ.next).toEqual({ a: 1, b: 2 });
  });

  it('V6 is not led astray by an array that grows while it is read', () => {
    const list: unknown[] = [{ n: 1 }];
    const growing = new Proxy(
      { n: 2 },
      {
        get: () => {
          if (list.length < 50) list.push(list.length);
          return 2;
        },
      },
    );
    list.push(growing);
    const differ = new Differ('copy', true);
    const base = differ.take([{ n: 1 }, { n: 1 }]);
    const op = differ.diff(base, list);
    expect(op?.kind).toBe('array');
    expect(differ.next).toHaveLength(2);
  });

  it('V6 is not led astray by a length that is none at the first look', () => {
    for (const length of [undefined, Number.NaN, -1, 1.5, [1], '1', () => 1, { length: 1 }]) {
      let looks = 0;
      const get = (list: unknown[], name: string | symbol): unknown =>
        name === 'length' && looks++ === 0
          ? length
          : (list as unknown as Record<string | symbol, unknown>)[name];
      const liar = new Proxy<unknown[]>([{ a: 2 }], { get });
      const producer = DiffCache.producer();
      const consumer = DiffCache.consumer();
      consumer.update(producer.set('k', { list: [1, { a: 1 }] }).encode());
      const code = codeOf(() => consumer.update(producer.set('k', { list: liar }).encode()));
      expect(['no error', 'bad-value']).toContain(code);
      expect(consumer.verify(producer.head())).toBe(true);
    }
  });

  it('V1 takes objects of another realm and without a prototype as plain', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    expect(diff({ a: 1 }, bare)).toBeUndefined();
    expect(diff([{ a: 1 }], [bare])).toBeUndefined();
    const foreign: unknown = runInNewContext('({ a: 1, b: [{ c: 2 }] })');
    expect(Object.getPrototypeOf(foreign)).not.toBe(Object.prototype);
    expect(diff({ a: 1, b: [{ c: 2 }] }, foreign)).toBeUndefined();
  });

  it('V3 refuses an instance of what has no name, and says so', () => {
    const prototypes = [
      Object.create(null),
      Object.create(null, { constructor: { value: 7 } }),
    ] as object[];
    for (const prototype of prototypes) {
      expect(() => diff(1, { at: Object.create(prototype) as object })).toThrow(
        /an instance of a class.*\$\.at|\$\.at.*an instance of a class/,
      );
    }
  });

  it('V3 takes an array of a class, or of another realm, as an array', () => {
    class Rows extends Array<number> {}
    expect(diff([1, 2], Rows.from([1, 2]))).toBeUndefined();
    const taken = new Differ('copy', true).take({ rows: Rows.from([1, 2]) });
    expect(taken).toEqual({ rows: [1, 2] });
    expect(diff([1, 2], runInNewContext('[1, 2]'))).toBeUndefined();
  });

  it('V2 makes -0 to 0', () => {
    const differ = new Differ('copy', true);
    expect(Object.is(differ.take(-0), 0)).toBe(true);
    expect(diff([0, { a: 0 }], [-0, { a: -0 }])).toBeUndefined();
    differ.diff(1, -0);
    expect(Object.is(differ.next, 0)).toBe(true);
  });

  it('V1 counts what is there, not what was there before', () => {
    const limits = resolveLimits({ nodesMax: 150 });
    const named = (letter: string): Record<string, number> =>
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${letter}${i}`, i]));
    const differ = new Differ('copy', true, limits);
    const base = differ.take(named('a'));
    for (const next of [named('b'), { first: 1, ...named('a') }, { x: 1 }]) {
      differ.diff(base, next);
      expect(JSON.stringify(differ.next)).toBe(JSON.stringify(next));
    }
  });

  it('V1 takes no inherited member for one of the value', () => {
    const foreign = Object.assign(Object.create(null) as object, { hasOwnProperty: 1, foo: 2 });
    const heir = (own: object): object => Object.assign(Object.create(foreign) as object, own);
    for (const [base, own] of [
      [{ a: 1, foo: 2 }, { a: 1 }],
      [{ rows: [{ a: 1, foo: 2 }] }, { a: 1 }],
    ] as const) {
      const target = 'rows' in base ? { rows: [heir(own)] } : heir(own);
      const differ = new Differ('copy', true);
      differ.diff(differ.take(base), target);
      expect(JSON.stringify(differ.next)).toBe(
        JSON.stringify('rows' in base ? { rows: [own] } : own),
      );
    }
  });
});

function describe_(): PropertyDescriptor {
  return { value: 0, writable: true, enumerable: true, configurable: true };
}
