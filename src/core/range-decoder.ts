import { malformed } from './errors.ts';
import type { BitPort } from './range-coder.ts';
import { middleOf, tailOf } from './range-coder.ts';

/** Bytes that a decoder is ahead; as many zeros may be read behind the end. */
const CODE_BYTES = 4;

export class RangeDecoder implements BitPort {
  private low = 0;
  private high = -1;
  private code = 0;
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    for (let i = 0; i < CODE_BYTES; i++) this.code = (this.code << 8) | this.next();
  }

  bit(_bit: number, p: number): number {
    const middle = middleOf(this.low, this.high, p);
    const bit = (this.code - this.low) >>> 0 <= (middle - this.low) >>> 0 ? 1 : 0;
    if (bit === 1) this.high = middle;
    else this.low = (middle + 1) | 0;
    while ((this.low ^ this.high) >>> 24 === 0) {
      this.low <<= 8;
      this.high = (this.high << 8) | 0xff;
      this.code = (this.code << 8) | this.next();
    }
    return bit;
  }

  /** Refuses bytes that end otherwise than an encoder ends them. */
  finish(): void {
    const tail = tailOf(this.low, this.high);
    const start = this.at - CODE_BYTES;
    const isSame = tail.every((byte, i) => this.bytes[start + i] === byte);
    if (!isSame || start + tail.length !== this.bytes.length) {
      throw malformed('coded bits with another end than theirs');
    }
  }

  private next(): number {
    const { bytes } = this;
    if (this.at >= bytes.length + CODE_BYTES) throw malformed('coded bits that end too early');
    return bytes[this.at++] ?? 0;
  }
}
