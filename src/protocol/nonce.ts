import type { ByteReader, ByteWriter } from '../core/bytes.ts';

/**
 * Two random 32-bit words that tie an answer to the request it answers.
 *
 * Modelled in models/resume.pml.
 */
export type Nonce = readonly [number, number];

export function writeNonce(out: ByteWriter, nonce: Nonce): void {
  out.u32(nonce[0]);
  out.u32(nonce[1]);
}

export function readNonce(input: ByteReader): Nonce {
  return [input.u32(), input.u32()];
}
