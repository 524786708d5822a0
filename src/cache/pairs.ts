import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';

/** The pairs that a caller hands over; `bad-argument` for anything else, values alone above all. */
export function* pairsOf<T>(given: Iterable<readonly [Key, T]>): Generator<readonly [Key, T]> {
  if (
    typeof (given as unknown as Iterable<unknown> | undefined)?.[Symbol.iterator] !== 'function'
  ) {
    throw noPairs('what cannot be iterated over');
  }
  for (const pair of given) {
    if (!Array.isArray(pair)) throw noPairs('something else among them');
    yield pair;
  }
}

function noPairs(found: string): DiffStreamError {
  const wanted = 'replaceAll takes pairs, [key, value], as of a Map or Object.entries';
  return new DiffStreamError('bad-argument', `${wanted}, not ${found}`);
}
