import { DiffStreamError } from './errors.ts';

/** What an option has to be; of `any` only the call itself can tell. */
type OptionKind = 'boolean' | 'object' | 'any';

/** All options of a call, with what they have to be: one missing, or too many, does not compile. */
export type OptionKinds<O> = { readonly [Name in keyof Required<O>]: OptionKind };

/**
 * `bad-argument` for an option that there is not: who writes `authorise` must not be left with a
 * hub that is open to all; and for one of another kind, since `copy: 'no'` would mean true.
 */
export function checkOptions<O extends object>(
  call: string,
  options: O,
  kinds: OptionKinds<O>,
): void {
  if (!isObject(options)) {
    throw new DiffStreamError('bad-argument', `${call} takes its options as an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(kinds, name)) {
      const known = Object.keys(kinds).join(', ');
      throw new DiffStreamError('bad-argument', `${call} has no option '${name}', but ${known}`);
    }
    const kind = kinds[name as keyof O];
    if (kind === 'any' || (kind === 'object' ? isObject(value) : typeof value === kind)) continue;
    const wanted = kind === 'object' ? 'an object' : 'true or false';
    throw new DiffStreamError('bad-argument', `the option ${name} of ${call} has to be ${wanted}`);
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
