import { DiffStreamError } from './errors.ts';

/** `bad-argument` for what cannot be called. `what`: of what call, for people. */
export function checkFunction(what: string, given: unknown): void {
  if (typeof given === 'function') return;
  const instead = given === null ? 'null' : `a value of type ${typeof given}`;
  throw new DiffStreamError('bad-argument', `${what} has to be a function, not ${instead}`);
}
