/** An input read as a script: each byte chooses, and at the end there are only zeros. */
// @ts-check

export class Script {
  at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  get isOver() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++] ?? 0;
  }

  /** @param {number} n */
  below(n) {
    return this.byte() % n;
  }

  /** @template T @param {readonly T[]} all @returns {T} */
  pick(all) {
    return /** @type {T} */ (all[this.below(all.length)]);
  }

  /** Some bytes with their length in front. */
  block() {
    const length = this.below(64);
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  /** A number of any size. */
  number() {
    const size = this.below(8);
    if (size < 5) return this.byte();
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.byte();
    return Math.min(value, Number.MAX_SAFE_INTEGER);
  }

  /** Flips some bits. @param {Uint8Array} bytes */
  damaged(bytes) {
    const copy = bytes.slice();
    for (let i = this.below(3); i >= 0 && copy.length > 0; i--) {
      const at = (this.byte() * 256 + this.byte()) % copy.length;
      copy[at] = (copy[at] ?? 0) ^ (this.byte() || 1);
    }
    return copy;
  }
}
