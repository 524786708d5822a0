import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { applyOp } from '../../src/core/apply.ts';
import { Differ } from '../../src/core/diff.ts';
import { digestAfter, digestText, valueDigest } from '../../src/core/digest.ts';
import { DiffStreamError } from '../../src/core/errors.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import { applyPatch, diff, Patch } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import {
  depthOf,
  memberNames,
  pairs,
  runs,
  soakTimeoutMs,
  textValues,
  values,
} from '../support/arbitrary-values.ts';
import { damaged, fromHex, tryDecode } from '../support/damaged-bytes.ts';

const take = (value: unknown): Value => new Differ('copy', true).take(value);

/** What a patch makes of a base; undefined where it does not fit. */
function tryApply(base: Value, op: Op): Value | undefined {
  try {
    return applyOp(base, op);
  } catch (error) {
    if (error instanceof DiffStreamError && error.code === 'patch-conflict') return undefined;
    throw error;
  }
}

/** Whether a patch leaves its base, and makes nothing but JSON, of the right digest. */
function soundness(base: Value, op: Op): string {
  const before = JSON.stringify(base);
  valueDigest(base);
  const next = tryApply(base, op);
  if (JSON.stringify(base) !== before) return 'the base changed';
  if (next === undefined) return 'sound';
  const own = take(next);
  if (JSON.stringify(own) !== JSON.stringify(next)) return 'what came out is not JSON';
  const digest = digestText(digestAfter(base, next, op));
  return digest === digestText(valueDigest(own)) ? 'sound' : 'the digest is wrong';
}

const small = fc.nat(4);
const { op: ops } = fc.letrec<{ op: Op; edits: Edit[] }>((tie) => ({
  op: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'op' },
    values.filter((value) => depthOf(value) < 100).map((value): Op => ({ kind: 'set', value })),
    fc
      .tuple(fc.option(fc.integer({ min: 1, max: 15 })), fc.oneof(small, fc.integer()))
      .map(([scale, by]): Op => ({
        kind: 'number',
        scale: scale ?? undefined,
        delta: by + 1 || 7,
      })),
    fc
      .array(fc.tuple(small, fc.nat(3), textValues), { minLength: 1, maxLength: 4 })
      .map((all): Op => ({
        kind: 'text',
        splices: all.map(([keep, drop, insert]) => ({ keep: keep + 1, drop: drop + 1, insert })),
      })),
    tie('edits').map((edits): Op => ({ kind: 'object', edits })),
    tie('edits').map((edits): Op => ({ kind: 'array', edits })),
  ),
  edits: fc.array(
    fc.oneof(
      fc.tuple(small, tie('op')).map(([keep, op]): Edit => ({ kind: 'change', keep, op })),
      fc.tuple(small, small).map(([keep, n]): Edit => ({ kind: 'drop', keep, count: n + 1 })),
      fc
        .tuple(
          small,
          memberNames,
          values.filter((value) => depthOf(value) < 100),
        )
        .map(([keep, name, value]): Edit => ({ kind: 'add', keep, name, value })),
      fc
        .tuple(small, small, fc.option(tie('op')))
        .map(([keep, from, op]): Edit => ({ kind: 'take', keep, from, op: op ?? undefined })),
    ),
    { minLength: 1, maxLength: 5, depthIdentifier: 'op' },
  ),
}));

/** The op as it comes out of its bytes; elements have no names there. */
const received = (op: Op): Op => Patch.decode(new Patch(op).encode()).op as Op;

describe('a patch that was not made for its base', () => {
  it(
    'P22 P23 makes another JSON value or conflicts, and leaves the base',
    () => {
      fc.assert(
        fc.property(pairs, values, ([base, target], other) => {
          const op = diff(take(base), target)?.op;
          if (op === undefined) return;
          expect(soundness(take(other), op)).toBe('sound');
        }),
        runs(600),
      );
    },
    soakTimeoutMs,
  );

  it(
    'P23 C1 however it is made up, survives its bytes and is sound',
    () => {
      fc.assert(
        fc.property(ops, values, (op, base) => {
          const bytes = new Patch(op).encode();
          expect(Patch.decode(bytes).encode()).toEqual(bytes);
          expect(soundness(take(base), received(op))).toBe('sound');
        }),
        runs(1200),
      );
    },
    soakTimeoutMs,
  );

  it(
    'C1 C4 P23 of damaged bytes is malformed, or is those bytes, and sound on any base',
    () => {
      const given = pairs.chain(([base, target]) => {
        const bytes = diff(take(base), target)?.encode() ?? new Uint8Array();
        return fc.tuple(fc.constant(base), damaged(bytes), values);
      });
      fc.assert(
        fc.property(given, ([base, bytes, other]) => {
          const patch = tryDecode(() => Patch.decode(bytes));
          if (patch === undefined) return;
          expect(patch.encode()).toEqual(bytes);
          expect(Patch.decode(bytes, {}).op).toEqual(patch.op);
          if (patch.op === undefined) return;
          expect(soundness(take(base), patch.op)).toBe('sound');
          expect(soundness(take(other), patch.op)).toBe('sound');
        }),
        runs(1800),
      );
    },
    soakTimeoutMs,
  );

  it(
    'C2 cut anywhere is malformed',
    () => {
      fc.assert(
        fc.property(pairs, ([base, target]) => {
          const bytes = diff(take(base), target)?.encode() ?? Uint8Array.of(5);
          for (let length = 0; length < Math.min(bytes.length, 200); length++) {
            expect(tryDecode(() => Patch.decode(bytes.subarray(0, length)))).toBeUndefined();
          }
          expect(tryDecode(() => Patch.decode(Uint8Array.of(...bytes, 0)))).toBeUndefined();
        }),
        runs(100),
      );
    },
    soakTimeoutMs,
  );
});

describe('applying', () => {
  const base = take({
    n: 2 ** 53 - 1,
    text: 'a\u{1f600}b',
    list: [1, 2, 3],
    half: 0.5,
    '5': 'five',
  });
  const object = (edits: Edit[]): Op => ({ kind: 'object', edits });
  const array = (edits: Edit[]): Op => ({ kind: 'array', edits });
  const inMember = (keep: number, op: Op): Op => object([{ kind: 'change', keep, op }]);
  const number = (delta: number, scale?: number): Op => ({ kind: 'number', scale, delta });
  const text = (keep: number, drop: number, insert = ''): Op => ({
    kind: 'text',
    splices: [{ keep, drop, insert }],
  });
  const set: Op = { kind: 'set', value: 0 };

  // Members in their order: 5, n, text, list, half.
  const misfits: readonly (readonly [string, Op])[] = [
    ['a change beyond the last member', inMember(5, set)],
    ['a change of a member far beyond', inMember(2 ** 40, set)],
    ['an object where an array is', inMember(3, object([{ kind: 'drop', keep: 0, count: 1 }]))],
    ['an array where an object is', array([{ kind: 'drop', keep: 0, count: 1 }])],
    ['a path through a number', inMember(1, inMember(0, set))],
    ['a number where a text is', inMember(2, number(1))],
    ['a text where a number is', inMember(1, text(0, 0, 'x'))],
    ['a number beyond 2^53', inMember(1, number(1))],
    ['decimals it has already', inMember(4, number(1, 1))],
    ['a splice beyond the end', inMember(2, text(0, 5))],
    ['a splice after the end', inMember(2, text(5, 0, 'x'))],
    ['a splice between the halves of a character', inMember(2, text(2, 0, 'x'))],
    ['a splice that takes half a character', inMember(2, text(1, 1))],
    [
      'a drop of more elements than there are',
      inMember(3, array([{ kind: 'drop', keep: 1, count: 3 }])),
    ],
    [
      'an element added after a gap',
      inMember(3, array([{ kind: 'add', keep: 4, name: '', value: 1 }])),
    ],
    [
      'an element added very far out',
      inMember(3, array([{ kind: 'add', keep: 1e9, name: '', value: 1 }])),
    ],
    [
      'a part that is not there to take',
      inMember(3, array([{ kind: 'take', keep: 0, from: 3, op: undefined }])),
    ],
    ['a member that is there already', object([{ kind: 'add', keep: 0, name: 'n', value: 1 }])],
    ['a member taken and not dropped', object([{ kind: 'take', keep: 0, from: 1, op: undefined }])],
    ['an integer-like member at the end', object([{ kind: 'add', keep: 5, name: '7', value: 1 }])],
  ];

  it.each(misfits)('P22 P23 refuses %s as a conflict', (_title, op) => {
    expect(tryApply(base, op)).toBeUndefined();
    const sent = new Patch(op).encode();
    expect(tryApply(base, Patch.decode(sent).op as Op)).toBeUndefined();
  });

  it('D2 appends at the end and keeps what it does not name', () => {
    const op = inMember(3, array([{ kind: 'add', keep: 3, name: '', value: 4 }]));
    expect(applyPatch<unknown>(base, new Patch(op))).toEqual({
      ...(base as object),
      list: [1, 2, 3, 4],
    });
  });

  it('D2 P23 replaces a member by another of the same name elsewhere', () => {
    const op = object([
      { kind: 'drop', keep: 1, count: 1 },
      { kind: 'add', keep: 2, name: 'n', value: 'new' },
    ]);
    expect(soundness(base, op)).toBe('sound');
    expect(Object.keys(applyOp(base, op) as object)).toEqual(['5', 'text', 'list', 'n', 'half']);
  });

  it.each([
    ['an op that does not exist', '06'],
    ['an empty patch with more behind it', '0500'],
    ['a number that moves by nothing', '0300'],
    ['a number of no decimals', '030500'],
    ['a number of sixteen decimals', '030510'],
    ['a text edit without splices', '0400'],
    ['a splice that does nothing', '0401000000'],
    ['two splices that are one', '0402' + '000100' + '000100'],
    ['more splices than bytes', '04ff7f'],
    ['edits without an end', '01' + '05' + '00'],
    ['a taken part with an edit for an op', '02' + '0f' + '01' + '05'],
    ['an insertion that is not UTF-8', '0401' + '0000' + '01ff'],
  ])('C1 C2 is not reached by %s', (_title, hex) => {
    expect(tryDecode(() => Patch.decode(fromHex(hex)))).toBeUndefined();
  });

  it('C3 L4 is not reached by a patch beyond a limit', () => {
    const long = diff('', 'x'.repeat(100))?.encode() ?? new Uint8Array();
    const limits = { frameBytesMax: 50 };
    expect(() => Patch.decode(long, limits)).toThrow(/frameBytesMax = 50/);
    expect(() => Patch.decode(long, { toString: 5 } as object)).toThrow(
      /no limit named 'toString'/,
    );
    const deep = fromHex(`${'01'.repeat(1)}${'09'.repeat(200)}0081`);
    expect(() => Patch.decode(deep)).toThrow(/depthMax = 128/);
  });

  it('C3 L4 is reached up to a limit, by edits in place and by those of a skeleton', () => {
    const nested = (levels: number, leaf: unknown): unknown =>
      levels === 0 ? leaf : { list: [nested(levels - 1, leaf)] };
    const old = 'a sentence that stands in the base, long enough to be quoted from it, twice';
    const changes: [unknown, unknown][] = [
      [1, 2],
      [{ old }, { old, again: `${old} and more` }],
    ];
    for (const [before, after] of changes) {
      const bytes = diff(nested(5, before), nested(5, after))?.encode() ?? new Uint8Array();
      const inside = typeof before === 'object' ? 1 : 0;
      const target = JSON.stringify(nested(5, after));
      const apply = (depthMax: number): string =>
        JSON.stringify(applyPatch(nested(5, before), Patch.decode(bytes, { depthMax })));
      expect(apply(10 + inside)).toBe(target);
      expect(() => apply(9 + inside)).toThrow(/depthMax = /);
    }
  });
});
