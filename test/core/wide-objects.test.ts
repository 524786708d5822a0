/** How the engine holds objects of many members: a cost that no outcome shows. */
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

import { applyOp } from '../../src/core/apply.ts';
import { ByteReader, ByteWriter } from '../../src/core/bytes.ts';
import { copiedMembers } from '../../src/core/copied-members.ts';
import { Differ, diffTrusted } from '../../src/core/diff.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { Op } from '../../src/core/op.ts';
import type { Value } from '../../src/core/value.ts';
import { setMember } from '../../src/core/value.ts';
import { DiffCache } from '../../src/index.ts';
import { ValueReader } from '../../src/core/value-reader.ts';
import { ValueWriter } from '../../src/core/value-writer.ts';

setFlagsFromString('--allow-natives-syntax');
const hasHiddenClass = runInThisContext('(object) => %HasFastProperties(object)') as (
  object: unknown,
) => boolean;

/** Parsed, since that leads to no hidden class that objects made name by name could share. */
function wide(prefix: string, count: number): Value {
  const members = Array.from({ length: count }, (_, i) => `"${prefix}${i}":${i}`);
  return JSON.parse(`{${members.join()}}`) as Value;
}

const COUNTS = [4, 16, 17, 18, 19, 20, 30, 63];

describe('An object of up to 64 members has a hidden class, and is no table', () => {
  it.each(COUNTS)('that comes by bytes: %i', (count) => {
    const out = new ByteWriter(64);
    new ValueWriter(out).value([wide(`read${count}n`, count), wide(`read${count}n`, count)]);
    const read = new ValueReader(new ByteReader(out.take()), defaultLimits).value(0) as Value[];
    expect(read.map(hasHiddenClass)).toEqual([true, true]);
  });

  it.each(COUNTS)('that is taken in: %i', (count) => {
    const differ = new Differ('copy', true);
    expect(hasHiddenClass(differ.take(wide(`taken${count}n`, count)))).toBe(true);
    const more = { first: 1, ...(wide(`walked${count}n`, count) as object) };
    differ.diff(differ.take({ first: 1 }), more);
    expect(hasHiddenClass(differ.next)).toBe(true);
  });

  it.each(COUNTS)('that gets a member, or loses one: %i', (count) => {
    const base = wide(`edited${count}n`, count) as Record<string, Value>;
    const { [`edited${count}n1`]: _gone, ...less } = base;
    for (const next of [{ ...base, last: 1 }, { first: 1, ...base }, less]) {
      const op = diffTrusted(base, JSON.parse(JSON.stringify(next)) as Value);
      expect(hasHiddenClass(op === undefined ? null : applyOp(base, op))).toBe(true);
    }
  });
});

/** One more than a hidden class has room for, names that are places of elements, and neither. */
const KINDS: readonly (readonly [string, string])[] = [
  ['table', wideText(1021, (n) => `m${n}`)],
  ['table with __proto__', wideText(1100, (n) => (n === 700 ? '__proto__' : `m${n}`))],
  ['class of 1,020', wideText(1020, (n) => `m${n}`)],
  ['elements', wideText(40, (n) => String(7 * n))],
  ['elements and names', wideText(40, (n) => (n < 20 ? String(7 * n) : `m${n}`))],
  ['class with __proto__', wideText(10, (n) => (n === 5 ? '__proto__' : `m${n}`))],
  ['nothing', '{}'],
];

function wideText(count: number, nameOf: (n: number) => string): string {
  return `{${Array.from({ length: count }, (_, n) => `"${nameOf(n)}":[${n}]`).join()}}`;
}

describe('V1 P22 an object is copied with every member, in order, whatever the engine does', () => {
  it.each(KINDS)('%s', (_kind, text) => {
    const base = JSON.parse(text) as Record<string, Value>;
    const names = Object.keys(base);
    const copy = copiedMembers(base, names);
    expect(JSON.stringify(copy)).toBe(text);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(JSON.stringify(copiedMembers(base))).toBe(text);
    for (const name of [names[0], names[names.length >> 1], '__proto__']) {
      if (name === undefined || !Object.hasOwn(base, name)) continue;
      const target = JSON.parse(text) as Record<string, Value>;
      setMember(target, name, 'changed');
      const producer = DiffCache.producer<Record<string, Value>>();
      producer.set('k', base);
      producer.mutate('k', (draft) => setMember(draft, name, 'changed'));
      const after = JSON.stringify(target);
      expect(JSON.stringify(producer.get('k'))).toBe(after);
      expect(JSON.stringify(applyOp(base, diffTrusted(base, target) as Op))).toBe(after);
      expect(JSON.stringify(base)).toBe(text);
    }
  });
});
