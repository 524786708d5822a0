import { describe, expect, it, vi } from 'vitest';

import { BaseText } from '../../src/core/base-text.ts';
import { Differ } from '../../src/core/diff.ts';
import { digestAfter, valueDigest } from '../../src/core/digest.ts';
import { applyOp } from '../../src/core/apply.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import { carryLengths, partsOf } from '../../src/core/part-lengths.ts';
import { applyPatch, Patch } from '../../src/core/patch.ts';
import type { Container, Value } from '../../src/core/value.ts';
import { isArray, isContainer } from '../../src/core/value.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';

/** A value as a cache holds it: frozen, with its digest known. */
function held(value: unknown): Value {
  const own = new Differ('copy', false).take(value);
  valueDigest(own);
  return own;
}

/** What a cache does with an op. */
function after(base: Value, op: Op): Value {
  const next = applyOp(base, op);
  digestAfter(base, next, op);
  carryLengths(base, next, op);
  return next;
}

const FIFTY = Array.from({ length: 50 }, (_, i) => i);
const WORDS = ['plain', 'zwölf', '次の項目', '𐀀', '"quoted"', 'a\\b\n', '__proto__', '7', ''];

/** Values of some hundred parts, nested, with names and texts that JSON escapes. */
function documentOf(random: SeededRandom, levels = 3): Value {
  const word = (): string => `${WORDS[random.below(WORDS.length)] ?? ''}${random.below(1000)}`;
  const part = (): Value => {
    const kind = random.below(levels > 0 ? 6 : 4);
    if (kind === 0) return random.below(100_000) / 8;
    if (kind === 1) return random.below(2) === 0 ? null : true;
    if (kind < 4) return word().repeat(1 + random.below(3));
    return documentOf(random, levels - 1);
  };
  const count = levels === 3 ? 40 : random.below(8);
  if (random.below(2) === 0) return Array.from({ length: count }, part);
  const members = new Map(Array.from({ length: count }, () => [word(), part()]));
  return Object.fromEntries(members);
}

/** The same with some parts changed, left out, added, moved or repeated. */
function changed(value: Value, random: SeededRandom): Value {
  if (!isContainer(value)) return typeof value === 'string' ? `${value}!` : random.below(1000);
  const edits = (parts: [string, Value][]): [string, Value][] => {
    const next = [...parts];
    for (let i = 0; i <= random.below(3) && next.length > 0; i++) {
      const at = random.below(next.length);
      const [name, part] = next[at] as [string, Value];
      const kind = random.below(5);
      if (kind === 0) next.splice(at, 1);
      else if (kind === 1) next.splice(at, 0, [`new ${random.below(9999)}`, documentOf(random, 1)]);
      else if (kind === 2) next.splice(random.below(next.length), 0, ...next.splice(at, 1));
      else next[at] = [name, changed(part, random)];
    }
    return next;
  };
  if (isArray(value)) return edits(value.map((part) => ['', part])).map(([, part]) => part);
  return Object.fromEntries(edits(Object.entries(value)));
}

/** Where the text shows something else, looked at from here and there, as quotes do. */
function wrongLooks(value: Value, random: SeededRandom): string[] {
  const text = JSON.stringify(value);
  const base = BaseText.of(value, 1);
  const wrong = base.length === text.length ? [] : [`${base.length} units, not ${text.length}`];
  for (let look = 0; look < 12; look++) {
    const from = random.below(text.length);
    const to = Math.min(text.length, from + random.below(3000));
    if (base.slice(from, to) !== text.slice(from, to)) wrong.push(`${from} to ${to}`);
    if (base.unit(from) !== text.charCodeAt(from)) wrong.push(`at ${from}`);
  }
  return base.slice(0, text.length) === text ? wrong : [...wrong, 'the whole'];
}

describe('P25 the text of a base that is made piece by piece', () => {
  it('is JSON text, wherever it is looked at first', () => {
    const random = new SeededRandom('pieces');
    for (let run = 0; run < 30; run++)
      expect(wrongLooks(held(documentOf(random)), random)).toEqual([]);
  });

  it('is JSON text at each place, whichever is looked at first', () => {
    const inner = { list: FIFTY, name: 'a "text"', none: [], last: FIFTY };
    for (const value of [FIFTY, inner, [inner, FIFTY, 1], { inner, more: [FIFTY, {}], end: 'x' }]) {
      const own = held(value);
      const text = JSON.stringify(value);
      const units = Array.from({ length: text.length }, (_, i) => BaseText.of(own, 1).unit(i));
      expect(String.fromCharCode(...units)).toBe(text);
    }
  });

  it('is made at once below the weight from which it comes in pieces', () => {
    const own = held(FIFTY);
    expect(BaseText.of(own, 51).large).toBe(own);
    expect(BaseText.of(own, 52).large).toBeUndefined();
    expect(BaseText.of([1, 2], 0).large).toBeUndefined();
    const thousands = (count: number): Value => held(Array.from({ length: count }, () => 1));
    expect(BaseText.of(thousands(2046)).large).toBeUndefined();
    expect(BaseText.of(thousands(2047)).large).toBeDefined();
  });

  it('stays so through changes of every kind, asked or not in between', () => {
    const random = new SeededRandom('changes');
    for (let run = 0; run < 12; run++) {
      let value = held(documentOf(random));
      const aside: Value[] = [];
      for (let step = 0; step < 25; step++) {
        const differ = new Differ('copy', true);
        const op = differ.diff(value, changed(value, random));
        if (op === undefined) continue;
        const next = after(value, op);
        // A patch from the value before may still have to be written, and a second one made of it.
        const asked = [next, value].filter(() => random.below(2) === 0);
        expect(asked.flatMap((one) => wrongLooks(one, random))).toEqual([]);
        if (random.below(6) === 0) aside.push(next);
        else value = next;
        if (!isContainer(value)) break;
      }
      // What else came of a base is asked when that one is known no longer.
      for (const other of aside) expect(wrongLooks(other, random)).toEqual([]);
    }
  });

  it.each<[string, Value]>([
    ['of two long texts', ['x'.repeat(200_000), 'y'.repeat(200_000)]],
    ['of long names', { ['x'.repeat(200_000)]: FIFTY, ['y'.repeat(200_000)]: FIFTY }],
    ['of many parts', Array.from({ length: 200_000 }, (_, i) => i % 10)],
  ])('P26 costs no more than a few times all of it, however it is looked at: %s', (_, value) => {
    const base = BaseText.of(held(value), 1);
    const text = JSON.stringify(value);
    const stringify = JSON.stringify.bind(JSON);
    let made = 0;
    const spy = vi.spyOn(JSON, 'stringify').mockImplementation((part: unknown) => {
      const partText = stringify(part);
      made += partText.length;
      return partText;
    });
    try {
      for (let look = 0; look < 2000; look++) {
        const at = look % 2 === 0 ? 1 + look : text.length - 2 - look;
        if (base.unit(at) !== text.charCodeAt(at)) throw new Error(`wrong at ${at}`);
      }
    } finally {
      spy.mockRestore();
    }
    expect(made).toBeLessThan(4 * text.length);
    // It ended with all of it.
    expect(made).toBeGreaterThanOrEqual(text.length);
  });

  it('makes the same patch of it as the whole text, for whoever reads it', () => {
    const rows = Array.from({ length: 9000 }, (_, i) => ({
      id: i,
      name: `the entry ${i}`,
      on: true,
    }));
    const base = held({ rows });
    const more = { id: 9999, name: 'the entry 4711, once more, and a tail of its own', on: true };
    const op = new Differ('copy', true).diff(base, { rows: rows.toSpliced(4711, 0, more) });
    const bytes = new Patch(op).encode();
    expect(bytes[0]).toBe(6);
    expect(bytes.length).toBeLessThan(60);
    const plain = JSON.parse(JSON.stringify(base)) as Value;
    for (const reader of [base, held(plain), plain]) {
      const next = applyPatch(reader, Patch.decode(bytes));
      expect(JSON.stringify(next)).toBe(JSON.stringify({ rows: rows.toSpliced(4711, 0, more) }));
    }
  });

  it('knows parts no longer than they are of use, changed or not', () => {
    const same = { list: [...FIFTY, 'same'] };
    let value = held({ list: FIFTY, same }) as Container;
    const { list } = (value as { same: { list: Container } }).same;
    partsOf(value);
    const known = partsOf(list);
    let step = 0;
    const change = (): void => {
      const target = { list: FIFTY.with(7, 8 + step++), same };
      value = after(value, new Differ('copy', true).diff(value, target) as Op) as Container;
    };
    for (let i = 0; i < 10; i++) change();
    expect(partsOf(list)).toBe(known);
    for (let i = 0; i < 30; i++) change();
    expect((value as { same: { list: Container } }).same.list).toBe(list);
    expect(partsOf(list)).not.toBe(known);
    expect(partsOf(list)).toEqual(known);
    const texts = Object.entries(value).map(([name, part]) => JSON.stringify({ [name]: part }));
    expect(partsOf(value).units).toEqual(texts.map((text) => text.length - 2));
  });

  it('is of one container at two places that change apart', () => {
    const part = { list: FIFTY, text: 'one for both' };
    const base = held([part, FIFTY, part]);
    const [first, , last] = base as { list: Value }[];
    expect(wrongLooks(base, new SeededRandom('shared'))).toEqual([]);
    const next = [{ ...part, list: [...FIFTY, 'more'] }, FIFTY, { ...part, text: 'other' }, part];
    const op = { kind: 'array', edits: [] as Edit[] } as const;
    const differ = new Differ('copy', true);
    op.edits.push({ kind: 'change', keep: 0, op: differ.diff(first as Value, next[0]) as Op });
    op.edits.push({ kind: 'take', keep: 1, from: 0, op: differ.diff(last as Value, next[2]) });
    const value = after(base, op);
    expect(value).toEqual(next);
    expect(wrongLooks(value, new SeededRandom('apart'))).toEqual([]);
  });

  it('knows parts of a value and of the one before, and of no older one', () => {
    const states = [0, 1, 2, 3].map((n) => ({ list: FIFTY.with(7, n) }));
    const differ = new Differ('copy', true);
    const one = held(states[0]) as Container;
    const listOf = (value: Value): Container => (value as { list: Container }).list;
    const known = partsOf(one);
    const knownList = partsOf(listOf(one));
    const two = after(one, differ.diff(one, states[1]) as Op) as Container;
    expect([partsOf(one), partsOf(listOf(one))]).toEqual([known, knownList]);
    expect(partsOf(one)).toBe(known);
    const three = after(two, differ.diff(two, states[2]) as Op) as Container;
    const four = after(three, differ.diff(three, states[3]) as Op);
    // A patch from an old value to the newest, as for who has missed something in between.
    const again = [partsOf(one), partsOf(listOf(one))];
    expect(again[0]).not.toBe(known);
    carryLengths(one, four, differ.diff(one, states[3]) as Op);
    expect(partsOf(one)).not.toBe(again[0]);
    expect(partsOf(listOf(one))).not.toBe(again[1]);
    expect(again).toEqual([partsOf(one), partsOf(listOf(one))]);
  });
});
