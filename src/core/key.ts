import type { ByteReader, ByteWriter } from './bytes.ts';
import { unzigzag, zigzag } from './decimal.ts';
import { malformed } from './errors.ts';
import { quoted } from './path.ts';
import type { Limits } from './limits.ts';
import { limitExceeded } from './limits.ts';

/** Names an entry. `1` and `'1'` are different keys. */
export type Key = string | number;

/** A key as text for people: strings quoted and escaped, so that no key can forge a log line. */
export function keyText(key: Key): string {
  return typeof key === 'number' ? String(key) : quoted(key);
}

/** From here on the zigzag of a key could pass 2^53 - 1: such keys travel as sign and magnitude. */
const ZIGZAG_SAFE = 2 ** 51;

/** The body of an integer key; whether a key is an integer is told by the byte before it. */
export function writeIntegerKey(writer: ByteWriter, key: number): void {
  if (key > -ZIGZAG_SAFE && key < ZIGZAG_SAFE) {
    writer.varint(zigzag(key) + 2);
  } else {
    writer.varint(key < 0 ? 1 : 0);
    writer.varint(Math.abs(key) - ZIGZAG_SAFE);
  }
}

export function readIntegerKey(reader: ByteReader): number {
  const head = reader.varint();
  if (head > 1) {
    const key = unzigzag(head - 2);
    if (Math.abs(key) >= ZIGZAG_SAFE) throw malformed('an integer key in the wrong form');
    return key;
  }
  const magnitude = reader.varint() + ZIGZAG_SAFE;
  if (!Number.isSafeInteger(magnitude)) throw malformed('an integer key beyond 2^53 - 1');
  return head === 1 ? -magnitude : magnitude;
}

export function readStringKey(reader: ByteReader, limits: Limits): string {
  return reader.text(limits.keyBytesMax, (length) =>
    limitExceeded('keyBytesMax', limits.keyBytesMax, `a key of ${length} bytes`),
  );
}
