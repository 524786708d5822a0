import type { Key } from '../core/key.ts';
import { asKey, isObject, memberAt } from './item.ts';

/** Stands between the members that a key is made of. */
const SEPARATOR = ',';

/** Stands behind the member whose elements are entries: `data[].id`. */
const ELEMENTS = '[].';

/** Of a key of entries in a list, the list's member, and the key in each of its elements. */
export function listAndKey(key: string): {
  readonly list: string | undefined;
  readonly key: string;
} {
  const at = key.indexOf(ELEMENTS);
  if (at <= 0) return { list: undefined, key };
  return { list: key.slice(0, at), key: key.slice(at + ELEMENTS.length) };
}

/** How to name a key of entries in a list. */
export function keyInList(list: string, key: string): string {
  return `${list}${ELEMENTS}${key}`;
}

/** The members that a key is made of, by their names or by names with dots between them. */
export function partsOf(path: string): string[] {
  return path.split(SEPARATOR).map((part) => part.trim());
}

export function joinedPath(parts: readonly string[]): string {
  return parts.join(SEPARATOR);
}

/** Whether a member of this name can be told from several members. */
export function isOneMember(path: string): boolean {
  return !path.includes(SEPARATOR);
}

/** What a key of several members can have in it; alone, a fraction is no key. */
function isPart(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Several members' values as one key; undefined where one of them is none. */
export function keyOfParts(parts: readonly unknown[]): Key | undefined {
  let key = '';
  for (const [i, part] of parts.entries()) {
    if (!isPart(part)) return undefined;
    // So that 'a/b' and 'c' are not 'a' and 'b/c'.
    key += `${i > 0 ? '/' : ''}${String(part).replaceAll(/[\\/]/g, String.raw`\$&`)}`;
  }
  return key;
}

/** The key of an object by a member, or by several with commas between them. */
export function keyAt(value: unknown, path: string): Key | undefined {
  if (isOneMember(path) || (isObject(value) && Object.hasOwn(value, path))) {
    return asKey(memberAt(value, path));
  }
  return keyOfParts(partsOf(path).map((part) => memberAt(value, part)));
}

/** The first of the members that an object has no key by. */
export function lackingPart(value: unknown, path: string): { name: string; value: unknown } {
  if (isOneMember(path)) return { name: path, value: memberAt(value, path) };
  const parts = partsOf(path).map((name) => ({ name, value: memberAt(value, name) }));
  const lacking = parts.find((part) => keyOfParts([part.value]) === undefined);
  return lacking ?? { name: path, value: undefined };
}
