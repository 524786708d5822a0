import { DigestTree, indexAt, markOf } from './digest-tree.ts';
import type { Entry } from './entry.ts';

/** A producer's tree, which follows every commit; a consumer makes one when it compares. */
export class ChangingTree extends DigestTree {
  /** Takes an entry out; the very object that was added. */
  remove(entry: Entry): void {
    const { place, hash } = markOf(entry);
    const bucket = this.buckets[indexAt(place, this.depth)];
    const at = bucket?.indexOf(entry) ?? -1;
    if (bucket === undefined || at < 0) return;
    this.account(place, -hash);
    // The order in a bucket is of no meaning.
    const last = bucket.pop() as Entry;
    if (last !== entry) bucket[at] = last;
    this.size--;
  }
}
