/**
 * What an onlooker knows of messages: first bytes and numbers, written down here once more, so
 * that it cannot be wrong in the way the code under test is.
 */
export const TYPE = {
  hello: 0x01,
  resume: 0x02,
  ack: 0x03,
  answer: 0x41,
  frame: 0x42,
  part: 0x43,
  head: 0x44,
  refusal: 0x45,
  mended: 0x48,
  snapshot: 0x49,
  chunk: 0x4a,
  dense: 0x4b,
} as const;

/** A varint and where it ends; what stands behind a type of one byte by default. */
export function varint(bytes: Uint8Array, start = 1): [value: number, end: number] {
  let value = 0;
  let factor = 1;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at++] as number;
    value += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte < 0x80) break;
  }
  return [value, at];
}
