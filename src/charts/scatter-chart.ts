/** Dots: two measures of many things, such as the ratio against the size of a change. */
import { type Point, type ScatterChart, SERIES_MAX } from './chart.ts';
import { dotAt, type Drawing } from './drawing.ts';
import { type Frame, frame } from './frame.ts';
import { guideLines } from './guides.ts';
import type { Layout } from './layout.ts';
import { element } from './markup.ts';
import { legend } from './names.ts';
import { numberText } from './number-text.ts';
import { look, type Look } from './palette.ts';
import { nameText } from './plain-text.ts';
import { hasPlace, scaleFor } from './scale.ts';
import { evenly } from './thinning.ts';

/** Most dots drawn in one chart; those that cover each other count once. */
export const DOTS_MAX = 2000;
/** Up to this many dots of a series say what they are when the pointer rests on them. */
const LABELLED_DOTS_MAX = 120;

/** Draws dots in one layout. */
export function drawScatter(chart: ScatterChart, layout: Layout, looks: readonly Look[]): Drawing {
  const series = chart.series.slice(0, SERIES_MAX).map(({ name, points }, i) => ({
    name,
    look: looks[i] ?? look(i),
    points: points.filter(([x, y]) => hasPlace(x) && hasPlace(y)),
  }));
  const top = series.length > 1 ? legend(series, 'dot', layout) : { height: 0, content: [] };
  const guides = chart.guides ?? [];
  const xs = series.flatMap(({ points }) => points.map(([x]) => x));
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  const f = frame({
    layout,
    top: top.height,
    rightPx: 0,
    xLabel: chart.x.label,
    yLabel: chart.y.label,
    x: (room) => scaleFor({ fromZero: false, ...chart.x }, xs, room),
    y: (room) =>
      scaleFor({ fromZero: true, ...chart.y }, [...ys, ...guides.map(({ at }) => at)], room),
  });
  const share = Math.floor(DOTS_MAX / Math.max(1, series.length));
  return {
    height: f.height,
    content: [
      ...top.content,
      ...f.content,
      ...series.map(({ name, look: { className, shape }, points }) => {
        const dots = evenly(uncovered(points, f), share);
        const isLabelled = dots.length <= LABELLED_DOTS_MAX && !layout.narrow;
        return element(
          'g',
          { class: `${className} dots` },
          ...dots.map(([x, y]) => {
            const [atX, atY] = [f.x.at(x) ?? 0, f.y.at(y) ?? 0];
            const values = `${numberText(chart.x.unit, x)}, ${numberText(chart.y.unit, y)}`;
            const label = isLabelled ? { label: `${nameText(name)}: ${values}` } : {};
            return dotAt(atX, atY, { shape, radiusPx: dots.length > 300 ? 2.5 : 3.5, ...label });
          }),
        );
      }),
      // Over the dots, which are many where a guide is of interest.
      ...guideLines(guides, f, layout),
    ],
  };
}

/** The dots without those that lie over another to the pixel. */
function uncovered(points: readonly Point[], f: Frame): readonly Point[] {
  const pixels = new Set<string>();
  return points.filter(([x, y]) => {
    const pixel = `${Math.round(f.x.at(x) ?? 0)} ${Math.round(f.y.at(y) ?? 0)}`;
    const isNew = !pixels.has(pixel);
    pixels.add(pixel);
    return isNew;
  });
}
