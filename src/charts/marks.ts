/** Marked places on an x-axis: labels above the plot while they fit, else numbers and a key. */
import type { Mark } from './chart.ts';
import { lineAt, textAt } from './drawing.ts';
import type { Layout } from './layout.ts';
import { element, type Markup } from './markup.ts';
import { spread } from './names.ts';
import { nameText } from './plain-text.ts';
import { fitted, textWidth } from './text-width.ts';

/** Rows of labels above a plot before they become numbers. */
const LABEL_ROWS_MAX = 3;
/** From a line to its label, in pixels. */
const LABEL_GAP = 5;
/** Room for a number in its circle, in pixels. */
const BADGE_PX = 18;

export interface PlacedMarks {
  /** Room needed above the plot. */
  readonly above: number;
  /** Room needed below the axis. */
  readonly below: number;
  /** Bands for what lasts, to be drawn below everything. */
  readonly under: (top: number, bottom: number) => readonly Markup[];
  /** Lines over the plot, with their labels above it. */
  readonly over: (top: number, bottom: number) => readonly Markup[];
  /** What the numbers stand for. */
  readonly key: (top: number) => readonly Markup[];
}

interface MarkPlace {
  readonly at: (value: number) => number | undefined;
  readonly left: number;
  readonly right: number;
  readonly layout: Layout;
  /** Writes where a mark is; without it the key holds labels alone. */
  readonly xText?: (value: number) => string;
}

interface OnPlot {
  readonly mark: Mark;
  readonly x: number;
  readonly endX: number | undefined;
  readonly text: string;
}

/** Finds a place for each mark that lies on the axis; the others are in the table alone. */
export function placeMarks(marks: readonly Mark[], place: MarkPlace): PlacedMarks {
  const { left, right, layout } = place;
  const limit = (x: number | undefined): number | undefined =>
    x === undefined ? undefined : Math.max(left, Math.min(right, x));
  const isInside = ({ at, until }: Mark): boolean => {
    const [x, endX] = [place.at(at), place.at(until ?? at)];
    if (x === undefined || endX === undefined) return false;
    return x <= right + 0.5 && Math.max(x, endX) >= left - 0.5;
  };
  const onPlot = marks
    .filter(isInside)
    .map((mark) => ({
      mark,
      x: limit(place.at(mark.at)),
      endX: mark.until === undefined ? undefined : limit(place.at(mark.until)),
      text: nameText(mark.label),
    }))
    .filter((mark): mark is OnPlot => mark.x !== undefined)
    .toSorted((a, b) => a.x - b.x);
  const none: readonly Markup[] = [];
  const nothing = { under: () => none, over: () => none, key: () => none };
  if (onPlot.length === 0) return { above: 0, below: 0, ...nothing };
  const rows = layout.narrow ? undefined : labelRows(onPlot, place);
  return rows === undefined ? asNumbers(onPlot, place) : asLabels(onPlot, rows, place);
}

interface LabelPlace {
  readonly row: number;
  readonly start: number;
  readonly end: number;
}

/**
 * A row for each label in which it touches no other and no line of another goes through it; none if
 * that takes too many rows. Lines end at their labels, so those at the left go above.
 */
function labelRows(
  marks: readonly OnPlot[],
  { right, layout }: MarkPlace,
): readonly LabelPlace[] | undefined {
  const places: (LabelPlace & { x: number })[] = [];
  for (const { x, text } of marks.toReversed()) {
    const width = textWidth(text, layout.fontPx);
    if (width > layout.width / 3) return undefined;
    const start = Math.min(x + LABEL_GAP, right + 12 - width);
    const end = start + width;
    const row = Array.from({ length: LABEL_ROWS_MAX }, (_, i) => i).find((candidate) =>
      places.every((other) => {
        const isCrossed = other.x > start - 3 && other.x < end + 3 && other.row >= candidate;
        const crosses = x > other.start - 3 && x < other.end + 3 && candidate >= other.row;
        const touches = other.row === candidate && start < other.end + 8 && end + 8 > other.start;
        return !isCrossed && !crosses && !touches;
      }),
    );
    if (row === undefined) return undefined;
    places.unshift({ row, start, end, x });
  }
  return places;
}

function asLabels(
  marks: readonly OnPlot[],
  places: readonly LabelPlace[],
  { layout }: MarkPlace,
): PlacedMarks {
  const rowHeight = layout.fontPx * 1.4;
  const rows = places.reduce((most, { row }) => Math.max(most, 1 + row), 1);
  return {
    above: rows * rowHeight,
    below: 0,
    under: (top, bottom) => bands(marks, top, bottom),
    over: (top, bottom) =>
      marks.map((mark, i) => {
        const { row = 0, start = mark.x } = places[i] ?? {};
        const y = top - 7 - row * rowHeight;
        const lineTop = start > mark.x ? y - layout.fontPx * 0.8 : y + 3;
        const label = textAt(mark.text, { x: start, y });
        return markLine(mark.x, lineTop, bottom, label);
      }),
    key: () => [],
  };
}

function asNumbers(marks: readonly OnPlot[], place: MarkPlace): PlacedMarks {
  const { left, right, layout, xText } = place;
  const { fontPx, width } = layout;
  const numbered = Math.min(marks.length, Math.floor((right - left) / BADGE_PX));
  const middles = spread(
    marks.slice(0, numbered).map((mark) => ({ at: mark.x, size: BADGE_PX })),
    Math.max(0, left - BADGE_PX / 2),
    Math.min(width, right + BADGE_PX / 2),
  );
  const columns = layout.narrow ? 1 : 2;
  const columnWidth = width / columns;
  const rowHeight = fontPx * 1.6;
  const texts = marks.slice(0, numbered).map(({ mark, text }) => {
    const when = xText === undefined ? '' : `${xText(mark.at)} · `;
    return when + fitted(text, columnWidth - 30 - textWidth(when, fontPx), fontPx);
  });
  if (numbered < marks.length) texts.push(`and ${marks.length - numbered} more, in the table`);
  const perColumn = Math.ceil(texts.length / columns);
  return {
    above: BADGE_PX + 10,
    below: perColumn * rowHeight,
    under: (top, bottom) => bands(marks, top, bottom),
    over: (top, bottom) =>
      marks.map((mark, i) => {
        const middle = middles[i];
        if (middle === undefined) return markLine(mark.x, top, bottom);
        const badgeY = top - BADGE_PX / 2 - 9;
        const lead = lineAt('cut', [middle, badgeY + BADGE_PX / 2 - 1, mark.x, top]);
        return markLine(mark.x, top, bottom, lead, badge(i + 1, middle, badgeY));
      }),
    key: (top) =>
      texts.map((text, i) => {
        const x = Math.floor(i / perColumn) * columnWidth;
        const y = top + (i % perColumn) * rowHeight + rowHeight / 2;
        const isMark = i < numbered;
        const at = { x: x + (isMark ? 24 : 0), y: y + fontPx * 0.35, className: 'name' };
        return element('g', {}, isMark && badge(i + 1, x + 9, y), textAt(text, at));
      }),
  };
}

function markLine(x: number, top: number, bottom: number, ...label: readonly Markup[]): Markup {
  return element('g', { class: 'fault' }, lineAt('cut', [x, top, x, bottom]), ...label);
}

/** How long those last that last. */
function bands(marks: readonly OnPlot[], top: number, bottom: number): Markup[] {
  return marks.flatMap(({ x, endX, text }) => {
    if (endX === undefined) return [];
    const size = { x, y: top, width: Math.max(1, endX - x), height: bottom - top };
    return [element('rect', { class: 'band', ...size }, element('title', {}, text))];
  });
}

/** A number in a circle. */
function badge(number: number, x: number, y: number): Markup {
  return element(
    'g',
    { class: 'badge' },
    element('circle', { cx: x, cy: y, r: 8 }),
    textAt(String(number), { x, y: y + 3.6, anchor: 'middle' }),
  );
}
