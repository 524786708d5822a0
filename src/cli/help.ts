import { durationText } from '../core/duration.ts';
import { ExitCode, exitCodeMeanings } from './exit-code.ts';
import type { FlagOption, ValueOption } from './option.ts';
import type { Colors } from './terminal.ts';
import type { Verb } from './verb.ts';

const TAGLINE = 'keeps copies of a changing set of JSON objects equal by sending only what changed';

const EXAMPLES: readonly (readonly [command: string, does: string])[] = [
  ['diffstream demo', 'a hub, three replicas and a bad network; the proof after 20 s'],
  ['diffstream serve prices.ndjson --rate 100', 'publishes a file, 100 updates a second'],
  ['diffstream watch ws://127.0.0.1:8080/feed', 'follows it'],
];

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}

function exitCodeLines(): string[] {
  const rows = (Object.keys(ExitCode) as (keyof typeof ExitCode)[]).map(
    (name) => [String(ExitCode[name]), exitCodeMeanings[name]] as const,
  );
  return columns(rows);
}

/** What `diffstream --help` prints. */
export function helpText(verbs: readonly Verb[], version: string, colors: Colors): string {
  const rows = verbs.map(({ name, usage, summary }) => [`${name} ${usage}`, summary] as const);
  return [
    `${colors.bold('diffstream')} ${version}: ${TAGLINE}`,
    '',
    colors.bold('Usage'),
    '  diffstream <verb> [options]',
    '',
    colors.bold('Verbs'),
    ...columns([...rows, ['help [verb]', 'this text, or all about one verb']]),
    '',
    colors.bold('Examples'),
    ...columns(EXAMPLES),
    '',
    colors.bold('Exit codes'),
    ...exitCodeLines(),
    '',
    'Results go to stdout, notes and errors to stderr. NO_COLOR=1 switches colours off.',
  ].join('\n');
}

/** What `diffstream help <verb>` prints. */
export function verbHelpText(verb: Verb, colors: Colors): string {
  const options = Object.entries(verb.options).map(
    ([name, option]) => [optionText(name, option), optionHelp(option)] as const,
  );
  return [
    `${colors.bold(`diffstream ${verb.name}`)}: ${verb.summary}`,
    '',
    colors.bold('Usage'),
    `  diffstream ${[verb.name, verb.usage].filter(Boolean).join(' ')} [options]`,
    '',
    ...verb.notes.flatMap((note) => [note, '']),
    ...(options.length > 0 ? [colors.bold('Options'), ...columns(options), ''] : []),
    colors.bold('Exit codes'),
    ...exitCodeLines(),
  ].join('\n');
}

function optionText(name: string, option: ValueOption<unknown> | FlagOption): string {
  return option.kind === 'flag' ? `--${name}` : `--${name} <${option.placeholder}>`;
}

function optionHelp(option: ValueOption<unknown> | FlagOption): string {
  if (option.kind === 'flag' || option.initial === undefined) return option.help;
  const isDuration = option.placeholder === 'duration';
  const initial = isDuration ? durationText(Number(option.initial)) : option.initial;
  return `${option.help} (${JSON.stringify(initial).replaceAll('"', '')})`;
}
