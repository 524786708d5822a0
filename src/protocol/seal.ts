import { chain, lane, mix } from '../core/hash.ts';
import { malformed } from '../core/errors.ts';

const SEAL_BYTES = 4;

/** A word over bytes that finds damage on the way; `salt` sets equal bytes apart. */
export function bytesCheck(bytes: Uint8Array, salt: number): number {
  lane.lo = bytes.length;
  lane.hi = salt | 0;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) chain(wordAt(bytes, at));
  for (; at < bytes.length; at++) chain(bytes[at] as number);
  mix(lane.lo, lane.hi);
  return (lane.lo ^ lane.hi) >>> 0;
}

/** Little-endian. To make a view takes longer than to check most messages. */
function wordAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}

/** A message with the check of all its bytes behind it. */
export function withSeal(content: Uint8Array): Uint8Array {
  const message = new Uint8Array(content.length + SEAL_BYTES);
  message.set(content);
  const seal = bytesCheck(content, 0);
  for (let i = 0; i < SEAL_BYTES; i++) message[content.length + i] = seal >>> (8 * i);
  return message;
}

/** What is left of a sealed message without its seal; `malformed` where it does not hold. */
export function unsealed(bytes: Uint8Array): Uint8Array {
  const length = bytes.length - SEAL_BYTES;
  if (length < 1) throw malformed('a message too short for its check');
  const content = bytes.subarray(0, length);
  if (wordAt(bytes, length) >>> 0 !== bytesCheck(content, 0))
    throw malformed('a message damaged on its way');
  return content;
}
