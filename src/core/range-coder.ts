import { malformed } from './errors.ts';

/**
 * Binary arithmetic coding of bits whose probability is known: an interval of 32 bits narrows
 * with each bit, and bytes leave at the top once they are settled (the carryless coder of
 * Mahoney's paq; the principle is Rissanen's, 1976). `p` is the probability of a 1, of 65536.
 */
export interface BitPort {
  /** Codes a bit: writes the one given, or ignores it and returns the one read. */
  bit(bit: number, p: number): number;
}

function middleOf(low: number, high: number, p: number): number {
  const range = high - low;
  // In two halves, each in whole numbers: range * p has up to 48 bits.
  return low + (range >>> 16) * p + (((range & 0xffff) * p) >>> 16);
}

/**
 * The last bytes: as few as tell the interval, and of these the number with the most zeros at
 * its end. A reader sees zeros behind them.
 */
function tailOf(low: number, high: number): number[] {
  const tail: number[] = [];
  for (let kept = 32; kept >= 0; kept -= 8) {
    const unit = 2 ** kept;
    const top = Math.floor(high / unit) * unit;
    if (top < low) continue;
    for (let shift = 24; shift >= kept; shift -= 8) tail.push(Math.floor(top / 2 ** shift) & 0xff);
    break;
  }
  return tail;
}

export class RangeEncoder implements BitPort {
  private low = 0;
  private high = 0xffff_ffff;
  private bytes = new Uint8Array(256);
  private length = 0;

  bit(bit: number, p: number): number {
    const middle = middleOf(this.low, this.high, p);
    if (bit === 1) this.high = middle;
    else this.low = middle + 1;
    while ((this.low ^ this.high) >>> 24 === 0) {
      this.byte(this.high >>> 24);
      this.low = (this.low << 8) >>> 0;
      this.high = ((this.high << 8) | 0xff) >>> 0;
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

/** Bytes that a decoder is ahead; as many zeros may be read behind the end. */
const CODE_BYTES = 4;

export class RangeDecoder implements BitPort {
  private low = 0;
  private high = 0xffff_ffff;
  private code = 0;
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    for (let i = 0; i < CODE_BYTES; i++) this.code = ((this.code << 8) | this.next()) >>> 0;
  }

  bit(_bit: number, p: number): number {
    const middle = middleOf(this.low, this.high, p);
    const bit = this.code <= middle ? 1 : 0;
    if (bit === 1) this.high = middle;
    else this.low = middle + 1;
    while ((this.low ^ this.high) >>> 24 === 0) {
      this.low = (this.low << 8) >>> 0;
      this.high = ((this.high << 8) | 0xff) >>> 0;
      this.code = ((this.code << 8) | this.next()) >>> 0;
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
    const { at, bytes } = this;
    this.at++;
    if (at < bytes.length) return bytes[at] as number;
    if (at >= bytes.length + CODE_BYTES) throw malformed('coded bits that end too early');
    return 0;
  }
}
