import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPatch, diff } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import { pathText, patchSteps } from '../../src/page/patch-step.ts';
import { runs } from '../support/arbitrary-values.ts';
import type { PatchStep, Path } from '../../src/page/patch-step.ts';
import { LINES_MAX, valueLines } from '../../src/page/value-line.ts';

function stepsBetween(base: Value, next: Value): PatchStep[] {
  return patchSteps(diff(base, next)?.op, base, next);
}

function shown(base: Value, next: Value): string[] {
  return stepsBetween(base, next).map(
    ({ kind, path, before, after }) => `${kind} ${pathText(path)} ${before}>${after}`,
  );
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], value);
}

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => {
  return JSON.parse(JSON.stringify(value)) as Value;
});

describe('the steps of a patch', () => {
  it('name the members that change, come and go, with their values', () => {
    const base = { a: 1, b: { c: 'old', d: [1, 2] }, gone: true };
    const next = { a: 2, b: { c: 'new', d: [1, 2, 3] }, 'two words': null };
    expect(shown(base, next).toSorted()).toEqual([
      'added ["two words"] >null',
      'added b.d[2] >3',
      'changed a 1>2',
      'changed b.c "old">"new"',
      'removed gone true>',
    ]);
  });

  it('are none where nothing changes, and one for a value that becomes another', () => {
    expect(shown([1], [1])).toEqual([]);
    expect(shown(1, 'x')).toEqual(['changed (value) 1>"x"']);
  });

  it('say what moved in an array, and do not call that removed', () => {
    const row = (n: number): Value => ({ name: `row ${n}`, text: 'x'.repeat(40), n });
    const rows = [0, 1, 2, 3, 4].map(row);
    const [first, ...others] = rows as [Value, ...Value[]];
    const kinds = stepsBetween(rows, [...others, first]).map(({ kind }) => kind);
    expect(kinds).not.toContain('removed');
  });

  it('point to what the value after the patch holds there, whatever the values are', () => {
    fc.assert(
      fc.property(json, json, (base, next) => {
        const patch = diff(base, next);
        if (patch === undefined) return;
        expect(applyPatch(base, patch)).toEqual(next);
        for (const { kind, path, after } of patchSteps(patch.op, base, next)) {
          if (kind !== 'changed' && kind !== 'added') continue;
          const text = JSON.stringify(at(next, path));
          expect(after).toBe(text.length <= 160 ? text : after);
        }
      }),
      runs(300),
    );
  });

  it('are bounded for a patch of any size', () => {
    const base = Array.from({ length: 5000 }, (_, n) => ({ n }));
    const next = base.map(({ n }) => ({ n: n + 1 }));
    expect(stepsBetween(base, next).length).toBeLessThanOrEqual(500);
  });
});

describe('the lines of a value', () => {
  const text = (value: Value): string[] =>
    valueLines(value, []).map(({ depth, text: line }) => '  '.repeat(depth) + line);

  it('are indented JSON, with what is short on one line', () => {
    expect(text({ a: { b: [1, 2] }, c: 'x'.repeat(80) })).toEqual([
      '{',
      '  "a": { "b": [ 1, 2 ] },',
      `  "c": "${'x'.repeat(80)}"`,
      '}',
    ]);
  });

  it('mark what the patch touched and nothing else, opened down to it', () => {
    const base: Value = { a: { b: 1, c: 2 }, d: 'same' };
    const next: Value = { a: { b: 1, c: 3 }, d: 'same' };
    const lines = valueLines(next, stepsBetween(base, next));
    const touched = lines.filter(({ isTouched }) => isTouched);
    expect(touched.map(({ text: line }) => line)).toEqual(['"c": 3']);
    expect(lines).toHaveLength(7);
  });

  it('are bounded, and cost no more than what is shown', () => {
    expect(valueLines(Array.from({ length: 1_000_000 }).fill(1), [])).toHaveLength(LINES_MAX);
    const [line] = valueLines('y'.repeat(1_000_000), []);
    expect(line?.text.length).toBeLessThanOrEqual(400);
  });
});
