import { checkFunction } from '../core/check-function.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Value } from '../core/value.ts';
import { isContainer } from '../core/value.ts';
import type { Outcome } from './draft.ts';
import { DraftScope } from './draft.ts';

/** Changes a draft of some type; what it returns is looked at only to refuse mistakes. */
export type Recipe = (draft: never) => unknown;

/** `bad-argument` for a scalar, for a recipe that is async, and for one that makes a new value. */
export function runRecipe(value: Value, recipe: Recipe): Outcome {
  checkFunction('the recipe of mutate', recipe);
  if (!isContainer(value)) {
    throw new DiffStreamError('bad-argument', 'mutate needs an object or array; use set');
  }
  const scope = new DraftScope();
  const draft = scope.create(value);
  try {
    const returned = recipe(draft as never);
    if (isPromise(returned)) {
      throw new DiffStreamError(
        'bad-argument',
        'a recipe must be done when it returns: it cannot be async',
      );
    }
    const outcome = scope.finish(draft);
    if (outcome.value === value && scope.isForeign(returned)) {
      throw new DiffStreamError(
        'bad-argument',
        'a recipe changes its draft: it changed nothing, and what it returned is not used',
      );
    }
    return outcome;
  } finally {
    scope.close();
  }
}

/** Whether a callback handed back a promise, whose work would come too late. */
export function isPromise(returned: unknown): boolean {
  return (
    typeof returned === 'object' &&
    returned !== null &&
    typeof (returned as { then?: unknown }).then === 'function'
  );
}
