import type { ByteReader, ByteWriter } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import type { Resume, Trust } from './message.ts';
import { readPosition, writePosition } from './position.ts';

const HAS_POSITION = 1;
const HAS_PARTIAL = 2;
const trusts: readonly Trust[] = ['position', 'compare', 'nothing'];

/** Where a consumer says it stands. */
export type Standing = Pick<Resume, 'position' | 'trust' | 'partial'>;

export function writeStanding(out: ByteWriter, { position, trust, partial }: Standing): void {
  const flags = (position === undefined ? 0 : HAS_POSITION) + (partial ? HAS_PARTIAL : 0);
  out.byte(flags + 4 * trusts.indexOf(trust));
  if (position !== undefined) writePosition(out, position);
  if (partial === undefined) return;
  out.varint(partial.to);
  out.u32(partial.check);
  out.varint(partial.bytes);
}

export function readStanding(input: ByteReader): Standing {
  const flags = input.byte();
  const trust = trusts[flags >> 2];
  if (trust === undefined) throw malformed(`unknown flags ${flags}`);
  const position = (flags & HAS_POSITION) === 0 ? undefined : readPosition(input);
  if ((flags & HAS_PARTIAL) === 0) return { position, trust };
  const partial = { to: input.varint(), check: input.u32(), bytes: input.varint() };
  return { position, trust, partial };
}
