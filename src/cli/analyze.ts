import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { findingsOf } from '../analysis/findings.ts';
import { Measurement } from '../analysis/measurement.ts';
import { DiffStreamError } from '../core/errors.ts';
import { quoted } from '../core/path.ts';
import { analysisReport } from './analyze-report.ts';
import { openInput } from './analyze-input.ts';
import { Refused } from './analyze-refused.ts';
import type { RefusedGroup } from './analyze-refused.ts';
import { resultOf } from './analyze-result.ts';
import type { AnalysisResult } from './analyze-result.ts';
import { measureInput } from './analyze-run.ts';
import type { RunOutcome } from './analyze-run.ts';
import { resultLines } from './analyze-table.ts';
import { duration } from './duration.ts';
import { ExitCode } from './exit-code.ts';
import { LINE_BYTES_MAX } from './feed.ts';
import { countOf } from './figures.ts';
import { count, expected, flag, text } from './option.ts';
import type { ValueOption } from './option.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';
import { defineVerb } from './verb.ts';

/** Under a minute with start and report. */
const BUDGET_MS = 45_000;
/** Part of the time that measuring has at least, however long the input was waited for. */
const GRACE = 0.25;
/** Without a limit, samples take their share of this. */
const NO_LIMIT_MS = 0x7fffffff;
/** Progress begins so late, and comes so often: on a terminal, and as lines. */
const PROGRESS = { afterMs: 2000, drawnMs: 200, lineMs: 10_000 };

function price(help: string, initial: number): ValueOption<number> {
  const read = (given: string): number => {
    const number = /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
    if (Number.isFinite(number)) return number;
    throw expected('an amount of money such as 0.09', given);
  };
  return { kind: 'value', placeholder: 'amount', help, initial, read };
}

export const analyze = defineVerb({
  name: 'analyze',
  summary: 'tells whether diffs pay for your data, and what they would cost',
  usage: '<file|folder|->',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    key: text('member', 'member that holds the key; none: one document; else found', undefined),
    time: text('member', 'member that holds the time; else found', undefined),
    consumers: count('how many get each update', 100, { min: 1 }),
    'price-per-gb': price('what 10^9 bytes to consumers cost', 0.09),
    'price-per-cpu-hour': price('what an hour of one core costs', 0.04),
    seconds: duration('time after which reading ends; 0: no limit', BUDGET_MS),
    records: count('updates to read; 0: all there are', 0),
    'line-bytes': count('longest line, element or file', LINE_BYTES_MAX, {
      min: 1,
      placeholder: 'bytes',
    }),
    html: text('file', 'writes a report with charts', undefined),
    json: flag('one JSON object on stdout'),
  },
  notes: [
    [
      'The input is lines of JSON, a JSON array, a folder of JSON files (a state each, in the',
      'order of their names; or folders of them), a HAR file, or a log of WebSocket messages.',
      'Files may be packed: .gz or .br. With -, the input comes from the standard input.',
    ].join('\n'),
    [
      'Each update is sent by each strategy, and read again: full JSON, compressed, JSON Patch,',
      'merge patch, the previous text as dictionary, and DiffStream. What is too slow for all of',
      'the data is measured on a sample, and says so.',
    ].join('\n'),
  ],
  run: async ({ positionals, values, terminal, interrupt, stdin }) => {
    const path = positionals[0] ?? '-';
    const htmlFile = values.html === undefined ? undefined : await writable(values.html, path);
    const prices = {
      consumers: values.consumers,
      perGb: values['price-per-gb'],
      perCpuHour: values['price-per-cpu-hour'],
    };
    const beganMs = performance.now();
    const budgetMs = values.seconds === 0 ? NO_LIMIT_MS : values.seconds;
    const refused = new Refused();
    const onRefused = refused.add.bind(refused);
    const measurement = new Measurement({ clock: () => performance.now(), budgetMs });
    const progress = new Progress(terminal, beganMs);
    const signal = AbortSignal.any([interrupt.signal, AbortSignal.timeout(budgetMs)]);
    const bytesMax = values['line-bytes'];
    const segments = await openInput(path, { stdin, bytesMax, onRefused, signal });
    const outcome = await measureInput({
      segments,
      measurement,
      key: values.key,
      time: values.time,
      clock: () => performance.now(),
      deadlineMs: beganMs + budgetMs,
      graceMs: budgetMs * GRACE,
      recordsMax: values.records,
      isInterrupted: () => interrupt.requested,
      onRefused,
      onProgress: (updates) => progress.show(updates, measurement.counts.changed),
    });
    measurement.close();
    progress.end();
    const name = path === '-' ? 'standard input' : printable(path);
    const findings = findingsOf(measurement);
    if (findings.counts.changed === 0) throw nothingChanged(name, outcome, refused.groups);
    const result = resultOf(name, outcome, refused.groups, findings, prices);
    await tell(result, values.json, terminal);
    if (htmlFile !== undefined) {
      const generated = new Date().toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
      const html = analysisReport(result, { generated, command: commandOf(path, values) });
      await writeReport(htmlFile, html);
      terminal.note(`report written to ${printable(htmlFile)}`);
    }
    return interrupt.requested ? ExitCode.interrupted : ExitCode.done;
  },
});

async function tell(result: AnalysisResult, isJson: boolean, terminal: Terminal): Promise<void> {
  const lines = isJson ? [JSON.stringify(result)] : resultLines(result, terminal.colors);
  await terminal.printAll(`${lines.join('\n')}\n`);
}

/** What is the matter with a file is known before a minute of work. */
async function writable(file: string, input: string): Promise<string> {
  try {
    await access(dirname(file), constants.W_OK);
    const [there, read] = await Promise.all(
      [file, input].map((each) => stat(each).catch(() => undefined)),
    );
    if (there?.isDirectory() === true) throw new Error('it is a folder');
    if (there !== undefined && there.ino === read?.ino && there.dev === read.dev) {
      throw new Error('it is what is to be analysed');
    }
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
  return file;
}

function cannotWrite(file: string, cause: unknown): DiffStreamError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `--html: cannot write ${printable(file)}: ${printable(why)}`;
  return new DiffStreamError('bad-argument', message, { cause });
}

async function writeReport(file: string, html: string): Promise<void> {
  try {
    await writeFile(file, html);
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
}

/** The command that makes the report again, as a shell takes it. */
function commandOf(
  path: string,
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const inShell = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  const words = ['diffstream', 'analyze', path];
  const initial = analyze.options as Readonly<Record<string, { readonly initial?: unknown }>>;
  for (const [name, value] of Object.entries(values)) {
    if (name === 'json' || value === undefined || value === initial[name]?.initial) continue;
    const shown = name === 'seconds' ? Number(value) / 1000 : value;
    words.push(`--${name}`, String(shown));
  }
  return words.map(inShell).join(' ');
}

/** Data in which no entry changes has no answer. */
function nothingChanged(
  name: string,
  { forms, updates }: RunOutcome,
  refused: readonly RefusedGroup[],
): DiffStreamError {
  const [group] = refused;
  const key = forms[0]?.form.key;
  const advice = 'name the member that repeats with --key, or --key none for one document';
  let why = `${countOf(updates, 'update')} and no change of an entry; ${advice}`;
  if (updates === 0) why = 'nothing that can be used';
  if (updates === 1) why = 'one value, which cannot change: give its next states, too';
  if (group !== undefined) why += `; left out: ${group.count}, first ${group.first}`;
  else if (updates > 1 && key !== undefined) why += `; the key was ${quoted(key)}`;
  return new DiffStreamError('bad-input', `${name} has ${why}`);
}

/** What is being done, on stderr: drawn again in place on a terminal, now and then a line else. */
class Progress {
  readonly #terminal: Terminal;
  readonly #beganMs: number;
  #nextMs: number;
  #isDrawn = false;

  constructor(terminal: Terminal, beganMs: number) {
    this.#terminal = terminal;
    this.#beganMs = beganMs;
    this.#nextMs = beganMs + (terminal.showsProgress ? PROGRESS.afterMs : PROGRESS.lineMs);
  }

  show(updates: number, changes: number): void {
    const nowMs = performance.now();
    if (nowMs < this.#nextMs) return;
    const seconds = ((nowMs - this.#beganMs) / 1000).toFixed(0);
    const line = `${countOf(updates, 'update')}, ${countOf(changes, 'change')}, ${seconds} s`;
    this.#isDrawn = this.#terminal.showsProgress;
    this.#nextMs = nowMs + (this.#isDrawn ? PROGRESS.drawnMs : PROGRESS.lineMs);
    if (this.#isDrawn) this.#terminal.err.write(`\r\x1b[K${line}`);
    else this.#terminal.note(line);
  }

  end(): void {
    if (this.#isDrawn) this.#terminal.err.write('\r\x1b[K');
  }
}
