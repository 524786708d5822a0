import type { Key } from '../../core/key.ts';
import type { SeededRandom } from '../../testing/seeded-random.ts';

/** What becomes of one key; `value` undefined: it is deleted. */
interface Change {
  readonly key: Key;
  readonly value: unknown;
}

/** What one commit does; of more than one change a batch. Never empty. */
export type Update = readonly Change[];

/** A source of updates: the same seed gives the same, whatever else takes place. */
export interface Workload {
  /** What it is, for headings: `1,000 auctions`. */
  readonly title: string;
  /** What is there before the first update. */
  initial(): readonly (readonly [Key, unknown])[];
  /** The update that is due at this time, in ms since 1970; undefined: there are no more. */
  next(nowMs: number): Update | undefined;
}

/** A number that a workload is shaped by. */
interface Measure {
  /** What is counted, in the plural. */
  readonly unit: string;
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** A kind of workload, by the name that experiments use. */
export interface WorkloadKind {
  readonly name: string;
  readonly summary: string;
  /** How much there is. */
  readonly size: Measure;
  /** How much of it changes in one update. */
  readonly change: Measure;
  readonly make: (shape: {
    readonly random: SeededRandom;
    readonly size: number;
    readonly change: number;
  }) => Workload;
}

/** Rounded to so many decimals, as prices and places are; exact on every platform. */
export function decimals(number: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(number * factor) / factor;
}

/** So many different numbers below `below`, in the order of the draws. */
export function distinct(random: SeededRandom, count: number, below: number): number[] {
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, i) => {
    const at = i + random.below(below - i);
    const drawn = moved.get(at) ?? at;
    moved.set(at, moved.get(i) ?? i);
    return drawn;
  });
}
