/** Sizes are told apart exactly below this, and to twelve binary digits above. */
const EXACT_BELOW = 4096;
const DIGITS = 12;

function bucketOf(size: number): number {
  if (size < EXACT_BELOW) return size;
  const step = 2 ** (Math.floor(Math.log2(size)) + 1 - DIGITS);
  return Math.floor(size / step) * step;
}

/** How often sizes occur; a few thousand numbers, however many sizes come. */
export class SizeHistogram {
  readonly #counts = new Map<number, number>();
  #count = 0;
  #sum = 0;

  get count(): number {
    return this.#count;
  }

  /** Exact. */
  get sum(): number {
    return this.#sum;
  }

  add(size: number): void {
    const bucket = bucketOf(size);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
    this.#count++;
    this.#sum += size;
  }

  merge(other: SizeHistogram): void {
    for (const [bucket, count] of other.#counts) {
      this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    }
    this.#count += other.#count;
    this.#sum += other.#sum;
  }

  /**
   * The least size that a share of all sizes do not exceed; exact below 4,096, above at most 0.05 %
   * too small. Not a number where there are none.
   */
  quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let passed = 0;
    for (const bucket of [...this.#counts.keys()].sort((a, b) => a - b)) {
      passed += this.#counts.get(bucket) ?? 0;
      if (passed >= wanted) return bucket;
    }
    return Number.NaN;
  }

  /** Sizes with how often they occur, the smallest first. */
  entries(): [size: number, count: number][] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }
}
