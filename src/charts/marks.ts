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
/** Room for a number in its circle, in pixels. */
const BADGE_PX = 18;

export interface PlacedMarks {
  /** Room needed above the plot. */
  readonly above: number;
  /** Room needed below the axis. */
  readonly below: number;
  /** Lines and bands over the plot, with their labels above it. */
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

/** Finds a place for each mark that lies on the axis. */
export function placeMarks(marks: readonly Mark[], place: MarkPlace): PlacedMarks {
  const { left, right, layout } = place;
  const limit = (x: number | undefined): number | undefined =>
    x === undefined ? undefined : Math.max(left, Math.min(right, x));
  const onPlot = marks
    .map((mark) => ({
      mark,
      x: limit(place.at(mark.at)),
      endX: mark.until === undefined ? undefined : limit(place.at(mark.until)),
      text: nameText(mark.label),
    }))
    .filter((mark): mark is OnPlot => mark.x !== undefined)
    .toSorted((a, b) => a.x - b.x);
  const none: readonly Markup[] = [];
  if (onPlot.length === 0) return { above: 0, below: 0, over: () => none, key: () => none };
  const rows = layout.narrow ? undefined : labelRows(onPlot, place);
  return rows === undefined ? asNumbers(onPlot, place) : asLabels(onPlot, rows, place);
}

interface LabelPlace {
  readonly row: number;
  readonly start: number;
}

/** A row for each label in which it touches no other; none if that takes too many. */
function labelRows(
  marks: readonly OnPlot[],
  { right, layout }: MarkPlace,
): readonly LabelPlace[] | undefined {
  const ends = Array.from({ length: LABEL_ROWS_MAX }, () => Number.NEGATIVE_INFINITY);
  const places: LabelPlace[] = [];
  for (const mark of marks) {
    const width = textWidth(mark.text, layout.fontPx);
    const start = Math.min(mark.x, right - width);
    const row = ends.findIndex((end) => end <= start);
    if (row < 0 || width > layout.width / 3) return undefined;
    ends[row] = start + width + 12;
    places.push({ row, start });
  }
  return places;
}

function asLabels(
  marks: readonly OnPlot[],
  places: readonly LabelPlace[],
  { layout }: MarkPlace,
): PlacedMarks {
  const rowHeight = layout.fontPx * 1.35;
  const rows = 1 + Math.max(...places.map(({ row }) => row));
  return {
    above: rows * rowHeight + 2,
    below: 0,
    over: (top, bottom) =>
      marks.map((mark, i) => {
        const { row = 0, start = mark.x } = places[i] ?? {};
        const y = top - 6 - row * rowHeight;
        return markOver(mark, [y + 2, bottom], textAt(mark.text, { x: start, y }));
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
    left - BADGE_PX / 2,
    right + BADGE_PX / 2,
  );
  const columns = layout.narrow ? 1 : 2;
  const columnWidth = width / columns;
  const rowHeight = fontPx * 1.6;
  const texts = marks.slice(0, numbered).map(({ mark, text }) => {
    const when = xText === undefined ? '' : ` · ${xText(mark.at)}`;
    return fitted(text, columnWidth - 30 - textWidth(when, fontPx), fontPx) + when;
  });
  if (numbered < marks.length) texts.push(`and ${marks.length - numbered} more, in the table`);
  const perColumn = Math.ceil(texts.length / columns);
  return {
    above: BADGE_PX + 10,
    below: perColumn * rowHeight,
    over: (top, bottom) =>
      marks.map((mark, i) => {
        const middle = middles[i];
        if (middle === undefined) return markOver(mark, [top, bottom]);
        const badgeY = top - BADGE_PX / 2 - 9;
        const lead = lineAt('cut', [middle, badgeY + BADGE_PX / 2 - 1, mark.x, top]);
        return markOver(mark, [top, bottom], lead, badge(i + 1, middle, badgeY));
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

/** The line of a mark, and the band of one that lasts. */
function markOver(
  { mark, x, endX, text }: OnPlot,
  [top, bottom]: readonly [number, number],
  ...label: readonly Markup[]
): Markup {
  const band =
    endX !== undefined &&
    element(
      'rect',
      { class: 'band', x, y: top, width: Math.max(1, endX - x), height: bottom - top },
      element('title', {}, text),
    );
  const isNew = mark.until === undefined || endX !== x;
  return element(
    'g',
    { class: 'fault' },
    band,
    isNew && lineAt('cut', [x, top, x, bottom]),
    ...label,
  );
}

/** A number in a circle. */
export function badge(number: number, x: number, y: number): Markup {
  return element(
    'g',
    { class: 'badge' },
    element('circle', { cx: x, cy: y, r: 8 }),
    textAt(String(number), { x, y: y + 3.6, anchor: 'middle' }),
  );
}
