import type { Key } from '../core/key.ts';
import { isBeyondRepair } from './beyond-repair.ts';
import type { DigestTree, TreeNode } from './digest-tree.ts';
import { markOf } from './digest-tree.ts';
import type { Entry } from './entry.ts';
import type { Frame } from './frame.ts';

/** Entries that a repair looks at: beyond, everything anew costs less than finding what differs. */
const ENTRIES_MAX = 64 * 1024;

/** What one side holds in a node: place and hash of each entry, by turns. */
export interface NodeClaim {
  readonly node: TreeNode;
  readonly items: Uint32Array;
}

/** What makes the other side equal. */
export interface Mending {
  /** Whole values and deletions; `from` is the version at which the comparison began. */
  readonly frame: Frame;
  /** Entries that must go, by their number among all items claimed. */
  readonly dropped: readonly number[];
}

/** The claim for a node, and the keys behind its items in the same order. */
export function claimOf(tree: DigestTree, node: TreeNode): { claim: NodeClaim; keys: Key[] } {
  const entries = [...tree.entriesUnder(node)];
  const items = new Uint32Array(entries.length * 2);
  for (const [i, entry] of entries.entries()) {
    const { place, hash } = markOf(entry);
    items[2 * i] = place;
    items[2 * i + 1] = hash;
  }
  return { claim: { node, items }, keys: entries.map(({ key }) => key) };
}

/**
 * Holds claims against a tree: `lacking` is what the other side has not or has otherwise, `dropped`
 * what it has too much. Two keys at one place, once in 2^32, may come out wrong: the check of
 * the frame then shows it. Undefined where too much is concerned, of `allBytes` of JSON in all, and
 * for nodes below the buckets: no comparison gets there, and each of many would look through a
 * bucket. Cost: the entries of the nodes.
 *
 * Modelled in models/conflation.pml.
 */
export function compareClaims(
  tree: DigestTree,
  claims: readonly NodeClaim[],
  allBytes: number,
): { lacking: Map<Key, Entry | undefined>; dropped: number[] } | undefined {
  if (claims.some(({ node }) => node.level > tree.levels)) return undefined;
  const lacking = new Map<Key, Entry | undefined>();
  const dropped: number[] = [];
  let offset = 0;
  let looked = 0;
  let bytes = 0;
  for (const { node, items } of claims) {
    const own = new Map<number, { entry: Entry; hash: number }>();
    for (const entry of tree.entriesUnder(node)) {
      if (++looked > ENTRIES_MAX) return undefined;
      const { place, hash } = markOf(entry);
      own.set(place, { entry, hash });
    }
    for (let i = 0; i < items.length; i += 2) {
      const place = items[i] as number;
      const held = own.get(place);
      if (held === undefined) dropped.push(offset + i / 2);
      else if (held.hash === items[i + 1]) own.delete(place);
    }
    for (const { entry } of own.values()) {
      lacking.set(entry.key, entry);
      bytes += entry.jsonBytes;
    }
    if (isBeyondRepair(bytes, allBytes)) return undefined;
    offset += items.length / 2;
  }
  return { lacking, dropped };
}
