import { describe, expect, it } from 'vitest';

import { BaseText } from '../../src/core/base-text.ts';
import { Differ } from '../../src/core/diff.ts';
import { valueDigest, weightOf } from '../../src/core/digest.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import { applyPatch, Patch } from '../../src/core/patch.ts';
import { QuoteWindow } from '../../src/core/quote-window.ts';
import type { Value } from '../../src/core/value.ts';

function held(value: unknown): Value {
  const own = new Differ('copy', false).take(value);
  valueDigest(own);
  return own;
}

/** Units from where something changes to the end of what is looked at. */
const REACH = 8192;
const SEEN = 'at the edge of what is looked at sits a mouse, and here is another one of its kind: ';

/** A base so large that only some of it is looked at: it begins with `first`, and ends with 'B'. */
function wide(first: string, second: string): unknown[] {
  return [first, second, ...Array.from({ length: 40_000 }, (_, i) => i), 'B'];
}

describe('P25 windows on a large base', () => {
  it('never show half a character of one with half a character of another', () => {
    const counted = Array.from({ length: 3000 }, (_, i) => i).join(' ');
    const second = `${counted.slice(0, REACH - '["A",'.length - 1 - SEEN.length)}${SEEN}\u{1f401}`;
    const base = held(wide('A', second));
    // The first window ends between the halves of the mouse.
    expect(JSON.stringify(base).slice(REACH, REACH + 2)).toBe('\u{1f401}');
    // Together with the unit between windows its first half must not look like another character.
    for (let low = 0xdc00; low < 0xdc00 + 8; low++) {
      const other = `\ud83d${String.fromCharCode(low)}`;
      const next = [...wide(`A${SEEN}${other}`, second).slice(0, -1), 'B and more'];
      const bytes = new Patch(new Differ('copy', true).diff(base, next)).encode();
      expect(applyPatch(base, Patch.decode(bytes))).toEqual(next);
    }
  });
});

describe('P25 windows show what is near to a change', () => {
  /** An array as text has its element i, of five digits, from place 1 + 6 * i on. */
  const COUNT = 30_000;
  const digits = Array.from({ length: COUNT }, (_, i) => 10_000 + i);
  const base = held(digits);
  const all = JSON.stringify(digits);
  const placeOf = (index: number): number => 1 + 6 * index;
  const set = (value: Value): Op => ({ kind: 'set', value });
  const array = (...edits: Edit[]): Op => ({ kind: 'array', edits });
  const shown = (value: Value, op: Op, units = 64): QuoteWindow =>
    QuoteWindow.of(BaseText.of(value, 1), op, units);

  /** What is shown around places of a text, if the places are far apart. */
  const around = (...places: number[]): string =>
    places.map((place) => all.slice(Math.max(0, place - REACH), place + REACH)).join('\u0000');

  it('where an element comes, is changed, or is repeated and changed', () => {
    const at = 5000;
    expect(shown(base, array({ kind: 'add', keep: at, name: '', value: 1 })).text).toBe(
      around(placeOf(at)),
    );
    expect(shown(base, array({ kind: 'change', keep: at, op: set(1) })).text).toBe(
      around(placeOf(at)),
    );
    expect(shown(base, array({ kind: 'take', keep: 9, from: at, op: set(1) })).text).toBe(
      around(placeOf(at)),
    );
    expect(shown(base, array({ kind: 'add', keep: 0, name: '', value: 1 })).text).toBe(around(1));
    expect(shown(base, array({ kind: 'change', keep: 0, op: set(1) })).text).toBe(around(1));
    expect(shown(base, array({ kind: 'add', keep: COUNT, name: '', value: 1 })).text).toBe(
      around(all.length),
    );
    expect(shown(base, set(1)).text).toBe(around(0));
  });

  it('all of it where so much is new that a look at the whole is worth it', () => {
    const add = array({ kind: 'add', keep: 5000, name: '', value: 1 });
    expect(shown(base, add, 32_767).text).toBe(around(placeOf(5000)));
    expect(shown(base, add, 32_768).text).toBe(all);
  });

  it('and nothing where parts go, move as they are, or count on', () => {
    const number: Op = { kind: 'number', scale: undefined, delta: 1 };
    const idle: Edit[] = [
      { kind: 'drop', keep: 7, count: 2 },
      { kind: 'take', keep: 0, from: 20_000, op: undefined },
      { kind: 'change', keep: 900, op: number },
    ];
    expect(shown(base, array(...idle)).text).toBe('');
    // After them the places are still right.
    const more = array(...idle, { kind: 'add', keep: 4090, name: '', value: 1 });
    expect(shown(base, more).text).toBe(around(placeOf(5000)));
  });

  it('joined where they meet, in the order of the base', () => {
    const add = (keep: number): Edit => ({ kind: 'add', keep, name: '', value: 1 });
    const both = shown(base, array(add(5000), add(2000))).text;
    expect(both).toBe(all.slice(placeOf(5000) - REACH, placeOf(7000) + REACH));
    // Windows touch whose middles are 16,384 units apart: 2,730 elements and four units.
    expect(shown(base, array(add(5000), add(2730))).text).not.toContain('\u0000');
    expect(shown(base, array(add(5000), add(2731))).text).toBe(
      around(placeOf(5000), placeOf(7731)),
    );
    const back = array({ kind: 'take', keep: 0, from: 20_000, op: set(1) }, add(5000));
    expect(shown(base, back).text).toBe(around(placeOf(5000), placeOf(20_000)));
  });

  it('of 65,536 units in all, the first of them', () => {
    const add = (keep: number): Edit => ({ kind: 'add', keep, name: '', value: 1 });
    const four = [5000, 10_000, 15_000, 20_000];
    const edits = [add(5000), add(5000), add(5000), add(5000), add(5000)];
    expect(shown(base, array(...edits)).text).toBe(around(...four.map(placeOf)));
    const short = shown(base, array(add(100), ...edits)).text.split('\u0000');
    const first = 601 + REACH;
    const left = 65_536 - 3 * 16_384 - first;
    expect(short.map((window) => window.length)).toEqual([first, 16_384, 16_384, 16_384, left]);
    const last = placeOf(20_100) - REACH;
    expect(short).toEqual([
      ...[100, 5100, 10_100, 15_100].map((at) => around(placeOf(at))),
      all.slice(last, last + left),
    ]);
  });

  it('around 64 places at most', () => {
    const near: Edit[] = Array.from({ length: 63 }, () => ({
      kind: 'change',
      keep: 0,
      op: set(1),
    }));
    const far: Edit = { kind: 'change', keep: 9000, op: set(1) };
    const both = shown(base, array(...near, far)).text;
    expect(both).toBe(`${all.slice(0, placeOf(62) + REACH)}\u0000${around(placeOf(9063))}`);
    expect(shown(base, array(...near, near[0] as Edit, far)).text).toBe(
      all.slice(0, placeOf(63) + REACH),
    );
  });

  it('whose places are those of the base', () => {
    const add = (keep: number): Edit => ({ kind: 'add', keep, name: '', value: 1 });
    const window = shown(base, array(add(5000), add(9000), add(9000)));
    const places = Array.from(window.text, (_, place) => window.placeInBase(place));
    const wrong = places.filter(
      (place, i) => window.text[i] !== '\u0000' && all[place] !== window.text[i],
    );
    expect(wrong).toEqual([]);
    expect([0, 16_383, 16_385, 32_768, 32_770].map((place) => places[place])).toEqual([
      placeOf(5000) - REACH,
      placeOf(5000) + REACH - 1,
      placeOf(14_000) - REACH,
      placeOf(14_000) + REACH - 1,
      placeOf(23_000) - REACH,
    ]);
  });

  it('of the part of an object that changes, wherever it is', () => {
    const inner = { list: digits, 'na"me': 'x'.repeat(9), last: digits };
    const value = held({ first: digits, inner, other: digits });
    const json = JSON.stringify(value);
    const change = (keep: number, op: Op): Op => ({
      kind: 'object',
      edits: [{ kind: 'change', keep, op }],
    });
    const look = (op: Op, place: number): void => {
      expect(shown(value, op).text).toBe(json.slice(Math.max(0, place - REACH), place + REACH));
    };
    look(change(0, set(1)), 1);
    look(change(1, set(1)), json.indexOf('"inner"'));
    // Near enough: what is in a member counts from its name on, which is looked past.
    const name = '"inner":'.length;
    look(change(1, change(2, set(1))), json.indexOf('"last"') - name);
    look(change(1, change(1, set(1))), json.indexOf('"na') - name);
    look(change(1, change(1, { kind: 'text', splices: [] })), json.indexOf('"na') - name);
    look({ kind: 'object', edits: [{ kind: 'add', keep: 3, name: 'n', value: 1 }] }, json.length);
    const list = array({ kind: 'add', keep: 5000, name: '', value: 1 });
    look(change(1, change(2, list)), json.indexOf('"last"') - name + placeOf(5000));
  });

  it('of all of it, where it is not large', () => {
    const small = shown('a text', set(1));
    expect([small.text, small.placeInBase(0), small.placeInBase(7)]).toEqual(['"a text"', 0, 7]);
    const whole = QuoteWindow.whole(BaseText.of(base, 1));
    expect(whole.text).toBe(all);
    expect([0, 20_000].map((place) => whole.placeInBase(place))).toEqual([0, 20_000]);
  });

  it('from half a megabyte on', () => {
    const phrase = 'what stands at the very beginning and comes again at the very end of the base';
    /** Weighs as much: one, the numbers, and five for the phrase. */
    const bytes = (weight: number): number => {
      const list = [phrase, ...digits, ...digits].slice(0, weight - 5);
      const own = held(list);
      expect(weightOf(own)).toBe(weight);
      return new Patch(new Differ('copy', true).diff(own, [...list, phrase])).encode().length;
    };
    expect(bytes(32_767)).toBeLessThan(20);
    expect(bytes(32_768)).toBeGreaterThan(60);
  });
});
