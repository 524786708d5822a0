import type { Figure } from '../../charts/figure.ts';
import type { Section } from '../../charts/section.ts';
import type { LabResult, LagFigures, RunResult } from '../result.ts';
import { best, codecName, conditionsOf, gridOf } from './wording.ts';
import type { Group } from './wording.ts';

/** Figures of one workload each, network by network; of more workloads the table tells. */
const FIGURES_MAX = 6;

/** How long updates take to become visible. */
export function lagSection(result: LabResult): Section | undefined {
  const groups = gridOf(result).filter(({ runs }) => runs.some(({ figures }) => figures.lag.count));
  if (groups.length === 0) return undefined;
  const isHalf = groups.length > 1;
  return {
    title: 'Lag',
    lead:
      'From a commit to the moment at which a consumer shows it, over all versions and ' +
      'consumers; time cut off counts. Whole values are counted, not run: where connections ' +
      'fail there is no lag to show for them.',
    parts: groups.slice(0, FIGURES_MAX).map((group) => lagFigure(group, isHalf)),
  };
}

function lagFigure({ workload, network, runs }: Group, half: boolean): Figure {
  const emphasised = best(runs);
  return {
    kind: 'figure',
    title: `Lag: ${workload} over ${network}`,
    conditions: conditionsOf(runs[0] as RunResult, ['network']),
    half,
    chart: {
      kind: 'distribution',
      value: { label: 'Lag from commit to visible', unit: 'ms', scale: 'log' },
      series: runs
        .filter(({ figures }) => figures.lag.count > 0)
        .map((run) => ({
          name: codecName(run),
          emphasis: run === emphasised,
          quantiles: quantilesOf(run.figures.lag),
        })),
    },
  };
}

/** What the buckets say, and the quantiles that are told elsewhere exactly as there. */
export function quantilesOf(lag: LagFigures): readonly (readonly [share: number, ms: number])[] {
  const points: [number, number][] = [];
  let below = 0;
  for (const [fromMs, toMs, count] of lag.buckets) {
    below += count;
    // The middle of a bucket, as quantiles take it.
    const middleMs = fromMs === 0 ? toMs : Math.sqrt(fromMs * toMs);
    points.push([below / lag.count, Math.min(middleMs, lag.maxMs ?? middleMs)]);
  }
  const last = points.at(-1);
  if (last !== undefined && lag.maxMs !== null) last[1] = lag.maxMs;
  for (const [share, ms] of [
    [0.5, lag.p50Ms],
    [0.99, lag.p99Ms],
  ] as const) {
    if (ms !== null) points.push([share, ms]);
  }
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  // The same middle, come by in two ways, may differ in its last bit.
  let most = 0;
  return sorted.map(([share, ms]) => [share, (most = Math.max(most, ms))]);
}
