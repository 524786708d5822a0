import { ByteReader, ByteWriter } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import { MESSAGE } from './message.ts';

/** A piece of a body, with its place there: one that was lost shows by the next. */
export function encodePart(offset: number, bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter(bytes.length + 8);
  out.byte(MESSAGE.part);
  out.varint(offset);
  out.bytes(bytes);
  return out.end();
}

/** What follows a part's type. Throws `malformed`, nothing else. */
export function decodePart(body: Uint8Array): { offset: number; bytes: Uint8Array } {
  const input = new ByteReader(body);
  const offset = input.varint();
  if (input.remaining === 0) throw malformed('a part that is empty');
  return { offset, bytes: input.bytes(input.remaining) };
}
