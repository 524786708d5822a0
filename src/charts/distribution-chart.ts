/** Distributions: which share of all is at most how much, with room for the rare and slow ones. */
import { curveLinear, line } from 'd3-shape';
import { type DistributionChart, SERIES_MAX } from './chart.ts';
import { dotAt, type Drawing, lineAt } from './drawing.ts';
import { type Frame, frame } from './frame.ts';
import type { Layout } from './layout.ts';
import { element, type Markup } from './markup.ts';
import { legend } from './names.ts';
import { numberText } from './number-text.ts';
import { look, type Look } from './palette.ts';
import { nameText } from './plain-text.ts';
import { knownValues, ninesScale, type Quantile, quantileOf, tellingValues } from './quantiles.ts';
import { scaleFor } from './scale.ts';

/** Quantiles with a dot on the line; read in the report as p50 and p99. */
const DOTTED_SHARES: readonly number[] = [0.5, 0.99];

interface Drawn {
  readonly name: string;
  readonly remark: string;
  readonly emphasis: boolean;
  readonly look: Look;
  readonly values: readonly Quantile[];
  readonly dots: readonly Quantile[];
}

/** Draws distributions in one layout. */
export function drawDistribution(
  chart: DistributionChart,
  layout: Layout,
  looks: readonly Look[],
): Drawing {
  const { unit } = chart.value;
  const series = chart.series.slice(0, SERIES_MAX).map((one, i): Drawn => {
    const dots = DOTTED_SHARES.flatMap((share): Quantile[] => {
      const value = quantileOf(one, share);
      return value === undefined ? [] : [[share, value]];
    });
    const remarks = dots.map(([share, value]) => `p${share * 100} ${numberText(unit, value)}`);
    return {
      name: one.name,
      remark: remarks.join(', '),
      emphasis: one.emphasis ?? false,
      look: looks[i] ?? look(i),
      values: tellingValues(knownValues(one)),
      dots,
    };
  });
  const top = legend(series, 'line', layout);
  const all = series.flatMap(({ values }) => values);
  const f = frame({
    layout,
    top: top.height,
    rightPx: 0,
    xLabel: chart.value.label,
    yLabel: 'Share of all that is at most this',
    x: (room) =>
      scaleFor(
        { scale: 'log', ...chart.value },
        all.map(([, value]) => value),
        room,
      ),
    y: (room) => ninesScale(all, room),
  });
  return {
    height: f.height,
    content: [
      ...top.content,
      ...f.content,
      ...series
        .toSorted((a, b) => Number(a.emphasis) - Number(b.emphasis))
        .map((one) => distributionLine(one, f, unit)),
    ],
  };
}

function distributionLine(
  { name, look: { className, dash, shape }, emphasis, values, dots }: Drawn,
  f: Frame,
  unit: DistributionChart['value']['unit'],
): Markup {
  const place = line<Quantile>()
    .x(([, value]) => f.x.at(value) ?? 0)
    .y(([share]) => f.y.at(Math.min(share, 1)) ?? 0)
    .curve(curveLinear)
    .digits(1);
  return element(
    'g',
    { class: emphasis ? `${className} strong` : className },
    element('path', {
      class: 'line',
      d: place(values) ?? undefined,
      'stroke-dasharray': dash || undefined,
    }),
    ...dots.map(([share, value]) => {
      const [x, y] = [f.x.at(value) ?? 0, f.y.at(share) ?? 0];
      const label = `${nameText(name)}: p${share * 100} is ${numberText(unit, value)}`;
      return element(
        'g',
        {},
        share === 0.99 && lineAt('leader', [x, y, x, f.bottom]),
        dotAt(x, y, { shape, label }),
      );
    }),
  );
}
