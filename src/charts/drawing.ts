/** What all drawings share: text, lines, dots, and the title of a thing under the pointer. */
import { element, type Markup } from './markup.ts';

/** A finished drawing; its width is that of its layout. */
export interface Drawing {
  readonly height: number;
  readonly content: readonly Markup[];
}

interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly className?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** A line of text whose baseline is at `y`. */
export function textAt(text: string, { x, y, className, anchor }: TextPlace): Markup {
  return element('text', { x, y, class: className, 'text-anchor': anchor }, text);
}

/** A straight line. */
export function lineAt(
  className: string,
  [x1, y1, x2, y2]: readonly [number, number, number, number],
): Markup {
  return element('line', { class: className, x1, y1, x2, y2 });
}

/** Shapes of about the same area around a point: circle, square, triangle, diamond, and more. */
const SHAPES: readonly ((r: number) => string)[] = [
  (r) => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`,
  (r) => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (r) => `M0,${-1.3 * r}L${1.25 * r},${r}H${-1.25 * r}z`,
  (r) => `M0,${-1.4 * r}L${1.4 * r},0L0,${1.4 * r}L${-1.4 * r},0z`,
  (r) => `M0,${1.3 * r}L${1.25 * r},${-r}H${-1.25 * r}z`,
  (r) => `M${-1.5 * r},${-0.6 * r}h${3 * r}v${1.2 * r}h${-3 * r}z`,
  (r) => `M${-0.6 * r},${-1.5 * r}h${1.2 * r}v${3 * r}h${-1.2 * r}z`,
  (r) => `M${-r},${-r}L${r},0L${-r},${r}z`,
];

/** A dot in the shape of a series; `label` shows when the pointer rests on it. */
export function dotAt(
  x: number,
  y: number,
  { shape, radiusPx = 4, label }: { shape: number; radiusPx?: number; label?: string },
): Markup {
  const path = SHAPES[shape % SHAPES.length] ?? SHAPES[0];
  const title = label === undefined ? undefined : element('title', {}, label);
  const transform = `translate(${Math.round(x * 10) / 10},${Math.round(y * 10) / 10})`;
  return element('path', { class: 'dot', transform, d: path?.(radiusPx) }, title);
}
