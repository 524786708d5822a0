// Options of a command: each has a default, and a smaller value for `--short` where one is named.
import { parseArgs } from 'node:util';

/** The settings of a run. Throws a TypeError or RangeError that names the option. */
export function settingsFrom(declared, args) {
  const options = { short: { type: 'boolean' }, json: { type: 'boolean' } };
  for (const name of Object.keys(declared)) options[name] = { type: 'string' };
  const { values } = parseArgs({ args, options, strict: true });
  const settings = {};
  for (const [name, { value, short = value }] of Object.entries(declared)) {
    const usual = values.short ? short : value;
    const given = values[name];
    settings[name] = given === undefined ? usual : typed(name, given, usual);
  }
  return { settings, json: values.json === true };
}

function typed(name, text, usual) {
  if (typeof usual !== 'number') return text;
  const number = Number(text);
  if (text === '' || !Number.isFinite(number) || number < 0) {
    throw new RangeError(`--${name} wants a number, got '${text}'`);
  }
  return number;
}

export function optionsText(declared) {
  return Object.entries(declared).map(([name, { value, short, what }]) => {
    const usual = value === '' ? 'none' : value;
    const brief = short === undefined ? '' : `, --short ${short}`;
    return `    --${name.padEnd(16)} ${what} (default ${usual}${brief})`;
  });
}
