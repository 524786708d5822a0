/** Names of series: at the ends of their lines where there is room, else in a legend above. */
import { dotAt, lineAt, textAt } from './drawing.ts';
import type { Layout } from './layout.ts';
import { element, type Markup } from './markup.ts';
import type { Look } from './palette.ts';
import { nameText } from './plain-text.ts';
import { fitted, textWidth } from './text-width.ts';

/** Widest column for names at the right, in pixels. */
const NAMES_WIDTH_MAX = 190;
/** From a line's end to its name, in pixels. */
const NAME_GAP = 14;

export interface Named {
  readonly name: string;
  readonly look: Look;
  /** Behind the name: the last value, a quantile. */
  readonly remark?: string;
}

/** Room the names need at the right of the plot. */
export function namesWidth(names: readonly Named[], fontPx: number): number {
  const widest = Math.max(
    0,
    ...names.flatMap(({ name, remark }) => [
      textWidth(nameText(name), fontPx * 1.06),
      textWidth(remark ?? '', fontPx),
    ]),
  );
  return NAME_GAP + 2 + Math.min(NAMES_WIDTH_MAX, widest);
}

/** Whether all names find a place one below the other. */
export function namesFit(names: readonly Named[], heightPx: number, fontPx: number): boolean {
  return names.reduce((sum, name) => sum + nameHeight(name, fontPx), 0) <= heightPx;
}

function nameHeight(name: Named, fontPx: number): number {
  return (name.remark === undefined ? 1 : 2) * fontPx * 1.25 + 5;
}

/** Names beside the ends of their lines, moved apart where these come close. */
export function endNames(
  names: readonly (Named & { readonly endY: number })[],
  place: { x: number; top: number; bottom: number; layout: Layout },
): Markup[] {
  const { fontPx, width } = place.layout;
  const order = names.toSorted((a, b) => a.endY - b.endY);
  const middles = spread(
    order.map((name) => ({ at: name.endY, size: nameHeight(name, fontPx) })),
    place.top - fontPx,
    place.bottom + 4,
  );
  return order.map((name, i) => {
    const y = middles[i] ?? name.endY;
    const x = place.x + NAME_GAP;
    const first = y + fontPx * (name.remark === undefined ? 0.35 : -0.22);
    const room = width - x;
    const lead = [place.x + 3, name.endY, x - 3, y] as const;
    return element(
      'g',
      { class: name.look.className },
      Math.abs(y - name.endY) > 2 && lineAt('leader', lead),
      textAt(fitted(nameText(name.name), room, fontPx * 1.06), { x, y: first, className: 'own' }),
      name.remark !== undefined &&
        textAt(fitted(name.remark, room, fontPx), { x, y: first + fontPx * 1.25 }),
    );
  });
}

/**
 * Middles of things of some size, in order, none over another, each as near to where it wants to be
 * as the others allow.
 */
export function spread(
  wanted: readonly { readonly at: number; readonly size: number }[],
  low: number,
  high: number,
): number[] {
  interface Group {
    start: number;
    size: number;
    count: number;
  }
  const within = (start: number, size: number): number =>
    Math.max(low, Math.min(start, high - size));
  const groups: Group[] = [];
  for (const { at, size } of wanted) {
    let group: Group = { start: within(at - size / 2, size), size, count: 1 };
    for (let last = groups.at(-1); last !== undefined; last = groups.at(-1)) {
      if (last.start + last.size <= group.start) break;
      groups.pop();
      const middles =
        (last.start + last.size / 2) * last.count + (group.start + group.size / 2) * group.count;
      const count = last.count + group.count;
      const whole = last.size + group.size;
      group = { start: within(middles / count - whole / 2, whole), size: whole, count };
    }
    groups.push(group);
  }
  let member = 0;
  return groups.flatMap((group) => {
    let start = group.start;
    return Array.from({ length: group.count }, () => {
      const size = wanted[member++]?.size ?? 0;
      start += size;
      return start - size / 2;
    });
  });
}

/** What a sample of a series in the legend looks like. */
export type Sample = 'line' | 'dot' | 'box';

/** Rows of samples with their names, above the plot. */
export function legend(
  names: readonly Named[],
  sample: Sample,
  layout: Layout,
): { height: number; content: Markup[] } {
  const { fontPx, width } = layout;
  const sampleWidth = sample === 'line' ? 26 : 12;
  const rowHeight = fontPx * 1.75;
  let [x, row] = [0, 0];
  const content = names.map(({ name, remark, look }) => {
    const extra = remark === undefined ? '' : ` ${remark}`;
    const room = width - sampleWidth - 8 - textWidth(extra, fontPx);
    const text = fitted(nameText(name), room, fontPx);
    const needed = sampleWidth + 8 + textWidth(text + extra, fontPx);
    if (x > 0 && x + needed > width) [x, row] = [0, row + 1];
    const y = row * rowHeight + fontPx * 0.9;
    const at = x;
    x += needed + 16;
    return element(
      'g',
      { class: look.className },
      ...sampleOf(sample, look, at, y - fontPx * 0.33),
      textAt(text, { x: at + sampleWidth + 7, y, className: 'name' }),
      extra !== '' && textAt(extra, { x: at + sampleWidth + 7 + textWidth(text, fontPx), y }),
    );
  });
  return { height: names.length === 0 ? 0 : (row + 1) * rowHeight + 2, content };
}

function sampleOf(sample: Sample, look: Look, x: number, y: number): Markup[] {
  const { dash, shape } = look;
  if (sample === 'box')
    return [element('rect', { class: 'bar', x, y: y - 6, width: 12, height: 12 })];
  if (sample === 'dot') return [dotAt(x + 6, y, { shape })];
  const path = `M${Math.round(x)},${Math.round(y)}h26`;
  return [
    element('path', { class: 'line', d: path, 'stroke-dasharray': dash || undefined }),
    dotAt(x + 13, y, { shape, radiusPx: 3.5 }),
  ];
}
