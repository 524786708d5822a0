import type { Mark, Point } from '../../charts/chart.ts';
import type { Cell } from '../../charts/data-table.ts';
import type { Figure } from '../../charts/figure.ts';
import type { Part, Section, Table } from '../../charts/section.ts';
import { faultNames } from '../fault-plan.ts';
import { messageKinds } from '../measure/message-kind.ts';
import { best, codecName, conditionsOf, gridOf, isRun } from './wording.ts';
import type { Group } from './wording.ts';
import type { LabResult, RunResult } from '../result.ts';

/** Faults that are marked on one axis; with more nothing could be told apart. */
const MARKS_MAX = 12;

/** What was sent, over time and in all. */
export function bytesSection(result: LabResult): Section | undefined {
  const groups = gridOf(result);
  if (groups.length === 0) return undefined;
  const parts: Part[] = [];
  const ratios = ratioFigure(groups);
  if (ratios !== undefined) parts.push(ratios);
  for (const group of roughest(groups)) parts.push(overTime(group));
  const samples = samplesFigure(groups);
  if (samples !== undefined) parts.push(samples);
  const messages = messagesTable(groups);
  if (messages !== undefined) parts.push(messages);
  return {
    title: 'Bytes',
    lead:
      'Bytes of WebSocket messages down to the consumers, headers included; the first copies are ' +
      'told apart. Whole values are counted: each changed value whole to each consumer, and a ' +
      'copy of everything for those who come back after a lost connection.',
    parts,
  };
}

/** Of each workload the network on which most went wrong: there repairs cost bytes, too. */
function roughest(groups: readonly Group[]): readonly Group[] {
  const chosen = new Map<string, Group>();
  const faults = ({ runs }: Group): number =>
    Math.max(0, ...runs.map(({ figures }) => figures.recoveries.count));
  for (const group of groups) {
    const other = chosen.get(group.workload);
    if (other === undefined || faults(group) > faults(other)) chosen.set(group.workload, group);
  }
  return [...chosen.values()];
}

function ratioFigure(groups: readonly Group[]): Figure | undefined {
  const codecs = [...new Set(groups.flatMap(({ runs }) => runs.map(codecName)))];
  const names = codecs.filter((name) => name !== 'full JSON');
  const [first] = groups.flatMap(({ runs }) => runs);
  if (first === undefined || names.length === 0) return undefined;
  return {
    kind: 'figure',
    title: 'How many times fewer bytes than whole values',
    note: 'Against each changed value whole to each consumer, without faults: 1× saves nothing.',
    conditions: conditionsOf(first, ['workload', 'network']),
    chart: {
      kind: 'bars',
      value: { label: 'Bytes of whole values / bytes sent', unit: 'ratio', scale: 'log' },
      series: names,
      bars: groups.map(({ workload, network, runs }) => ({
        label: `${workload}, ${network}`,
        values: names.map(
          (name) => runs.find((run) => codecName(run) === name)?.figures.ratio ?? null,
        ),
      })),
      guides: [{ at: 1, label: 'whole values' }],
    },
  };
}

function overTime({ workload, network, runs }: Group): Figure {
  const emphasised = best(runs);
  const first = runs[0] as RunResult;
  return {
    kind: 'figure',
    title: `Bytes over time: ${workload} over ${network}`,
    note: 'Sent to all consumers together since updates began, repairs included.',
    conditions: conditionsOf(first, ['network']),
    chart: {
      kind: 'lines',
      x: { label: 'Time since updates began', unit: 's' },
      y: { label: 'Bytes sent so far', unit: 'bytes', scale: 'log' },
      series: runs.map((run) => ({
        name: codecName(run),
        emphasis: run === emphasised,
        points: sumsOf(run),
      })),
      marks: marksOf(emphasised),
    },
  };
}

/** At the end of each interval, what was sent until then. */
function sumsOf({ figures }: RunResult): Point[] {
  let sum = 0;
  return figures.intervals.map(({ atMs, sentBytes }) => [atMs / 1000, (sum += sentBytes)]);
}

/** The longest faults: those that a line of bytes shows. */
function marksOf(run: RunResult | undefined): Mark[] {
  const lasting = run?.figures.recoveries.list.filter(({ kind }) => kind === 'away') ?? [];
  return lasting.slice(0, MARKS_MAX).map(({ atMs, forMs, kind, replica }) => ({
    at: atMs / 1000,
    until: (atMs + forMs) / 1000,
    label: `replica ${replica} ${faultNames[kind]}`,
  }));
}

/** A dot for each change that was looked at, on the calmest network: nothing in it is repair. */
function samplesFigure(groups: readonly Group[]): Figure | undefined {
  const calm = new Map<string, Group>();
  for (const group of groups) if (!calm.has(group.workload)) calm.set(group.workload, group);
  const runs = [...calm.values()]
    .flatMap((group) => group.runs)
    .filter((run) => isRun(run) && run.figures.samples.length > 0);
  const [first] = runs;
  if (first === undefined) return undefined;
  const workloads = new Set(runs.map(({ settings }) => settings.workload));
  const nameOf = (run: RunResult): string =>
    workloads.size > 1 ? `${run.settings.workload}, ${codecName(run)}` : codecName(run);
  return {
    kind: 'figure',
    title: 'Ratio against size of change',
    note: 'Each dot is one update: how much of it was new, and how many times fewer bytes it took.',
    conditions: `${conditionsOf(first, ['workload'])}; up to 300 updates of each run, evenly`,
    chart: {
      kind: 'scatter',
      x: { label: 'JSON bytes of what is new in the update', unit: 'bytes', scale: 'log' },
      y: { label: 'Bytes of whole values / bytes sent', unit: 'ratio', scale: 'log' },
      series: runs.map((run) => ({
        name: nameOf(run),
        points: run.figures.samples.map(
          ([changed, whole, sent]) => [changed, whole / sent] as const,
        ),
      })),
      guides: [{ at: 1, label: 'whole values' }],
    },
  };
}

function messagesTable(groups: readonly Group[]): Table | undefined {
  const runs = roughest(groups)
    .flatMap((group) => best(group.runs) ?? [])
    .filter(({ figures }) => Object.keys(figures.messages).length > 0);
  const [first] = runs;
  if (first === undefined) return undefined;
  const kinds = messageKinds.filter((kind) =>
    runs.some(({ figures }) => figures.messages[kind] !== undefined),
  );
  return {
    kind: 'table',
    title: 'Messages by kind',
    conditions: `${conditionsOf(first, ['workload', 'network'])}; both ways, since updates began`,
    columns: [
      { label: 'Message' },
      ...runs.flatMap(({ id }) => [
        { label: id, unit: 'count' as const },
        { label: 'bytes', unit: 'bytes' as const },
      ]),
    ],
    rows: kinds.map((kind) => {
      const counted = runs.flatMap(({ figures }) => {
        const { count = 0, bytes = 0 } = figures.messages[kind] ?? {};
        return [count, bytes];
      });
      const row: Cell[] = [kind];
      return row.concat(counted);
    }),
  };
}
