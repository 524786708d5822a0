/** Where a patch tells a whole value in place of edits, and where it quotes. */
import { describe, expect, it, vi } from 'vitest';

import { ByteWriter } from '../../src/core/bytes.ts';
import { Differ } from '../../src/core/diff.ts';
import type { ArrayOp } from '../../src/core/op.ts';
import { applyPatch, diff, Patch } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import { writePatch } from '../../src/core/patch-writer.ts';
import { ValueWriter } from '../../src/core/value-writer.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { fewPair } from '../support/few-elements.ts';
import { fingerprint } from '../support/fingerprint.ts';

function encoded(base: Value, target: Value): Uint8Array {
  const op = new Differ('copy', true).diff(new Differ('copy', true).take(base), target);
  const bytes = new Patch(op).encode();
  expect(JSON.stringify(applyPatch(base, Patch.decode(bytes)))).toBe(JSON.stringify(target));
  return bytes;
}

/** The same without a look for quotes. */
function unquoted(base: Value, target: Value): Uint8Array {
  const op = new Differ('copy', true).diff(new Differ('copy', true).take(base), target);
  if (op?.kind !== 'object' && op?.kind !== 'array') return new Patch(op).encode();
  const { base: _none, ...told } = op;
  return new Patch(told).encode();
}

const KINDS = ['set', 'object', 'array', 'number', 'text', 'none', 'quotes'];

/** What the patch begins with, and its length. */
function shown(base: Value, target: Value): string {
  const bytes = encoded(base, target);
  return `${KINDS[bytes[0] ?? 0] ?? ''} ${bytes.length}`;
}

describe('P21 a patch', () => {
  it('tells the whole value where that is shorter than more than eight bytes of edits', () => {
    const numbers = (count: number, from: number): number[] =>
      Array.from({ length: count }, (_, i) => from + i * 7);
    const list = [2, 3, 4, 5, 6, 8, 12].map((count) =>
      shown([...numbers(count, 100), 'x'], [...numbers(count, 1), 'x']),
    );
    expect(list).toEqual(['array 5', 'array 7', 'array 9', 'set 9', 'set 10', 'set 12', 'set 19']);
    const names = (count: number, value: Value): Value =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, value]));
    expect([1, 2, 3, 4, 6].map((count) => shown(names(count, 'old'), names(count, true)))).toEqual([
      'object 3',
      'object 5',
      'object 7',
      'object 9',
      'object 13',
    ]);
    expect([2, 5, 9].map((count) => shown(names(count, 'old'), { z: 1 }))).toEqual([
      'object 7',
      'object 7',
      'object 7',
    ]);
  });

  it('tells an inner value whole where that is shorter than more than 64 bytes', () => {
    const inner = (count: number, step: number): Value =>
      Array.from({ length: count }, (_, i) => (i % 2 === 0 ? (i * step) % 60 : `${step}${i}`));
    const sizes = [10, 16, 17, 18, 19, 20, 21, 22, 24, 30, 60].map((count) =>
      shown({ a: inner(count, 7), b: 1, c: 2 }, { a: inner(count, 11), b: 1, c: 2 }),
    );
    expect(sizes).toEqual([
      'object 35',
      'set 56',
      'set 57',
      'set 62',
      'object 54',
      'object 59',
      'object 60',
      'object 65',
      'object 71',
      'object 89',
      'object 179',
    ]);
    const rows = [5, 9, 10, 11, 14].map((count) =>
      shown({ a: { b: inner(count, 7) }, c: [3, 4] }, { c: [3, 4], a: { b: inner(count, 3) } }),
    );
    expect(rows).toEqual(['object 19', 'object 31', 'object 35', 'set 36', 'set 45']);
  });

  it('tries the whole value above eight bytes, and an inner one above 64', () => {
    // Each change takes two bytes: its token and a small number. The last may take three.
    const many = (count: number, from: number): number[] =>
      Array.from({ length: count }, (_, i) => from + (i % 40));
    const plain = (base: Value, target: Value): string => {
      const bytes = unquoted(base, target);
      return `${KINDS[bytes[0] ?? 0] ?? ''} ${bytes.length}`;
    };
    const root = (last: number): string =>
      plain([...many(3, 100), 99, 5], [...many(3, 1), last, 5]);
    expect([root(50), root(3000)]).toEqual(['array 9', 'set 9']);
    const rest = { b: 'x'.repeat(90) };
    const inner = (count: number, last: number): string =>
      plain({ a: [...many(count, 100), 99], ...rest }, { a: [...many(count, 1), last], ...rest });
    expect([inner(31, 50), inner(31, 3000), inner(32, 50)]).toEqual([
      ...['object 66', 'object 38', 'object 37'],
    ]);
  });

  it('C6 is made without a look at texts that are too long to fit', () => {
    const long = 'x'.repeat(100_000);
    const parts = (text: string): Value => ({ [long]: [text, text], list: [text, { [text]: 1 }] });
    const spy = vi.spyOn(ByteWriter.prototype, 'utf8');
    for (const base of [
      [parts('a'), 1],
      { b: parts('a'), [long]: 1, n: 1 },
      [1, long, 2, 3, 4, 5],
    ]) {
      const texts = Array.from({ length: 5 }, (_, i) => `text ${i}, of some length`);
      const target = Array.isArray(base) ? [...base, ...texts] : { ...base, texts };
      spy.mockClear();
      const bytes = encoded(base, target);
      expect(bytes.length).toBeLessThan(300);
      expect(spy.mock.calls.filter(([text]) => text.length > 1000)).toEqual([]);
    }
    spy.mockRestore();
  });

  it('is the same wherever it stands in a message', () => {
    const phrase = 'all of this stands in the base as well, and comes again in the target: ';
    const strange = Array.from({ length: 80 }, (_, i) => String.fromCharCode(33 + ((i * 37) % 90)));
    for (const again of [phrase, strange.join(''), 1, Array<string>(9).fill('x')]) {
      const base = new Differ('copy', true).take({ phrase, n: 1 });
      const op = new Differ('copy', true).diff(base, { phrase, n: 2, again });
      const alone = new Patch(op).encode();
      const writer = new ValueWriter(new ByteWriter());
      writer.out.bytes(new Uint8Array(500));
      writePatch(writer, op);
      expect([...writer.out.take(500)]).toEqual([...alone]);
    }
  });

  it('is what it was for values of all kinds, or is looked at', () => {
    const random = new SeededRandom('sizes');
    const outcomes = Array.from({ length: 500 }, () => {
      const [base, target] = fewPair(random, 40);
      const [from, to] =
        random.below(2) === 0
          ? [base, target]
          : [
              { base, n: 1 },
              { base: target, n: 1 },
            ];
      const bytes = unquoted(from, to);
      expect(JSON.stringify(applyPatch<unknown>(from, Patch.decode(bytes)))).toBe(
        JSON.stringify(to),
      );
      return Buffer.from(bytes).toString('hex');
    });
    expect(fingerprint(outcomes)).toBe('500 5f99bca81365');
  });

  it('is the same whether or not the outcome was made beside it', () => {
    const random = new SeededRandom('outcomes');
    let told = 0;
    for (let i = 0; i < 1500; i++) {
      const [base, target] = fewPair(random, 5 + (i % 40));
      const [from, to] =
        i % 2 === 0
          ? [base, target]
          : [
              { base, n: 1 },
              { base: target, n: 1 },
            ];
      const bytes = encoded(from, to);
      expect(diff(from, to)?.encode() ?? Uint8Array.of(5)).toEqual(bytes);
      if (bytes[0] === 0) told++;
    }
    expect(told).toBeGreaterThan(50);
  });

  it('P25 quotes from 64 bytes on, where that saves any', () => {
    const phrase = 'all of this stands in the base as well, and comes again in the target: ';
    const base = { phrase, more: phrase.toUpperCase(), n: 1 };
    const sizes = [20, 40, 50, 56, 57, 58, 59, 60, 61, 62, 63, 64, 70].map((length) =>
      shown(base, { ...base, again: phrase.slice(0, length) }).replace(/quotes 1\d$/, 'quotes'),
    );
    expect(sizes).toEqual([
      'object 29',
      'object 49',
      'object 59',
      'object 65',
      'quotes',
      'quotes',
      'quotes',
      'quotes',
      'quotes',
      'quotes',
      'quotes',
      'quotes',
      'quotes',
    ]);
    const strange = Array.from({ length: 80 }, (_, i) =>
      String.fromCharCode(33 + ((i * 37) % 90)),
    ).join('');
    expect(shown(base, { ...base, again: strange })).toBe('object 90');
  });

  it('P25 spends so much on quotes in one message, and no more', () => {
    const writer = new ValueWriter(new ByteWriter());
    expect(writer.quotable).toBe(655_360);
    writer.spendOnQuotes(1000);
    expect(writer.quotable).toBe(654_360);
    writer.spendOnQuotes(1048);
    expect(writer.quotable).toBe(653_312);
    writer.spendOnQuotes(1);
    expect(writer.quotable).toBe(0);
  });

  it('C1 of an op without its outcome is its edits, however long', () => {
    const base = Array.from({ length: 40 }, (_, i) => `text number ${i}`);
    const op = new Differ('copy', true).diff(
      new Differ('copy', true).take(base),
      base.map(() => 1),
    ) as ArrayOp;
    const whole = new Patch(op).encode();
    const { edits } = op;
    const told = new Patch({ kind: 'array', edits }).encode();
    expect([whole[0], told[0]]).toEqual([0, 2]);
    expect(told.length).toBeGreaterThan(whole.length);
    expect(applyPatch(base as Value, Patch.decode(told))).toEqual(base.map(() => 1));
  });
});
