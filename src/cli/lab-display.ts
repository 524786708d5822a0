import { faultsText, reasonsText } from '../lab/measure/absences.ts';
import { codecNames } from '../lab/result.ts';
import type { LabResult, RunResult } from '../lab/result.ts';
import type { RealProgress } from '../lab/real/real-run.ts';
import { bytesText, countOf, countText, msText, ratioText } from './figures.ts';
import { printable, shortened } from './printable.ts';
import type { Terminal } from './terminal.ts';

const REDRAW_MS = 250;
/** Into a pipe: seldom, since lines stay. */
const PLAIN_LINE_MS = 5000;
/** A time in which a replica was not live is told where it is longer than this, in ms. */
const ABSENCE_MS_TOLD = 10_000;
const CLEAR_LINE = '\r\x1b[K';

/** Tells how far the lab is: a line that is written over on a terminal, or one now and then. */
export class LabProgress {
  readonly #terminal: Terminal;
  readonly #text: () => string;
  readonly #timer: NodeJS.Timeout;
  #saidMs = performance.now();

  constructor(terminal: Terminal, text: () => string) {
    this.#terminal = terminal;
    this.#text = text;
    const everyMs = terminal.showsProgress ? REDRAW_MS : PLAIN_LINE_MS;
    this.#timer = setInterval(() => this.#show(), everyMs);
  }

  /** A line on stdout that stays. */
  say(line: string): void {
    this.#saidMs = performance.now();
    if (this.#terminal.showsProgress) this.#terminal.err.write(CLEAR_LINE);
    this.#terminal.print(line);
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#terminal.showsProgress) this.#terminal.err.write(CLEAR_LINE);
  }

  #show(): void {
    const text = this.#text();
    if (this.#terminal.showsProgress) {
      const columns = this.#terminal.err.columns ?? 80;
      this.#terminal.err.write(`${CLEAR_LINE}${shortened(text, columns - 1)}`);
    } else if (performance.now() - this.#saidMs >= PLAIN_LINE_MS) this.#terminal.note(text);
  }
}

function percent(part: number): string {
  return `${Math.floor(part * 100)} %`;
}

/** `3 of 24 runs; auctions/mobile/dense 45 %`. */
export function poolText(
  total: number,
  progress: {
    readonly done: number;
    readonly underWay: readonly { readonly id: string; readonly part: number }[];
  },
): string {
  const runs = progress.underWay.map(({ id, part }) => `${printable(id)} ${percent(part)}`);
  return [`${progress.done} of ${countOf(total, 'run')}`, runs.join(', ')]
    .filter(Boolean)
    .join('; ');
}

/** `updates and faults 45 %; 1,200 updates, 31 faults; live live stale`. */
export function realText({ phase, part, statuses, updates, faults }: RealProgress): string {
  const counted = `${countOf(updates, 'update')}, ${countOf(faults, 'fault')}`;
  return `${phase} ${percent(part)}; ${counted}; ${statuses.join(' ')}`;
}

/** What a run came to, and the command that repeats it. */
export function runLines(run: RunResult, colors: Terminal['colors']): string[] {
  return [
    `${colors.bold(printable(run.id))}  ${figuresText(run)}`,
    `  ${colors.dim(printable(run.command))}`,
    ...absenceLines(run),
    ...(run.broken === null
      ? []
      : [`  ${colors.red(`BROKEN ${run.broken.promise}`)}: ${whatText(run.broken.what)}`]),
    ...(run.isPartial ? [`  ${colors.yellow('ended before its time')}`] : []),
  ];
}

/** The longest time that one replica was not live, where it was long, and why. */
function absenceLines({ figures }: RunResult): string[] {
  const [longest] = figures.absences;
  if (longest === undefined || longest.forMs < ABSENCE_MS_TOLD) return [];
  const { replica, atMs, forMs, connections } = longest;
  const tried = connections === null ? '' : `; ${countOf(connections, 'connection')} tried`;
  const reasons = reasonsText(longest);
  const place = `replica ${replica} from ${msText(atMs)} on`;
  return [
    `  longest not live: ${place}, for ${msText(forMs)}${tried}`,
    `    faults: ${faultsText(longest)}`,
    ...(reasons === '' ? [] : [`    errors: ${whatText(reasons)}`]),
  ];
}

function whatText(what: string): string {
  return printable(shortened(what, 1000));
}

function figuresText({ figures, mode, settings, proof }: RunResult): string {
  const { lag, ratio, bytesPerUpdate, recoveries } = figures;
  const ms = (time: number | null): string => msText(time ?? Number.NaN);
  const parts = [
    mode === 'counted' ? codecNames[settings.codec] : `${ratioText(ratio ?? Number.NaN)} less`,
    `${bytesText(bytesPerUpdate ?? Number.NaN)} an update`,
    ...(lag.count === 0
      ? []
      : [`lag p50 ${ms(lag.p50Ms)}, p99 ${ms(lag.p99Ms)}, max ${ms(lag.maxMs)}`]),
  ];
  if (recoveries.count > 0) {
    parts.push(
      `${countOf(recoveries.count, 'fault')}, made up for in p50 ${ms(recoveries.p50Ms)}, ` +
        `p99 ${ms(recoveries.p99Ms)}`,
    );
  }
  if (proof !== null) parts.push(`equal ${proof.equal} of ${proof.replicas}`);
  return parts.join('; ');
}

/** The end: whether the promises were kept, and where everything is. */
export function closingLines(
  result: LabResult,
  files: readonly string[],
  colors: Terminal['colors'],
): string[] {
  const { runs, planned, mode } = result;
  const broken = runs.filter((run) => run.broken !== null);
  const deliveries = runs.reduce((sum, run) => sum + (run.deliveries ?? 0), 0);
  const held =
    mode === 'simulated'
      ? `${countText(deliveries)} messages, each held against the promises`
      : 'every replica compared with the producer at the end';
  const left = planned - runs.length;
  const verdict =
    broken.length > 0
      ? colors.red(`BROKEN: ${broken.length} of ${countOf(runs.length, 'run')}`)
      : runs.length > 0
        ? colors.green(`kept: ${countOf(runs.length, 'run')}, ${held}`)
        : 'nothing was run';
  return [
    verdict,
    ...(left > 0 ? [colors.yellow(`${countOf(left, 'run')} not begun`)] : []),
    ...files.map((file) => `  ${printable(file)}`),
  ];
}
