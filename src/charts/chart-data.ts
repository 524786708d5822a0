/** The numbers behind a chart as a table, for those who read them or cannot see the picture. */
import {
  type BarsChart,
  type Chart,
  type DistributionChart,
  type Point,
  type ScatterChart,
  type Series,
  SERIES_MAX,
  type TimelineChart,
} from './chart.ts';
import type { Cell, TableData } from './data-table.ts';
import { NAMED_SHARES, quantileOf } from './quantiles.ts';
import { evenly } from './thinning.ts';

/** Most points of a line in its table. All of them are in the data of the report. */
const TABLE_POINTS_MAX = 60;
/** Most spans of a timeline in its table. */
const TABLE_SPANS_MAX = 200;

/** The chart as a table; of long lines, evenly chosen points. */
export function chartData(chart: Chart): TableData {
  if (chart.kind === 'bars') return barData(chart);
  if (chart.kind === 'distribution') return quantileData(chart);
  if (chart.kind === 'timeline') return spanData(chart);
  return chart.kind === 'lines' && isShared(chart.series) ? sideBySide(chart) : oneByOne(chart);
}

/** Whether the series have about the same places on the x-axis, and fit beside each other. */
function isShared(series: readonly Series[]): boolean {
  if (series.length > SERIES_MAX) return false;
  const longest = series.reduce((most, { points }) => Math.max(most, points.length), 0);
  return placesOf(series).length <= 1.2 * longest;
}

function placesOf(series: readonly Series[]): number[] {
  const places = new Set(series.flatMap(({ points }) => points.map(([x]) => x)));
  return [...places].toSorted((a, b) => a - b);
}

function sideBySide({ x, y, series }: Chart & { kind: 'lines' }): TableData {
  const places = placesOf(series);
  const values = series.map(({ points }) => new Map(points));
  return {
    columns: [
      { label: x.label, unit: x.unit },
      ...series.map(({ name }) => ({ label: name, unit: y.unit })),
    ],
    rows: evenly(places, TABLE_POINTS_MAX).map((place) =>
      [place].concat(values.map((points) => points.get(place) ?? Number.NaN)),
    ),
    rowsInAll: places.length,
  };
}

function oneByOne({ x, y, series }: ScatterChart | (Chart & { kind: 'lines' })): TableData {
  const share = Math.max(2, Math.floor(TABLE_POINTS_MAX / Math.max(1, series.length)));
  const row = (name: string, [at, value]: Point): Cell[] => [name, at, value];
  return {
    columns: [
      { label: 'Series' },
      { label: x.label, unit: x.unit },
      { label: y.label, unit: y.unit },
    ],
    rows: series.flatMap(({ name, points }) =>
      evenly(points, share).map((point) => row(name, point)),
    ),
    rowsInAll: series.reduce((sum, { points }) => sum + points.length, 0),
  };
}

function barData({ value, series, bars }: BarsChart): TableData {
  const names = (series ?? []).slice(0, SERIES_MAX);
  const labels = names.length > 0 ? names : [value.label];
  return {
    columns: [{ label: 'Name' }, ...labels.map((label) => ({ label, unit: value.unit }))],
    rows: bars.map(({ label, values }) => [label, ...labels.map((_, i) => values[i])]),
    emphasis: bars.flatMap(({ emphasis }, i) => (emphasis === true ? [i] : [])),
  };
}

function quantileData({ value, series }: DistributionChart): TableData {
  const label = (share: number): string =>
    share === 0 ? 'least' : share === 1 ? 'most' : `p${share * 100}`;
  return {
    columns: [
      { label: 'Series' },
      { label: 'Samples', unit: 'count' },
      ...NAMED_SHARES.map((share) => ({ label: label(share), unit: value.unit })),
    ],
    rows: series.map((one) => [
      one.name,
      'samples' in one ? one.samples.length : null,
      ...NAMED_SHARES.map((share) => quantileOf(one, share)),
    ]),
  };
}

function spanData({ fromMs, lanes, faults }: TimelineChart): TableData {
  const faultRows = faults.map(({ atMs, untilMs, label }): Cell[] => [
    'fault',
    label,
    atMs - fromMs,
    untilMs === undefined ? null : untilMs - atMs,
  ]);
  const laneRows = lanes.flatMap(({ name, spans, moments }): Cell[][] => [
    ...spans.map((span) => [name, span.status, span.fromMs - fromMs, span.toMs - span.fromMs]),
    ...(moments ?? []).map(({ atMs, label }) => [name, label, atMs - fromMs, null]),
  ]);
  const rows = [...faultRows, ...laneRows];
  return {
    columns: [
      { label: 'Lane' },
      { label: 'What' },
      { label: 'From', unit: 'ms' },
      { label: 'For', unit: 'ms' },
    ],
    rows: rows.slice(0, TABLE_SPANS_MAX),
    rowsInAll: rows.length,
  };
}
