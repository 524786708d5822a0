/** What becomes of a few values by thousands of small patches, as bytes that somebody sent. */
import { describe, expect, it } from 'vitest';

import { applyOp } from '../../src/core/apply.ts';
import { Differ } from '../../src/core/diff.ts';
import { digestAfter, digestText, valueDigest } from '../../src/core/digest.ts';
import { toJsonPatch } from '../../src/core/json-patch.ts';
import { jsonGrowth } from '../../src/core/json-size.ts';
import { Patch } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { fingerprint } from '../support/fingerprint.ts';
import { codeOr } from '../support/error-code.ts';

describe('P22 G1 what patches make of their base', () => {
  const company = Array.from({ length: 24 }, (_, i) => `company ${i}`);
  const bases: Value[] = [
    { a: 1, b: 'xyz', c: [1, 2, 'three'] },
    [1, 'ab', { a: 2 }, [[]]],
    ...['text \u{1f600}', 5, -2.5, null, {}, []],
    { a: company, b: [1, company], c: { d: company } },
  ];
  const own = bases.map((base) => {
    const taken = new Differ('copy', true).take(base);
    valueDigest(taken);
    return taken;
  });

  /** What becomes of each base; its digest and the growth of its text are those of the outcome. */
  function outcomes(bytes: Uint8Array): unknown {
    const op = codeOr(() => Patch.decode(bytes).op);
    if (op === undefined || typeof op === 'string') return op;
    return own.map((base) =>
      codeOr(() => {
        const next = applyOp(base, op);
        const alone = structuredClone(next);
        valueDigest(base);
        const digest = digestText(digestAfter(base, next, op));
        expect(digest).toBe(digestText(valueDigest(alone)));
        const grown =
          Buffer.byteLength(JSON.stringify(next)) - Buffer.byteLength(JSON.stringify(base));
        expect(jsonGrowth(base, op)).toBe(grown);
        const told = codeOr(() => toJsonPatch(base, Patch.decode(bytes)));
        return [next, told];
      }),
    );
  }

  it('is what it was, for all of one edit and many of two and three', () => {
    const random = new SeededRandom('edits');
    const some = (list: readonly number[]): number => list[random.below(list.length)] as number;
    const token = (last: boolean): number => random.below(3) * 16 + (last ? 8 : 0);
    /** The bytes of an op's body, after its code; mostly such that some base fits. */
    const body = (code: number, depth: number): number[] => {
      if (code === 0)
        return [some([0, 7, 0x41, 0x80, 0x89, 0xb0]), ...[0x61]].slice(0, 1 + random.below(2));
      if (code === 3) return [some([2, 4, 6, 5]), 1].slice(0, 1 + random.below(2));
      if (code === 4)
        return [1, random.below(5), random.below(3), random.below(2), 0x62].slice(
          0,
          4 + random.below(2),
        );
      const bytes: number[] = [];
      const count = 1 + random.below(3);
      for (let i = 1; i <= count; i++) {
        const kind = depth > 1 ? some([0, 3, 5, 7]) : random.below(8);
        bytes.push(token(i === count) + kind);
        if (kind === 5) bytes.push(random.below(2));
        else if (kind === 6)
          bytes.push(...(code === 1 ? [2, some([0x61, 0x7a, 0x31])] : []), random.below(9));
        else if (kind === 7)
          bytes.push(
            ...(random.below(2) === 0 ? [random.below(3) * 2] : [random.below(3) * 2 + 1, 0, 9]),
          );
        else bytes.push(...body(kind, depth + 1));
      }
      return bytes;
    };
    const made = Array.from({ length: 2500 }, () => {
      const code = some([0, 1, 1, 1, 2, 2, 2, 3, 4]);
      return outcomes(Uint8Array.from([code, ...body(code, 0)]));
    });
    const fitting = made.filter(
      (all) => Array.isArray(all) && all.some((one) => Array.isArray(one)),
    );
    expect(fitting.length).toBeGreaterThan(500);
    expect(fingerprint(made)).toBe('2500 b4674acf500c');
  });
});
