/**
 * Arbitrary JSON values that step over every boundary, and values that derive from another by
 * edits, so that what lies between the two is worth a diff.
 *
 * FC_RUNS multiplies the number of runs of every property, for a soak:
 * `FC_RUNS=100 npx vitest run test/core`. A failure prints its seed and path; to replay one,
 * set FC_SEED.
 */
import * as fc from 'fast-check';

import type { Value } from '../../src/core/value.ts';
import { setMember } from '../../src/core/value.ts';

const factor = Number(process.env['FC_RUNS'] ?? '1');
const seed = process.env['FC_SEED'];

/** Parameters of a property: how often it runs. */
export function runs(numRuns: number): { numRuns: number; seed?: number } {
  const total = Math.max(1, Math.round(numRuns * factor));
  return { numRuns: total, ...(seed === undefined ? {} : { seed: Number(seed) }) };
}

/** How long a property may take, in ms: the default at one run, more in a soak. */
export const soakTimeoutMs = 20_000 * Math.max(1, factor);

const aroundPowers = [6, 7, 8, 13, 14, 31, 32, 50, 51, 52, 53].flatMap((power) => {
  const at = 2 ** power;
  return [at - 2, at - 1, at, at + 1, at + 2, -at - 2, -at - 1, -at, 1 - at, 2 - at];
});

const decimals = Array.from({ length: 17 }, (_, k) => [
  Number(`1.${'0'.repeat(k)}1`),
  Number(`-0.${'123456789012345678'.slice(0, k + 1)}`),
  Number(`${'98765432109876543'.slice(0, 17 - k)}.${'5'.repeat(k + 1)}`),
]).flat();

export const edgeNumbers: readonly number[] = [
  ...[-0, 0, 1, -1, 15, 16, 63, 64, 65, -64, -65, 0.1, -0.1, 0.2, 0.5, 1.5, 0.30000000000000004],
  ...[1e15, 1e16, 1e20, 1e21, -1e21, 1e22, 1e-6, 1e-7, 1e-15, 1e-16, 5e-324, -5e-324],
  ...[Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, 2 ** 53 + 2],
  ...[2 ** 51 + 0.5, 2 ** 52 - 0.5, 2 ** 50 + 0.25, 37207197.92661753],
  ...[-37207197.92661753, 1700000000000, 1700000000123, 1700000000.123456],
  ...aroundPowers,
  ...decimals,
];

export const edgeNames: readonly string[] = [
  ...['', 'a', 'b', 'c', 'd', 'id', 'key', 'odd name', 'a/b', 'a~b', '-', '$ref', '\u0000'],
  ...['__proto__', 'constructor', 'prototype', 'toJSON', 'then', 'length', 'hasOwnProperty'],
  ...['toString', 'valueOf', '0', '1', '2', '9', '10', '01', '-1', '1.5', '1e3'],
  ...['4294967294', '4294967295', '4294967296', '9007199254740993', '\u00e9', 'e\u0301'],
  ...['\u{1f600}', '\u2028', '\ufeffbom', 'n'.repeat(23), 'n'.repeat(24), 'n'.repeat(130)],
];

export const edgeTexts: readonly string[] = [
  ...edgeNames,
  ...['x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65), '\u00e9'.repeat(31), '\u00e9'.repeat(32)],
  ...['\u{1f600}'.repeat(16), '\u{1f600}\u{1f601}', 'x\u{1f600}', '\u0000\u0001\u001f\u007f'],
  ...['\u2028\u2029', '\uffff\ufffe', 'ab'.repeat(200), '2024-02-29T23:59:59.999Z'],
];

const numbers = fc.oneof(
  { arbitrary: fc.constantFrom(...edgeNumbers), weight: 4 },
  { arbitrary: fc.integer({ min: -200, max: 200 }), weight: 2 },
  { arbitrary: fc.maxSafeInteger(), weight: 1 },
  { arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }), weight: 1 },
  {
    arbitrary: fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: 20 }))
      .map(([mantissa, scale]) => Number(`${mantissa}e-${scale}`)),
    weight: 2,
  },
);

/** Well-formed strings, many of few distinct characters: texts that nearly match. */
const texts = fc.oneof(
  fc.constantFrom(...edgeTexts),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '\u{1f600}', '\u{1f601}'), maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => text.toWellFormed()),
);

const names = fc.oneof(
  { arbitrary: fc.constantFrom(...edgeNames), weight: 4 },
  { arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }), weight: 1 },
  { arbitrary: fc.nat(20).map(String), weight: 1 },
);

const scalars: fc.Arbitrary<Value> = fc.oneof(
  { arbitrary: numbers, weight: 4 },
  { arbitrary: texts, weight: 4 },
  { arbitrary: fc.constantFrom(null, true, false), weight: 1 },
);

function objectOf(members: readonly (readonly [string, Value])[]): Value {
  const object: Record<string, Value> = {};
  for (const [name, value] of members) setMember(object, name, value);
  return object;
}

const rows = fc
  .array(fc.tuple(fc.nat(5), fc.constantFrom('x', 'y', 'a longer text of a row'), fc.nat(3)), {
    maxLength: 70,
  })
  .map((all): Value => all.map(([n, text, m]) => (m === 0 ? [n, text] : { n, text, more: { m } })));

/** Arrays whose lengths stand at the boundaries of the encoding. */
const lengths = fc
  .tuple(fc.constantFrom(0, 1, 15, 16, 17, 63, 64, 143, 144), fc.constantFrom(...edgeNumbers))
  .map(([length, number]): Value => Array.from({ length }, (_, i) => (i % 7 === 3 ? number : i)));

/** Objects of as many members as there are places in a byte of the encoding. */
const wide = fc
  .tuple(fc.constantFrom(1, 15, 16, 62, 63, 64, 65, 130), names)
  .map(([length, name]): Value => {
    const members = Array.from({ length }, (_, i): [string, Value] => [`${name}${i}`, i]);
    return objectOf(members);
  });

/** More different shapes in one value than have a tag of one byte. */
const shapes = fc
  .integer({ min: 60, max: 70 })
  .map((count): Value => Array.from({ length: count * 2 }, (_, i) => ({ [`m${i % count}`]: i })));

/** Nesting just below the limit. */
export function nested(depth: number, leaf: unknown, array: (level: number) => boolean): unknown {
  let value = leaf;
  for (let level = 0; level < depth; level++) value = array(level) ? [value] : { a: value };
  return value;
}
const deep = fc
  .tuple(fc.constantFrom(1, 2, 31, 126, 127), scalars, fc.integer())
  .map(
    ([depth, leaf, bits]) => nested(depth, leaf, (i) => ((bits >> (i % 31)) & 1) === 1) as Value,
  );

const { tree } = fc.letrec<{ tree: Value; array: Value; object: Value }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    { arbitrary: scalars, weight: 3 },
    { arbitrary: tie('array'), weight: 2 },
    { arbitrary: tie('object'), weight: 3 },
  ),
  array: fc.array(tie('tree'), { maxLength: 12, depthIdentifier: 'value' }),
  object: fc
    .array(fc.tuple(names, tie('tree')), { maxLength: 10, depthIdentifier: 'value' })
    .map(objectOf),
}));

/** Any JSON value, with a liking for boundaries. */
export const values: fc.Arbitrary<Value> = fc.oneof(
  { arbitrary: tree, weight: 10 },
  { arbitrary: rows, weight: 3 },
  { arbitrary: lengths, weight: 1 },
  { arbitrary: wide, weight: 1 },
  { arbitrary: shapes, weight: 1 },
  { arbitrary: deep, weight: 1 },
);

export const memberNames = names;
export const textValues = texts;
export const numberValues = numbers;

/** A source of choices, so that an edit is a pure function of a few numbers that shrink. */
type Choose = (count: number) => number;

/** `base` after some edits; the rest is shared with it, as careful callers do. */
export function edited(base: Value, choices: readonly number[], pool: readonly Value[]): Value {
  let next = 0;
  const choose: Choose = (count) => {
    const choice = choices[next++ % choices.length] ?? 0;
    return count === 0 ? 0 : choice % count;
  };
  let value = base;
  const edits = 1 + choose(6);
  for (let i = 0; i < edits; i++) value = editOnce(value, choose, pool, 0);
  return value;
}

function editOnce(value: Value, choose: Choose, pool: readonly Value[], depth: number): Value {
  const fresh = (): Value => pool[choose(pool.length)] ?? null;
  if (typeof value === 'number') return editNumber(value, choose, fresh);
  if (typeof value === 'string') return editText(value, choose);
  if (typeof value !== 'object' || value === null) return fresh();
  // Below 120 levels an edit may put something deep where something flat was.
  if (depth > 60 && choose(2) === 0) return value;
  if (Array.isArray(value)) return editArray(value as readonly Value[], choose, fresh, pool, depth);
  const members = Object.entries(value as Record<string, Value>);
  return objectOf(editMembers(members, choose, fresh, pool, depth));
}

function editNumber(value: number, choose: Choose, fresh: () => Value): Value {
  const moves = [1, -1, 0.1, -0.01, 100, 1e-9, value, -value, -2 * value, 2 ** 40];
  const moved = value + (moves[choose(moves.length + 2)] ?? Number.NaN);
  return Number.isFinite(moved) ? moved : fresh();
}

function editText(text: string, choose: Choose): string {
  const at = choose(text.length + 1);
  const drop = choose(4) === 0 ? choose(text.length - at + 1) : choose(3);
  const inserts = ['', 'x', 'ab', '\u{1f600}', '\ud83d', 'a longer insertion', text.slice(0, at)];
  const edited_ = text.slice(0, at) + inserts[choose(inserts.length)] + text.slice(at + drop);
  return edited_.slice(0, 2000).toWellFormed();
}

function editArray(
  array: readonly Value[],
  choose: Choose,
  fresh: () => Value,
  pool: readonly Value[],
  depth: number,
): Value {
  const next = [...array];
  const at = choose(next.length);
  const taken = next[at];
  switch (choose(8)) {
    case 0:
      next.splice(at, 0, fresh());
      break;
    case 1:
      next.splice(at, choose(4));
      break;
    case 2:
      next.splice(at, 1);
      if (taken !== undefined) next.splice(choose(next.length + 1), 0, taken);
      break;
    case 3:
      next.reverse();
      break;
    case 4:
      if (taken !== undefined) next.splice(choose(next.length + 1), 0, taken);
      break;
    case 5:
      next.splice(at, 1);
      if (taken === undefined) break;
      next.splice(choose(next.length + 1), 0, editOnce(taken, choose, pool, depth + 1));
      break;
    default:
      if (taken !== undefined) next[at] = editOnce(taken, choose, pool, depth + 1);
  }
  return next.slice(0, 400);
}

function editMembers(
  members: [string, Value][],
  choose: Choose,
  fresh: () => Value,
  pool: readonly Value[],
  depth: number,
): [string, Value][] {
  const at = choose(members.length);
  const [name, value] = members[at] ?? ['new', null];
  const newName = edgeNames[choose(edgeNames.length)] ?? '';
  switch (choose(7)) {
    case 0:
      members.splice(at, 0, [newName, fresh()]);
      break;
    case 1:
      members.splice(at, 1 + choose(2));
      break;
    case 2:
      members.splice(at, 1);
      members.splice(choose(members.length + 1), 0, [name, value]);
      break;
    case 3:
      members[at] = [newName, value];
      break;
    case 4:
      members.reverse();
      break;
    default:
      members[at] = [name, editOnce(value, choose, pool, depth + 1)];
  }
  return members;
}

/** A value and one that came of it by edits, now and then one that has nothing to do with it. */
export const pairs: fc.Arbitrary<[Value, Value]> = fc
  .tuple(
    values,
    fc.array(fc.nat(997), { minLength: 1, maxLength: 60 }),
    fc.array(values, {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([base, choices, pool]): [Value, Value] => [
    base,
    choices.length === 1 ? (pool[0] as Value) : edited(base, choices, pool),
  ])
  .filter(([, target]) => depthOf(target) <= 128);

/** A value and what becomes of it step by step. */
export const histories: fc.Arbitrary<Value[]> = fc
  .tuple(
    values,
    fc.array(fc.array(fc.nat(997), { minLength: 2, maxLength: 30 }), { maxLength: 8 }),
    fc.array(values, { minLength: 1, maxLength: 4 }),
  )
  .map(([first, steps, pool]) => {
    const history = [first];
    for (const choices of steps) history.push(edited(history.at(-1) as Value, choices, pool));
    return history.filter((value) => depthOf(value) <= 128);
  });

/** Levels of containers; bounded, so that it ends on a cycle too. */
export function depthOf(value: unknown, level = 0): number {
  if (typeof value !== 'object' || value === null || level > 200) return level;
  let deepest = level + 1;
  for (const part of Object.values(value)) deepest = Math.max(deepest, depthOf(part, level + 1));
  return deepest;
}
