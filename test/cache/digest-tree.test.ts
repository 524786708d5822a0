import { describe, expect, it } from 'vitest';
import { ChangingTree } from '../../src/cache/changing-tree.ts';
import { DigestTree, FANOUT, isTreeNode, markOf } from '../../src/cache/digest-tree.ts';
import type { TreeNode } from '../../src/cache/digest-tree.ts';
import type { Entry } from '../../src/cache/entry.ts';
import { entryOf } from '../../src/cache/entry.ts';
import type { NodeClaim } from '../../src/cache/mending.ts';
import { claimOf, compareClaims } from '../../src/cache/mending.ts';
import { treeMark } from '../support/page-digest.mjs';

const ROOT: TreeNode = { level: 0, index: 0 };

const entry = (n: number, value = n): Entry => entryOf(n, value, 1, 1000);

const largeEntry = (n: number): Entry => entryOf(n, 'x'.repeat(1000), 1, 2000);

const entries = (count: number): Entry[] => Array.from({ length: count }, (_, n) => entry(n));

/** The node of a level that an entry belongs to. */
function nodeOf(one: Entry, level: number): TreeNode {
  return { level, index: Math.floor((markOf(one).place / 2 ** 32) * FANOUT ** level) };
}

const keysUnder = (tree: DigestTree, node: TreeNode): unknown[] =>
  [...tree.entriesUnder(node)].map(({ key }) => key).sort((a, b) => Number(a) - Number(b));

describe('The digest tree', () => {
  it('R3 marks entries as the page says', () => {
    const values = [0, -1.5, 'text', null, true, [1, 'two'], { a: { b: [] } }, 'x'.repeat(999)];
    for (const [n, value] of values.entries()) {
      for (const key of [n, -n * 2 ** 40, `key ${n}`, '']) {
        expect(markOf(entryOf(key, value, 1, 10_000))).toEqual(treeMark(key, value));
      }
    }
  });

  const small = entries(200);
  const shallow = new ChangingTree(small);
  /** The same entries in a tree of more levels: it was much larger once. */
  const deep = new ChangingTree(entries(6000));
  for (const gone of [...deep.entriesUnder(ROOT)]) {
    if ((gone.key as number) >= 200) deep.remove(gone);
  }

  it('R3 grows with what it holds, and a node has the sums of its children', () => {
    expect([shallow.levels, deep.levels, new DigestTree().levels]).toEqual([1, 2, 1]);
    for (const [child, sum] of deep.childSums(ROOT).entries()) {
      const below = deep.childSums({ level: 1, index: child });
      expect(below.reduce((a, b) => (a + b) >>> 0, 0)).toBe(sum);
    }
  });

  it('G4 R3 tells the same at every node, however many levels it has', () => {
    const nodes = [ROOT, ...[1, 2].flatMap((level) => small.map((one) => nodeOf(one, level)))];
    for (const node of nodes) {
      expect(shallow.childSums(node)).toEqual(deep.childSums(node));
      expect(keysUnder(shallow, node)).toEqual(keysUnder(deep, node));
    }
    expect(keysUnder(shallow, ROOT)).toEqual(small.map(({ key }) => key));
    for (const one of small.slice(0, 20)) {
      expect(keysUnder(shallow, nodeOf(one, 4))).toContain(one.key);
      expect(shallow.childSums(nodeOf(one, 3)).some((sum) => sum !== 0)).toBe(true);
    }
  });

  it('G4 is what it was once an entry has come and gone, and one never held cannot go', () => {
    const before = shallow.childSums(ROOT);
    const [guest, stranger] = [entry(7777), entry(8888)];
    shallow.add(guest);
    expect(shallow.childSums(ROOT)).not.toEqual(before);
    shallow.remove(guest);
    shallow.remove(guest);
    shallow.remove(stranger);
    expect(shallow.childSums(ROOT)).toEqual(before);
    new ChangingTree().remove(stranger);
    expect(keysUnder(shallow, ROOT)).toHaveLength(200);
  });

  it('C3 has no nodes beyond four levels of 128 children', () => {
    expect(isTreeNode({ level: 4, index: FANOUT ** 4 - 1 })).toBe(true);
    for (const [level, index] of [
      [-1, 0],
      [5, 0],
      [0, 1],
      [1, -1],
      [1, FANOUT],
      [4, FANOUT ** 4],
    ] as const) {
      expect(isTreeNode({ level, index })).toBe(false);
    }
  });
});

describe('Claims held against a tree', () => {
  const held = entries(300);
  const tree = new DigestTree(held);

  it('R3 put what is lacking or otherwise, and drop what is too much, by its number', () => {
    const others = [...held.slice(2), entry(0, -1), entry(5000)];
    const other = new DigestTree(others);
    const claims: NodeClaim[] = [];
    const keys: unknown[] = [];
    for (let index = 0; index < FANOUT; index++) {
      const { claim, keys: named } = claimOf(other, { level: 1, index });
      claims.push(claim);
      keys.push(...named);
    }
    const compared = compareClaims(tree, claims, 0);
    expect(new Set(compared?.lacking.keys())).toEqual(new Set([0, 1]));
    expect(compared?.dropped.map((item) => keys[item])).toEqual([5000]);
  });

  it('P14 end where a quarter of everything is lacking, which a snapshot brings for less', () => {
    const wide = Array.from({ length: 400 }, (_, n) => largeEntry(n));
    const others = new DigestTree(wide);
    const allBytes = wide.reduce((sum, { jsonBytes }) => sum + jsonBytes, 0);
    const lackingIn = (nodes: number): number | undefined => {
      const items = new Uint32Array(0);
      const claims = Array.from({ length: nodes }, (_, index) => ({
        node: { level: 1, index },
        items,
      }));
      return compareClaims(others, claims, allBytes)?.lacking.size;
    };
    expect(lackingIn(Math.floor(FANOUT / 8))).toBeGreaterThan(20);
    expect(lackingIn(Math.floor(FANOUT / 2))).toBeUndefined();
  });

  it('P14 of nodes below the buckets are not looked at', () => {
    const items = new Uint32Array(0);
    expect(compareClaims(tree, [{ node: { level: 1, index: 0 }, items }], 0)).toBeDefined();
    expect(compareClaims(tree, [{ node: { level: 2, index: 0 }, items }], 0)).toBeUndefined();
  });
});
