import { KIND } from './kinds.ts';

/**
 * Sorts of expectations: of a flag by its kind, of a byte by what expects it and how well that has
 * gone. What they start from is what holds for JSON in general; it is soon learned.
 */
export const BELIEF = {
  type: 80,
  scale: 81,
  shortness: 96,
  history: 128,
  pool: 192,
  first: 256,
  second: 288,
} as const;

export const BELIEFS = 320;

/** Of flags, in percent. */
const flags: Partial<Record<number, number>> = {
  [KIND.known]: 30,
  [KIND.which]: 50,
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
const SHORT = [61_000, 50_000, 40_000, 34_000, 32_768, 32_768];

/** How likely an expectation of a sort holds before any was seen, of 65536. */
export function beliefAtFirst(sort: number): number {
  if (sort === BELIEF.type || sort === BELIEF.scale) return 62_000;
  if (sort >= BELIEF.shortness && sort < BELIEF.history) return SHORT[sort & 7] ?? 32_768;
  if (sort < BELIEF.history) return Math.floor(((flags[sort] ?? 50) * 65_536) / 100);
  if (sort < BELIEF.first) {
    const length = sort & 63;
    return 65_536 - Math.floor(24_000 / (length + 1));
  }
  const run = sort & 7;
  return 65_000 - Math.floor(20_000 / (run + 1));
}
