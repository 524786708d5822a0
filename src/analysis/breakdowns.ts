import type { Key } from '../core/key.ts';
import { levelOf } from './sampling.ts';
import type { CoreBytes } from './strategies.ts';
import { addBytes, noBytes } from './strategies.ts';

/** Changes taken together, and their bytes. */
export interface Sums {
  changes: number;
  readonly bytes: CoreBytes;
}

/** Keys that are told apart: what comes later counts together. About 20 MB at most. */
const KEYS_MAX = 100_000;
/** Parts of the timeline at the end: between a half of this and all of it. */
const PARTS_MAX = 240;
/** Changes that are kept one by one, as above. */
const POINTS_MAX = 600;

function newSums(): Sums {
  return { changes: 0, bytes: noBytes() };
}

function add(sums: Sums, bytes: CoreBytes): void {
  sums.changes++;
  addBytes(sums.bytes, bytes);
}

/** A stretch of the input. */
export interface TimelinePart extends Sums {
  /** Index of its first change among all changes. */
  readonly from: number;
  /** When that was, in ms since 1970, where the data tells. */
  readonly t: number | undefined;
}

/** One change beside its value. */
export interface ChangePoint {
  readonly index: number;
  /** JSON text of the new value, in bytes. */
  readonly valueBytes: number;
  /** JSON text of what is new in it, in bytes. */
  readonly newBytes: number;
  readonly bytes: CoreBytes;
}

/** The same bytes, sorted in other ways: by key, by size of the value, over time, one by one. */
export class Breakdowns {
  readonly keys = new Map<Key, Sums>();
  /** Changes of keys beyond those told apart. */
  readonly otherKeys = newSums();
  /** By the power of two that a value's JSON text, in bytes, has reached. */
  readonly sizes = new Map<number, Sums>();
  #parts: TimelinePart[] = [];
  #partChanges = 1;
  #points: ChangePoint[] = [];
  #pointLevel = 0;

  add(key: Key, t: number | undefined, point: ChangePoint): void {
    const { bytes, index } = point;
    add(this.#ofKey(key), bytes);
    const size = Math.floor(Math.log2(Math.max(1, point.valueBytes)));
    const band = this.sizes.get(size) ?? newSums();
    this.sizes.set(size, band);
    add(band, bytes);
    this.#addToPart(t, index, bytes);
    if (levelOf(index) < this.#pointLevel) return;
    this.#points.push(point);
    while (this.#points.length > POINTS_MAX) {
      this.#pointLevel++;
      this.#points = this.#points.filter((kept) => levelOf(kept.index) >= this.#pointLevel);
    }
  }

  get timeline(): readonly TimelinePart[] {
    return this.#parts;
  }

  get points(): readonly ChangePoint[] {
    return this.#points;
  }

  #ofKey(key: Key): Sums {
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    if (this.keys.size >= KEYS_MAX) return this.otherKeys;
    const sums = newSums();
    this.keys.set(key, sums);
    return sums;
  }

  #addToPart(t: number | undefined, index: number, bytes: CoreBytes): void {
    let last = this.#parts.at(-1);
    if (last === undefined || last.changes >= this.#partChanges) {
      if (this.#parts.length >= PARTS_MAX) this.#halve();
      last = { from: index, t, ...newSums() };
      this.#parts.push(last);
    }
    add(last, bytes);
  }

  #halve(): void {
    const halved: TimelinePart[] = [];
    for (const [i, part] of this.#parts.entries()) {
      const before = halved.at(-1);
      if (i % 2 === 0 || before === undefined) {
        halved.push(part);
      } else {
        before.changes += part.changes;
        addBytes(before.bytes, part.bytes);
      }
    }
    this.#parts = halved;
    this.#partChanges *= 2;
  }
}
