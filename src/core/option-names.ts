import { DiffStreamError } from './errors.ts';

/** The names of all options of a call: one that is missing, or too many, does not compile. */
export type OptionNames<O> = { readonly [Name in keyof Required<O>]: true };

/**
 * `bad-argument` for an option that there is not: who writes `authorise` must not be left with a
 * hub that is open to all.
 */
export function checkOptionNames<O extends object>(
  call: string,
  options: O,
  names: OptionNames<O>,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(names, name)) continue;
    const known = Object.keys(names).join(', ');
    throw new DiffStreamError('bad-argument', `${call} has no option '${name}', but ${known}`);
  }
}
