import { KIND } from './kinds.ts';

/**
 * Sorts of expectations: of a flag by its kind, of a byte by what expects it and how well that has
 * gone. What they start from is what holds for JSON in general; it is soon learned.
 */
export const BELIEF = {
  shortness: 96,
  history: 128,
  pool: 192,
  first: 256,
  /** Of a byte as a whole: added to the three above. */
  whole: 160,
} as const;

export const BELIEFS = 448;

/** Of flags, in percent. */
const flags: Partial<Record<number, number>> = {
  [KIND.type]: 95,
  [KIND.known]: 30,
  [KIND.scale]: 95,
  [KIND.sameShape]: 90,
  [KIND.more]: 70,
  [KIND.sameName]: 80,
  [KIND.isEdit]: 96,
  [KIND.isFlags]: 80,
  [KIND.isChanged]: 12,
  [KIND.atEnd]: 15,
  [KIND.ahead]: 60,
  [KIND.takesOp]: 60,
  [KIND.isSpliced]: 80,
  [KIND.pooled]: 20,
};

/** That a number has few bits, by the bits of its length that were zero. */
const SHORT = [50_000, 40_000, 34_000, 32_768, 32_768];

/** How likely an expectation of a sort holds before any was seen, of 65536. */
export function beliefAtFirst(sort: number): number {
  if (sort < BELIEF.shortness) return Math.floor(((flags[sort] ?? 50) * 65_536) / 100);
  if (sort < BELIEF.history) return SHORT[sort & 7] ?? 32_768;
  if (sort < BELIEF.first) return 65_536 - Math.floor(24_000 / ((sort & 63) + 1));
  if (sort < BELIEF.history + BELIEF.whole) return 65_000 - Math.floor(20_000 / ((sort & 7) + 1));
  const part = sort - BELIEF.whole;
  if (part < BELIEF.first) return 65_536 - Math.floor(80_000 / ((part & 63) + 2));
  return 60_000 - Math.floor(40_000 / ((part & 7) + 1));
}
