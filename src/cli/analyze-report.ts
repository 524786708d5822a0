import { basename } from 'node:path';

import type { LinesChart, Series } from '../charts/chart.ts';
import { reportDocument } from '../charts/document.ts';
import type { Figure } from '../charts/figure.ts';
import type { KeyFigures, Part, Section, Table } from '../charts/section.ts';
import { costOf } from '../analysis/costs.ts';
import type { CoreBytes, CoreId, StrategyId } from '../analysis/strategies.ts';
import { coreIds, strategyNames } from '../analysis/strategies.ts';
import type { AnalysisResult } from './analyze-result.ts';
import { changedPathText, resultsText, toneOf } from './analyze-table.ts';
import { breakEvenTexts } from './analyze-words.ts';
import { bytesText, countOf, countText } from './figures.ts';

export interface ReportContext {
  /** When it was made, as text. */
  readonly generated: string;
  /** What to type to get it again. */
  readonly command: string;
}

/** Numbers of consumers that costs are drawn for. */
const CONSUMERS = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000];
const KEYS_DRAWN = 15;
const MONEY = 'money' as const;

/** The same figures as in the table, with pictures: one HTML file. */
export function analysisReport(result: AnalysisResult, context: ReportContext): string {
  const { input } = result;
  const sections = [
    answer(result),
    bytes(result),
    cost(result),
    breakEven(result),
    changes(result),
    work(result),
    understood(result),
  ];
  return reportDocument({
    title: 'Do diffs pay for this data?',
    subtitle: `${input.name}, ${countOf(input.updates, 'update')}`,
    generated: context.generated,
    command: context.command,
    data: result,
    sections,
  });
}

/** How everything in the report was measured. */
function conditionsOf({ input, findings }: AnalysisResult): string {
  const { counts, keys } = findings;
  return `${basename(input.name)}: ${countOf(counts.changed, 'change')} of ${countOf(keys, 'key')}`;
}

function isOwn(id: StrategyId): boolean {
  return id === 'compact' || id === 'dense';
}

function monthText({ costs }: AnalysisResult): string {
  return costs.months === null ? 'a million changes' : 'a month';
}

/** What is one message. */
function messagesText({ verdict: { together } }: AnalysisResult): string {
  if (together === undefined) return 'each a message of its own';
  return together.by === 'item'
    ? 'what came together one message'
    : 'those of one time one message';
}

function answer(result: AnalysisResult): Section {
  const { verdict, prices, costs, settings } = result;
  const part = costs.months ?? result.findings.counts.changed / 1e6;
  const figures: KeyFigures['figures'] = (['whole', 'compress', 'diffs'] as const).map((kind) => {
    const { id, bytes: sent, cost: all } = verdict.best[kind];
    const name = strategyNames[id];
    const tone: { readonly tone?: 'good' } = kind === verdict.answer ? { tone: 'good' } : {};
    const remark = `${bytesText(sent)} to each consumer`;
    return Object.assign({ label: name, value: all / part, unit: MONEY, remark }, tone);
  });
  const conditions =
    `Cost of ${monthText(result)} for ${countOf(prices.consumers, 'consumer')}. ` +
    `${conditionsOf(result)}; ${messagesText(result)}, with its WebSocket header; ` +
    `$${prices.perGb} a GB and $${prices.perCpuHour} an hour of a core`;
  const parts: Part[] = [
    {
      kind: 'verdict',
      tone: toneOf(verdict),
      headline: verdict.headline,
      reasons: verdict.reasons.map(({ text }) => text),
    },
    { kind: 'key-figures', conditions, figures },
  ];
  if (settings.length > 0) {
    const text = settings.map((setting) => setting.text).join('\n');
    parts.push({ kind: 'code', label: 'Settings that fit', text });
  }
  return { title: 'The answer', parts };
}

function bytes(result: AnalysisResult): Section {
  return {
    title: 'Bytes of a change',
    parts: [byteTable(result), overTime(result), againstChange(result), sentTable(result)],
  };
}

function byteTable(result: AnalysisResult): Table {
  const { strategies, counts } = result.findings;
  const samples = strategies.some(({ measured }) => measured < counts.changed);
  const scaled = samples ? '; where fewer changes were measured, the total is scaled' : '';
  return {
    kind: 'table',
    title: 'Bytes of a change, by strategy',
    conditions: `${conditionsOf(result)}; the change and its key as a number${scaled}`,
    columns: [
      { label: 'Strategy' },
      { label: 'p50', unit: 'bytes' },
      { label: 'p95', unit: 'bytes' },
      { label: 'Mean', unit: 'bytes' },
      { label: 'Total', unit: 'bytes' },
      { label: 'Smaller', unit: 'ratio' },
      { label: 'Measured', unit: 'count' },
      { label: 'Results' },
    ],
    rows: strategies.map((each) => {
      const { name, changes: sizes, ratio, measured } = each;
      const { p50, p95, mean, total } = sizes;
      return [name, p50, p95, mean, total, ratio, measured, resultsText(each)];
    }),
    emphasis: strategies.flatMap(({ id }, i) => (isOwn(id) ? [i] : [])),
  };
}

function sentTable(result: AnalysisResult): Table {
  const { strategies, wire } = result.findings;
  return {
    kind: 'table',
    title: 'What is sent to each consumer',
    conditions:
      `${conditionsOf(result)}; a message is one change alone with its WebSocket header, ` +
      'of DiffStream with key, versions and check',
    columns: [
      { label: 'Strategy' },
      ...['Message', 'First state', 'New later', 'Deletions', 'Changes', 'All'].map((label) => ({
        label,
        unit: 'bytes' as const,
      })),
    ],
    rows: strategies.map(({ id, name, firstState, creations, deletions, changes: sizes, all }) => {
      const message = id in wire ? wire[id as CoreId] : null;
      return [name, message, firstState, creations, deletions, sizes.total, all];
    }),
    emphasis: strategies.flatMap(({ id }, i) => (isOwn(id) ? [i] : [])),
  };
}

/** One series for each strategy that was measured on every change. */
function coreSeries(points: (id: CoreId) => Series['points']): Series[] {
  return coreIds.map((id) => ({
    name: strategyNames[id],
    emphasis: id === 'dense',
    points: points(id),
  }));
}

function overTime(result: AnalysisResult): Figure {
  const { timeline, span } = result.findings;
  const hasTimes = span !== undefined && timeline.every(({ t }) => t !== undefined);
  const placeOf = ({ from, t }: (typeof timeline)[number]): number =>
    hasTimes ? ((t ?? 0) - span.firstMs) / 1000 : from;
  return {
    kind: 'figure',
    title: 'Bytes of a change over time',
    conditions: `${conditionsOf(result)}; means of ${countText(timeline.length)} stretches`,
    chart: {
      kind: 'lines',
      x: hasTimes ? { label: 'Time', unit: 's' } : { label: 'Change', unit: 'count' },
      y: { label: 'Bytes of a change', unit: 'bytes', scale: 'log' },
      series: coreSeries((id) =>
        timeline.map((part) => [placeOf(part), part.bytes[id] / part.changes]),
      ),
    },
  };
}

function againstChange(result: AnalysisResult): Figure {
  const { points, counts } = result.findings;
  const ids = ['deflate-context', 'compact', 'dense'] as const;
  return {
    kind: 'figure',
    title: 'How much smaller, against the size of the change',
    conditions:
      `${conditionsOf(result)}; ` +
      (points.length < counts.changed ? `${countText(points.length)} of them, ` : '') +
      'what is new as JSON text',
    chart: {
      kind: 'scatter',
      x: { label: 'New in the value', unit: 'bytes', scale: 'log' },
      y: { label: 'Full JSON / sent', unit: 'ratio', scale: 'log' },
      series: ids.map((id) => ({
        name: strategyNames[id],
        points: points.map((point) => [
          point.newBytes,
          point.bytes['full-json'] / Math.max(1, point.bytes[id]),
        ]),
      })),
      guides: [{ at: 1, label: 'as full JSON' }],
    },
  };
}

function cost(result: AnalysisResult): Section {
  const { costs, prices, findings } = result;
  const part = costs.months ?? findings.counts.changed / 1e6;
  const of = monthText(result);
  const conditions =
    `${conditionsOf(result)}; $${prices.perGb} a GB sent, ` +
    `$${prices.perCpuHour} an hour of a core of the server`;
  const chart: LinesChart = {
    kind: 'lines',
    x: { label: 'Consumers', unit: 'count', scale: 'log' },
    y: { label: `Cost of ${of}`, unit: 'money', scale: 'log' },
    series: costs.each.map((load) => ({
      name: strategyNames[load.id],
      emphasis: load.id === result.verdict.strategy,
      points: CONSUMERS.map((consumers) => [
        consumers,
        costOf(load, { ...prices, consumers }) / part,
      ]),
    })),
  };
  const table: Table = {
    kind: 'table',
    title: `Cost of ${of}`,
    conditions,
    columns: [
      { label: 'Strategy' },
      ...costs.consumers.map((count) => ({
        label: `For ${countText(count)}`,
        unit: 'money' as const,
      })),
    ],
    rows: costs.each.map(({ id, costs: amounts }) => [strategyNames[id], ...amounts]),
    emphasis: costs.each.flatMap(({ id }, i) => (isOwn(id) ? [i] : [])),
  };
  const title = 'Cost against the number of consumers';
  return {
    title: 'What consumers cost',
    parts: [{ kind: 'figure', title, conditions, chart }, table],
  };
}

function breakEven(result: AnalysisResult): Section {
  const { bySize } = result.findings;
  const conditions = conditionsOf(result);
  const sizes: Figure = {
    kind: 'figure',
    title: 'Bytes of a change by the size of the value',
    conditions: `${conditions}; means, sizes between powers of two`,
    chart: {
      kind: 'lines',
      x: { label: 'JSON text of the value', unit: 'bytes', scale: 'log' },
      y: { label: 'Bytes of a change', unit: 'bytes', scale: 'log' },
      series: coreSeries((id) => bySize.map((band) => [band.from, band.bytes[id] / band.changes])),
    },
  };
  return {
    title: 'Where diffs pay',
    lead: `Diffs pay ${breakEvenTexts(result.verdict.breakEven).join('; ')}.`,
    parts: [...(bySize.length > 1 ? [sizes] : []), keyFigure(result)],
  };
}

function keyFigure(result: AnalysisResult): Figure {
  const own: CoreId = result.verdict.best.diffs.id === 'dense' ? 'dense' : 'compact';
  const others = (sent: CoreBytes): number => Math.min(sent['full-json'], sent['deflate-context']);
  const keys = result.keys.slice(0, KEYS_DRAWN);
  const rest = result.otherKeys.keys + result.keys.length - keys.length;
  const some = rest > 0 ? `; the ${keys.length} keys with the most bytes, ${rest} more` : '';
  return {
    kind: 'figure',
    title: 'How much smaller than the best without diffs, by key',
    conditions: `${conditionsOf(result)}; ${strategyNames[own]}, changes without headers${some}`,
    chart: {
      kind: 'bars',
      value: { label: 'Smaller', unit: 'ratio', scale: 'log' },
      bars: keys.map(({ key, bytes: sent }) => ({
        label: String(key),
        values: [others(sent) / Math.max(1, sent[own])],
      })),
      guides: [{ at: 1, label: 'the same' }],
    },
  };
}

function changes(result: AnalysisResult): Section {
  const { paths, findings } = result;
  const labels = paths.map(({ path }) => changedPathText(path));
  return {
    title: 'What changes',
    parts: [
      {
        kind: 'figure',
        title: 'Places by their share of the patches',
        conditions: `${conditionsOf(result)}; compact patches, []: any element, *: any member`,
        chart: {
          kind: 'bars',
          value: { label: 'Share of the bytes', unit: 'share' },
          bars: paths.map(({ share }, i) => ({ label: labels[i] ?? '', values: [share] })),
        },
      },
      {
        kind: 'table',
        title: 'Places that change',
        conditions: conditionsOf(result),
        columns: [
          { label: 'Place' },
          { label: 'Such as' },
          { label: 'In changes', unit: 'share' },
          { label: 'Patch bytes', unit: 'bytes' },
          { label: 'New JSON', unit: 'bytes' },
        ],
        rows: paths.map(({ examples, changes: count, patchBytes, jsonBytes }, i) => [
          labels[i],
          examples.length > 0 ? examples.join(', ') : '–',
          count / findings.counts.changed,
          patchBytes,
          jsonBytes,
        ]),
      },
    ],
  };
}

function work(result: AnalysisResult): Section {
  const { strategies } = result.findings;
  return {
    title: 'Work of a change',
    lead:
      'DiffStream’s times hold what proves its results, which the others lack: copies, digests ' +
      'and checks. What it sends is made once for all consumers; a deflate context works for each.',
    parts: [
      {
        kind: 'figure',
        title: 'Time for a change, at the sender and at a consumer',
        conditions: `${conditionsOf(result)}; means, one thread, this machine`,
        chart: {
          kind: 'bars',
          value: { label: 'Time', unit: 'µs', scale: 'log' },
          series: ['Sender', 'Consumer'],
          bars: strategies.map(({ id, name, encodeUs, decodeUs }) => ({
            label: name,
            values: [encodeUs, decodeUs],
            emphasis: isOwn(id),
          })),
        },
      },
    ],
  };
}

function understood({ input }: AnalysisResult): Section {
  const found = input.found.map((line) => ['Found', line]);
  const refused = input.refused.map(({ count, first }) => [
    'Left out',
    `${countText(count)}, first ${first}`,
  ]);
  return {
    title: 'How the data was understood',
    parts: [
      {
        kind: 'table',
        title: 'What was found, and how to say otherwise',
        conditions: input.name,
        columns: [{ label: '' }, { label: 'What' }],
        rows: [...found, ...refused],
      },
    ],
  };
}
