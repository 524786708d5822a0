/**
 * Probabilities of a bit and their log odds, in whole numbers: the same on every engine, where
 * `Math.exp` need not be.
 *
 * A probability is 16 bits, 1 to 65535 of 65536. Log odds ("stretched") are in 1/256, -3071 to
 * 3071, that is 12 either way.
 */
export const STRETCH_MAX = 3071;

/** 65536 / (1 + e^-x) for x = 0, 1/2, 1, … 12. */
const knots = [
  32768, 40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438,
  65476, 65500, 65514, 65523, 65528, 65531, 65533, 65534, 65535, 65535, 65535,
] as const;

/** By log odds + STRETCH_MAX. */
const squashes = Uint16Array.from({ length: 2 * STRETCH_MAX + 1 }, (_, i) => {
  const x = Math.abs(i - STRETCH_MAX);
  const knot = x >> 7;
  const low = knots[knot] as number;
  const high = knots[knot + 1] as number;
  const p = low + (((high - low) * (x & 127)) >> 7);
  return i < STRETCH_MAX ? 65536 - p : p;
});

/** By the upper 12 bits of a probability. */
const stretches = Int16Array.from({ length: 4096 }, (_, i) => {
  const p = i * 16 + 8;
  let low = 0;
  let high = squashes.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((squashes[middle] as number) < p) low = middle + 1;
    else high = middle;
  }
  return low - STRETCH_MAX;
});

/** The probability of log odds, which may lie beyond the ends. */
export function squash(x: number): number {
  if (x > STRETCH_MAX) return squashes[2 * STRETCH_MAX] as number;
  if (x < -STRETCH_MAX) return squashes[0] as number;
  return squashes[x + STRETCH_MAX] as number;
}

/** The log odds of a probability. */
export function stretch(p: number): number {
  return stretches[p >> 4] as number;
}
