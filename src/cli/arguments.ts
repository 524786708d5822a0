import { parseArgs } from 'node:util';

import { DiffStreamError } from '../core/errors.ts';
import type { FlagOption, OptionTable, OptionValues, ValueOption } from './option.ts';
import { shortened } from './printable.ts';
import { suggestion } from '../core/suggestion.ts';

/** What follows a verb on the command line. */
export interface ParsedArguments<Table extends OptionTable> {
  readonly positionals: readonly string[];
  readonly values: OptionValues<Table>;
  /** `--help` or `-h` was among them; nothing else was checked then. */
  readonly help: boolean;
}

function usage(message: string): DiffStreamError {
  return new DiffStreamError('bad-argument', message);
}

/** Both are shown as they were typed, escaped. */
function quoted(given: string): string {
  return JSON.stringify(shortened(given, 60));
}

/**
 * Reads arguments against a table of options. Throws `bad-argument`: it names what is wrong, and
 * for an unknown option the one that was most likely meant.
 */
export function parseArguments<Table extends OptionTable>(
  args: readonly string[],
  table: Table,
): ParsedArguments<Table> {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, option]) => [
      name,
      { type: option.kind === 'flag' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, unknown>();
  for (const [name, option] of Object.entries(table)) {
    values.set(name, option.kind === 'flag' ? false : option.initial);
  }
  const given = tokens.filter((token) => token.kind === 'option');
  const help = given.some(({ name }) => name === 'help');
  for (const { name, rawName, value, inlineValue } of help ? [] : given) {
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option === undefined) throw unknownOption(rawName, Object.keys(table));
    // Without `strict` the option after this one is taken for its value: `--key --json`.
    const isNext = option.kind === 'value' && inlineValue === false && /^--./.test(value);
    values.set(name, readOption(rawName, option, isNext ? undefined : value));
  }
  return { positionals, values: Object.fromEntries(values) as OptionValues<Table>, help };
}

function readOption(
  rawName: string,
  option: ValueOption<unknown> | FlagOption,
  value: string | undefined,
): unknown {
  if (option.kind === 'flag') {
    if (value !== undefined) throw usage(`${rawName} takes no value, got ${quoted(value)}`);
    return true;
  }
  if (value === undefined) {
    throw usage(`${rawName} needs a value: ${rawName} <${option.placeholder}>`);
  }
  try {
    return option.read(value);
  } catch (error) {
    if (!(error instanceof DiffStreamError)) throw error;
    throw usage(`${rawName}: ${error.message}`);
  }
}

function unknownOption(rawName: string, names: readonly string[]): DiffStreamError {
  const meant = suggestion(rawName.replace(/^-+/, ''), [...names, 'help']);
  const hint = meant === undefined ? '' : `; did you mean --${meant}?`;
  return usage(`there is no option ${quoted(rawName)}${hint}`);
}

/** Throws `bad-argument` unless the number of positionals fits. `usageText`: `[file|-]`. */
export function checkPositionals(
  positionals: readonly string[],
  { min, max, usageText }: { min: number; max: number; usageText: string },
): void {
  if (positionals.length < min) throw usage(`something is missing: expected ${usageText}`);
  const extra = positionals[max];
  if (extra !== undefined) {
    throw usage(`${quoted(extra)} is one argument too many: expected ${usageText || 'none'}`);
  }
}
