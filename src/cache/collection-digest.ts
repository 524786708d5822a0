import type { Digest } from '../core/digest.ts';
import { chain, combine, hashNumber, hashText, hex, lane, mix } from '../core/hash.ts';
import type { Key } from '../core/key.ts';
import type { Epoch } from './epoch.ts';
import { incarnationWords } from './epoch.ts';

const SALT_KEY = 0x21;
const SALT_ENTRY = 0x22;
const SALT_CHECK = 0x23;
const SALT_HEADER = 0x24;

/** Hash of a key into `lane`; a number and its text have different ones. */
export function keyInto(key: Key): void {
  if (typeof key === 'string') hashText(key, SALT_KEY);
  else hashNumber(key, SALT_KEY ^ 0x100);
}

/**
 * The digest of a keyed set of values: a sum over h(key, value digest) in four 32-bit lanes,
 * so that an entry comes and goes at the cost of one hash. No versions are in it: it proves
 * content. A sum, never XOR: with XOR an entry counted twice would vanish.
 */
export class CollectionDigest {
  private readonly seed: number;
  private readonly lanes = new Int32Array(4);

  constructor(seed: number) {
    this.seed = seed;
  }

  copy(): CollectionDigest {
    const copy = new CollectionDigest(this.seed);
    copy.lanes.set(this.lanes);
    return copy;
  }

  add(key: Key, digest: Digest): void {
    this.accumulate(key, digest, 1);
  }

  remove(key: Key, digest: Digest): void {
    this.accumulate(key, digest, -1);
  }

  private accumulate(key: Key, digest: Digest, sign: 1 | -1): void {
    const { lanes, seed } = this;
    keyInto(key);
    const keyLo = lane.lo;
    const keyHi = lane.hi;
    combine(digest.lo ^ seed, digest.hi, SALT_ENTRY);
    lanes[0] = (lanes[0] as number) + sign * lane.lo;
    lanes[1] = (lanes[1] as number) + sign * lane.hi;
    // A second pair from the same four words in another arrangement, so that the 128 bits
    // are not a function of 64.
    mix((digest.lo + Math.imul(keyHi, 0x85eb_ca77)) | 0, digest.hi ^ keyLo ^ seed);
    lanes[2] = (lanes[2] as number) + sign * lane.lo;
    lanes[3] = (lanes[3] as number) + sign * lane.hi;
  }

  /** The four words, for messages. */
  words(): readonly number[] {
    return Array.from(this.lanes, (word) => word >>> 0);
  }

  /** 32 hexadecimal digits. */
  toString(): string {
    return wordsText(this.words());
  }

  /**
   * The four bytes that close a frame: this digest, the epoch and the two versions, mixed.
   * A frame that passes is the right one whoever it was meant for.
   */
  check(epoch: Epoch, from: number, to: number): number {
    const [high, low] = incarnationWords(epoch);
    lane.lo = SALT_CHECK;
    lane.hi = this.seed;
    for (const word of this.lanes) chain(word);
    for (const number of [epoch.term, from, to]) chainNumber(number);
    chain(high);
    chain(low);
    mix(lane.lo, lane.hi);
    return (lane.lo ^ lane.hi) >>> 0;
  }
}

/** Chains a whole number up to 2^53 as two words. */
export function chainNumber(number: number): void {
  chain(number | 0);
  chain(Math.floor(number / 0x1_0000_0000));
}

/** The seed of a stream's collection digest: from its name, so that it survives restarts. */
export function seedOf(name: string): number {
  hashText(name, SALT_HEADER);
  return lane.lo | 0;
}

/** `digest` as 32 hexadecimal digits from its four words. */
export function wordsText(words: readonly number[]): string {
  const [a, b, c, d] = words as [number, number, number, number];
  return hex(c, d) + hex(a, b);
}
