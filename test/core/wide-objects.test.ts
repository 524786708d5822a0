/** How the engine holds objects of many members: a cost that no outcome shows. */
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

import { applyOp } from '../../src/core/apply.ts';
import { ByteReader, ByteWriter } from '../../src/core/bytes.ts';
import { Differ, diffTrusted } from '../../src/core/diff.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { Value } from '../../src/core/value.ts';
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
