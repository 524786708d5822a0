import { ByteReader, ByteWriter } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';

/** A dense frame's body, as it travels. */
export interface DenseBody {
  /** Which memory it leans on: groups count up, each begins with nothing in mind. */
  readonly group: number;
  /** Its place in the group; 0 begins it. */
  readonly index: number;
  /** Versions that it leads on by. */
  readonly span: number;
  readonly coded: Uint8Array;
  readonly check: number;
}

const CHECK_BYTES = 4;

export function encodeDenseBody({ group, index, span, coded, check }: DenseBody): Uint8Array {
  const out = new ByteWriter(coded.length + 16);
  out.varint(group);
  out.varint(index);
  out.varint(span);
  out.bytes(coded);
  out.u32(check);
  return out.take();
}

/** Throws `malformed`, nothing else. */
export function decodeDenseBody(body: Uint8Array): DenseBody {
  const input = new ByteReader(body);
  const group = input.varint();
  const index = input.varint();
  const span = input.varint();
  if (input.remaining < CHECK_BYTES) throw malformed('a dense frame that is cut off');
  const coded = input.bytes(input.remaining - CHECK_BYTES);
  const check = input.u32();
  return { group, index, span, coded, check };
}
