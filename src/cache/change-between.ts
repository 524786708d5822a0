import { diffTrusted } from '../core/diff.ts';
import type { Key } from '../core/key.ts';
import type { Op } from '../core/op.ts';
import type { Change } from './change.ts';
import type { Entry } from './entry.ts';

/** What leads from an entry to another; undefined where nothing does. `known`: the op, if it is. */
export function changeBetween(
  key: Key,
  before: Entry | undefined,
  now: Entry | undefined,
  known: Op | undefined,
): Change | undefined {
  if (now === undefined) return before === undefined ? undefined : { kind: 'delete', key };
  if (before === undefined) return { kind: 'put', key, value: now.value };
  const op = known ?? diffTrusted(before.value, now.value);
  return op === undefined ? undefined : { kind: 'patch', key, op, base: before.value };
}
