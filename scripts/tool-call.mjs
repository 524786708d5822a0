// How the tools of this repository are called: options, `--help`, and what a wrong call is told.
// Plain Node, no packages and no build, so that every tool can begin with it.
// @ts-check
import { existsSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * @template V
 * @typedef {{ type: 'string', read: (given: string, what: string) => V }} Value
 */
/**
 * @typedef {{ type: 'boolean' }} Flag
 * @typedef {Record<string, Flag | Value<unknown>>} Options
 */
/**
 * @template {Options} O
 * @typedef {{ [Name in keyof O]?: O[Name] extends Value<infer V> ? V : boolean }} Values
 */

/** A call that a tool does not understand; the message says in one line why. */
export class WrongCall extends Error {}

/**
 * An option whose value is what `read` makes of the text; `what` names the option to a WrongCall.
 * @template V @param {(given: string, what: string) => V} read @returns {Value<V>}
 */
function value(read) {
  return { type: 'string', read };
}

/** @param {string} wanted @param {(number: number) => boolean} fits */
function numeric(wanted, fits) {
  return value((given, what) => {
    const number = given.trim() === '' ? Number.NaN : Number(given);
    if (Number.isFinite(number) && fits(number)) return number;
    throw new WrongCall(`${what} wants ${wanted}, got '${given}'`);
  });
}

/** @param {string} wanted @param {(stats: import('node:fs').Stats) => boolean} fits */
function existing(wanted, fits) {
  return value((given, what) => {
    if (existsSync(given) && fits(statSync(given))) return given;
    throw new WrongCall(`${what} wants ${wanted}, there is none at '${given}'`);
  });
}

/** An option that may be given again: all its values. */
/** @template V @param {Value<V>} one @returns {Value<V[]> & { multiple: true }} */
function several({ read }) {
  return { ...value((given, what) => [read(given, what)]), multiple: true };
}

const { isSafeInteger } = Number;

/** The kinds of options. */
export const option = {
  flag: /** @type {Flag} */ ({ type: 'boolean' }),
  text: value((given) => given),
  number: numeric('a number', (n) => n >= 0),
  positive: numeric('a number above 0', (n) => n > 0),
  whole: numeric('a whole number', (n) => isSafeInteger(n) && n >= 0),
  count: numeric('a whole number above 0', (n) => isSafeInteger(n) && n > 0),
  file: existing('a file', (stats) => stats.isFile()),
  folder: existing('a folder', (stats) => stats.isDirectory()),
  value,
  several,
};

/**
 * The values of a call, or what `settle` makes of it, which may throw a WrongCall too. A wrong
 * call, and one for help, are answered here, and end the process with 2 and 0.
 * @template {Options} O @template [S=Values<O>]
 * @param {{ usage: string, options?: O, allowPositionals?: boolean }} tool
 * @param {(values: Values<O>, positionals: string[]) => S} [settle]
 * @returns {S}
 */
export function readCall({ usage, options, allowPositionals = false }, settle = asIs) {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return process.exit(0);
  }
  try {
    const { values, positionals } = parse(args, options ?? {}, allowPositionals);
    return settle(/** @type {Values<O>} */ (values), positionals);
  } catch (error) {
    if (!(error instanceof WrongCall)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return process.exit(2);
  }
}

const asIs = (/** @type {any} */ values) => values;

/** @param {string[]} args @param {Options} options @param {boolean} allowPositionals */
function parse(args, options, allowPositionals) {
  const { values, positionals } = split({ args, options, allowPositionals });
  /** @type {Record<string, unknown>} */
  const all = {};
  for (const [name, given] of Object.entries(values)) {
    const kind = options[name];
    const read = (/** @type {any} */ one) =>
      kind?.type === 'string' ? kind.read(one, `--${name}`) : one;
    all[name] = Array.isArray(given) ? given.flatMap(read) : read(given);
  }
  return { values: all, positionals };
}

/** @param {import('node:util').ParseArgsConfig} config */
function split(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    // Without Node's advice on dashes, what is wrong is one line.
    const [what = ''] = String(Object(error).message).split(/\.?\s+To specify/);
    throw new WrongCall(what.replaceAll('\n', ' '));
  }
}
