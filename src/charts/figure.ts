/** A figure: a picture with its title, how it was measured, and its numbers as a table. */
import { DiffStreamError } from '../core/errors.ts';
import { BARS_MAX, drawBars } from './bar-chart.ts';
import { type Chart, SERIES_MAX } from './chart.ts';
import { chartData } from './chart-data.ts';
import { dataTable } from './data-table.ts';
import { drawDistribution } from './distribution-chart.ts';
import type { Drawing } from './drawing.ts';
import { HALF, type Layout, NARROW, WIDE } from './layout.ts';
import { drawLines } from './line-chart.ts';
import type { LooksFor } from './looks.ts';
import { coordinate, element, type Markup } from './markup.ts';
import { numberText } from './number-text.ts';
import type { Look } from './palette.ts';
import { nameText } from './plain-text.ts';
import { DOTS_MAX, drawScatter } from './scatter-chart.ts';
import { drawTimeline, LANES_MAX } from './timeline-chart.ts';

export interface Figure {
  readonly kind: 'figure';
  readonly title: string;
  /** How it was measured: data, machine, rate, number of runs. Every figure has to say. */
  readonly conditions: string;
  /** What to see in it, in a sentence. */
  readonly note?: string;
  readonly chart: Chart;
  /** Takes half the width where the page is wide, beside another half. */
  readonly half?: boolean;
}

/** The figure as it stands in the page; `number` counts from 1. */
export function figureMarkup(figure: Figure, number: number, looksFor: LooksFor): Markup {
  const { chart, conditions, half, note, title } = figure;
  const looks = looksFor(chart);
  const layouts: readonly (readonly [Layout, string])[] = [
    [half === true ? HALF : WIDE, 'wide'],
    [NARROW, 'narrow'],
  ];
  return element(
    'figure',
    { class: half === true ? 'card half' : 'card', id: `figure-${number}` },
    element('h3', {}, title),
    note !== undefined && element('p', { class: 'lead' }, note),
    ...layouts.map(([layout, name]) =>
      picture(
        figure,
        layout,
        name,
        isEmpty(chart) ? emptyDrawing(layout) : draw(chart, layout, looks),
      ),
    ),
    element(
      'figcaption',
      {},
      element('b', {}, `Figure ${number}. `),
      element('span', {}, statedConditions(conditions, title)),
      ...leftOut(chart).map((text) => element('span', {}, ` ${text}`)),
    ),
    element(
      'details',
      {},
      element('summary', {}, 'The numbers'),
      dataTable(chartData(chart), title),
    ),
  );
}

/** Conditions as they are given; a measurement without them is refused. */
export function statedConditions(conditions: string, title: string): string {
  if (conditions.trim() !== '') return conditions;
  throw new DiffStreamError(
    'bad-argument',
    `'${nameText(title)}' does not say how it was measured: give its conditions`,
  );
}

function draw(chart: Chart, layout: Layout, looks: readonly Look[]): Drawing {
  if (chart.kind === 'lines') return drawLines(chart, layout, looks);
  if (chart.kind === 'scatter') return drawScatter(chart, layout, looks);
  if (chart.kind === 'bars') return drawBars(chart, layout, looks);
  if (chart.kind === 'distribution') return drawDistribution(chart, layout, looks);
  return drawTimeline(chart, layout);
}

// The name is an attribute: as a title element it would pop up over the values under the pointer.
function picture({ title, chart }: Figure, layout: Layout, name: string, drawing: Drawing): Markup {
  const { fontPx, width } = layout;
  return element(
    'svg',
    {
      ...{ class: name, role: 'img', 'aria-label': nameText(title) },
      viewBox: `0 0 ${width} ${coordinate(drawing.height)}`,
      'font-size': `${fontPx}px`,
    },
    element('desc', {}, description(chart)),
    ...drawing.content,
  );
}

function isEmpty(chart: Chart): boolean {
  if (chart.kind === 'bars') return chart.bars.length === 0;
  if (chart.kind === 'timeline') return chart.lanes.length === 0;
  if (chart.kind === 'distribution') {
    return chart.series.every(
      (one) => ('samples' in one ? one.samples : one.quantiles).length === 0,
    );
  }
  return chart.series.every(({ points }) => points.length === 0);
}

function emptyDrawing({ width, fontPx }: Layout): Drawing {
  const frame = { class: 'empty', x: 0.5, y: 0.5, width: width - 1, height: 79, rx: 6 };
  const place = { x: width / 2, y: 40 + fontPx * 0.35, 'text-anchor': 'middle' };
  return {
    height: 80,
    content: [element('rect', frame), element('text', place, 'There is nothing to show here.')],
  };
}

/** What there was too much of to draw, so that nobody takes a part for all. */
function leftOut(chart: Chart): string[] {
  const parts = (drawn: number, all: number, what: string): string[] =>
    all > drawn ? [`Drawn: ${drawn} of ${numberText('count', all)} ${what}.`] : [];
  if (chart.kind === 'timeline') return parts(LANES_MAX, chart.lanes.length, 'replicas');
  if (chart.kind === 'bars') {
    const names = parts(SERIES_MAX, chart.series?.length ?? 0, 'values of each');
    return parts(BARS_MAX, chart.bars.length, 'bars').concat(names);
  }
  const series = parts(SERIES_MAX, chart.series.length, 'series');
  if (chart.kind !== 'scatter') return series;
  const dots = chart.series.reduce((sum, { points }) => sum + points.length, 0);
  return parts(DOTS_MAX, dots, 'dots, evenly chosen').concat(series);
}

/** The picture in a sentence, for those who hear it. */
function description(chart: Chart): string {
  if (chart.kind === 'bars') {
    return `${chart.value.label} of ${chart.bars.length} things. The numbers are in the table.`;
  }
  if (chart.kind === 'timeline') {
    const counts = `${chart.lanes.length} replicas over time, with ${chart.faults.length} faults`;
    return `Status of ${counts}. Each is in the table.`;
  }
  const names = chart.series.map(({ name }) => nameText(name)).join(', ');
  if (chart.kind === 'distribution') {
    return `Distribution of ${chart.value.label}, for ${names}. Quantiles are in the table.`;
  }
  return `${chart.y.label} over ${chart.x.label}, for ${names}. The numbers are in the table.`;
}
