import { ByteReader, ByteWriter } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import { bytesCheck } from './seal.ts';

/** What is said of a packed snapshot before its chunks come. */
export interface Manifest {
  /** The version it leads to. */
  readonly to: number;
  /** With `to` a hash that names the packed bytes; the copy they make has its own check. */
  readonly check: number;
  /** Length of the frame's body, and of what is sent for it, in bytes. */
  readonly rawBytes: number;
  readonly packedBytes: number;
}

/** How far a consumer has got with a snapshot, so that it need not begin again. */
export interface HeldPart {
  readonly to: number;
  readonly check: number;
  readonly bytes: number;
}

export interface Chunk {
  /** Where in the packed bytes it belongs. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Damage is found chunk by chunk: only what is damaged is asked for again. */
function chunkCheck({ offset, bytes }: Chunk): number {
  return bytesCheck(bytes, offset);
}

export function writeManifest(out: ByteWriter, manifest: Manifest): void {
  out.varint(manifest.to);
  out.u32(manifest.check);
  out.varint(manifest.rawBytes);
  out.varint(manifest.packedBytes);
}

export function readManifest(input: ByteReader): Manifest {
  return {
    to: input.varint(),
    check: input.u32(),
    rawBytes: input.varint(),
    packedBytes: input.varint(),
  };
}

export function encodeChunk(type: number, chunk: Chunk): Uint8Array {
  const out = new ByteWriter(chunk.bytes.length + 16);
  out.byte(type);
  out.varint(chunk.offset);
  out.u32(chunkCheck(chunk));
  out.bytes(chunk.bytes);
  return out.end();
}

/** Reads what follows a chunk's type; `malformed` where it was damaged on its way. */
export function decodeChunk(body: Uint8Array): Chunk {
  const input = new ByteReader(body);
  const offset = input.varint();
  const check = input.u32();
  const chunk = { offset, bytes: input.bytes(input.remaining) };
  if (check !== chunkCheck(chunk)) throw malformed('a chunk damaged on its way');
  return chunk;
}
