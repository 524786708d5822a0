import type { Key } from '../core/key.ts';

/**
 * Deleted keys with the version that deleted them, so that what is older than a deletion
 * cannot undo it. Bounded: the oldest are let go, a sixteenth at a time, and up to `floor` nothing
 * is known.
 *
 * Modelled in models/conflation.pml.
 */
export class Tombstones {
  private readonly versions = new Map<Key, number>();
  private readonly max: number;
  /** Deletions at or below this version may have been forgotten. */
  floor = 0;

  constructor(max: number) {
    this.max = max;
  }

  get size(): number {
    return this.versions.size;
  }

  get(key: Key): number | undefined {
    return this.versions.get(key);
  }

  set(key: Key, version: number): void {
    // Again at the end: the map stays sorted by version.
    this.versions.delete(key);
    this.versions.set(key, version);
    if (this.versions.size <= this.max) return;
    // Not one by one: the way to the oldest leads by all the places that others have left.
    const kept = this.max - (this.max >> 4);
    for (const [oldest, at] of this.versions) {
      if (this.versions.size <= kept) break;
      this.versions.delete(oldest);
      this.floor = Math.max(this.floor, at);
    }
  }

  delete(key: Key): void {
    this.versions.delete(key);
  }

  clear(floor: number): void {
    this.versions.clear();
    this.floor = floor;
  }

  /** Keys deleted after a version. */
  *after(version: number): Generator<[Key, number]> {
    for (const [key, at] of this.versions) if (at > version) yield [key, at];
  }
}
