/** Calls whose outcome is told by the code of their error, where they throw one. */
import { DiffStreamError } from '../../src/core/errors.ts';
import { attempt } from '../cache/support/healing.ts';

/** What a call returns, or the code of the DiffStreamError that it throws. */
export function codeOr<R>(call: () => R): R | string {
  const outcome = attempt(call);
  return outcome instanceof DiffStreamError ? outcome.code : outcome;
}

/** The code of the DiffStreamError that a call throws, or 'no error'. */
export function codeOf(call: () => unknown): string {
  return codeOr(() => {
    call();
    return 'no error';
  });
}
