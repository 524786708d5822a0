import { describe, expect, it } from 'vitest';

import { Differ } from '../../src/core/diff.ts';
import { valueDigest } from '../../src/core/digest.ts';
import { applyPatch, Patch } from '../../src/core/patch.ts';
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
