import { DiffStreamError } from '../core/errors.ts';
import type { Value } from '../core/value.ts';
import { isContainer } from '../core/value.ts';
import type { Outcome } from './draft.ts';
import { DraftScope } from './draft.ts';

/** Changes a draft of some type; what it returns is looked at only to refuse a promise. */
export type Recipe = (draft: never) => unknown;

/** `bad-argument` for a scalar, and for a recipe that is async. */
export function runRecipe(value: Value, recipe: Recipe): Outcome {
  if (!isContainer(value)) {
    throw new DiffStreamError('bad-argument', 'mutate needs an object or array; use set');
  }
  const scope = new DraftScope();
  const draft = scope.create(value);
  try {
    if (isPromise(recipe(draft as never))) {
      throw new DiffStreamError(
        'bad-argument',
        'a recipe must be done when it returns: it cannot be async',
      );
    }
    return scope.finish(draft);
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
