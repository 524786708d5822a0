import { ByteWriter } from '../core/bytes.ts';
import type { Value } from '../core/value.ts';
import { isArray, isContainer } from '../core/value.ts';
import type { MatchModel } from './match-model.ts';

/** log2 of the bytes of a base that are looked through at most. */
export const POOL_BITS = 19;

/** Puts a base's names and texts, in their order, where matches are looked for; their bytes. */
export function fillPool(pool: MatchModel, base: Value): number {
  const out = new ByteWriter(4096);
  collect(out, base);
  pool.load(out.take());
  return out.length;
}

function collect(out: ByteWriter, value: Value): void {
  if (out.length > 1 << POOL_BITS) return;
  if (typeof value === 'string') {
    out.utf8(value);
    out.byte(0);
    return;
  }
  if (!isContainer(value)) return;
  if (isArray(value)) {
    for (const element of value) collect(out, element);
    return;
  }
  for (const name of Object.keys(value)) {
    out.utf8(name);
    out.byte(0);
    collect(out, value[name] as Value);
  }
}
