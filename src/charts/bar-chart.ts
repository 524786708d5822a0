/** Horizontal bars: a few things side by side, each with its name and its value. */
import { type Bar, type BarsChart, SERIES_MAX } from './chart.ts';
import { dotAt, type Drawing, lineAt, textAt } from './drawing.ts';
import { apart } from './frame.ts';
import type { Layout } from './layout.ts';
import { element, type Markup } from './markup.ts';
import { legend } from './names.ts';
import { numberText } from './number-text.ts';
import { look, type Look } from './palette.ts';
import { nameText } from './plain-text.ts';
import { hasPlace, type Scale, scaleFor } from './scale.ts';
import { fitted, textWidth, wrapped } from './text-width.ts';

/** Most bars drawn in one chart. The others are in the table. */
export const BARS_MAX = 40;
/** Widest column of names, as a share of the drawing. */
const NAMES_SHARE_MAX = 0.3;
/** Thickness of one bar, and from one thing to the next, in pixels. */
const THICKNESS = { one: 20, oneOfMany: 13 } as const;
const GAP = { wide: 14, narrow: 12 } as const;

interface Row {
  readonly bar: Bar;
  readonly looks: readonly Look[];
  readonly lines: readonly string[];
}

/** Draws bars in one layout. */
export function drawBars(chart: BarsChart, layout: Layout, looks: readonly Look[]): Drawing {
  const { fontPx, width, narrow } = layout;
  const names = (chart.series ?? []).slice(0, SERIES_MAX);
  const isGrouped = names.length > 1;
  const nameWidthMax = narrow ? width : width * NAMES_SHARE_MAX;
  const shown = chart.bars.map((bar, i) => ({
    bar,
    looks: isGrouped ? looks : [looks[i] ?? look(0)],
    lines: wrapped(nameText(bar.label), { widthMaxPx: nameWidthMax, fontPx, linesMax: 2 }),
  }));
  const rows = (chart.ranked === true ? shown.toSorted(byFirstValue) : shown).slice(0, BARS_MAX);
  const top = isGrouped
    ? legend(
        names.map((name, i) => ({ name, look: looks[i] ?? look(i) })),
        'box',
        layout,
      )
    : { height: 0, content: [] };

  const values = rows.flatMap(({ bar }) => bar.values);
  const texts = values.map((value) => textWidth(numberText(chart.value.unit, value), fontPx) + 10);
  const valueRoom = Math.max(40, ...texts);
  const hasNegative = values.some((value) => hasPlace(value) && value < 0);
  const nameWidth = Math.max(
    0,
    ...rows.flatMap((row) => row.lines.map((l) => textWidth(l, fontPx))),
  );
  const left = (narrow ? 1 : nameWidth + 14) + (hasNegative ? valueRoom : 0);
  const right = width - valueRoom;
  const guides = (chart.guides ?? []).map(({ at }) => at);
  const x = scaleFor({ fromZero: true, ...chart.value }, [...values, ...guides], {
    from: left,
    to: right,
    ticksMax: Math.max(2, Math.floor((right - left) / 90)),
  });

  const isLog = chart.value.scale === 'log';
  const thickness = isGrouped ? THICKNESS.oneOfMany : THICKNESS.one;
  const content: Markup[] = [];
  let y = top.height + 6;
  for (const row of rows) {
    const count = isGrouped ? names.length : 1;
    const bars = count * (thickness + 2) - 2;
    const textHeight = row.lines.length * fontPx * 1.25;
    const height = narrow ? textHeight + 3 + bars : Math.max(textHeight, bars);
    const barsTop = narrow ? y + textHeight + 3 : y + (height - bars) / 2;
    const lines = nameLines(row, { left, y, height, layout, nameWidth });
    for (const line of lines) content.push(line);
    for (let i = 0; i < count; i++) {
      const place = { y: barsTop + i * (thickness + 2), thickness, fontPx, isLog };
      const name = isGrouped
        ? `${nameText(row.bar.label)}, ${nameText(names[i] ?? '')}`
        : row.bar.label;
      content.push(barMark(row, i, { ...place, x, name: nameText(name), unit: chart.value.unit }));
    }
    y += height + (narrow ? GAP.narrow : GAP.wide);
  }
  const axis = barAxis(x, { chart, top: top.height, bottom: y - 4, left, right, layout });
  return { height: axis.height, content: [...top.content, ...axis.content, ...content] };
}

function byFirstValue(a: Row, b: Row): number {
  const size = ({ bar }: Row): number => {
    const value = bar.values[0];
    return hasPlace(value) ? value : Number.NEGATIVE_INFINITY;
  };
  const [sizeA, sizeB] = [size(a), size(b)];
  return sizeA === sizeB ? 0 : sizeB - sizeA;
}

function nameLines(
  { bar, lines }: Row,
  place: { left: number; y: number; height: number; layout: Layout; nameWidth: number },
): Markup[] {
  const { fontPx, narrow } = place.layout;
  const className = bar.emphasis === true ? 'own on' : 'name on';
  const first = narrow
    ? place.y + fontPx
    : place.y + place.height / 2 - ((lines.length - 1) * fontPx * 1.25) / 2 + fontPx * 0.35;
  return lines.map((line, i) => {
    const y = first + i * fontPx * 1.25;
    if (narrow) return textAt(line, { x: 0, y, className });
    return textAt(line, { x: place.nameWidth, y, className, anchor: 'end' });
  });
}

interface BarPlace {
  readonly x: Scale;
  readonly y: number;
  readonly thickness: number;
  readonly fontPx: number;
  readonly isLog: boolean;
  readonly name: string;
  readonly unit: BarsChart['value']['unit'];
}

/** A bar from zero, or on a log axis a dot on a thread, with its value behind it. */
function barMark(row: Row, i: number, place: BarPlace): Markup {
  const { x, thickness, fontPx, isLog, unit } = place;
  const value = row.bar.values[i];
  const base = isLog ? (x.zeroAt ?? x.ticks[0]?.at ?? 0) : (x.at(0) ?? 0);
  const end = x.at(value);
  const middle = place.y + thickness / 2;
  const text = numberText(unit, value);
  const isNegative = hasPlace(value) && value < 0 && !isLog;
  const valueAt = {
    x: (end ?? base) + (isNegative ? -6 : isLog ? 10 : 6),
    y: middle + fontPx * 0.35,
    className: end === undefined ? undefined : 'name',
    anchor: isNegative ? 'end' : 'start',
  } as const;
  const { className, shape } = row.looks[i] ?? look(i);
  const from = Math.min(base, end ?? base);
  const size = { x: from, y: place.y, width: Math.abs((end ?? base) - base), height: thickness };
  const title = element('title', {}, `${place.name}: ${text}`);
  return element(
    'g',
    { class: className },
    end !== undefined && isLog && lineAt('thread', [base, middle, end, middle]),
    end !== undefined && isLog && dotAt(end, middle, { shape, radiusPx: 5 }),
    end !== undefined && !isLog && element('rect', { class: 'bar', rx: 2, ...size }, title),
    textAt(end === undefined ? 'not measured' : text, {
      x: valueAt.x,
      y: valueAt.y,
      anchor: valueAt.anchor,
      ...(valueAt.className === undefined ? {} : { className: valueAt.className }),
    }),
  );
}

interface AxisPlace {
  readonly chart: BarsChart;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly layout: Layout;
}

function barAxis(x: Scale, place: AxisPlace): { height: number; content: Markup[] } {
  const { chart, top, bottom, layout } = place;
  const { fontPx, width } = layout;
  const content: Markup[] = [];
  const base = chart.value.scale === 'log' ? undefined : x.at(0);
  for (const tick of x.ticks) {
    const isBase = base !== undefined && Math.abs(tick.at - base) < 0.5;
    // Where names stand above the bars, a line would run through their first letters.
    if (isBase && layout.narrow && tick.at < 2) continue;
    content.push(lineAt(isBase ? 'axis' : 'grid', [tick.at, top, tick.at, bottom]));
  }
  for (const tick of apart(x.ticks, fontPx)) {
    const half = textWidth(tick.text, fontPx) / 2;
    const at = Math.max(half, Math.min(tick.at, width - half));
    content.push(textAt(tick.text, { x: at, y: bottom + fontPx + 4, anchor: 'middle' }));
  }
  for (const guide of chart.guides ?? []) {
    const at = x.at(guide.at);
    if (at === undefined) continue;
    content.push(lineAt('guide', [at, top - 2, at, bottom]));
    const text = fitted(nameText(guide.label), width / 2, fontPx);
    const isRight = at + textWidth(text, fontPx) + 6 > width;
    const y = bottom + 2.4 * fontPx + 4;
    const anchor = isRight ? 'end' : 'start';
    content.push(textAt(text, { x: at, y, anchor, className: 'on' }));
  }
  const guideHeight = (chart.guides?.length ?? 0) > 0 ? fontPx * 1.4 : 0;
  const label = fitted(chart.value.label, width - 4, fontPx);
  const height = bottom + guideHeight + fontPx * 2.6 + 10;
  const start = Math.max(0, Math.min(place.left, width - textWidth(label, fontPx)));
  content.push(textAt(label, { x: start, y: height - 5, className: 'name' }));
  return { height, content };
}
