import type { ByteReader, ByteWriter } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import type { Epoch } from '../cache/epoch.ts';
import { readEpoch, writeEpoch } from '../cache/epoch.ts';

/** A point in a stream's history with the proof of its content. */
export interface Position {
  readonly epoch: Epoch;
  readonly version: number;
  /** The collection digest, four 32-bit words. */
  readonly digest: readonly number[];
}

export function writeDigest(out: ByteWriter, words: readonly number[]): void {
  for (const word of words) out.u32(word);
}

export function readDigest(input: ByteReader): readonly number[] {
  return [input.u32(), input.u32(), input.u32(), input.u32()];
}

export function writePosition(out: ByteWriter, position: Position): void {
  writeEpoch(out, position.epoch);
  out.varint(position.version);
  writeDigest(out, position.digest);
}

export function readPosition(input: ByteReader): Position {
  const epoch = readEpoch(input);
  const version = input.varint();
  // Nobody is ever told version 0, so nobody can be there.
  if (version === 0) throw malformed('a position at version 0');
  return { epoch, version, digest: readDigest(input) };
}

export function sameWords(a: readonly number[], b: readonly number[]): boolean {
  return a.every((word, i) => word === b[i]);
}
