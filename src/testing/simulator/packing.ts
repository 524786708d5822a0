/**
 * Stands for a compressor: what it makes is as long as what goes in, and the same on every
 * platform and in every version of one.
 */
const MARK = 0xd5;

export function packed(pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 1);
  const whole = new Uint8Array(length);
  whole[0] = MARK;
  let at = 1;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Undefined for what `packed` has not made, or for another length than announced. */
export function unpacked(bytes: Uint8Array, rawBytes: number): Uint8Array | undefined {
  return bytes[0] === MARK && bytes.length === rawBytes + 1 ? bytes.subarray(1) : undefined;
}
