import { combine, lane } from '../core/hash.ts';
import { keyInto } from './collection-digest.ts';
import type { Entry } from './entry.ts';

/** Children of a node: seven bits of the key's hash a level. */
export const FANOUT = 128;
const BITS = 7;
const LEVELS_MAX = 4;
/** Entries in a bucket on average before the tree gets another level. */
const LOAD_MAX = 32;
const SALT_ENTRY = 0x26;

/** A node: the entries whose key hash begins with these `7 * level` bits. Level 0 is the root. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** The node of a level, from 1 on, that a place belongs to. */
export function indexAt(place: number, level: number): number {
  return place >>> (32 - BITS * level);
}

/** Where an entry belongs in a tree, and what it counts for there. */
export interface EntryMark {
  /** 32 bits of the key's hash: its upper bits name the nodes on the way. */
  readonly place: number;
  /** 32 bits that stand for key and value, in sums and comparisons. */
  readonly hash: number;
}

export function markOf({ key, digest }: Entry): EntryMark {
  keyInto(key);
  const place = lane.hi >>> 0;
  combine(digest.lo, digest.hi, SALT_ENTRY);
  return { place, hash: lane.lo >>> 0 };
}

/**
 * An index of entries by key hash in which each node knows the sum of its entries' hashes: two
 * collections are compared from the top, and only where they differ. A sum does not depend on
 * the shape, so that trees of different depth can be compared too. Cost of a change: a sum
 * for each level and a look through one bucket.
 */
export class DigestTree {
  /** Levels below the root; buckets hang at the last one. */
  protected depth = 1;
  protected size = 0;
  /** Sums by level (1 to depth) and index. */
  private sums: Int32Array[] = [];
  protected buckets: (Entry[] | undefined)[] = [];

  constructor(entries: Iterable<Entry> = []) {
    this.reshape(1);
    for (const entry of entries) this.add(entry);
  }

  /** The level of the buckets: nodes below it have to look through a whole bucket each. */
  get levels(): number {
    return this.depth;
  }

  add(entry: Entry): void {
    const { place, hash } = markOf(entry);
    this.account(place, hash);
    const index = indexAt(place, this.depth);
    const bucket = this.buckets[index];
    if (bucket === undefined) this.buckets[index] = [entry];
    else bucket.push(entry);
    this.size++;
    if (this.size > LOAD_MAX * this.buckets.length && this.depth < LEVELS_MAX) this.grow();
  }

  protected account(place: number, hash: number): void {
    for (let level = 1; level <= this.depth; level++) {
      const sums = this.sums[level - 1] as Int32Array;
      const index = indexAt(place, level);
      sums[index] = (sums[index] as number) + hash;
    }
  }

  private reshape(depth: number): void {
    this.depth = depth;
    this.size = 0;
    this.sums = Array.from({ length: depth }, (_, i) => new Int32Array(FANOUT ** (i + 1)));
    this.buckets = Array.from({ length: FANOUT ** depth }, () => undefined);
  }

  private grow(): void {
    const { buckets } = this;
    this.reshape(this.depth + 1);
    for (const bucket of buckets) for (const entry of bucket ?? []) this.add(entry);
  }

  /** The sums of a node's children, as unsigned words in order. */
  childSums({ level, index }: TreeNode): Uint32Array {
    const sums = new Uint32Array(FANOUT);
    if (level < this.depth) {
      const own = this.sums[level] as Int32Array;
      sums.set(own.subarray(index * FANOUT, (index + 1) * FANOUT));
      return sums;
    }
    for (const entry of this.entriesUnder({ level, index })) {
      const { place, hash } = markOf(entry);
      const child = indexAt(place, level + 1) % FANOUT;
      sums[child] = (sums[child] as number) + hash;
    }
    return sums;
  }

  /** The entries of a node. Cost: its buckets. */
  *entriesUnder({ level, index }: TreeNode): Generator<Entry> {
    if (level >= this.depth) {
      const bucket = this.buckets[index >>> (BITS * (level - this.depth))];
      for (const entry of bucket ?? []) {
        if (level === this.depth || indexAt(markOf(entry).place, level) === index) yield entry;
      }
      return;
    }
    const width = FANOUT ** (this.depth - level);
    for (let i = index * width; i < (index + 1) * width; i++) yield* this.buckets[i] ?? [];
  }
}

/** Whether a node can exist; for what comes from outside. */
export function isTreeNode({ level, index }: TreeNode): boolean {
  return level >= 0 && level <= LEVELS_MAX && index >= 0 && index < FANOUT ** level;
}
