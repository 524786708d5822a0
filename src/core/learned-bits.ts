import type { BitPort } from './range-coder.ts';

/** By how much a probability moves, of 65536, after being seen so many times. */
const RATES = Uint16Array.from(
  [1.6, 2.6, 3.6, 4.6, 5.6, 7, 8.5, 10, 12, 14, 16, 18, 20, 22, 24, 26],
  (n) => Math.floor(65536 / n),
);
const SEEN_MAX = RATES.length - 1;
const EVEN = 32_768;

/** A state is 16 bits of probability over 4 of times seen. */
const FRESH = EVEN * 16;

/** Probabilities of bits, each learned from the bits that were coded with it. */
export class LearnedBits {
  private readonly states: Uint32Array;

  constructor(count: number) {
    this.states = new Uint32Array(count);
    this.forget();
  }

  /** Nothing is learned any more. */
  forget(): void {
    this.states.fill(FRESH);
  }

  /** Takes into account that a bit was 1 and 0 so many times before. */
  expect(at: number, ones: number, zeros: number): void {
    const seen = ones + zeros;
    const p = Math.floor((65536 * (ones + 1)) / (seen + 2));
    this.states[at] = p * 16 + Math.min(seen, SEEN_MAX);
  }

  code(port: BitPort, at: number, bit: number): number {
    const state = this.states[at] as number;
    const coded = port.bit(bit, clamped(state >>> 4));
    this.states[at] = moved(state, coded);
    return coded;
  }
}

/** The state of a probability after a bit. */
function moved(state: number, bit: number): number {
  const seen = state & SEEN_MAX;
  const p = state >>> 4;
  const rate = RATES[seen] as number;
  const next = bit === 1 ? p + (((65535 - p) * rate) >>> 16) : p - ((p * rate) >>> 16);
  return (next << 4) | (seen < SEEN_MAX ? seen + 1 : seen);
}

/** A probability, of 65536, that leaves either bit possible. */
export function clamped(p: number): number {
  return p < 48 ? 48 : p > 65_488 ? 65_488 : p;
}
