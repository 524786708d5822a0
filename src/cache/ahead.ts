import type { Key } from '../core/key.ts';
import type { Entry } from './entry.ts';

/**
 * What a consumer of stand-alone messages holds beyond a gap. The collection is settled up to
 * some version; messages after a missing one are applied at once, and here is kept what they
 * replaced, by reference, so that a frame from the settled version still finds its base.
 */
export class Ahead {
  private readonly max: number;
  private readonly bases = new Map<Key, Entry | undefined>();
  private readonly seen = new Set<number>();
  /** 0 where nothing is held beyond the gap. */
  private newest = 0;
  /** More than can be kept: only a snapshot or an equal head settles the collection again. */
  private overflowed = false;

  constructor(max: number) {
    this.max = max;
  }

  get isEmpty(): boolean {
    return this.newest === 0 && !this.overflowed;
  }

  get isLost(): boolean {
    return this.overflowed;
  }

  /** The newest version of what is held beyond the gap; 0 where there is none. */
  get newestVersion(): number {
    return this.newest;
  }

  /** Keys changed beyond the gap, with the entries of the settled version. */
  get replaced(): ReadonlyMap<Key, Entry | undefined> {
    return this.bases;
  }

  /** A key stands at this version now; `replaced` is what it had before. */
  keep(version: number, key: Key, replaced: Entry | undefined): void {
    this.newest = Math.max(this.newest, version);
    if (this.overflowed) return;
    if (!this.bases.has(key)) this.bases.set(key, replaced);
    this.bound(this.bases.size);
  }

  /** All that the commit of this version did has been seen. */
  note(version: number): void {
    if (this.overflowed) return;
    this.seen.add(version);
    this.bound(this.seen.size);
  }

  private bound(size: number): void {
    if (size <= this.max) return;
    this.overflowed = true;
    this.seen.clear();
    this.bases.clear();
  }

  /** The version up to which everything has been seen, given that `settled` is. */
  settle(settled: number): number {
    if (this.overflowed || this.seen.size !== this.newest - settled) return settled;
    const { newest } = this;
    this.clear();
    return newest;
  }

  clear(): void {
    this.bases.clear();
    this.seen.clear();
    this.newest = 0;
    this.overflowed = false;
  }
}
