import type { LaneStatus, Span } from '../../charts/chart.ts';
import type { Figure } from '../../charts/figure.ts';
import type { Part, Section, Table } from '../../charts/section.ts';
import { faultNames } from '../fault-plan.ts';
import type { FaultKind } from '../fault-plan.ts';
import { faultsText, reasonsText } from '../measure/absences.ts';
import { quantileOf } from '../result.ts';
import type { LabResult, RunResult, StatusChange } from '../result.ts';
import { best, codecName, conditionsOf, gridOf, isRun, plural, workloadName } from './wording.ts';

const TIMELINES_MAX = 4;
const ABSENCES_SHOWN = 10;
const kinds = Object.keys(faultNames) as FaultKind[];
const statuses: ReadonlySet<string> = new Set([
  'connecting',
  'catching-up',
  'live',
  'stale',
  'conflict',
  'closed',
] satisfies LaneStatus[]);

/** What went wrong, and how it was made up for. */
export function recoverySection(result: LabResult): Section | undefined {
  const all = result.runs.filter(({ figures }) => figures.recoveries.count > 0);
  // Lines have conditions of their own, slow consumers among them.
  const grid = all.filter(({ varied }) => varied === undefined);
  const struck = grid.length > 0 ? grid : all;
  if (struck.length === 0) return undefined;
  const shown = gridOf(result)
    .flatMap(({ runs }) => best(runs) ?? [])
    .filter(({ figures }) => figures.recoveries.count > 0);
  const parts: Part[] = [];
  // Networks are told apart; workloads over the same network meet the same faults.
  const networks = new Map(shown.toReversed().map((run) => [run.settings.network.name, run]));
  for (const run of [...networks.values()].toReversed().slice(0, TIMELINES_MAX)) {
    if (run.figures.timelines.length > 0) parts.push(timelineFigure(run));
  }
  if (shown.length > 0) parts.push(timesFigure(shown));
  const absences = absenceTable(all);
  if (absences !== undefined) parts.push(absences);
  parts.push(faultTable(struck), rungsTable(struck));
  return {
    title: 'Recovery',
    lead:
      'A fault is made up for when its replica is live and shows all that was committed when the ' +
      'fault ended. What strikes in between counts in, and so does the time until it is noticed.',
    parts,
  };
}

function timelineFigure(run: RunResult): Figure {
  const { figures } = run;
  const toMs = figures.intervals.at(-1)?.atMs ?? run.settings.forMs;
  const { list } = figures.recoveries;
  return {
    kind: 'figure',
    title: `Replicas over time: ${workloadName(run)} over ${run.settings.network.name}`,
    note: 'One lane for each replica; its faults stand in its lane.',
    conditions: `${conditionsOf(run, ['network'])}, ${codecName(run)}`,
    chart: {
      kind: 'timeline',
      fromMs: 0,
      toMs,
      lanes: figures.timelines.map((changes, i) => ({
        name: `replica ${i + 1}`,
        spans: spansOf(changes, toMs),
        moments: list
          .filter(({ replica, atMs }) => replica === i + 1 && atMs <= toMs)
          .map(({ atMs, kind }) => ({ atMs, label: faultNames[kind] })),
      })),
      faults: [],
    },
  };
}

function spansOf(changes: readonly StatusChange[], toMs: number): Span[] {
  return changes.flatMap(([fromMs, status], i) => {
    const endMs = Math.min(toMs, changes[i + 1]?.[0] ?? toMs);
    if (!statuses.has(status) || endMs <= fromMs) return [];
    return [{ fromMs, toMs: endMs, status: status as LaneStatus }];
  });
}

function timesFigure(runs: readonly RunResult[]): Figure {
  const series = runs.flatMap((run) => {
    const { list } = run.figures.recoveries;
    const times = list.flatMap(({ recoveryMs }) => recoveryMs ?? []).toSorted((a, b) => a - b);
    const name = `${workloadName(run)}, ${run.settings.network.name}`;
    return times.length === 0 ? [] : [{ name, quantiles: quantilesOfTimes(times) }];
  });
  const conditions = conditionsOf(runs[0] as RunResult, ['workload', 'network']);
  return {
    kind: 'figure',
    title: 'How long recovery takes',
    conditions: `${conditions}, the codec of the fewest bytes`,
    chart: {
      kind: 'distribution',
      value: { label: 'From the end of a fault until made up for', unit: 'ms', scale: 'log' },
      series,
    },
  };
}

/** Each time with its share of all, and the quantiles as they are told elsewhere. */
function quantilesOfTimes(times: readonly number[]): readonly (readonly [number, number])[] {
  const points = times.map((ms, i) => [(i + 1) / times.length, ms] as const);
  const told = [0.5, 0.99].map((share) => [share, quantileOf(times, share) ?? 0] as const);
  return [...points, ...told].toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
}

/** What made replicas stay away for longest; undefined where none did for long. */
function absenceTable(runs: readonly RunResult[]): Table | undefined {
  const rows = runs
    .flatMap(({ id, figures }) => figures.absences.map((absence) => ({ id, absence })))
    .toSorted((a, b) => b.absence.forMs - a.absence.forMs)
    .slice(0, ABSENCES_SHOWN)
    .map(({ id, absence }) => {
      const { replica, atMs, forMs, connections } = absence;
      const why = reasonsText(absence);
      return [id, replica, atMs, forMs, faultsText(absence), connections, why];
    });
  if (rows.length === 0) return undefined;
  return {
    kind: 'table',
    title: 'Longest times in which a replica was not live',
    conditions:
      'What struck it meanwhile, and in real runs the connections that it tried and the errors ' +
      'it met. A frame is applied whole or not at all: where something is damaged every so many ' +
      'bytes, a catch-up that is longer takes many tries, and grows as long as updates go on.',
    columns: [
      { label: 'Run' },
      { label: 'Replica' },
      { label: 'from', unit: 'ms' },
      { label: 'for', unit: 'ms' },
      { label: 'Faults' },
      { label: 'connections tried', unit: 'count' },
      { label: 'Errors' },
    ],
    rows,
  };
}

/** By kind of fault, over all runs of each network. */
function faultTable(runs: readonly RunResult[]): Table {
  const networks = [...new Set(runs.map(({ settings }) => settings.network.name))];
  const rows = networks.flatMap((network) =>
    kinds.flatMap((kind) => {
      const there = runs.filter(({ settings }) => settings.network.name === network);
      const count = there.reduce((sum, { figures }) => sum + (figures.faults[kind] ?? 0), 0);
      if (count === 0) return [];
      const list = there.flatMap(({ figures }) => figures.recoveries.list);
      const own = list.filter((fault) => fault.kind === kind);
      const times = own.flatMap(({ recoveryMs }) => recoveryMs ?? []).toSorted((a, b) => a - b);
      const last = own.filter(({ recoveryMs }) => recoveryMs === undefined).length;
      return [
        [
          network,
          faultNames[kind],
          count,
          quantileOf(times, 0.5),
          quantileOf(times, 0.99),
          times.at(-1) ?? null,
          last,
        ],
      ];
    }),
  );
  return {
    kind: 'table',
    title: 'Faults, and how long they took to make up for',
    conditions: `${plural(runs.length, 'run')} in which faults struck; from the end of each fault`,
    columns: [
      { label: 'Network' },
      { label: 'Fault' },
      { label: 'faults', unit: 'count' },
      { label: 'p50', unit: 'ms' },
      { label: 'p99', unit: 'ms' },
      { label: 'longest', unit: 'ms' },
      { label: 'not before the end', unit: 'count' },
    ],
    rows,
  };
}

function rungsTable(runs: readonly RunResult[]): Table {
  const shown = runs.filter(isRun);
  return {
    kind: 'table',
    title: 'Repairs by rung',
    conditions:
      'How the hub answered those who came back: the cheapest answer first. ' +
      (shown.some(({ mode }) => mode === 'real')
        ? 'In real runs, as replicas see it: changes by journal and by versions are told as one.'
        : ''),
    columns: [
      { label: 'Run' },
      { label: 'equal: nothing', unit: 'count' },
      { label: 'changes, by journal', unit: 'count' },
      { label: 'newer values', unit: 'count' },
      { label: 'compared', unit: 'count' },
      { label: 'everything', unit: 'count' },
      { label: 'healed in', unit: 'ms' },
    ],
    rows: shown.map(({ id, figures }) => {
      const { equal, journal, versions, comparison, snapshot } = figures.rungs;
      return [id, equal, journal, versions, comparison, snapshot, figures.healMs];
    }),
  };
}
