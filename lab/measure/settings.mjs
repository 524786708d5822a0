// Options of a command: each has a default, and a smaller value for `--short` where one is named.
import { option, WrongCall } from '../../scripts/tool-call.mjs';

/** The settings of a command's run, from the texts given. A WrongCall names command and option. */
export function settingsFrom(command, declared, given, isShort) {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(declared, name));
  if (unknown !== undefined) throw new WrongCall(`${command} has no option --${unknown}`);
  const settings = {};
  for (const [name, { value, short = value, read }] of Object.entries(declared)) {
    const usual = isShort ? short : value;
    const reading = read ?? (typeof value === 'number' ? option.number.read : option.text.read);
    const what = `${command}: --${name}`;
    settings[name] = given[name] === undefined ? usual : reading(given[name], what);
  }
  return settings;
}

export function optionsText(declared) {
  return Object.entries(declared).map(([name, { value, short, what }]) => {
    const usual = value === '' ? 'none' : value;
    const brief = short === undefined ? '' : `, --short ${short}`;
    return `    --${name.padEnd(16)} ${what} (default ${usual}${brief})`;
  });
}
