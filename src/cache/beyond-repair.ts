/** Below this much JSON, in bytes, what differs is always sent as it is. */
const BYTES_MIN = 64 * 1024;
/** The part of the whole that may be sent as it is. */
const PART_MAX = 0.25;

/**
 * Whether a snapshot costs less than the whole values that somebody lacks, both by the length of
 * their JSON text in bytes: it is packed to about so much, made a piece at a time, and shared.
 */
export function isBeyondRepair(lackingBytes: number, allBytes: number): boolean {
  return lackingBytes > Math.max(BYTES_MIN, PART_MAX * allBytes);
}
