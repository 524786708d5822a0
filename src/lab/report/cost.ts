import type { Axis, LinesChart, Series } from '../../charts/chart.ts';
import type { Figure } from '../../charts/figure.ts';
import type { Section } from '../../charts/section.ts';
import { variables } from '../experiment/experiment.ts';
import type { Variable } from '../experiment/experiment.ts';
import type { LabResult, RunResult } from '../result.ts';
import { codecName, conditionsOf, isRun } from './wording.ts';

/** What is varied, along the x-axis; the unit of sizes is that of what is sent whole. */
const along: Readonly<Record<Variable, { readonly axis: Axis; readonly title: string }>> = {
  consumers: {
    axis: { label: 'Consumers', unit: 'count', scale: 'log' },
    title: 'number of consumers',
  },
  size: {
    axis: { label: 'JSON bytes of all there is', unit: 'bytes', scale: 'log' },
    title: 'size of object',
  },
  change: {
    axis: { label: 'JSON bytes of what is new in an update', unit: 'bytes', scale: 'log' },
    title: 'size of change',
  },
  rate: { axis: { label: 'Updates', unit: 'per second', scale: 'log' }, title: 'rate' },
  slow: {
    axis: { label: 'Slow consumers', unit: 'count', fromZero: true },
    title: 'slow consumers',
  },
};

/** A figure along a line: what it shows, and for which runs. */
interface Plotted {
  readonly title: string;
  readonly y: Axis;
  readonly of: (run: RunResult) => number | null;
  readonly note?: string;
  readonly isOfMachine?: boolean;
  readonly onlyRuns?: boolean;
}

const bytesEach: Plotted = {
  title: 'Bytes for an update and consumer',
  y: { label: 'Bytes for an update and consumer', unit: 'bytes', scale: 'log' },
  of: ({ figures }) => figures.bytesPerUpdate,
};
const ratio: Plotted = {
  title: 'Fewer bytes than whole values',
  y: { label: 'Bytes of whole values / bytes sent', unit: 'ratio', scale: 'log' },
  of: ({ figures }) => figures.ratio,
};
const hubTime: Plotted = {
  title: "Hub's processor time for an update",
  y: { label: 'Processor time for an update', unit: 'µs', scale: 'log' },
  of: ({ machine }) => machine.hubMicrosPerUpdate,
  isOfMachine: true,
  onlyRuns: true,
};
const lag: Plotted = {
  title: 'Lag of those who read as they can, p99',
  y: { label: 'Lag, p99', unit: 'ms', scale: 'log' },
  of: ({ figures }) => figures.lag.p99Ms,
};

const plotted: Readonly<Record<Variable, readonly Plotted[]>> = {
  consumers: [
    {
      title: 'Bytes for an update, to all consumers',
      y: { label: 'Bytes for an update, to all', unit: 'bytes', scale: 'log' },
      of: ({ figures }) => figures.sentBytes / Math.max(1, figures.updates),
    },
    { ...hubTime, note: 'A frame is encoded once for all who stand at the same version.' },
  ],
  size: [bytesEach, hubTime],
  change: [ratio, hubTime],
  rate: [bytesEach, lag],
  slow: [
    { ...lag, note: 'What one consumer does not read must not delay the others.' },
    {
      title: 'Lag of the slow consumers, p99',
      y: { label: 'Lag, p99', unit: 'ms', scale: 'log' },
      of: ({ figures }) => figures.slowLag.p99Ms,
      note: 'One frame brings them all that they have missed.',
    },
  ],
};

/** What grows with what. */
export function costSection(result: LabResult): Section | undefined {
  const parts = variables.flatMap((of): Figure[] => {
    const runs = result.runs.filter(({ varied }) => varied?.of === of);
    return runs.length === 0 ? [] : plotted[of].map((what) => costFigure(of, what, runs));
  });
  if (parts.length === 0) return undefined;
  return {
    title: 'Cost',
    lead:
      'Bytes are the same on every machine. Processor time is of this machine: of commit and ' +
      'turn in simulated runs, the median of some updates; of the process in real ones.',
    parts,
  };
}

function costFigure(of: Variable, what: Plotted, all: readonly RunResult[]): Figure {
  const runs = what.onlyRuns === true ? all.filter(isRun) : all;
  const { axis, title } = along[of];
  const codecs = [...new Set(runs.map(codecName))];
  const series = codecs.map((name): Series => ({
    name,
    points: runs
      .filter((run) => codecName(run) === name)
      .map((run) => [placeOf(of, run), what.of(run)] as const)
      .toSorted((a, b) => a[0] - b[0]),
  }));
  const chart: LinesChart = {
    kind: 'lines',
    x: axis,
    y: what.y,
    series,
    ...(what === ratio ? { guides: [{ at: 1, label: 'whole values' }] } : {}),
  };
  const first = all[0] as RunResult;
  const without = { consumers: 'consumers', slow: 'slow', rate: 'rate', size: 'workload' } as const;
  const varied = of === 'change' ? [] : [without[of]];
  const conditions = conditionsOf(first, varied);
  return {
    kind: 'figure',
    title: `${what.title}, against ${title}`,
    ...(what.note === undefined ? {} : { note: what.note }),
    conditions: what.isOfMachine === true ? `${conditions}; time of this machine` : conditions,
    half: true,
    chart,
  };
}

function placeOf(of: Variable, { varied, figures }: RunResult): number {
  if (of === 'size') return figures.initialBytes;
  const value = varied?.value ?? 0;
  if (of !== 'change') return value;
  const changed = figures.samples.map(([bytes]) => bytes);
  return changed.reduce((a, b) => a + b, 0) / Math.max(1, changed.length);
}
