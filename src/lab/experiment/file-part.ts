import { DiffStreamError } from '../../core/errors.ts';
import { durationMs } from '../../core/duration.ts';
import { suggestion } from '../../core/suggestion.ts';

const TEXT_LENGTH_MAX = 500;
const SHOWN_LENGTH_MAX = 60;

/** One of several names; what else was given is told with the name that was most likely meant. */
export function nameAmong<T extends string>(
  given: string,
  names: readonly T[],
  what: string,
  where: string,
): T {
  const found = names.find((name) => name === given);
  if (found !== undefined) return found;
  const meant = suggestion(given, names);
  const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
  throw problem(where, `there is no ${what} ${shown(given)}; ${hint}`);
}

/** What is wrong with an experiment, and where: the member's path. */
export function problem(where: string, what: string): DiffStreamError {
  return new DiffStreamError('bad-argument', where === '' ? what : `${where}: ${what}`);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX - 1)}…`;
}

/** Reads the members of an object of an experiment; each error names the member. */
export class FilePart {
  readonly where: string;
  private readonly members: Readonly<Record<string, unknown>>;
  private readonly known = new Set<string>();

  /** `where`: the path of the object, for errors. */
  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw problem(where, `expected an object, got ${shown(value)}`);
    }
    this.where = where;
    this.members = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.members, name);
  }

  text(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX) return value;
    throw this.wrong(name, `a text of 1 to ${TEXT_LENGTH_MAX} characters`, value);
  }

  /** A text, or a number taken as one. */
  seed(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    return this.text(name);
  }

  number(name: string, min: number, max: number, isWhole: boolean): number | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const isNumber = typeof value === 'number' && value >= min && value <= max;
    if (isNumber && (!isWhole || Number.isInteger(value))) return value;
    throw this.wrong(name, `a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`, value);
  }

  /** `20s`, as ms. */
  duration(name: string, minMs: number, maxMs: number): number | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const ms = durationMs(typeof value === 'string' ? value : JSON.stringify(value));
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    const range = `from ${minMs / 1000}s to ${maxMs / 1000}s`;
    throw this.wrong(name, `a duration such as "20s", ${range}`, value);
  }

  /** A list, each element with its path; a single value stands for a list of one. */
  list<T>(name: string, read: (value: unknown, where: string) => T): readonly T[] | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length === 0) throw this.wrong(name, 'at least one element', value);
    return list.map((one, i) => read(one, `${this.path(name)}[${i}]`));
  }

  /** To be called when everything was read: a name that nobody reads is a mistake. */
  end(): void {
    for (const name of Object.keys(this.members)) {
      if (!this.known.has(name)) nameAmong(name, [...this.known], 'member', this.where);
    }
  }

  path(name: string): string {
    return this.where === '' ? name : `${this.where}.${name}`;
  }

  wrong(name: string, expected: string, got: unknown): DiffStreamError {
    return problem(this.path(name), `expected ${expected}, got ${shown(got)}`);
  }

  private take(name: string): unknown {
    this.known.add(name);
    return Object.hasOwn(this.members, name) ? this.members[name] : undefined;
  }
}
