import { describe, expect, it } from 'vitest';

import type { ChangedPlace } from '../../src/analysis/changed-places.ts';
import { eachChangedPlace } from '../../src/analysis/changed-places.ts';
import { PathTree } from '../../src/analysis/path-tree.ts';
import { Patch, diff } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';

function placesOf(base: Value, target: Value): ChangedPlace[] {
  const patch = diff(base, target);
  const places: ChangedPlace[] = [];
  if (patch?.op === undefined) return places;
  eachChangedPlace(base, patch.op, (place) => void places.push(place));
  return places;
}

const pathsOf = (base: Value, target: Value): string[] =>
  placesOf(base, target).map(({ path }) => path.join('/'));

describe('changed places', () => {
  it('are named by members, with [] for elements and their index in short rows', () => {
    const base = {
      a: { b: 1, c: 'text' },
      rows: [
        [1, 2, 'x'],
        [3, 4, 'y'],
      ],
      list: [{ n: 1 }, { n: 2 }],
      gone: true,
    };
    const target = {
      a: { b: 2, c: 'test' },
      rows: [
        [1, 2, 'x'],
        [3, 9, 'y'],
      ],
      list: [{ n: 1 }, { n: 5 }],
      come: null,
    };
    expect(pathsOf(base, target).toSorted()).toEqual([
      'a/b',
      'a/c',
      'come',
      'gone',
      'list/[]/n',
      'rows/[]/[1]',
    ]);
    expect(pathsOf([1, 2], 'all of it')).toEqual(['']);
  });

  it('weigh what is new: of a text what was put in, of a row the whole', () => {
    const [text] = placesOf({ log: 'a\n'.repeat(50) }, { log: `${'a\n'.repeat(50)}b\n` });
    expect(text?.jsonBytes).toBe(3);
    const row = { id: 7, name: 'new' };
    const [added] = placesOf({ list: [] }, { list: [row] });
    expect(added?.jsonBytes).toBe(JSON.stringify(row).length);
  });

  it('are found in patches that quote their base, too', () => {
    const text = 'a long text that stands elsewhere as well, word for word, and is quoted ';
    const base = { a: text.repeat(3), b: 'short' };
    const target = { a: text.repeat(3), b: 'short', c: text.repeat(2) };
    const read = Patch.decode((diff(base, target) as Patch).encode());
    const places: ChangedPlace[] = [];
    if (read.op !== undefined) eachChangedPlace(base, read.op, (place) => void places.push(place));
    expect(places.map(({ path }) => path)).toEqual([['c']]);
  });
});

describe('the tree of places', () => {
  const place = (...path: string[]): ChangedPlace => ({ path, weight: 1, jsonBytes: 2 });

  it('shares the bytes of a patch by weight, and counts a change once at each place', () => {
    const tree = new PathTree();
    tree.add([place('a', '[]'), place('a', '[]'), { ...place('b'), weight: 2 }], 40);
    tree.add([place('b')], 5);
    expect(tree.figures()).toMatchObject([
      { path: ['b'], changes: 2, patchBytes: 25 },
      { path: ['a', '[]'], changes: 1, patchBytes: 20 },
    ]);
  });

  it('takes an object of which very many members change for a map', () => {
    const tree = new PathTree();
    for (let i = 0; i < 200; i++) tree.add([place('rates', `c${i}`, 'n'), place('t')], 10);
    expect(tree.figures()).toMatchObject([
      { path: ['rates', '*', 'n'], changes: 200, patchBytes: 1000, examples: ['c0', 'c1', 'c2'] },
      { path: ['t'], changes: 200, patchBytes: 1000 },
    ]);
  });

  it('stays small whatever the names are', () => {
    const tree = new PathTree();
    for (let i = 0; i < 5000; i++) {
      const path = Array.from({ length: 30 }, (_, depth) => `${(i * 7 + depth * i) % 997}`);
      tree.add([place(...path)], 1);
    }
    const figures = tree.figures();
    expect(figures.length).toBeLessThan(100);
    expect(figures.reduce((sum, { patchBytes }) => sum + patchBytes, 0)).toBeCloseTo(5000, 6);
  });
});
