import type { Edit, Op } from './op.ts';
import type { Value } from './value.ts';

/**
 * The one way from "which part of the base does each part of the target come from" to edits,
 * for members and elements alike.
 */
export interface Alignment {
  /** For each part of the target: the part of the base it comes from, or -1 for a new one. */
  readonly source: Int32Array;
  /** How the part changes on the way; undefined where it does not. */
  readonly op: (target: number) => Op | undefined;
  /** Name and value of a new part. */
  readonly add: (target: number) => { name: string; value: Value };
}

/** The edits that turn a sequence of `baseLength` parts into the aligned one. */
export function editsOf(baseLength: number, alignment: Alignment): Edit[] {
  const { source } = alignment;
  const inOrder = longestRising(source);
  const edits: Edit[] = [];
  let at = 0;
  let keep = 0;
  for (let target = 0; target < source.length; target++) {
    const from = source[target] as number;
    if (from >= 0 && inOrder[target] === 1) {
      if (from > at) {
        edits.push({ kind: 'drop', keep, count: from - at });
        keep = 0;
      }
      const op = alignment.op(target);
      if (op === undefined) {
        keep++;
      } else {
        edits.push({ kind: 'change', keep, op });
        keep = 0;
      }
      at = from + 1;
      continue;
    }
    if (from >= 0) edits.push({ kind: 'take', keep, from, op: alignment.op(target) });
    else edits.push({ kind: 'add', keep, ...alignment.add(target) });
    keep = 0;
  }
  if (at < baseLength) edits.push({ kind: 'drop', keep, count: baseLength - at });
  return edits;
}

/**
 * Marks a longest rising subsequence of the non-negative entries: the parts that can stay
 * where they are while the others move around them. O(n log n), O(n) where all rise.
 * Patience sorting, after Fredman 1975.
 */
function longestRising(source: Int32Array): Uint8Array {
  const marks = new Uint8Array(source.length);
  let previous = -1;
  let rising = true;
  for (let i = 0; i < source.length && rising; i++) {
    const from = source[i] as number;
    if (from < 0) continue;
    rising = from > previous;
    previous = from;
    marks[i] = 1;
  }
  if (rising) return marks;

  marks.fill(0);
  const before = new Int32Array(source.length);
  const tails: number[] = [];
  for (let i = 0; i < source.length; i++) {
    const from = source[i] as number;
    if (from < 0) continue;
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((source[tails[middle] as number] as number) < from) low = middle + 1;
      else high = middle;
    }
    before[i] = low === 0 ? -1 : (tails[low - 1] as number);
    tails[low] = i;
  }
  for (let i = tails.at(-1) as number; i >= 0; i = before[i] as number) marks[i] = 1;
  return marks;
}
