import { ByteWriter } from '../core/bytes.ts';
import { newIn } from '../core/new-texts.ts';
import type { Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import { isArray, isContainer } from '../core/value.ts';
import type { MatchModel } from './match-model.ts';

/** Characters of a base for each new one, beyond which looking through it costs too much. */
const WORTH = 1024;
/** Fewer new characters are not worth it for any base. */
const NEW_MIN = 24;
/** log2 of the bytes of a base that are looked through at most. */
export const POOL_BITS = 19;

/** Whether so much of an op is new that the base may hold some of it elsewhere. */
export function isWorthPooling(base: Value, op: Op): boolean {
  const fresh = newIn(op, 1 << 20, sizeUpTo);
  if (fresh < NEW_MIN) return false;
  return sizeUpTo(base, fresh * WORTH) < fresh * WORTH;
}

/** The characters of a value's names and texts, counted up to `enough`. */
function sizeUpTo(value: Value, enough: number): number {
  if (typeof value === 'string') return value.length;
  if (!isContainer(value)) return 1;
  let size = 0;
  if (isArray(value)) {
    for (const element of value) {
      size += sizeUpTo(element, enough - size);
      if (size >= enough) break;
    }
    return size;
  }
  for (const name of Object.keys(value)) {
    size += name.length + sizeUpTo(value[name] as Value, enough - size);
    if (size >= enough) break;
  }
  return size;
}

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
