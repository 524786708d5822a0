/**
 * The hash under the digest: two 32-bit lanes, nothing but `Math.imul`, xor, add and shifts,
 * so that it is fast in JavaScript and the same everywhere. It guards against accidents and
 * bugs, not against an adversary.
 *
 * A result is left in `lane.lo` and `lane.hi` (unsigned), because an object or a BigInt for
 * each leaf would cost more than the hashing.
 */
export const lane = { lo: 0, hi: 0 };

const M1 = 0x9e3779b1;
const M2 = 0x85ebca77;
const M3 = 0xc2b2ae3d;
const M4 = 0x27d4eb2f;
const M5 = 0x165667b1;

function round(x: number, salt: number, factor: number): number {
  let t = Math.imul(x ^ salt, factor);
  t ^= t >>> 15;
  t = Math.imul(t, M5);
  return t ^ (t >>> 13);
}

/** A bijection of 64 bits (four Feistel rounds): different inputs never collide here. */
export function mix(lo: number, hi: number): void {
  let x = lo;
  let y = hi;
  x ^= round(y, M1, M2);
  y ^= round(x, M3, M1);
  x ^= round(y, M4, M3);
  y ^= round(x, M2, M4);
  lane.lo = x >>> 0;
  lane.hi = y >>> 0;
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** One step of a chain over words; for a given word a bijection of the state in `lane`. */
export function chain(word: number): void {
  const a = rotate(Math.imul(lane.lo ^ word, M1), 15);
  lane.hi = rotate(Math.imul((lane.hi + word) | 0, M2), 13) ^ a;
  lane.lo = a;
}

/** All words of a list, chained one after the other. */
export function chainAll(words: readonly number[]): void {
  let lo = lane.lo | 0;
  let hi = lane.hi | 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    const a = rotate(Math.imul(lo ^ word, M1), 15);
    hi = rotate(Math.imul((hi + word) | 0, M2), 13) ^ a;
    lo = a;
  }
  lane.lo = lo;
  lane.hi = hi;
}

/** Hash of a string's UTF-16 units, two at a time. `salt` sets its use apart from others. */
export function hashText(text: string, salt: number): void {
  let a: number = M3;
  let b: number = M4;
  const { length } = text;
  const paired = length & ~1;
  for (let i = 0; i < paired; i += 2) {
    const word = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
    a = rotate(Math.imul(a ^ word, M1), 15);
    b = rotate(Math.imul((b + word) | 0, M2), 13) ^ a;
  }
  if (paired < length) {
    const word = text.charCodeAt(paired);
    a = rotate(Math.imul(a ^ word, M1), 15);
    b = rotate(Math.imul((b + word) | 0, M2), 13) ^ a;
  }
  mix(a ^ length, b ^ salt);
}

const double = new DataView(new ArrayBuffer(8));

/** Hash of a finite number; `-0` and `0` are the same number. */
export function hashNumber(number: number, salt: number): void {
  if ((number | 0) === number) {
    mix(number | 0, salt);
    return;
  }
  double.setFloat64(0, number, true);
  mix(double.getInt32(0, true) ^ M2, double.getInt32(4, true) ^ Math.imul(salt, M3));
}

/** Combines the pair in `lane` with another; the order of the two matters. */
export function combine(lo: number, hi: number, salt: number): void {
  mix((lane.lo + Math.imul(lo, M2)) ^ salt, Math.imul(lane.hi, M1) ^ ((hi + rotate(lo, 7)) | 0));
}

/** Sixteen hexadecimal digits, high lane first. */
export function hex(lo: number, hi: number): string {
  return hex32(hi) + hex32(lo);
}

export function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
