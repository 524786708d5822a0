import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { applyOp } from '../../src/core/apply.ts';
import { ByteWriter } from '../../src/core/bytes.ts';
import { ValueWriter } from '../../src/core/value-writer.ts';
import { Differ, diffTrusted } from '../../src/core/diff.ts';
import { applyPatch, diff, digestOf, Patch } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import { isContainer } from '../../src/core/value.ts';
import {
  depthOf,
  memberNames,
  pairs,
  runs,
  soakTimeoutMs,
  textValues,
} from '../support/arbitrary-values.ts';

const text = (value: unknown): string => JSON.stringify(value);
const take = (value: unknown): Value => new Differ('copy', true).take(value);

function encodedLength(value: Value): number {
  const out = new ByteWriter();
  new ValueWriter(out).value(value);
  return out.length;
}

/** Containers of a tree by identity. */
function containersOf(value: Value, into: Map<object, string>): Map<object, string> {
  if (!isContainer(value) || into.has(value)) return into;
  into.set(value, '');
  for (const part of Object.values(value)) containersOf(part, into);
  return into;
}

function isDeepFrozen(value: Value): boolean {
  if (!isContainer(value)) return true;
  return Object.isFrozen(value) && Object.values(value).every((part) => isDeepFrozen(part));
}

/** Gives every container of a caller's value other contents. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  for (const part of Object.values(value)) spoil(part);
  if (Array.isArray(value)) value.push('spoiled');
  else (value as Record<string, unknown>)['spoiled'] = 'spoiled';
}

/** The patch over the wire, as bytes. */
const sent = (patch: Patch): Patch => Patch.decode(patch.encode());

describe('a patch', () => {
  it(
    'D1 D2 P22 sent as bytes makes the target of the base, member order included',
    () => {
      fc.assert(
        fc.property(pairs, ([first, target]) => {
          const base = take(first);
          const before = text(base);
          const patch = diff(base, target);
          expect(patch === undefined).toBe(before === text(target));
          if (patch === undefined) return;
          const own = applyPatch(base, patch);
          expect([text(own), isDeepFrozen(own)]).toEqual([text(target), true]);
          const next = applyPatch(base, sent(patch));
          expect(text(next)).toBe(text(target));
          expect(isDeepFrozen(next)).toBe(true);
          expect(text(base)).toBe(before);
        }),
        runs(1200),
      );
    },
    soakTimeoutMs,
  );

  it(
    'C1 has bytes that decode to a patch of the same bytes',
    () => {
      fc.assert(
        fc.property(pairs, ([base, target]) => {
          const bytes = diff(take(base), target)?.encode();
          if (bytes === undefined) return;
          expect(Patch.decode(bytes).encode()).toEqual(bytes);
        }),
        runs(900),
      );
    },
    soakTimeoutMs,
  );

  it(
    'P21 is at most 8 bytes longer than the value it makes',
    () => {
      fc.assert(
        fc.property(pairs, ([base, target]) => {
          const patch = diff(take(base), target);
          if (patch === undefined) return;
          expect(patch.encode().length).toBeLessThanOrEqual(encodedLength(take(target)) + 8);
        }),
        runs(900),
      );
    },
    soakTimeoutMs,
  );

  it.each([1, 9, 10, 62, 63, 64, 200])(
    'P21 of %i new members is no longer than their object',
    (n) => {
      const target = Object.fromEntries(Array.from({ length: n }, (_, i) => [`m${i}`, i % 64]));
      for (const base of [{}, { other: 1 }, { m0: 'x' }]) {
        const bytes = (diff(base, target) as Patch).encode().length;
        expect(bytes).toBeLessThanOrEqual(encodedLength(target) + 8);
      }
    },
  );

  it(
    'D2 D5 between texts makes the target and is well-formed',
    () => {
      fc.assert(
        fc.property(textValues, textValues, fc.array(textValues), (a, b, parts) => {
          const base = parts.join(a);
          const target = parts.toReversed().join(b);
          const patch = diff(base, target);
          if (patch === undefined) return;
          expect(applyPatch(base, sent(patch))).toBe(target);
        }),
        runs(1200),
      );
    },
    soakTimeoutMs,
  );

  it('D1 V11 that changes nothing is empty, one byte long and gives the base itself', () => {
    const patch = new Patch(undefined);
    expect([...patch.encode()]).toEqual([5]);
    const base = { a: 1 };
    expect(applyPatch(base, sent(patch))).toBe(base);
  });

  it('V8 names names from the prototypes of objects as plain data', () => {
    fc.assert(
      fc.property(fc.uniqueArray(memberNames, { minLength: 1 }), fc.nat(), (names, pick) => {
        const members = names.map((name, i): [string, number] => [name, i]);
        const base = Object.fromEntries(members);
        const target = { ...base, [names[pick % names.length] as string]: 'changed' };
        const next = applyPatch<unknown>(take(base), sent(diff(take(base), target) as Patch));
        expect(text(next)).toBe(text(target));
        expect(Object.getPrototypeOf(next)).toBe(Object.prototype);
      }),
      runs(300),
    );
  });
});

describe('one diff and another', () => {
  const after = (base: unknown, target: unknown): unknown =>
    applyPatch(base, diff(base, target) ?? new Patch(undefined));

  it('D1 have nothing to do with each other, where one begins while the other reads', () => {
    let inner: unknown;
    const outer = new Proxy(
      { a: 1, b: { c: 2 } },
      {
        get: (target, name) => {
          if (name === 'b') inner = after([1, { x: 'y' }], [1, { x: 'z' }, 5]);
          return Reflect.get(target, name) as unknown;
        },
      },
    );
    expect(after({ a: 0, b: { c: 0 } }, outer)).toEqual({ a: 1, b: { c: 2 } });
    expect(inner).toEqual([1, { x: 'z' }, 5]);
  });

  it('V6 D1 have nothing to do with each other, where one was refused', () => {
    const wrong = { a: { b: { c: [1, Number.NaN] } } };
    expect(() => diff({ a: { b: { c: [1, 2] } } }, wrong)).toThrow('.a.b.c[1]');
    expect(after({ a: { b: 1 } }, { a: { b: 2 } })).toEqual({ a: { b: 2 } });
    expect(() => diff({ d: 1 }, { d: Number.NaN })).toThrow('NaN at $.d cannot');
  });
});

describe('the next tree', () => {
  it(
    'V10 V11 shares unchanged subtrees, is deep frozen and keeps what the caller had',
    () => {
      fc.assert(
        fc.property(pairs, fc.constantFrom('copy', 'adopt'), ([first, target], ownership) => {
          const base = take(first);
          const differ = new Differ(ownership, true);
          // `adopt` freezes the caller's containers: it gets some of its own.
          const given = structuredClone(target);
          const op = differ.diff(base, given);
          const { next } = differ;
          const wanted = text(target);
          expect(text(next)).toBe(wanted);
          expect(isDeepFrozen(next)).toBe(true);
          const applied = op === undefined ? base : applyOp(base, op);
          expect(text(applied)).toBe(wanted);
          expect(next === base).toBe(op === undefined);
          if (ownership === 'copy') spoil(given);
          expect(text(next)).toBe(wanted);
        }),
        runs(900),
      );
    },
    soakTimeoutMs,
  );

  it(
    'V11 holds the base where a member or element did not change',
    () => {
      fc.assert(
        fc.property(pairs, ([first, other]) => {
          fc.pre(depthOf(first) <= 126 && depthOf(other) <= 126);
          const kept = take(first);
          const base = take({ before: [1, 2], kept, list: [1, kept, 3], last: 0 });
          const inBase = base as { kept: Value; list: readonly Value[] };
          const differ = new Differ('copy', true);
          differ.diff(base, { before: [1, 3], kept: first, list: [1, first, other], last: 0 });
          const next = differ.next as { kept: Value; list: readonly Value[] };
          expect(next.kept).toBe(inBase.kept);
          expect(next.list[1]).toBe(inBase.list[1]);
        }),
        runs(200),
      );
    },
    soakTimeoutMs,
  );

  it(
    'V10 V12 has no container of the caller unless adopted, and no other if adopted',
    () => {
      fc.assert(
        fc.property(pairs, ([first, target]) => {
          const base = take(first);
          const own = containersOf(base, new Map());
          const given = structuredClone(target);
          const theirs = containersOf(given, new Map());
          const copier = new Differ('copy', false);
          copier.diff(base, given);
          for (const container of containersOf(copier.next, new Map()).keys()) {
            expect(theirs.has(container)).toBe(false);
          }
          // As JSON has it: what holds a -0 is changed on its way in.
          const clean = JSON.parse(text(target)) as Value;
          const fresh = new Differ('adopt', true).take(clean);
          expect(fresh === clean).toBe(true);
          expect(diffTrusted(fresh, base) === undefined).toBe(text(base) === text(target));
          expect(own.size).toBe(containersOf(base, new Map()).size);
        }),
        runs(300),
      );
    },
    soakTimeoutMs,
  );

  it(
    'D2 between trusted trees makes the target',
    () => {
      fc.assert(
        fc.property(pairs, ([first, second]) => {
          const base = take(first);
          const target = take(second);
          const op = diffTrusted(base, target);
          expect(op === undefined).toBe(text(base) === text(target));
          if (op === undefined) return;
          const patch = new Patch(op);
          expect(text(applyPatch(base, sent(patch)))).toBe(text(target));
          expect(patch.encode().length).toBeLessThanOrEqual(encodedLength(target) + 8);
          expect(diffTrusted(target, target)).toBeUndefined();
        }),
        runs(600),
      );
    },
    soakTimeoutMs,
  );

  it('V4 drops members that are undefined, wherever they stand and however deep', () => {
    const base = { a: 1, list: [{ id: 1 }, { id: 2 }], b: { c: 2 } };
    const same = { x: undefined, a: 1, list: [{ id: 1, n: undefined }, { id: 2 }], b: { c: 2 } };
    expect(diff(base, same)).toBeUndefined();
    expect(applyPatch<unknown>(base, diff(base, { a: undefined, b: {} }) as Patch)).toEqual({
      b: {},
    });
    const adopter = new Differ('adopt', true);
    adopter.diff(take(base), { ...same, a: 2 });
    expect(text(adopter.next)).toBe(text({ ...base, a: 2 }));
    expect(digestOf(adopter.next)).toBe(digestOf({ ...base, a: 2 }));
  });

  it('D4 V4 costs linear time where undefined members stand at every level', () => {
    let base: unknown = { z: 1 };
    let target: unknown = { z: undefined };
    for (let level = 0; level < 120; level++) {
      base = { c: base, n: level, z: 1 };
      target = { c: target, n: level + 1, z: undefined };
    }
    const patch = diff(base, target);
    expect(text(applyPatch(base, sent(patch as Patch)))).toBe(text(target));
  });
});
