import type { BitPort } from './range-coder.ts';
import { middleOf, tailOf } from './range-coder.ts';

/** Bytes that most need, kept for the next encoder: to make them takes longer than most codes. */
const COMMON_BYTES = 1024;
let common: Uint8Array | undefined;
const NONE = new Uint8Array(0);

export class RangeEncoder implements BitPort {
  private low = 0;
  private high = -1;
  private bytes: Uint8Array;
  private length = 0;

  constructor() {
    this.bytes = common ?? new Uint8Array(COMMON_BYTES);
    common = undefined;
  }

  bit(bit: number, p: number): number {
    const middle = middleOf(this.low, this.high, p);
    if (bit === 1) this.high = middle;
    else this.low = (middle + 1) | 0;
    while ((this.low ^ this.high) >>> 24 === 0) {
      this.byte(this.high >>> 24);
      this.low <<= 8;
      this.high = (this.high << 8) | 0xff;
    }
    return bit;
  }

  /** All bytes; nothing can be coded after. */
  finish(): Uint8Array {
    for (const byte of tailOf(this.low, this.high)) this.byte(byte);
    const { bytes } = this;
    if (bytes.length === COMMON_BYTES) common = bytes;
    this.bytes = NONE;
    return bytes.slice(0, this.length);
  }

  private byte(byte: number): void {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = byte;
  }
}
