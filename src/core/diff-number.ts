import { varintLength } from './bytes.ts';
import { decimalScale, mantissaAt, zigzag } from './decimal.ts';
import type { Op } from './op.ts';

/** Deltas beyond this would not leave room for the flag in a varint. */
const DELTA_MAX = 2 ** 50;

/**
 * A number's move as a small whole number of its last decimal place, or `set` where that is
 * not smaller. Undefined: equal.
 */
export function diffNumber(base: number, target: number): Op | undefined {
  if (base === target) return undefined;
  const set: Op = { kind: 'set', value: target };
  if (Number.isSafeInteger(base) && Number.isSafeInteger(target)) {
    const delta = target - base;
    if (Math.abs(delta) >= DELTA_MAX || varintLength(zigzag(delta) * 2) >= integerBytes(target)) {
      return set;
    }
    return { kind: 'number', scale: undefined, delta };
  }
  const targetScale = decimalScale(target);
  if (targetScale < 0) return set;
  const plain = numberBytes(target, targetScale);
  if (plain === 1) return set;
  const baseScale = decimalScale(base);
  if (baseScale < 0) return set;
  const scale = Math.max(baseScale, targetScale);
  const from = mantissaAt(base, scale);
  const to = mantissaAt(target, scale);
  const delta = to - from;
  // Comparisons with NaN are false: numbers that do not fit the scale end here too.
  if (!(Math.abs(delta) < DELTA_MAX)) return set;
  const explicit = scale !== baseScale;
  const bytes = varintLength(zigzag(delta) * 2) + (explicit ? 1 : 0);
  if (bytes >= plain) return set;
  return { kind: 'number', scale: explicit ? scale : undefined, delta };
}

/** Encoded length of a number with that scale as a value of its own, in bytes. */
function numberBytes(number: number, scale: number): number {
  if (scale === 0) return integerBytes(number);
  return 1 + varintLength(Math.abs(mantissaAt(number, scale)));
}

function integerBytes(integer: number): number {
  return integer >= 0 && integer < 64 ? 1 : 1 + varintLength(Math.abs(integer));
}
