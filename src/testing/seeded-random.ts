/** The 128 bits of a generator: four u32, not all of them 0. */
export type RandomState = readonly [number, number, number, number];

/** Where a seed is absorbed from: the first 128 bits of the fraction of pi. */
const PI_BITS: RandomState = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];

/** Absorbed after the last code unit; no code unit has this value, so 'a'+'b' is not 'ab'. */
const END_OF_TEXT = 0x10000;

/**
 * A deterministic source of randomness: the same seed gives the same draws on every engine and
 * platform, for ever. Only integer steps, comparisons and exact divisions by powers of two are
 * used; no `Math.log`, whose last bit engines may choose.
 *
 * The generator is xoshiro128** 1.1 (D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", ACM TOMS 47(4), 2021; https://prng.di.unimi.it/xoshiro128starstar.c). Seeds and
 * labels are absorbed with the finaliser of MurmurHash3 (A. Appleby). For tests and simulations,
 * never for secrets.
 */
export class SeededRandom {
  readonly #origin: RandomState;
  #s0: number;
  #s1: number;
  #s2: number;
  #s3: number;

  /**
   * @param seed Any string, any number (taken as its decimal text: `7` and `'7'` are one seed), or
   *   the four words of a xoshiro128** state, used as they are (`RangeError` if all are 0).
   */
  constructor(seed: string | number | RandomState) {
    const words = typeof seed === 'object' ? seed : absorb(PI_BITS, String(seed));
    [this.#s0, this.#s1, this.#s2, this.#s3] = words;
    if ((this.#s0 | this.#s1 | this.#s2 | this.#s3) === 0) {
      throw new RangeError('a state of four zeros yields zeros for ever');
    }
    this.#origin = words;
  }

  /** The next u32: an integer in [0, 2^32). */
  next(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#s1, 5), 7), 9) >>> 0;
    const shifted = this.#s1 << 9;
    this.#s2 ^= this.#s0;
    this.#s3 ^= this.#s1;
    this.#s1 ^= this.#s2;
    this.#s0 ^= this.#s3;
    this.#s2 ^= shifted;
    this.#s3 = rotateLeft(this.#s3, 11);
    return result;
  }

  /** A float in [0, 1), uniform over the multiples of 2^-53. Two draws. */
  float(): number {
    const high = this.next() >>> 5;
    const low = this.next() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /**
   * An integer in [0, n), without bias. One draw, rarely more.
   * @param n An integer in [1, 2^32]; anything else is a `RangeError`.
   */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) {
      throw new RangeError(`below(n) wants an integer in [1, 2^32], got ${n}`);
    }
    // The draws above the last whole multiple of n would favour small results.
    const limit = 0x100000000 - (0x100000000 % n);
    let draw = this.next();
    while (draw >= limit) draw = this.next();
    return draw % n;
  }

  /** True with probability `p`: never for p <= 0, always for p >= 1. Always two draws. */
  chance(p: number): boolean {
    return this.float() < p;
  }

  /** One element, each as likely as the other. `RangeError` for an empty array. */
  pick<T>(array: readonly T[]): T {
    if (array.length === 0) throw new RangeError('pick() from an empty array');
    return array[this.below(array.length)] as T;
  }

  /**
   * A float >= 0, exponentially distributed with this mean: the distance to the next event of a
   * process without memory. Drawn by von Neumann's comparison method ("Various techniques used in
   * connection with random digits", 1951), so that it is exact everywhere. About 9 draws.
   */
  exponential(mean: number): number {
    for (let whole = 0; ; whole++) {
      const first = this.float();
      let last = first;
      let runLength = 0;
      for (let falling = true; falling; runLength++) {
        const draw = this.float();
        falling = draw < last;
        last = draw;
      }
      if (runLength % 2 === 1) return mean * (whole + first);
    }
  }

  /**
   * An independent stream, named by its label. It depends on this generator's seed and on the label
   * only, not on what was drawn before: a draw more in one stream shifts no other. The same label
   * gives the same stream again; `fork('a').fork('b')` is another one than `fork('ab')`.
   */
  fork(label: string): SeededRandom {
    return new SeededRandom(absorb(this.#origin, label));
  }
}

function absorb(state: RandomState, text: string): RandomState {
  let [a, b, c, d] = state;
  const step = (unit: number): void => {
    a = avalanche(a ^ d ^ unit);
    b = avalanche(b ^ a);
    c = avalanche(c ^ b);
    d = avalanche(d ^ c);
  };
  for (let i = 0; i < text.length; i++) step(text.charCodeAt(i));
  // The second closing step carries the last unit from d back into a, b and c.
  step(END_OF_TEXT);
  step(END_OF_TEXT);
  return (a | b | c | d) === 0 ? PI_BITS : [a, b, c, d];
}

/** A bijection of u32 in which every bit of the input moves about half of those of the output. */
function avalanche(word: number): number {
  // MurmurHash3's finaliser maps 0 to 0; the golden ratio added first moves that fixed point.
  let x = (word + 0x9e3779b9) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
