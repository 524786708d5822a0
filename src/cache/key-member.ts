import { checkKey } from '../core/caller-key.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { keyText } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import { quoted } from '../core/path.ts';
import type { Value } from '../core/value.ts';
import type { Outcome } from './draft.ts';
import type { Recipe } from './recipe.ts';
import { runRecipe } from './recipe.ts';

/** The member of a caller's objects that holds their key. */
export class KeyMember {
  private readonly name: string;
  private readonly limits: Limits;

  /** `bad-argument` for a name that is no text. */
  constructor(limits: Limits, name: unknown = 'key') {
    if (typeof name !== 'string') {
      const what = name === null ? 'null' : `a ${typeof name}`;
      throw new DiffStreamError('bad-argument', `keyName is the name of a member, not ${what}`);
    }
    this.name = name;
    this.limits = limits;
  }

  /** `bad-key` for a value without one. */
  of(value: unknown): Key {
    const key = this.read(value);
    if (key === undefined) {
      throw new DiffStreamError(
        'bad-key',
        `the value has no member ${quoted(this.name)} to be its key; ` +
          `name another with the option keyName, or use set(key, value)`,
      );
    }
    return checkKey(key, this.limits);
  }

  /**
   * What a recipe makes of an entry's value. `bad-key` where the value names its key and would
   * name another: the entry would say that it is one that it is not.
   */
  mutated(key: Key, value: Value, recipe: Recipe): Outcome {
    const next = runRecipe(value, recipe);
    if (this.read(value) !== key || this.read(next.value) === key) return next;
    throw new DiffStreamError(
      'bad-key',
      `a recipe cannot change the member ${quoted(this.name)} of ${keyText(key)}, which is its ` +
        'key; delete the entry, and update another',
      { key },
    );
  }

  /** Undefined where there is none; `bad-value` where it cannot be read. */
  private read(value: unknown): unknown {
    try {
      return ownMember(value, this.name);
    } catch (cause) {
      const what = `the member ${quoted(this.name)} cannot be read`;
      throw new DiffStreamError('bad-value', what, { cause });
    }
  }
}

/** Undefined for what is no object or has no such member. */
function ownMember(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
