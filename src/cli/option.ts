import { DiffStreamError } from '../core/errors.ts';

/** An option of a verb that takes a value. */
export interface ValueOption<T> {
  readonly kind: 'value';
  /** What stands for the value in the help. */
  readonly placeholder: string;
  /** One line for the help, without the default. */
  readonly help: string;
  /** The value when the option is not given. */
  readonly initial: T;
  /** Reads what was given; throws `bad-argument` with what was expected. */
  readonly read: (text: string) => T;
}

/** An option that is given or not. */
export interface FlagOption {
  readonly kind: 'flag';
  readonly help: string;
}

type Option<T> = ValueOption<T> | FlagOption;
export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** What a verb gets for its table of options. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends ValueOption<infer T> ? T : boolean;
};

export function expected(what: string, got: string): DiffStreamError {
  return new DiffStreamError('bad-argument', `expected ${what}, got ${JSON.stringify(got)}`);
}

export function flag(help: string): FlagOption {
  return { kind: 'flag', help };
}

export function text(placeholder: string, help: string, initial: string): ValueOption<string>;
export function text(
  placeholder: string,
  help: string,
  initial: undefined,
): ValueOption<string | undefined>;
export function text(
  placeholder: string,
  help: string,
  initial: string | undefined,
): ValueOption<string | undefined> {
  const read = (given: string): string => {
    if (given === '') throw expected('some text', given);
    return given;
  };
  return { kind: 'value', placeholder, help, initial, read };
}

/** A whole number from `min` to `max`. */
export function count(
  help: string,
  initial: number,
  { min = 0, max = Number.MAX_SAFE_INTEGER, placeholder = 'n' } = {},
): ValueOption<number> {
  const read = (given: string): number => {
    const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
    if (number >= min && number <= max) return number;
    const upTo = max === Number.MAX_SAFE_INTEGER ? ` of at least ${min}` : ` from ${min} to ${max}`;
    throw expected(`a whole number${upTo}`, given);
  };
  return { kind: 'value', placeholder, help, initial, read };
}

/** The same option, with nothing in its place where it is not given. */
export function optional<T>(option: ValueOption<T>): ValueOption<T | undefined> {
  return { ...option, initial: undefined };
}

/** A number of at least 0, decimals allowed. */
export function rate(help: string, initial: number): ValueOption<number> {
  const read = (given: string): number => {
    const number = /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
    if (Number.isFinite(number)) return number;
    throw expected('a number of updates per second, 0 or more', given);
  };
  return { kind: 'value', placeholder: 'per second', help, initial, read };
}

export function choice<const T extends string>(
  help: string,
  choices: readonly T[],
  initial: NoInfer<T>,
): ValueOption<T> {
  const read = (given: string): T => {
    const found = choices.find((name) => name === given);
    if (found === undefined) throw expected(`one of ${choices.join(', ')}`, given);
    return found;
  };
  return { kind: 'value', placeholder: choices.join('|'), help, initial, read };
}
