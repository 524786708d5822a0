import type { Context } from './hashing.ts';
import { within } from './hashing.ts';

/**
 * What has just passed, by characters rather than bytes: three bytes of Tamil are one character,
 * of English three.
 */
export class Trail {
  lastFour = 0;
  /** The bytes of a character that is not complete yet; 0: there are none. */
  part = 0;
  /** The last character, the last two, the last three, and the letters since the last gap. */
  one: Context = 0;
  two: Context = 0;
  three: Context = 0;
  word: Context = 0;
  /** Bytes that the character still lacks. */
  private missing = 0;
  private older = 0;

  begin(): void {
    this.lastFour = 0;
    this.part = 0;
    this.one = 0;
    this.two = 0;
    this.three = 0;
    this.word = 0;
    this.missing = 0;
    this.older = 0;
  }

  add(byte: number): void {
    this.lastFour = (this.lastFour << 8) | byte;
    if (this.missing > 0 && (byte & 0xc0) === 0x80) {
      this.missing--;
    } else {
      this.part = 0;
      this.missing = byte < 0xc0 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    }
    this.part = (this.part << 8) | byte;
    if (this.missing > 0) return;
    const { one, part } = this;
    this.three = within(this.older, within(one, part));
    this.two = within(one, part);
    this.older = one;
    this.one = part;
    this.word = part > 0x7f || isLetter(part) ? Math.imul(this.word ^ part, 0x2f0b_4c47) : 0;
    this.part = 0;
  }
}

function isLetter(byte: number): boolean {
  return (byte > 0x40 && byte < 0x5b) || (byte > 0x60 && byte < 0x7b);
}
