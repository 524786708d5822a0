/**
 * Binary arithmetic coding of bits whose probability is known: an interval of 32 bits narrows
 * with each bit, and bytes leave at the top once they are settled (the carryless coder of
 * Mahoney's paq; the principle is Rissanen's, 1976). `p` is the probability of a 1, of 65536.
 *
 * Bounds are signed, since that is what engines hold as whole numbers: the same 32 bits, and to be
 * compared as distances from `low`.
 */
export interface BitPort {
  /** Codes a bit: writes the one given, or ignores it and returns the one read. */
  bit(bit: number, p: number): number;
}

/** Where the part of a 1 ends. */
export function middleOf(low: number, high: number, p: number): number {
  const range = high - low;
  // In two halves, each in whole numbers: range * p has up to 48 bits.
  return (low + Math.imul(range >>> 16, p) + (Math.imul(range & 0xffff, p) >>> 16)) | 0;
}

/**
 * The last bytes: as few as tell the interval, and of these the number with the most zeros at
 * its end. A reader sees zeros behind them.
 */
export function tailOf(low: number, high: number): number[] {
  const tail: number[] = [];
  for (let kept = 32; kept >= 0; kept -= 8) {
    const unit = 2 ** kept;
    const top = Math.floor((high >>> 0) / unit) * unit;
    if (top < low >>> 0) continue;
    for (let shift = 24; shift >= kept; shift -= 8) tail.push(Math.floor(top / 2 ** shift) & 0xff);
    break;
  }
  return tail;
}
