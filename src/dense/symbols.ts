import { BELIEF } from './beliefs.ts';
import type { Context } from './hashing.ts';
import { within } from './hashing.ts';
import type { ContextMixer } from './context-mixer.ts';

/** Numbers below this have a symbol of their own. */
const DIRECT = 8;
/** From here on, a number's length has a symbol of its own. */
const LARGE = 31;
/** Bits below the highest of a large number that are still predicted from its contexts. */
const SHAPED_BITS = 3;

/** Bits in a number, from 1 up. */
export function bitLength(n: number): number {
  return n < 0x1_0000_0000 ? 32 - Math.clz32(n) : 64 - Math.clz32(Math.floor(n / 0x1_0000_0000));
}

/**
 * Symbols out of bits, for writing and reading alike: each takes what is to be written, which a
 * reader leaves out, and returns what was written or read. So there is one description of the
 * stream, and a reader cannot disagree with its writer.
 */
export class Symbols {
  readonly mixer: ContextMixer;

  constructor(mixer: ContextMixer) {
    this.mixer = mixer;
  }

  /** A yes or no, in up to four contexts. */
  flag(kind: number, value: boolean, a: Context, b?: Context, c?: Context, d?: Context): boolean {
    this.begin(kind, a, b, c, d);
    this.mixer.expect(1, 1, kind);
    return this.mixer.bit(value ? 1 : 0, 1) === 1;
  }

  /** A number of so many bits, which is expected to be `guess`. */
  guessed(
    kind: number,
    bits: number,
    value: number,
    guess: number,
    a: Context,
    b?: Context,
    c?: Context,
  ): number {
    this.begin(kind, a, b, c);
    this.mixer.expect(guess, bits, kind);
    return this.mixer.tree(value, bits);
  }

  /** A number of so many bits. */
  small(
    kind: number,
    bits: number,
    value: number,
    a: Context,
    b?: Context,
    c?: Context,
    d?: Context,
  ): number {
    this.begin(kind, a, b, c, d);
    return this.mixer.tree(value, bits);
  }

  /** A whole number from 0 to 2^53 - 1; small ones cost less. */
  magnitude(
    kind: number,
    value: number,
    a: Context,
    b?: Context,
    c?: Context,
    d?: Context,
  ): number {
    this.begin(kind, a, b, c, d);
    const { mixer } = this;
    const length = value < DIRECT ? 0 : bitLength(value);
    const symbol = value < DIRECT ? value : DIRECT + length - 4;
    mixer.expectZeros(5, BELIEF.shortness);
    let size = mixer.tree(Math.min(symbol, LARGE), 5);
    if (size < DIRECT) return size;
    if (size === LARGE) {
      let more = 32;
      for (let i = 4; i >= 0; i--) more = more * 2 + mixer.bit(((symbol - LARGE) >> i) & 1, more);
      size += more - 1024;
    }
    let rest = Math.min(size - DIRECT + 3, 52);
    let result = 1;
    let node = 64 + size;
    for (let i = 0; i < SHAPED_BITS && rest > 0; i++) {
      rest--;
      const bit = mixer.bit(bitAt(value, rest), node);
      result = result * 2 + bit;
      node = node * 2 + bit;
    }
    // What is left is noise, mostly: one context, so that it costs little time.
    mixer.begin(kind + 1);
    mixer.see(within(a, size));
    while (rest > 0) {
      rest--;
      result = result * 2 + mixer.bit(bitAt(value, rest), rest);
    }
    return result;
  }

  private begin(kind: number, a: Context, b?: Context, c?: Context, d?: Context): void {
    const { mixer } = this;
    mixer.begin(kind);
    const salt = Math.imul(kind, 0x632b_e5ab);
    mixer.see(a ^ salt);
    if (b !== undefined) mixer.see(b ^ salt);
    if (c !== undefined) mixer.see(c ^ salt);
    if (d !== undefined) mixer.see(d ^ salt);
  }
}

function bitAt(value: number, place: number): number {
  return place < 31 ? (value >>> place) & 1 : Math.floor(value / 2 ** place) % 2;
}
