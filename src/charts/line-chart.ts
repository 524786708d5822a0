/** Lines: something over time, or cost over size, one line for each series. */
import { curveLinear, curveStepAfter, line } from 'd3-shape';
import { type LinesChart, type Point, type Series, SERIES_MAX } from './chart.ts';
import { dotAt, type Drawing } from './drawing.ts';
import { type Frame, frame } from './frame.ts';
import { guideLines } from './guides.ts';
import type { Layout } from './layout.ts';
import { element, type Markup } from './markup.ts';
import { endNames, legend, namesFit, namesWidth } from './names.ts';
import { numberText } from './number-text.ts';
import type { Look } from './palette.ts';
import { nameText } from './plain-text.ts';
import { READOUTS_MAX, readouts, type Slice } from './readout.ts';
import { hasPlace, scaleFor } from './scale.ts';
import { evenly, thinned } from './thinning.ts';

/** A series with what it takes to draw it. */
interface Drawn {
  readonly name: string;
  readonly emphasis: boolean;
  readonly look: Look;
  readonly points: readonly Point[];
}

/** Draws lines in one layout. */
export function drawLines(chart: LinesChart, layout: Layout, looks: readonly Look[]): Drawing {
  const series = chart.series.slice(0, SERIES_MAX).map((one, i) => drawn(one, looks[i]));
  const named = series.map(({ name, look, points }) => {
    const last = points.findLast(([, y]) => hasPlace(y))?.[1];
    return { name, look, remark: numberText(chart.y.unit, last) };
  });
  const atEnds = !layout.narrow && namesFit(named, layout.plotHeight, layout.fontPx);
  const top = legend(atEnds ? [] : named.map(({ name, look }) => ({ name, look })), 'line', layout);
  const guides = chart.guides ?? [];
  const xs = series
    .flatMap(({ points }) => points.map(([x]) => x))
    .concat((chart.marks ?? []).flatMap(({ at, until }) => [at, until ?? at]));
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  const f = frame({
    layout,
    top: top.height,
    rightPx: atEnds ? namesWidth(named, layout.fontPx) : 0,
    xLabel: chart.x.label,
    yLabel: chart.y.label,
    x: (room) => scaleFor({ ...chart.x, rounded: false }, xs, room),
    y: (room) =>
      scaleFor({ fromZero: true, ...chart.y }, [...ys, ...guides.map(({ at }) => at)], room),
    marks: chart.marks ?? [],
    xText: (value) => numberText(chart.x.unit, value),
  });
  const ends = named.flatMap(({ name, look, remark }, i) => {
    const end = endOf(series[i]?.points ?? [], f);
    return end === undefined ? [] : [{ name, look, remark, endY: end[1] }];
  });
  return {
    height: f.height,
    content: [
      ...top.content,
      ...f.content,
      ...guideLines(guides, f, layout),
      // What matters most is drawn last, so that nothing covers it.
      ...series
        .toSorted((a, b) => Number(a.emphasis) - Number(b.emphasis))
        .map((one) => seriesLine(one, f, chart)),
      ...(atEnds ? endNames(ends, { x: f.right, top: f.top, bottom: f.bottom, layout }) : []),
      layout.narrow
        ? undefined
        : readouts(slices(series, f, chart), { ...f, fontPx: layout.fontPx }),
    ].filter((part) => part !== undefined),
  };
}

function drawn({ name, emphasis, points }: Series, look: Look | undefined): Drawn {
  return {
    name,
    emphasis: emphasis ?? false,
    look: look ?? { className: 's0', dash: '', shape: 0 },
    points: thinned(points.filter(([x]) => hasPlace(x))),
  };
}

/** The last point of a line that has a place. */
function endOf(points: readonly Point[], f: Frame): readonly [number, number] | undefined {
  const last = points.findLast(([, y]) => hasPlace(y));
  const [x, y] = [f.x.at(last?.[0]), f.y.at(last?.[1])];
  return x === undefined || y === undefined ? undefined : [x, y];
}

function seriesLine(series: Drawn, f: Frame, chart: LinesChart): Markup {
  const place = line<Point>()
    .defined(([, y]) => hasPlace(y))
    .x(([x]) => f.x.at(x) ?? 0)
    .y(([, y]) => f.y.at(y) ?? 0)
    .curve(chart.stepped === true ? curveStepAfter : curveLinear)
    .digits(1);
  const { look, emphasis, points } = series;
  const path = place(points) ?? undefined;
  // Dashes would fall apart at every step.
  const dash = chart.stepped === true || look.dash === '' ? undefined : look.dash;
  const end = endOf(points, f);
  const few = points.length <= 24;
  const dotted = few ? points : points.filter((_, i) => isAlone(points, i));
  return element(
    'g',
    { class: emphasis ? `${look.className} strong` : look.className },
    element('path', { class: 'line', d: path, 'stroke-dasharray': dash }),
    ...dotted.map(([x, y]) => {
      const [atX, atY] = [f.x.at(x), f.y.at(y)];
      if (atX === undefined || atY === undefined) return undefined;
      return dotAt(atX, atY, { shape: look.shape, radiusPx: 3.5 });
    }),
    !few && end !== undefined && dotAt(end[0], end[1], { shape: look.shape }),
  );
}

/** A point between two gaps, which as a line would be nothing. */
function isAlone(points: readonly Point[], i: number): boolean {
  const isGap = (at: number): boolean => !hasPlace(points[at]?.[1]);
  return !isGap(i) && isGap(i - 1) && isGap(i + 1);
}

/** The values of all series at evenly chosen places of the x-axis. */
function slices(series: readonly Drawn[], f: Frame, chart: LinesChart): Slice[] {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))];
  const width = (f.right - f.left) / READOUTS_MAX;
  return evenly(
    xs.toSorted((a, b) => a - b),
    READOUTS_MAX,
  ).flatMap((x) => {
    const at = f.x.at(x);
    if (at === undefined) return [];
    const readings = series.flatMap(({ name, look, points }) => {
      const near = nearest(points, x);
      const [nearX, y] = [f.x.at(near?.[0]), f.y.at(near?.[1])];
      if (nearX === undefined || y === undefined || Math.abs(nearX - at) > width) return [];
      return [{ look, name: nameText(name), value: numberText(chart.y.unit, near?.[1]), y }];
    });
    const title = numberText(chart.x.unit, x);
    return readings.length === 0 ? [] : [{ x: at, title, readings }];
  });
}

function nearest(points: readonly Point[], x: number): Point | undefined {
  let best: Point | undefined;
  for (const point of points) {
    if (best === undefined || Math.abs(point[0] - x) < Math.abs(best[0] - x)) best = point;
  }
  return best;
}
