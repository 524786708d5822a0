import { joined } from '../../core/bytes.ts';

/**
 * Stands for a compressor: what it makes is as long as what goes in, and the same on every
 * platform and in every version of one.
 */
const MARK = 0xd5;

export function packed(pieces: readonly Uint8Array[]): Uint8Array {
  return joined([Uint8Array.of(MARK), ...pieces]);
}

/** Undefined for what `packed` has not made, or for another length than announced. */
export function unpacked(bytes: Uint8Array, rawBytes: number): Uint8Array | undefined {
  return bytes[0] === MARK && bytes.length === rawBytes + 1 ? bytes.subarray(1) : undefined;
}
