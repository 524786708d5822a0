/** What a reader of quotes refuses: told by a writer that keeps to none of the bounds. */
import { describe, expect, it } from 'vitest';

import { BaseText } from '../../src/core/base-text.ts';
import { DiffStreamError } from '../../src/core/errors.ts';
import { Patch, applyPatch } from '../../src/core/patch.ts';
import { BASE_UNITS_MAX, QuoteCoder, stepsMax, newUnitsMax } from '../../src/core/quote-coder.ts';
import { readQuotes } from '../../src/core/quote-reader.ts';
import { writeQuotes } from '../../src/core/quote-writer.ts';
import { RangeEncoder } from '../../src/core/range-encoder.ts';
import type { Value } from '../../src/core/value.ts';
import { codeOr } from '../support/error-code.ts';

/** Letters by themselves, or a copy from a place in the base, or behind it in what was told. */
type Step = string | readonly [from: number, length: number];

function isThere(base: string, grown: number, [from, length]: readonly [number, number]): boolean {
  if (from < base.length) return from >= 0 && from + length <= base.length;
  return from < base.length + grown;
}

function told(base: string, steps: readonly Step[]): Uint8Array {
  const encoder = new RangeEncoder();
  const coder = new QuoteCoder(encoder, BaseText.ofText(base), 16);
  for (const step of steps) {
    if (typeof step === 'string') {
      for (let i = 0; i < step.length; i++) {
        coder.isCopy(false);
        coder.unit(step.charCodeAt(i));
      }
    } else {
      coder.isCopy(true);
      coder.copy(step[0], step[1]);
      if (isThere(base, coder.grown.length, step)) coder.make(step[0], step[1]);
    }
  }
  return encoder.finish();
}

function read(base: string, bytes: Uint8Array, count = 1): readonly string[] | string {
  return codeOr(() => readQuotes(BaseText.ofText(base), bytes, count));
}

const BASE = 'the base that is quoted';

describe('P26 a reader of quotes', () => {
  it('takes letters and copies, from the base and from what came before', () => {
    expect(read(BASE, told(BASE, ['ab\n']))).toEqual(['ab']);
    expect(read(BASE, told(BASE, [[4, 4], '\n']))).toEqual(['base']);
    expect(read(BASE, told(BASE, ['xy', [BASE.length, 5], '\n']))).toEqual(['xyxyxyx']);
    expect(read(BASE, told(BASE, ['x\ny\n', [BASE.length, 4]]), 4)).toEqual(['x', 'y', 'x', 'y']);
    expect(read(BASE, told(BASE, ['\n\n\n']), 3)).toEqual(['', '', '']);
  });

  it('takes a copy to the very end of the base, and none beyond it', () => {
    const end = BASE.length;
    expect(read(BASE, told(BASE, [[end - 6, 6], '\n']))).toEqual(['quoted']);
    expect(read(BASE, told(BASE, [[end - 6, 7], '\n']))).toBe('malformed');
    expect(read(BASE, told(BASE, ['a', [end, 2], '\n']))).toEqual(['aaa']);
    expect(read(BASE, told(BASE, ['a', [end + 1, 2], '\n']))).toBe('malformed');
    expect(read(BASE, told(BASE, [[end, 2], '\n']))).toBe('malformed');
    expect(read(BASE, told(BASE, [[0, 2], [-1, 2], '\n']))).toBe('malformed');
    expect(read('', told('', [[0, 2], '\n']))).toBe('malformed');
  });

  it('ends with the last text, and with the last byte', () => {
    const bytes = told(BASE, ['ab\ncd\n']);
    expect(read(BASE, bytes, 2)).toEqual(['ab', 'cd']);
    expect(read(BASE, bytes, 1)).toBe('malformed');
    expect(read(BASE, bytes, 3)).toBe('malformed');
    expect(read(BASE, Uint8Array.of(...bytes, 0), 2)).toBe('malformed');
    expect(read(BASE, bytes.subarray(0, -1), 2)).not.toEqual(['ab', 'cd']);
    // A copy may bring several ends at once, but not more than there are texts, or half of one.
    const copy = told(BASE, ['x\ny\n', [BASE.length, 4]]);
    expect(read(BASE, copy, 3)).toBe('malformed');
    expect(read(BASE, told(BASE, ['x\ny', [BASE.length, 3]]), 2)).toBe('malformed');
  });

  it('takes 65,536 units, 64 more for each byte, as many as the base has, and no more', () => {
    /** Whether so many units are taken, the last of them an end, and whether they should be. */
    const taken = (units: number, steps: readonly Step[]): [boolean, boolean] => {
      const bytes = told(BASE, steps);
      const count = steps.at(-1) === '\n' ? 1 : units / 2;
      const isTaken = read(BASE, bytes, count) !== 'malformed';
      return [isTaken, units <= 65_536 + 64 * bytes.length + BASE.length];
    };
    const outcomes = new Set<boolean>();
    for (let units = 65_900; units < 66_300; units++) {
      const [one, expected] = taken(units, ['x', [BASE.length, units - 2], '\n']);
      expect([units, one]).toEqual([units, expected]);
      outcomes.add(one);
      if (units % 2 !== 0) continue;
      // A copy may be the last of it, if it brings the end.
      const [other, wanted] = taken(units, ['x\n', [BASE.length, units - 2]]);
      expect([units, other]).toEqual([units, wanted]);
    }
    expect(outcomes.size).toBe(2);
    expect([0, 1, 7167, 7168, 9999].map((n) => newUnitsMax(n, 0))).toEqual([
      65_536, 65_600, 524_224, 524_288, 524_288,
    ]);
    expect([1, 458_751, 458_752, 999_999].map((n) => newUnitsMax(0, n))).toEqual([
      65_537, 524_287, 524_288, 524_288,
    ]);
  });

  it('takes a base of 4,194,304 units, and not one more', () => {
    const base = 'x'.repeat(BASE_UNITS_MAX);
    const bytes = told(base, ['ab\n']);
    expect(read(base, bytes)).toEqual(['ab']);
    expect(read(`${base}x`, told(`${base}x`, ['ab\n']))).toBe('malformed');
  });

  it('takes as many steps as the bytes pay for, and not one more', () => {
    const refused: number[] = [];
    for (let count = 1; count < 400; count++) {
      const bytes = told(BASE, ['x'.repeat(count), '\n']);
      const isPaid = count + 1 <= stepsMax(bytes.length);
      expect([count, read(BASE, bytes) !== 'malformed']).toEqual([count, isPaid]);
      if (!isPaid) refused.push(count);
    }
    expect(refused.length).toBeGreaterThan(200);
    expect([0, 1, 100].map(stepsMax)).toEqual([64, 67, 364]);
  });

  it('takes the same bytes for the same, whatever texts came before', () => {
    const texts = ['{"a":"the base that is", "é": "東"}'];
    const write = (base: string, made: string[]): Uint8Array | undefined =>
      writeQuotes(BaseText.ofText(base), made);
    const first = write(BASE, texts) as Uint8Array;
    for (const other of ['', 'x'.repeat(5000), '東 é A9 '.repeat(40), JSON.stringify(BASE)]) {
      write(other, [`${other.slice(0, 300)}!`, 'and more: 0123456789']);
      expect(write(BASE, texts)).toEqual(first);
      expect(read(other, told(other, [`${BASE}\n`]))).toEqual([BASE]);
      expect(read(BASE, first)).toEqual(texts);
    }
  });
});

describe('P26 what quotes make', () => {
  const outcome = (base: Value, texts: readonly string[], skeleton: number[]): unknown => {
    const quotes = told(JSON.stringify(base), [`${texts.join('\n')}\n`]);
    const bytes = Uint8Array.of(6, quotes.length, ...quotes, ...skeleton);
    return codeOr(() => applyPatch(base, Patch.decode(bytes)));
  };
  const ADD = 0x0e;

  it('are elements and members, one or several at once, but not none', () => {
    expect(outcome([], ['1,[2],"x"'], [2, ADD])).toEqual([1, [2], 'x']);
    expect(outcome([0], ['1'], [2, ADD])).toEqual([1, 0]);
    expect(outcome({}, ['"a":1,"b":[{}]'], [1, ADD])).toEqual({ a: 1, b: [{}] });
    expect(outcome([], [''], [2, ADD])).toBe('patch-conflict');
    expect(outcome({}, [''], [1, ADD])).toBe('patch-conflict');
    expect(outcome([], ['1],[2'], [2, ADD])).toBe('patch-conflict');
    expect(outcome({}, ['1'], [1, ADD])).toBe('patch-conflict');
  });

  it('are texts without their quotation marks', () => {
    expect(outcome('abc', ['x\\"y'], [4, 1, 1, 1])).toBe('ax"yc');
    expect(outcome('abc', [''], [4, 1, 1, 1])).toBe('ac');
    expect(outcome('abc', [''], [4, 1, 1, 0])).toBe('patch-conflict');
    expect(outcome('abc', ['x","y'], [4, 1, 1, 1])).toBe('patch-conflict');
  });

  it('are frozen, and keep to the limits of whoever reads them', () => {
    const quotes = told('[]', ['[["abcd"]]\n']);
    const bytes = Uint8Array.of(6, quotes.length, ...quotes, 0);
    const made = (limits: Record<string, number>): unknown => {
      try {
        return applyPatch([], Patch.decode(bytes, limits));
      } catch (error) {
        return error instanceof DiffStreamError ? error.code : error;
      }
    };
    const value = made({}) as unknown[];
    expect(value).toEqual([['abcd']]);
    expect([Object.isFrozen(value), Object.isFrozen(value[0])]).toEqual([true, true]);
    expect([made({ depthMax: 2 }), made({ depthMax: 1 })]).toEqual([[['abcd']], 'limit-exceeded']);
    expect(made({ stringBytesMax: 4 })).toEqual([['abcd']]);
    expect(made({ stringBytesMax: 3 })).toBe('limit-exceeded');
    const named = told('{}', ['"abcd":1\n']);
    const member = Uint8Array.of(6, named.length, ...named, 1, ADD);
    const make = (stringBytesMax: number): unknown =>
      applyPatch({}, Patch.decode(member, { stringBytesMax }));
    expect(make(4)).toEqual({ abcd: 1 });
    expect(() => make(3)).toThrow('stringBytesMax');
    const nested = told('[[]]', ['[1]\n']);
    const inner = Uint8Array.of(6, nested.length, ...nested, 2, 0x0a, ADD);
    const nest = (depthMax: number): unknown => applyPatch([[]], Patch.decode(inner, { depthMax }));
    expect(nest(3)).toEqual([[[1]]]);
    expect(() => nest(2)).toThrow('depthMax');
  });

  it('P23 count their levels from the root of the value', () => {
    /** The least depth with which new parts of an object in an array are taken. */
    const least = (kind: 1 | 2, quoted: string): number => {
      const base = kind === 1 ? [{}] : [[]];
      const quotes = told(JSON.stringify(base), [`${quoted}\n`]);
      const bytes = Uint8Array.of(6, quotes.length, ...quotes, 2, 0x08 + kind, ADD);
      for (let depthMax = 2; ; depthMax++) {
        try {
          applyPatch<unknown>(base, Patch.decode(bytes, { depthMax }));
          return depthMax;
        } catch (error) {
          if (!String(error).includes('depthMax')) throw error;
        }
      }
    };
    const members = ['"a":1', '"a":[]', '"a":{}', '"a":{"b":1}', '"a":{"b":{}}', '"a":[{"b":[1]}]'];
    expect(members.map((quoted) => least(1, quoted))).toEqual([2, 3, 3, 3, 4, 5]);
    const elements = ['1', '[]', '{}', '[[]]', '{"b":{}}', '{"b":[{}]}'];
    expect(elements.map((quoted) => least(2, quoted))).toEqual([2, 3, 3, 4, 4, 5]);
  });
});
