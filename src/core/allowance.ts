import { limitExceeded } from './limits.ts';

/**
 * JSON text that one op may come to. A few bytes can name a long part very often: what they stand
 * for is counted before it is made or looked through, not after.
 */
export class Allowance {
  private readonly bytesMax: number;
  private readonly what: string;
  private bytesLeft: number;

  /** `times`: how often `bytesMax` may be spent; `what`, for the error, goes before "exceeds". */
  constructor(bytesMax: number, times: number, what: string) {
    this.bytesMax = bytesMax;
    this.bytesLeft = times * bytesMax;
    this.what = what;
  }

  /** Passes on a number of bytes; `limit-exceeded` where no more are left. */
  spend(bytes: number): number {
    this.bytesLeft -= bytes;
    if (this.bytesLeft >= 0) return bytes;
    throw limitExceeded('valueBytesMax', this.bytesMax, this.what);
  }
}
