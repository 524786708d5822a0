/** The values under the pointer. Drawn beforehand, shown by the style sheet: no script needed. */
import { dotAt, lineAt, textAt } from './drawing.ts';
import { element, type Markup } from './markup.ts';
import type { Look } from './palette.ts';
import { textWidth } from './text-width.ts';

/** Most places along the x-axis that have a readout: each costs the page about half a kilobyte. */
export const READOUTS_MAX = 36;

interface Reading {
  readonly look: Look;
  readonly name: string;
  readonly value: string;
  readonly y: number;
}

/** What is read at one place along the x-axis. */
export interface Slice {
  readonly x: number;
  readonly title: string;
  readonly readings: readonly Reading[];
}

interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly fontPx: number;
}

/** Slices of the plot that show their values while the pointer is over them. */
export function readouts(slices: readonly Slice[], area: Area): Markup {
  const order = slices.toSorted((a, b) => a.x - b.x);
  const content = order.map((slice, i) => {
    const before = order[i - 1];
    const after = order[i + 1];
    const from = before === undefined ? area.left : (before.x + slice.x) / 2;
    const to = after === undefined ? area.right : (after.x + slice.x) / 2;
    const { top, bottom } = area;
    const hit = {
      class: 'hit',
      x: from,
      y: top,
      width: Math.max(1, to - from),
      height: bottom - top,
    };
    return element('g', { class: 'slice' }, element('rect', hit), box(slice, area));
  });
  return element('g', { class: 'readouts' }, ...content);
}

function box(slice: Slice, area: Area): Markup {
  const { fontPx, top, bottom, left, right } = area;
  const readings = slice.readings.toSorted((a, b) => a.y - b.y);
  const widths = readings.map(({ name, value }) => textWidth(`${name}${value}`, fontPx) + 16);
  const width = Math.max(textWidth(slice.title, fontPx), ...widths) + 36;
  const lineHeight = fontPx * 1.45;
  const height = (readings.length + 1) * lineHeight + 10;
  const isLeft = slice.x + 12 + width > right;
  const x = Math.max(left, isLeft ? slice.x - 12 - width : slice.x + 12);
  const first = top + 6 + lineHeight * 0.8;
  return element(
    'g',
    { class: 'tip' },
    lineAt('axis', [slice.x, top, slice.x, bottom]),
    ...readings.map(({ look, y }) =>
      element('g', { class: look.className }, dotAt(slice.x, y, { shape: 0, radiusPx: 3.5 })),
    ),
    element('rect', { x, y: top + 2, width, height, rx: 5 }),
    textAt(slice.title, { x: x + 10, y: first + 2, className: 'title' }),
    ...readings.map(({ look, name, value }, i) => {
      const y = first + (i + 1) * lineHeight;
      return element(
        'g',
        { class: look.className },
        dotAt(x + 15, y - fontPx * 0.33, { shape: look.shape, radiusPx: 3.5 }),
        textAt(name, { x: x + 25, y }),
        textAt(value, { x: x + width - 11, y, anchor: 'end', className: 'own' }),
      );
    }),
  );
}
