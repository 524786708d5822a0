import { findingsOf } from '../analysis/findings.ts';
import { partsOf } from '../analysis/key-path.ts';
import { Measurement } from '../analysis/measurement.ts';
import { DiffStreamError } from '../core/errors.ts';
import { quoted } from '../core/path.ts';
import { analysisReport } from './analyze-report.ts';
import { openInput } from './analyze-input.ts';
import { nothingChanged, tooEarly } from './analyze-nothing.ts';
import { ReportOutput } from './analyze-output.ts';
import { Refused } from './analyze-refused.ts';
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
import type { Request } from './verb.ts';

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

const options = {
  key: text('member', 'member that is the key, or a,b; none: one document; else found', undefined),
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
  html: text('file', 'writes a report with charts; -: to stdout, alone', undefined),
  json: flag('one JSON object on stdout'),
};

type AnalyzeRequest = Request<typeof options>;

export const analyze = defineVerb({
  name: 'analyze',
  summary: 'tells whether diffs pay for your data, and what they would cost',
  usage: '<file|folder|->',
  positionalsMin: 1,
  positionalsMax: 1,
  options,
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
  run: async (request) => {
    const { positionals, values, terminal } = request;
    const path = positionals[0] ?? '-';
    const report = values.html === undefined ? undefined : new ReportOutput(values.html);
    if (report?.isStdout === true && values.json) {
      throw new DiffStreamError('bad-argument', '--html - and --json both write to stdout');
    }
    checkKeyOption(values.key);
    await report?.check(path);
    const outcome = await analysed(path, request);
    if (outcome instanceof DiffStreamError) {
      if (outcome.code !== 'timeout') throw outcome;
      terminal.error(outcome, '');
      return ExitCode.failed;
    }
    if (report?.isStdout !== true) await tell(outcome, values.json, terminal);
    if (report !== undefined) {
      const generated = new Date().toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
      const html = analysisReport(outcome, { generated, command: commandOf(path, values) });
      await report.write(html, terminal);
    }
    return request.interrupt.requested ? ExitCode.interrupted : ExitCode.done;
  },
});

/** What a file or folder comes to; an error where there is nothing to tell. */
async function analysed(
  path: string,
  { values, terminal, interrupt, stdin }: AnalyzeRequest,
): Promise<AnalysisResult | DiffStreamError> {
  const name = path === '-' ? 'standard input' : printable(path);
  const beganMs = performance.now();
  const budgetMs = values.seconds === 0 ? NO_LIMIT_MS : values.seconds;
  const refused = new Refused();
  const onRefused = refused.add.bind(refused);
  const measurement = new Measurement({ clock: () => performance.now(), budgetMs });
  const progress = new Progress(terminal, beganMs);
  // Node 20 may collect a signal of AbortSignal.any that nobody but a wait knows of.
  const ending = new AbortController();
  const { signal } = ending;
  const onEnding = (): void => ending.abort();
  interrupt.signal.addEventListener('abort', onEnding, { once: true });
  if (interrupt.requested) onEnding();
  const timer = setTimeout(onEnding, budgetMs);
  const bytesMax = values['line-bytes'];
  const tooEarlyBy = (updates: number): DiffStreamError =>
    tooEarly(name, interrupt.requested ? 'interrupted' : 'time', updates, budgetMs / 1000);
  let isAtEnd = false;
  let outcome: RunOutcome;
  try {
    const onEnd = (): void => void (isAtEnd = true);
    const segments = await openInput(path, { stdin, bytesMax, onRefused, onEnd, signal });
    outcome = await measureInput({
      segments,
      measurement,
      key: values.key,
      time: values.time,
      clock: () => performance.now(),
      deadlineMs: beganMs + budgetMs,
      graceMs: budgetMs * GRACE,
      recordsMax: values.records,
      isInterrupted: () => interrupt.requested,
      isCut: () => signal.aborted && !isAtEnd,
      onRefused,
      onProgress: (updates) => progress.show(updates, measurement.counts.changed),
    });
  } catch (error) {
    // What had come by then is no JSON yet, or nothing.
    const isCut = error instanceof DiffStreamError && error.code === 'bad-input';
    if (signal.aborted && isCut) return tooEarlyBy(0);
    throw error;
  } finally {
    clearTimeout(timer);
    interrupt.signal.removeEventListener('abort', onEnding);
    measurement.close();
    progress.end();
  }
  const findings = findingsOf(measurement);
  if (findings.counts.changed === 0) {
    const { stop, updates } = outcome;
    if (stop === 'interrupted' || stop === 'time') return tooEarlyBy(updates);
    const isOneMoment = measurement.times.moments === 1;
    const { keys, counts } = findings;
    const repeats = counts.unchanged;
    const found = { ...outcome, keys, repeats, isOneMoment, refused: refused.groups };
    return nothingChanged(name, found);
  }
  const prices = {
    consumers: values.consumers,
    perGb: values['price-per-gb'],
    perCpuHour: values['price-per-cpu-hour'],
  };
  return resultOf(name, outcome, refused.groups, findings, prices);
}

/** A key of several members has a name at each side of its commas. */
function checkKeyOption(key: string | undefined): void {
  if (key === undefined || partsOf(key).every((part) => part !== '')) return;
  const what = '--key: expected a member, or several with commas between them';
  throw new DiffStreamError('bad-argument', `${what}, got ${quoted(key)}`);
}

async function tell(result: AnalysisResult, isJson: boolean, terminal: Terminal): Promise<void> {
  const lines = isJson ? [JSON.stringify(result)] : resultLines(result, terminal.colors);
  await terminal.printAll(`${lines.join('\n')}\n`);
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
