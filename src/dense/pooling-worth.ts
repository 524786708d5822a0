import { newIn } from '../core/new-texts.ts';
import type { Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import { isArray, isContainer } from '../core/value.ts';

/** Characters of a base for each new one, beyond which looking through it costs too much. */
const WORTH = 1024;
/** Fewer new characters are not worth it for any base. */
const NEW_MIN = 24;

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
