import type { BitPort } from './range-coder.ts';
import { middleOf, tailOf } from './range-coder.ts';

export class RangeEncoder implements BitPort {
  private low = 0;
  private high = -1;
  private bytes = new Uint8Array(256);
  private length = 0;

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

  /** All bytes. */
  finish(): Uint8Array {
    for (const byte of tailOf(this.low, this.high)) this.byte(byte);
    return this.bytes.slice(0, this.length);
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
