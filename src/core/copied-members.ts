import { isIndexName } from './engine-order.ts';
import type { Value, ValueObject } from './value.ts';
import { setMember } from './value.ts';

/** As many names as a hidden class of V8 holds: an object of more is a hash table. */
const CLASS_NAMES_MAX = 1020;

/**
 * A new object with the same members, not frozen. `names` are all of them, in their order. V8
 * copies an object that has a hidden class as a whole; hash tables, and members that are elements
 * to it, take it two to three times as long as one by one.
 */
export function copiedMembers(
  object: ValueObject,
  names: readonly string[] = Object.keys(object),
): Record<string, Value> {
  const [first] = names;
  if (first === undefined || (names.length <= CLASS_NAMES_MAX && !isIndexName(first))) {
    return { ...object };
  }
  const copy: Record<string, Value> = {};
  for (const name of names) setMember(copy, name, object[name] as Value);
  return copy;
}
