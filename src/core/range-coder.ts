/**
 * Binary arithmetic coding of bits whose probability is known: an interval of 32 bits narrows
 * with each bit, and bytes leave at the top once they are settled (the carryless coder of
 * Mahoney's paq; the principle is Rissanen's, 1976). `p` is the probability of a 1, of 65536.
 */
export interface BitPort {
  /** Codes a bit: writes the one given, or ignores it and returns the one read. */
  bit(bit: number, p: number): number;
}

export function middleOf(low: number, high: number, p: number): number {
  const range = high - low;
  // In two halves, each in whole numbers: range * p has up to 48 bits.
  return low + (range >>> 16) * p + (((range & 0xffff) * p) >>> 16);
}

/**
 * The last bytes: as few as tell the interval, and of these the number with the most zeros at
 * its end. A reader sees zeros behind them.
 */
export function tailOf(low: number, high: number): number[] {
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
