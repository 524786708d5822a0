/**
 * Numbers as decimals: most numbers in JSON were typed or printed as short decimals, and as
 * `mantissa / 10^scale` they are small and their differences are smaller.
 *
 * Exactness: both operands of the division are exact (a safe integer, a power of ten up to
 * 10^15), so IEEE 754 rounds the quotient correctly: it is the double nearest to the decimal,
 * which is what a JSON parser yields for its text. Everything here is + - * / and rounding,
 * hence the same on every engine.
 */
export const SCALE_MAX = 15;

const powers: readonly number[] = Array.from({ length: SCALE_MAX + 1 }, (_, k) => 10 ** k);

export function powerOfTen(scale: number): number {
  return powers[scale] as number;
}

/** Most decimals have no more places than this. */
const COMMON_SCALES = 4;
/** Below this a mantissa is a quarter off at most before it is rounded. */
const NEAR_MAX = 2 ** 50;

/**
 * The fewest decimals (0 to 15) with which `x` can be written exactly with a mantissa
 * that is a safe integer; -1 where there is none.
 */
export function decimalScale(x: number): number {
  if (Number.isInteger(x)) return Number.isSafeInteger(x) ? 0 : -1;
  // Math.round takes halves upward: only of the magnitude is it the same for `x` and `-x`.
  const magnitude = Math.abs(x);
  for (let scale = 1; scale <= SCALE_MAX; scale++) {
    const power = powers[scale] as number;
    const mantissa = Math.round(magnitude * power);
    if (!Number.isSafeInteger(mantissa)) return -1;
    if (mantissa / power === magnitude) return scale;
    if (scale === COMMON_SCALES) scale = scaleBefore(magnitude);
  }
  return -1;
}

/**
 * The scale behind which to go on looking. What has a decimal at one scale has it at all larger
 * ones as well, so that one look far out tells of the many numbers that have none.
 */
function scaleBefore(magnitude: number): number {
  let far = SCALE_MAX;
  while (far > COMMON_SCALES && magnitude * (powers[far] as number) >= NEAR_MAX) far--;
  if (far === COMMON_SCALES) return COMMON_SCALES;
  const power = powers[far] as number;
  return Math.round(magnitude * power) / power === magnitude ? COMMON_SCALES : far;
}

/** The mantissa of `x` at a scale, or NaN where `x` has more decimals than that. */
export function mantissaAt(x: number, scale: number): number {
  const power = powers[scale] as number;
  const magnitude = Math.abs(x);
  const mantissa = Math.round(magnitude * power);
  if (!Number.isSafeInteger(mantissa) || mantissa / power !== magnitude) return Number.NaN;
  return x < 0 ? -mantissa : mantissa;
}

/** Maps a signed whole number to an unsigned one, small magnitudes to small numbers. */
export function zigzag(n: number): number {
  return n < 0 ? -2 * n - 1 : 2 * n;
}

export function unzigzag(z: number): number {
  return z % 2 === 0 ? z / 2 : -(z + 1) / 2;
}

/** From here up to 2^53 numbers are written without an exponent. */
const PLAIN_MIN = 1e-6;

/**
 * The length of `String(x)`, in half of the time that making it takes or less: engines write the
 * shortest decimal that is read as `x` (ECMA-262, Number::toString), and that is the one with
 * the fewest places.
 */
export function numberLength(x: number): number {
  const magnitude = Math.abs(x);
  const scale = decimalScale(x);
  if (scale < 0 || (scale > 0 && magnitude < PLAIN_MIN)) return String(x).length;
  let length = x < 0 ? 2 : 1;
  if (scale > 0) length += 1 + scale;
  for (let top = 10; top <= magnitude; top *= 10) length++;
  return length;
}
