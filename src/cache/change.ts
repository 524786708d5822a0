import { splitsPair } from '../core/diff-text.ts';
import type { Key } from '../core/key.ts';
import type { Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';

/** What a frame does to one key. The base of a patch is the value at the frame's `from`. */
export type Change =
  | {
      readonly kind: 'patch';
      readonly key: Key;
      readonly op: Op;
      /** The value at `from`, where the frame's maker knows it; it is not written. */
      readonly base?: Value | undefined;
    }
  | { readonly kind: 'put'; readonly key: Key; readonly value: Value }
  | { readonly kind: 'delete'; readonly key: Key };

/*
 * A change starts with a byte: bits 0-1 kind, bit 2 string key, bit 3 the key starts like the
 * previous string key of the frame. Then, by these bits: length of the common start in UTF-16
 * units, (rest of) the key, patch or value.
 */
export const CHANGE_KIND = { patch: 0, put: 1, delete: 2 } as const;
export const STRING_KEY = 4;
export const COMMON_START = 8;
/** A shorter common start would not save a byte. */
const COMMON_START_MIN = 2;

/** Length of what a key and the string key before it have in common, in UTF-16 units. */
export function commonStart(previous: string, key: string): number {
  const max = Math.min(previous.length, key.length);
  let common = 0;
  while (common < max && previous.charCodeAt(common) === key.charCodeAt(common)) common++;
  if (splitsPair(key, common) || splitsPair(previous, common)) common--;
  return common < COMMON_START_MIN ? 0 : common;
}
