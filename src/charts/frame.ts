/** The frame of a chart with two axes: where the data goes, the grid, ticks and titles of axes. */
import { lineAt, textAt } from './drawing.ts';
import type { Mark } from './chart.ts';
import type { Layout } from './layout.ts';
import type { Markup } from './markup.ts';
import { placeMarks } from './marks.ts';
import type { Room, Scale, Tick } from './scale.ts';
import { fitted, textWidth } from './text-width.ts';

export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Scale;
  readonly y: Scale;
  /** Down to the title of the x-axis. */
  readonly height: number;
  readonly content: readonly Markup[];
}

export interface FrameOptions {
  readonly layout: Layout;
  /** Where the frame begins: below the legend, if there is one. */
  readonly top: number;
  /** Room at the right for names at the ends of lines. */
  readonly rightPx: number;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: (room: Room) => Scale;
  readonly y: (room: Room) => Scale;
  /** Places to mark on the x-axis, and how to write where they are. */
  readonly marks?: readonly Mark[];
  readonly xText?: (value: number) => string;
}

/** Lays out the axes; the data is drawn over its content. */
export function frame(options: FrameOptions): Frame {
  const { layout, top, rightPx, xLabel, yLabel } = options;
  const { fontPx, plotHeight, width } = layout;
  const ySize = { from: plotHeight, to: 0, ticksMax: layout.narrow ? 5 : 6 };
  const yTexts = options.y(ySize).ticks.map((tick) => textWidth(tick.text, fontPx));
  const left = 10 + Math.max(14, ...yTexts);
  const right = width - Math.max(layout.narrow ? 12 : 20, rightPx);
  const ticksMax = Math.max(3, Math.floor((right - left) / (layout.narrow ? 62 : 84)));
  const x = options.x({ from: left + 1, to: right, ticksMax });
  const marks = placeMarks(options.marks ?? [], { ...options, at: x.at, left, right });

  const plotTop = top + (yLabel === '' ? 8 : fontPx + 14) + marks.above;
  const bottom = plotTop + plotHeight;
  const y = options.y({ ...ySize, from: bottom, to: plotTop });
  const content: Markup[] = [
    ...marks.under(plotTop, bottom),
    ...yTicks(y, { left, right, bottom, layout }),
    ...marks.over(plotTop, bottom),
    lineAt('axis', [left, bottom, right, bottom]),
    ...xTicks(apart(x.ticks, fontPx), { bottom, layout }),
  ];
  if (yLabel !== '') {
    const text = fitted(yLabel, width - 4, fontPx);
    content.push(textAt(text, { x: 0, y: top + fontPx, className: 'name' }));
  }
  const axisEnd = bottom + fontPx + (xLabel === '' ? 14 : fontPx * 1.6 + 12);
  if (xLabel !== '') {
    const text = fitted(xLabel, width - left, fontPx);
    const isLong = textWidth(text, fontPx) > right - left;
    const at = isLong ? { x: left } : { x: right, anchor: 'end' as const };
    content.push(textAt(text, { ...at, y: axisEnd - 4, className: 'name' }));
  }
  for (const mark of marks.key(axisEnd + 6)) content.push(mark);
  const height = axisEnd + (marks.below === 0 ? 0 : marks.below + 6);
  return { left, right, top: plotTop, bottom, x, y, height, content };
}

function yTicks(
  y: Scale,
  { left, right, bottom, layout }: { left: number; right: number; bottom: number; layout: Layout },
): Markup[] {
  const content: Markup[] = [];
  for (const tick of y.ticks) {
    if (Math.abs(tick.at - bottom) > 0.5)
      content.push(lineAt('grid', [left, tick.at, right, tick.at]));
    const at = { x: left - 8, y: tick.at + layout.fontPx * 0.35, anchor: 'end' } as const;
    content.push(textAt(tick.text, at));
  }
  return content;
}

function xTicks(ticks: readonly Tick[], place: { bottom: number; layout: Layout }): Markup[] {
  const { bottom, layout } = place;
  return ticks.flatMap((tick) => {
    // A label at the edge moves in as far as it has to.
    const half = textWidth(tick.text, layout.fontPx) / 2;
    const x = Math.max(half, Math.min(tick.at, layout.width - half));
    const text = { x, y: bottom + layout.fontPx + 8, anchor: 'middle' } as const;
    return [lineAt('axis', [tick.at, bottom, tick.at, bottom + 5]), textAt(tick.text, text)];
  });
}

/** The ticks whose labels have room beside each other: all, or every second, third, … */
export function apart(ticks: readonly Tick[], fontPx: number): readonly Tick[] {
  for (let every = 1; every < ticks.length; every++) {
    const some = ticks.filter((_, i) => i % every === 0);
    const fits = some.every((tick, i) => {
      const next = some[i + 1];
      if (next === undefined) return true;
      const widths = textWidth(tick.text, fontPx) + textWidth(next.text, fontPx);
      return Math.abs(next.at - tick.at) >= widths / 2 + 8;
    });
    if (fits) return some;
  }
  return ticks.slice(0, 1);
}
