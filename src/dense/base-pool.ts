import { ByteWriter } from '../core/bytes.ts';
import type { Value } from '../core/value.ts';
import { isArray, isContainer } from '../core/value.ts';
import type { MatchModel } from './match-model.ts';

/** log2 of the bytes of a base that are looked through at most. */
export const POOL_BITS = 19;

/** Kept for the next base, unless it had to grow beyond: to make one takes as long as to fill. */
const KEPT_BYTES = 1 << 20;
let kept: ByteWriter | undefined;

/**
 * Puts a base's names and texts, in their order, where matches are looked for. Returns what that
 * took: their bytes, and the parts of the base, since a walk over numbers takes time too.
 */
export function fillPool(pool: MatchModel, base: Value): number {
  const out = kept ?? new ByteWriter(4096);
  kept = undefined;
  const parts = collect(out, base);
  const { length } = out;
  pool.load(out.end());
  out.truncate(0);
  if (out.capacity <= KEPT_BYTES) kept = out;
  return length + parts;
}

/** Returns the parts that were looked at. */
function collect(out: ByteWriter, value: Value): number {
  if (out.length > 1 << POOL_BITS) return 0;
  if (typeof value === 'string') {
    out.utf8(value);
    out.byte(0);
    return 1;
  }
  if (!isContainer(value)) return 1;
  let parts = 1;
  if (isArray(value)) {
    for (const element of value) parts += collect(out, element);
    return parts;
  }
  for (const name of Object.keys(value)) {
    out.utf8(name);
    out.byte(0);
    parts += collect(out, value[name] as Value);
  }
  return parts;
}
