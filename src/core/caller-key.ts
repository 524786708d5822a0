import { utf8Length } from './bytes.ts';
import { DiffStreamError } from './errors.ts';
import type { Key } from './key.ts';
import { keyText } from './key.ts';
import type { Limits } from './limits.ts';

/** A caller's key: `bad-key` unless it is a well-formed string or a safe integer. `-0` is `0`. */
export function checkKey(key: unknown, limits: Limits): Key {
  if (typeof key === 'number') {
    if (!Number.isSafeInteger(key)) {
      throw new DiffStreamError(
        'bad-key',
        `a key must be a string or a safe integer, got the number ${key}`,
      );
    }
    return key === 0 ? 0 : key;
  }
  if (typeof key !== 'string') {
    throw new DiffStreamError(
      'bad-key',
      `a key must be a string or a safe integer, got ${describeType(key)}`,
    );
  }
  const max = limits.keyBytesMax;
  // Length first: a look into a long text put together of pieces makes the engine copy it.
  if (key.length > max || utf8Length(key) > max) {
    const bytes = key.length > 4 * max ? `at least ${key.length}` : utf8Length(key);
    throw new DiffStreamError(
      'bad-key',
      `a key of ${bytes} bytes exceeds the limit keyBytesMax = ${max}`,
    );
  }
  if (!key.isWellFormed()) {
    throw new DiffStreamError('bad-key', `the key ${keyText(key)} has a lone surrogate`);
  }
  return key;
}

function describeType(value: unknown): string {
  if (value === undefined) return 'nothing (undefined)';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
