import type { StrategyFindings } from '../analysis/findings.ts';
import { ANY_ELEMENT } from '../analysis/changed-places.ts';
import { quoted } from '../core/path.ts';
import type { AnalysisResult } from './analyze-result.ts';
import { breakEvenTexts, moneyText, percentText, spanText } from './analyze-words.ts';
import { bytesText, countOf, countText, ratioText } from './figures.ts';
import { shortened } from './printable.ts';
import type { Colors } from './terminal.ts';
import type { Column } from './text-table.ts';
import { tableLines } from './text-table.ts';

const PATH_LENGTH_MAX = 60;

/** `asks[][1]`, `rates.*`: for people, shortened from the left, where all paths are alike. */
export function changedPathText(path: readonly string[]): string {
  let text = '';
  for (const step of path) {
    if (/^\[\d*\]$/.test(step)) text += step;
    else if (step === '*' || /^[A-Za-z_$@][\w$@-]*$/.test(step))
      text += text === '' ? step : `.${step}`;
    else text += `[${quoted(shortened(step, 24))}]`;
  }
  if (text === '') return 'the whole value';
  return text.length <= PATH_LENGTH_MAX
    ? text
    : `…${text.slice(1 - PATH_LENGTH_MAX).toWellFormed()}`;
}

/** Microseconds, or milliseconds where they are many. */
function microsText(us: number): string {
  if (!Number.isFinite(us)) return '-';
  if (us >= 9995) return `${countText(us / 1000)} ms`;
  return us >= 99.5 ? `${countText(us)} µs` : `${us.toFixed(us < 9.95 ? 1 : 0)} µs`;
}

/** What a strategy's results were, for people. */
export function resultsText({ wrong, checked, measured }: StrategyFindings): string {
  const { order, value, error } = wrong;
  const sum = order + value + error;
  const of = checked < measured ? `right (${countText(checked)} looked at)` : 'right';
  if (checked === 0) return 'not looked at';
  if (sum === 0) return of;
  const why = [
    ...(order > 0 ? [`${countText(order)} by order`] : []),
    ...(value > 0 ? [`${countText(value)} by value`] : []),
    ...(error > 0 ? [`${countText(error)} failed`] : []),
  ];
  return `wrong on ${countText(sum)} of ${countText(checked)} (${why.join(', ')})`;
}

/** Whether the answer is one that depends on nothing. */
export function toneOf({ answer, log, alone }: AnalysisResult['verdict']): 'yes' | 'no' | 'mixed' {
  const isMixed = (answer === 'diffs' && log !== undefined) || (alone && alone.answer !== answer);
  if (isMixed === true) return 'mixed';
  return answer === 'diffs' ? 'yes' : 'no';
}

/** The whole result, for a terminal. */
export function resultLines(result: AnalysisResult, colors: Colors): string[] {
  const { verdict, input } = result;
  const paint = toneOf(verdict) === 'yes' ? colors.green : colors.yellow;
  return [
    colors.bold(paint(verdict.headline)),
    ...verdict.reasons.map(({ text }) => `  ${text}`),
    '',
    colors.bold(`${input.name}: ${countText(input.updates)} updates`),
    ...input.found.map((line) => `  ${line}`),
    ...input.refused.map(({ count, first }) => `  left out: ${countText(count)}, first ${first}`),
    ...countLines(result).map((line) => `  ${line}`),
    '',
    colors.bold('Bytes of a change'),
    ...byteLines(result),
    '',
    colors.bold('What is sent to each consumer'),
    ...sentLines(result),
    '',
    colors.bold('Work of a change, and what consumers cost'),
    ...costLines(result),
    '',
    colors.bold('What changes'),
    ...pathLines(result),
    '',
    colors.bold(verdict.answer === 'diffs' ? 'Diffs pay' : 'Diffs would pay'),
    ...breakEvenTexts(verdict.breakEven).map((line) => `  ${line}`),
    ...(result.settings.length === 0 ? [] : ['', colors.bold('Settings')]),
    ...result.settings.map(({ text }) => `  ${text}`),
  ];
}

function countLines({ findings }: AnalysisResult): string[] {
  const { counts, values, span, keys } = findings;
  const parts = [
    countOf(keys, 'key'),
    `${countText(counts.firstEntries)} there at first`,
    countOf(counts.changed, 'change'),
    `${countText(counts.created - counts.firstEntries)} new later`,
    countOf(counts.deleted, 'deletion'),
    ...(counts.unchanged > 0 ? [`${countText(counts.unchanged)} without change`] : []),
    ...(counts.unknown > 0 ? [`${countText(counts.unknown)} deletions of nothing`] : []),
  ];
  const sizes = [values.mean, values.p50, values.p95].map((bytes) => bytesText(bytes));
  const [mean, p50, p95] = sizes;
  const lines = [parts.join(', '), `a value has ${mean} in the mean, p50 ${p50}, p95 ${p95}`];
  if (span === undefined) return lines;
  const { changesPerSecond, firstMs, lastMs } = span;
  return [
    ...lines,
    `${spanText((lastMs - firstMs) / 1000)} of data, ${rateText(changesPerSecond)}`,
  ];
}

function rateText(changesPerSecond: number): string {
  const isOften = changesPerSecond >= 0.1;
  const rate = isOften ? changesPerSecond : changesPerSecond * 3600;
  const digits = rate >= 9.95 ? countText(rate) : rate.toPrecision(2);
  return `${digits} changes ${isOften ? 'a second' : 'an hour'}`;
}

function column(heading: string, i: number): Column {
  return { heading, isFigure: i > 0 && heading !== 'results' };
}

function byteLines({ findings }: AnalysisResult): string[] {
  const headings = ['', 'p50', 'p95', 'mean', 'total', 'smaller', 'results'];
  const rows = findings.strategies.map((each) => {
    const { name, changes, ratio, measured } = each;
    return [
      `  ${name}`,
      countText(changes.p50),
      countText(changes.p95),
      meanText(changes.mean),
      `${measured < findings.counts.changed ? '~' : ''}${bytesText(changes.total)}`,
      ratioText(ratio),
      resultsText(each),
    ];
  });
  return [...tableLines(headings.map(column), rows), ...byteNotes(findings)];
}

function meanText(mean: number): string {
  return Number.isFinite(mean) && mean < 99.95 ? mean.toFixed(1) : countText(mean);
}

function byteNotes({ strategies, counts, tooLongForDense }: AnalysisResult['findings']): string[] {
  const samples = strategies.filter(({ measured }) => measured < counts.changed);
  const shares = samples.map(({ name, measured }) => `${name} ${countText(measured)}`);
  const has = (id: string): boolean => strategies.some((each) => each.id === id);
  return [
    '  a change and its key as a number; smaller: than full JSON',
    ...(samples.length > 0
      ? ['  ~ too slow for all changes: by a sample of them, and scaled, of']
      : []),
    ...shares.map((share) => `    ${share}`),
    ...(has('zstd-previous')
      ? []
      : ['  left out: zstd with a dictionary, which this Node has not']),
    ...(has('deflate-context') ? [] : ['  left out: a deflate context, which this Node hides']),
    ...(tooLongForDense > 0 ? [`  ${tooLongForDense} changes were too long for dense frames`] : []),
  ];
}

function sentLines({ findings }: AnalysisResult): string[] {
  const { strategies, wire } = findings;
  const headings = ['', 'message', 'first state', 'new later', 'deletions', 'changes', 'all'];
  const rows = strategies.map((each) => {
    const { id, name, firstState, creations, deletions, changes, all } = each;
    const message = id in wire ? meanText(wire[id as keyof typeof wire]) : '-';
    const bytes = [firstState, creations, deletions, changes.total, all].map((n) => bytesText(n));
    return [`  ${name}`, message].concat(bytes);
  });
  return [
    ...tableLines(headings.map(column), rows),
    '  message: one change alone with its WebSocket header; of DiffStream with key and check',
  ];
}

function costLines({ findings, costs, prices }: AnalysisResult): string[] {
  const people = costs.consumers.map((count) => `for ${countText(count)}`);
  const headings = ['', 'send', 'and for each', 'read', ...people];
  const rows = findings.strategies.map(({ id, name, encodeUs, perConnectionUs, decodeUs }) => [
    `  ${name}`,
    microsText(encodeUs - perConnectionUs),
    perConnectionUs > 0 ? microsText(perConnectionUs) : '-',
    microsText(decodeUs),
    ...(costs.each.find((cost) => cost.id === id)?.costs ?? []).map(moneyText),
  ]);
  const span = costs.months === null ? 'a million changes' : 'a month';
  return [
    ...tableLines(headings.map(column), rows),
    '  send: once a change; and for each: of the connections; read: at a consumer',
    '  times are means over the later runs, when the code is warm',
    `  cost of ${span}: $${prices.perGb} a GB sent, $${prices.perCpuHour} an hour of a core`,
  ];
}

function pathLines({ paths, findings }: AnalysisResult): string[] {
  const headings = ['', 'changes', 'patch bytes', 'new JSON'];
  const rows = paths.map(({ path, examples, changes, share, jsonBytes }) => {
    const names = examples.slice(0, 2).map((name) => quoted(shortened(name, 16)).slice(1, -1));
    const like = names.length > 0 ? ` (* is ${names.join(', ')}, …)` : '';
    const part = percentText(changes / findings.counts.changed);
    return [`  ${changedPathText(path)}${like}`, part, percentText(share), bytesText(jsonBytes)];
  });
  const lines = tableLines(headings.map(column), rows);
  const isList = paths.some(({ path }) => path.includes(ANY_ELEMENT));
  return isList ? [...lines, '  []: any element'] : lines;
}
