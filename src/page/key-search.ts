import type { Key } from '../core/key.ts';

/** Keys listed at one time; a search finds the others. */
export const KEYS_MAX = 200;

/** Keys that hold a text, whatever its case, in their own order. */
export interface KeyMatches {
  readonly keys: readonly Key[];
  /** There are more than these. */
  readonly hasMore: boolean;
}

/** The first keys that match; looks at keys only until there are enough. */
export function matchingKeys(keys: Iterable<Key>, query: string): KeyMatches {
  const wanted = query.toLowerCase();
  const found: Key[] = [];
  for (const key of keys) {
    if (wanted !== '' && !String(key).toLowerCase().includes(wanted)) continue;
    if (found.length === KEYS_MAX) return { keys: found, hasMore: true };
    found.push(key);
  }
  return { keys: found, hasMore: false };
}

/** How a key is shown: texts as they are, numbers so that they are told from texts. */
export function keyLabel(key: Key): string {
  return typeof key === 'number' ? `#${key}` : key === '' ? '(empty)' : key;
}
