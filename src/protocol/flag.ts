import type { ByteReader } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';

/** A byte that says yes or no. */
export function readFlag(input: ByteReader): boolean {
  const flag = input.byte();
  if (flag > 1) throw malformed(`unknown flags ${flag}`);
  return flag === 1;
}
