import { chain, lane, mix } from '../core/hash.ts';
import { malformed } from '../core/errors.ts';

const SEAL_BYTES = 4;

/** A word over bytes that finds damage on the way; `salt` sets equal bytes apart. */
export function bytesCheck(bytes: Uint8Array, salt: number): number {
  lane.lo = bytes.length;
  lane.hi = salt | 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) chain(view.getInt32(at, true));
  for (; at < bytes.length; at++) chain(bytes[at] as number);
  mix(lane.lo, lane.hi);
  return (lane.lo ^ lane.hi) >>> 0;
}

/** A message with the check of all its bytes behind it. */
export function withSeal(content: Uint8Array): Uint8Array {
  const message = new Uint8Array(content.length + SEAL_BYTES);
  message.set(content);
  new DataView(message.buffer).setUint32(content.length, bytesCheck(content, 0), true);
  return message;
}

/** What is left of a sealed message without its seal; `malformed` where it does not hold. */
export function unsealed(bytes: Uint8Array): Uint8Array {
  const length = bytes.length - SEAL_BYTES;
  if (length < 1) throw malformed('a message too short for its check');
  const content = bytes.subarray(0, length);
  const seal = new DataView(bytes.buffer, bytes.byteOffset + length).getUint32(0, true);
  if (seal !== bytesCheck(content, 0)) throw malformed('a message damaged on its way');
  return content;
}
