/** The limits of what is taken in, each at its very boundary. */
import { describe, expect, it } from 'vitest';

import { Differ } from '../../src/core/diff.ts';
import { DiffStreamError } from '../../src/core/errors.ts';
import type { Limits } from '../../src/core/limits.ts';
import { resolveLimits } from '../../src/core/limits.ts';
import type { Ownership, Value } from '../../src/core/value.ts';

const OWNERSHIPS: readonly Ownership[] = ['copy', 'adopt'];

/** The message of a refusal; empty where there is none. */
function refusal(work: () => unknown): string {
  try {
    work();
    return '';
  } catch (error) {
    if (error instanceof DiffStreamError && error.code === 'bad-value') return error.message;
    throw error;
  }
}

/** The least limit with which a target is taken beside a base; undefined: without one. */
function least(name: keyof Limits, target: unknown, base?: unknown): number | string {
  const found = OWNERSHIPS.map((ownership) => {
    for (let limit = 0; limit < 100; limit++) {
      const differ = new Differ(ownership, true, resolveLimits({ [name]: limit }));
      const own = base === undefined ? undefined : new Differ('copy', true).take(base);
      const given = structuredClone(target);
      const message = refusal(() =>
        own === undefined ? differ.take(given) : differ.diff(own, given),
      );
      if (message === '') return limit;
    }
    return -1;
  });
  return found[0] === found[1] ? (found[0] as number) : found.join(' or ');
}

describe('L4 the limits of a value', () => {
  it('count each part once: nodesMax', () => {
    const whole: [unknown, number][] = [
      ...([
        [1, 0],
        ['text', 0],
        [[], 0],
        [{}, 0],
        [[1], 1],
        [{ a: 1 }, 1],
      ] as [unknown, number][]),
      ...([
        [[1, [2, 3]], 4],
        [{ a: { b: 1 }, c: [1] }, 4],
        [[[[]]], 2],
      ] as [unknown, number][]),
    ];
    for (const [value, parts] of whole) {
      expect([value, least('nodesMax', value)]).toEqual([value, parts]);
      expect([value, least('nodesMax', value, 'another')]).toEqual([value, parts]);
    }
    const changes: [unknown, unknown, number][] = [
      [{ a: 1, b: 2, c: 3 }, { a: 1, b: 2, c: 4 }, 3],
      [{ a: 1, b: 2, c: 3 }, { a: 1, b: 2 }, 2],
      [{ a: 1, b: 2 }, { a: 1, x: 3, b: 2 }, 3],
      [{ a: 1, b: 2 }, { b: 2, a: 1 }, 2],
      [{ a: 1 }, { a: 1 }, 1],
      [{}, { a: [1, 2] }, 3],
      [[1, 2, 3], [1, 2, 4], 3],
      [[1, 2, 3], [1, 2, 3], 3],
      [[1, 2], [1, [1, 2], 2], 5],
      [[[1], [2]], [[1], [3]], 3],
      [{ a: { b: 1 }, c: { d: 1 } }, { a: { b: 2 }, c: { d: 1 } }, 4],
    ];
    for (const [base, target, parts] of changes) {
      expect([target, least('nodesMax', target, base)]).toEqual([target, parts]);
    }
  });

  it('count the bytes of each string and name: stringBytesMax', () => {
    const texts: [string, number][] = [
      ...([
        ['', 0],
        ['a', 1],
        ['ab', 2],
        ['é', 2],
        ['aé', 3],
      ] as [string, number][]),
      ...([
        ['東', 3],
        ['東東', 6],
        ['\u{1f600}', 4],
        ['a\u{1f600}', 5],
      ] as [string, number][]),
      ...([
        ['x'.repeat(30), 30],
        ['é'.repeat(30), 60],
      ] as [string, number][]),
    ];
    for (const [text, bytes] of texts) {
      expect([text, least('stringBytesMax', text)]).toEqual([text, bytes]);
      expect([text, least('stringBytesMax', text, 'other')]).toEqual([text, bytes]);
      expect([text, least('stringBytesMax', { [text]: 1 })]).toEqual([text, bytes]);
      expect([text, least('stringBytesMax', { [text]: 1 }, {})]).toEqual([text, bytes]);
      expect([text, least('stringBytesMax', [text], [1])]).toEqual([text, bytes]);
      // What was there before is not looked at again.
      expect(least('stringBytesMax', { [text]: 1, z: 2 }, { [text]: 1, z: 1 })).toBe(0);
    }
  });

  it('count levels from the root: depthMax', () => {
    expect([1, [], [1], [[]], { a: [{}] }].map((value) => least('depthMax', value))).toEqual([
      ...[0, 1, 1, 2, 3],
    ]);
    expect(least('depthMax', [[1]], [])).toBe(2);
    expect(least('depthMax', [[2]], [[1]])).toBe(2);
    expect(least('depthMax', { a: { b: 2 } }, { a: { b: 1 } })).toBe(2);
    expect(least('depthMax', { a: 1, b: {} }, { a: 1 })).toBe(2);
  });

  it('are told by name, at the place where they are met', () => {
    const message = (limits: Partial<Limits>, value: unknown): string =>
      refusal(() => new Differ('copy', true, resolveLimits(limits)).take(value));
    expect(message({ nodesMax: 2 }, { a: [1, 2] })).toBe(
      'a value of more than nodesMax = 2 parts, found at $.a cannot be kept',
    );
    expect(message({ depthMax: 1 }, [0, [1]])).toBe(
      'a value nested deeper than depthMax = 1 at $[1] cannot be kept',
    );
    expect(message({ stringBytesMax: 3 }, ['four'])).toBe(
      'a string of 4 characters, above the limit stringBytesMax = 3 bytes, at $[0] cannot be kept',
    );
  });

  it('V7 tell a value that is too deep from one that contains itself', () => {
    // It was met before, at another place, whichever way the walk took there.
    const parts: unknown[] = [[1], [1, 2, 3], { a: 1 }, { a: 1, b: 2 }];
    const before: Value[] = [0, [2], [1, 2, 4], [9, 9], [], { a: 2 }, { b: 1 }, { a: 1 }, {}];
    for (const part of parts) {
      for (const one of before) {
        for (const ownership of OWNERSHIPS) {
          const differ = new Differ(ownership, false, resolveLimits({ depthMax: 2 }));
          const bases: Value[] = [[one, 0], { a: one, b: 0 }, { b: 0, a: one }];
          for (const base of bases) {
            for (const target of [[part, [part]], { a: part, b: [part] }]) {
              expect(refusal(() => differ.diff(base, target))).toContain('nested deeper');
            }
          }
        }
      }
    }
  });

  it('V3 name up to 24 steps of a place', () => {
    const at = (depth: number): string => {
      let value: unknown = Number.NaN;
      for (let level = depth; level > 0; level--) value = level % 2 === 1 ? [value] : { a: value };
      return refusal(() => new Differ('copy', true).take(value));
    };
    const path = (steps: number): string =>
      '[0].a'.repeat(12).slice(0, steps * 2.5 + (steps % 2) / 2);
    expect(at(0)).toBe('NaN at $ cannot be kept');
    expect(at(2)).toBe('NaN at $[0].a cannot be kept');
    expect(at(23)).toBe(`NaN at $${path(23)} cannot be kept`);
    expect(at(24)).toBe(`NaN at $${path(24)} cannot be kept`);
    expect(at(25)).toBe(`NaN at $${path(24)}… cannot be kept`);
  });

  it('V6 refuse accessors among what is new or changed, with a getter or a setter', () => {
    const kinds: PropertyDescriptor[] = [
      { get: () => 1, enumerable: true },
      { get: () => 1, set: () => {}, enumerable: true },
    ];
    const bases: Value[] = [1, {}, { a: 2 }, { b: 1, a: 2 }, { a: 2, c: 1 }];
    for (const kind of kinds) {
      for (const base of bases) {
        for (const ownership of OWNERSHIPS) {
          const target = Object.defineProperty({}, 'a', kind);
          const own = new Differ('copy', true).take(base);
          const message = refusal(() => new Differ(ownership, true).diff(own, target));
          expect(message).toBe('an accessor at $.a cannot be kept');
        }
      }
    }
    // Own trees are checked already.
    const own = Object.defineProperty({}, 'a', kinds[0] as PropertyDescriptor) as Value;
    expect(refusal(() => new Differ('trusted', true).diff({ a: 2 }, own))).toBe('');
    expect(refusal(() => new Differ('trusted', true).diff({}, own))).toBe('');
  });

  it('V12 keep no object that shows more or less than its members', () => {
    const symbol = Symbol('s');
    const given: [string, object][] = [
      ['plain', { a: 2 }],
      ['without a prototype', Object.assign(Object.create(null) as object, { a: 2 })],
      ['a symbol', { a: 2, [symbol]: 1 }],
      ['a hidden member', Object.defineProperty({ a: 2 }, 'toJSON', { value: () => 1 })],
      ['an array', [2]],
      ['an array with a hidden toJSON', Object.defineProperty([2], 'toJSON', { value: () => 1 })],
      [
        'an array with an accessor',
        Object.defineProperty([2], 0, { get: () => 2, enumerable: true }),
      ],
    ];
    const kept = given.map(([what, object]) => {
      const differ = new Differ('adopt', false);
      const taken = differ.take({ object }) as { object: unknown };
      return [what, taken.object === object];
    });
    expect(kept).toEqual([
      ['plain', true],
      ['without a prototype', true],
      ['a symbol', false],
      ['a hidden member', false],
      ['an array', true],
      ['an array with a hidden toJSON', false],
      ['an array with an accessor', false],
    ]);
  });
});
