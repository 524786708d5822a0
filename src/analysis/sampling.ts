/** Samples of 1 in 1, 2, 4 … 2^20: more are never thinned. */
export const LEVELS = 21;

/**
 * The coarsest sample that an index is part of: a sample of 1 in 2^n has all indexes of level n
 * and above. Scattered by a hash, so that data with a period of its own is not met in step.
 */
export function levelOf(index: number): number {
  let hash = Math.imul(index ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash = (hash ^ (hash >>> 16)) >>> 0;
  const trailing = hash === 0 ? LEVELS : 31 - Math.clz32(hash & -hash);
  return Math.min(trailing, LEVELS - 1);
}

/** Part of its share that work has to keep for when it goes on with samples. */
const KEPT = 0.25;

/**
 * Work that may take only so much of the time: when it takes more, it goes on with a half of what
 * comes, then a quarter, and what it did before is thinned in the same way.
 */
export class TimeShare {
  readonly #capMs: number;
  #spentMs = 0;
  /** It takes what is of this level or above. */
  level = 0;

  constructor(capMs: number) {
    this.#capMs = capMs;
  }

  takes(level: number): boolean {
    return level >= this.level;
  }

  spend(ms: number): void {
    this.#spentMs += ms;
    // A part of the time is kept for each sample that may still come.
    while (this.level < LEVELS - 1 && this.#spentMs > this.#capMs * (1 - KEPT / 2 ** this.level)) {
      this.level++;
    }
  }

  /** Whether it has all it may have: for work that makes no sense with gaps. */
  get isUsedUp(): boolean {
    return this.#spentMs > this.#capMs;
  }
}
