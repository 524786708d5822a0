import { malformed } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import type { DigestTree, TreeNode } from '../cache/digest-tree.ts';
import { FANOUT } from '../cache/digest-tree.ts';
import type { NodeClaim } from '../cache/mending.ts';
import { claimOf } from '../cache/mending.ts';
import { NODES_MAX } from './claims.ts';
import { encodeConsumerMessage } from './consumer-message-writer.ts';
import type { Nonce } from './nonce.ts';

/** Entries of a node on average from which on it is cheaper to name them than to go on down. */
const NODE_ENTRIES_MAX = 32;
/** Where more than this part of the nodes differ, a snapshot costs less. */
const DIFFERENT_PART_MAX = 0.75;

/** What to do next: look deeper, name what is held, or give up comparing. */
export type WalkStep =
  | { readonly kind: 'compare'; readonly level: number; readonly nodes: readonly number[] }
  | { readonly kind: 'mend'; readonly claims: readonly NodeClaim[] }
  | { readonly kind: 'anew' };

/**
 * Finds where a collection differs from a hub's: from the root down, level by level, only into
 * nodes whose digests differ. Ends after as many steps as the hub's tree has levels.
 */
export class RepairWalk {
  private readonly tree: DigestTree;
  private readonly hubEntries: number;
  /** Nodes whose children's digests were asked for. */
  private asked: readonly TreeNode[] = [{ level: 0, index: 0 }];
  /** Keys behind the items claimed, in order. */
  private claimed: Key[] = [];

  constructor(tree: DigestTree, hubEntries: number) {
    this.tree = tree;
    this.hubEntries = hubEntries;
  }

  /** The level that the next digests must be of. */
  get level(): number {
    return (this.asked[0] as TreeNode).level;
  }

  /** The message that answers digests; undefined where starting anew costs less. */
  request(sums: Uint32Array, nonce: Nonce, bytesMax: number): Uint8Array | undefined {
    const step = this.step(sums);
    if (step.kind === 'anew') return undefined;
    const bytes = encodeConsumerMessage({ ...step, nonce });
    return bytes.length > bytesMax ? undefined : bytes;
  }

  /** Takes the digests of the children of the nodes asked for. */
  step(sums: Uint32Array): WalkStep {
    if (sums.length !== this.asked.length * FANOUT) return { kind: 'anew' };
    const level = this.level + 1;
    const differing: TreeNode[] = [];
    for (const [i, node] of this.asked.entries()) {
      const own = this.tree.childSums(node);
      for (let child = 0; child < FANOUT; child++) {
        if (own[child] === sums[i * FANOUT + child]) continue;
        differing.push({ level, index: node.index * FANOUT + child });
      }
    }
    if (differing.length === 0 || differing.length > NODES_MAX) return { kind: 'anew' };
    if (this.hubEntries / FANOUT ** level > NODE_ENTRIES_MAX) {
      this.asked = differing;
      return { kind: 'compare', level, nodes: differing.map(({ index }) => index) };
    }
    const looked = this.asked.length * FANOUT;
    const many = differing.length > looked * DIFFERENT_PART_MAX;
    return many ? { kind: 'anew' } : this.claim(differing);
  }

  private claim(nodes: readonly TreeNode[]): WalkStep {
    const claims: NodeClaim[] = [];
    for (const node of nodes) {
      const { claim, keys } = claimOf(this.tree, node);
      claims.push(claim);
      for (const key of keys) this.claimed.push(key);
    }
    return { kind: 'mend', claims };
  }

  /** The keys that the hub wants dropped; `malformed` where it names items never claimed. */
  keysOf(dropped: readonly number[]): Key[] {
    if ((dropped.at(-1) ?? -1) >= this.claimed.length) {
      throw malformed('a repair that drops what was not claimed');
    }
    return dropped.map((item) => this.claimed[item] as Key);
  }
}
