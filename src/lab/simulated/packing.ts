import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { joined } from '../../core/bytes.ts';

/** Deflates a snapshot as drivers do, at once. */
export function packed(pieces: readonly Uint8Array[]): Uint8Array {
  return deflateRawSync(joined(pieces));
}

/** Undefined for what is no deflated data of exactly that length. */
export function unpacked(bytes: Uint8Array, rawBytes: number): Uint8Array | undefined {
  try {
    const raw = inflateRawSync(bytes, { maxOutputLength: rawBytes });
    return raw.length === rawBytes ? raw : undefined;
  } catch {
    return undefined;
  }
}
