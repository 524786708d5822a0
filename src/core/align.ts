import { isMostlySame, pairByLikeness } from './likeness.ts';
import { roughHash } from './rough-hash.ts';
import type { Value, ValueArray } from './value.ts';
import { sameValue } from './value.ts';

/** How far a resynchronisation looks ahead on either side. */
const LOOK_AHEAD = 4;
/** Equal elements in a row that settle a resynchronisation at once. */
const RUN_ENOUGH = 4;

/** Steps over `[base, target]` elements, cheapest explanation first: edited, removed, inserted. */
const detours: readonly (readonly [number, number])[] = (() => {
  const all: [number, number][] = [];
  for (let base = 0; base <= LOOK_AHEAD; base++) {
    for (let target = 0; target <= LOOK_AHEAD; target++) {
      if (base + target > 0) all.push([base, target]);
    }
  }
  return all.sort((a, b) => Math.max(...a) - Math.max(...b) || b[0] + b[1] - (a[0] + a[1]));
})();

/** How many elements two arrays share at their start, and of the rest at their end. */
export interface CommonEnds {
  readonly head: number;
  readonly tail: number;
}

/** `width`: elements of the target, which a getter in it may add to meanwhile. */
export function commonEnds(
  base: ValueArray,
  target: readonly unknown[],
  width: number,
): CommonEnds {
  const most = Math.min(base.length, width);
  let head = 0;
  while (head < most && base[head] === target[head]) head++;
  let tail = 0;
  while (tail < most - head && base[base.length - 1 - tail] === target[width - 1 - tail]) tail++;
  // Where all but one are the very same, whoever walks that one finds out whether it differs.
  if (base.length === width && head + tail >= width - 1) return { head, tail };
  while (head < most && sameValue(base[head] as Value, target[head])) head++;
  // Of two of one length the first that differ would be the last to be compared, again.
  const left = base.length === width && head < most ? most - head - 1 : most - head;
  tail = Math.min(tail, left);
  while (
    tail < left &&
    sameValue(base[base.length - 1 - tail] as Value, target[width - 1 - tail])
  ) {
    tail++;
  }
  return { head, tail };
}

/** Which element of the base each element of the target comes from. */
export class ArrayAlignment {
  readonly base: ValueArray;
  readonly target: readonly unknown[];
  /** For each target element the base element it comes from, -1 for none. */
  readonly source: Int32Array;
  /** For each target element whether it is known to equal its source. */
  readonly equal: Uint8Array;
  /** For each base element whether a target element comes from it. */
  readonly used: Uint8Array;

  constructor(base: ValueArray, target: readonly unknown[], width: number) {
    this.base = base;
    this.target = target;
    this.source = new Int32Array(width).fill(-1);
    this.equal = new Uint8Array(width);
    this.used = new Uint8Array(base.length);
  }

  private same(from: number, to: number): boolean {
    return sameValue(this.base[from] as Value, this.target[to]);
  }

  private match(from: number, to: number): void {
    this.source[to] = from;
    this.equal[to] = 1;
    this.used[from] = 1;
  }

  /** To say that a target element is an edited form of a base element. */
  pair(from: number, to: number): void {
    this.source[to] = from;
    this.used[from] = 1;
  }

  /**
   * Common ends; then both sides in step, over small detours; where that loses its way, by
   * hash; then what is left over is paired by likeness. Linear but for the sort in the end.
   */
  run({ head, tail }: CommonEnds): void {
    const baseEnd = this.base.length - tail;
    const targetEnd = this.source.length - tail;
    for (let i = 0; i < head; i++) this.match(i, i);
    for (let i = 0; i < tail; i++) this.match(baseEnd + i, targetEnd + i);
    if (head === baseEnd || head === targetEnd) return;
    const [from, to] = this.inStep(head, head, baseEnd, targetEnd);
    if (from < baseEnd && to < targetEnd) this.byHash(from, to, baseEnd, targetEnd);
    pairByLikeness(this, head, baseEnd, targetEnd);
  }

  /** Walks both sides until one ends or the way is lost; returns where. */
  private inStep(
    baseStart: number,
    targetStart: number,
    baseEnd: number,
    targetEnd: number,
  ): [number, number] {
    let from = baseStart;
    let to = targetStart;
    while (from < baseEnd && to < targetEnd) {
      if (this.same(from, to)) {
        this.match(from++, to++);
        continue;
      }
      const detour = this.findDetour(from, to, baseEnd, targetEnd);
      if (detour === undefined) break;
      if (detour[0] === detour[1]) this.pairEdited(from, to, detour[0]);
      from += detour[0];
      to += detour[1];
    }
    return [from, to];
  }

  /** Of elements that stand for one another between equal ones, those with most in common. */
  private pairEdited(from: number, to: number, count: number): void {
    for (let i = 0; i < count; i++) {
      if (isMostlySame(this.base[from + i] as Value, this.target[to + i])) {
        this.pair(from + i, to + i);
      }
    }
  }

  private findDetour(
    from: number,
    to: number,
    baseEnd: number,
    targetEnd: number,
  ): readonly [number, number] | undefined {
    let best: readonly [number, number] | undefined;
    let bestRun = 1;
    for (const detour of detours) {
      const run = this.runLength(from + detour[0], to + detour[1], baseEnd, targetEnd);
      if (run <= bestRun) continue;
      best = detour;
      bestRun = run;
      if (run >= RUN_ENOUGH) break;
    }
    return best;
  }

  /** Equal elements in a row from here, up to enough; to end together counts as enough. */
  private runLength(from: number, to: number, baseEnd: number, targetEnd: number): number {
    if (from > baseEnd || to > targetEnd) return 0;
    let run = 0;
    while (run < RUN_ENOUGH) {
      if (from + run === baseEnd && to + run === targetEnd) return RUN_ENOUGH;
      if (from + run === baseEnd || to + run === targetEnd) return run;
      if (!this.same(from + run, to + run)) return run;
      run++;
    }
    return run;
  }

  /** Finds equal elements wherever they went. Equal ones among themselves keep their order. */
  private byHash(baseStart: number, targetStart: number, baseEnd: number, targetEnd: number): void {
    const first = new Map<number, number>();
    const next = new Int32Array(baseEnd - baseStart);
    for (let from = baseEnd - 1; from >= baseStart; from--) {
      const hash = roughHash(this.base[from]);
      next[from - baseStart] = first.get(hash) ?? -1;
      first.set(hash, from);
    }
    for (let to = targetStart; to < targetEnd; to++) {
      const hash = roughHash(this.target[to]);
      const from = first.get(hash);
      if (from === undefined || from < 0 || !this.same(from, to)) continue;
      this.match(from, to);
      first.set(hash, next[from - baseStart] as number);
    }
  }
}
