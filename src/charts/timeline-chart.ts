/** Timelines: how each replica stood over time, with what was done to it marked. */
import type { Lane, LaneStatus, Span, TimelineChart } from './chart.ts';
import { type Drawing, lineAt, textAt } from './drawing.ts';
import { apart } from './frame.ts';
import type { Layout } from './layout.ts';
import { element, type Markup } from './markup.ts';
import { placeMarks } from './marks.ts';
import { numberText } from './number-text.ts';
import { nameText } from './plain-text.ts';
import { type Room, type Scale, scaleFor } from './scale.ts';
import { fitted, textWidth } from './text-width.ts';

/** Most lanes drawn in one chart. The others are in the table. */
export const LANES_MAX = 40;
/** Spans of one lane beyond which only the worst of each pixel is drawn. */
const SPANS_MAX = 300;
const LANE_PX = 26;

/**
 * From calm to bad, with the share of its lane that each fills: trouble is taller, so that it shows
 * without colours too.
 */
const STATUSES: readonly (readonly [LaneStatus, share: number])[] = [
  ['closed', 0.12],
  ['live', 0.34],
  ['connecting', 0.34],
  ['catching-up', 0.62],
  ['stale', 0.8],
  ['conflict', 1],
];

/** Draws a timeline in one layout. */
export function drawTimeline(chart: TimelineChart, layout: Layout): Drawing {
  const { fontPx, width, narrow } = layout;
  const lanes = chart.lanes.slice(0, LANES_MAX);
  const names = lanes.map((lane) => fitted(nameText(lane.name), narrow ? width : 160, fontPx));
  const nameWidth = Math.max(20, ...names.map((name) => textWidth(name, fontPx)));
  const left = narrow ? 1 : nameWidth + 14;
  const right = width - 16;
  const ticksMax = Math.max(3, Math.floor((right - left) / 80));
  const x = timeScale(chart, { from: left, to: right, ticksMax });
  const key = statusKey(lanes, layout);
  const faults = chart.faults.map(({ atMs, untilMs, label }) => ({
    at: atMs,
    label,
    ...(untilMs === undefined ? {} : { until: untilMs }),
  }));
  const xText = (ms: number): string => numberText('ms', ms - chart.fromMs);
  const marks = placeMarks(faults, { at: x.at, left, right, layout, xText });

  const top = key.height + marks.above + 8;
  const laneHeight = LANE_PX + (narrow ? fontPx * 1.5 : 8);
  const bottom = top + lanes.length * laneHeight + 4;
  const middleOf = (i: number): number => top + (i + 1) * laneHeight - LANE_PX / 2 - 2;
  const content = lanes.flatMap((lane, i) => laneParts(lane, x, middleOf(i), { left, right }));
  const laneNames = names.map((name, i) => {
    const place = narrow
      ? { x: 0, y: top + i * laneHeight + fontPx + 1 }
      : { x: nameWidth, y: middleOf(i) + fontPx * 0.35, anchor: 'end' as const };
    return textAt(name, { className: 'name on', ...place });
  });
  const axisEnd = bottom + fontPx + 14;
  return {
    height: axisEnd + marks.below,
    content: [
      ...key.content,
      ...marks.under(top - 2, bottom),
      ...content,
      ...marks.over(top - 2, bottom),
      // Over the marks, whose lines would strike them out.
      ...laneNames,
      ...timeAxis(x, { left, right, bottom, layout }),
      ...marks.key(axisEnd),
    ],
  };
}

/** Of times in the run; ticks count from its start. */
function timeScale({ fromMs, toMs }: TimelineChart, room: Room): Scale {
  const scale = scaleFor({ label: '', unit: 'ms', rounded: false }, [0, toMs - fromMs], room);
  return { ...scale, at: (ms) => scale.at((ms ?? Number.NaN) - fromMs) };
}

function laneParts(
  lane: Lane,
  x: Scale,
  middle: number,
  limits: { left: number; right: number },
): Markup[] {
  const pixels = spansInPixels(lane.spans, x, limits);
  const spans = pixels.map(({ from, to, status, title }) => {
    const height = LANE_PX * (shareOf(status) ?? 0.34);
    const place = { x: from, y: middle - height / 2, width: Math.max(0.8, to - from), height };
    return element('rect', { class: `span ${status}`, ...place }, element('title', {}, title));
  });
  const moments = (lane.moments ?? []).map(({ atMs, label }) => {
    const at = x.at(atMs);
    if (at === undefined || at < limits.left - 0.5 || at > limits.right + 0.5) return undefined;
    const path = `M${Math.round(at * 10) / 10},${Math.round(middle - LANE_PX / 2)}v${LANE_PX}`;
    const title = element('title', {}, nameText(label));
    return element('path', { class: 'moment', d: path }, title);
  });
  const track = lineAt('grid', [limits.left, middle, limits.right, middle]);
  return [track, ...spans, ...moments.filter((moment) => moment !== undefined)];
}

interface PixelSpan {
  readonly from: number;
  readonly to: number;
  readonly status: LaneStatus;
  readonly title: string;
}

/** Spans as they lie on the axis; of very many, the worst status in each pixel. */
function spansInPixels(
  spans: readonly Span[],
  x: Scale,
  { left, right }: { left: number; right: number },
): readonly PixelSpan[] {
  const placed = spans.flatMap((span): PixelSpan[] => {
    // What has no end yet lasts until the end.
    const [from, to = right] = [x.at(span.fromMs), x.at(span.toMs)];
    if (from === undefined || to < left || from > right) return [];
    const lasted = numberText('ms', span.toMs - span.fromMs);
    const title = `${span.status} for ${lasted}`;
    return [{ from: Math.max(left, from), to: Math.min(right, to), status: span.status, title }];
  });
  if (placed.length <= SPANS_MAX) return placed;
  const worst = new Map<number, LaneStatus>();
  for (const { from, to, status } of placed) {
    for (
      let pixel = Math.floor(from);
      pixel <= Math.max(Math.floor(from), Math.ceil(to) - 1);
      pixel++
    ) {
      const known = worst.get(pixel);
      if (known === undefined || rank(status) > rank(known)) worst.set(pixel, status);
    }
  }
  const merged: PixelSpan[] = [];
  for (const [pixel, status] of [...worst].toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    const goesOn = last?.status === status && last.to === pixel;
    if (goesOn) merged.pop();
    merged.push({ from: goesOn ? last.from : pixel, to: pixel + 1, status, title: status });
  }
  return merged;
}

function rank(status: LaneStatus): number {
  return STATUSES.findIndex(([name]) => name === status);
}

function shareOf(status: LaneStatus): number | undefined {
  return STATUSES.find(([name]) => name === status)?.[1];
}

/** What the bands mean, for those statuses that occur. */
function statusKey(lanes: readonly Lane[], layout: Layout): { height: number; content: Markup[] } {
  const used = new Set(lanes.flatMap((lane) => lane.spans.map((span) => span.status)));
  const { fontPx, width } = layout;
  let [x, row] = [0, 0];
  const content = STATUSES.filter(([status]) => used.has(status)).flatMap(([status, share]) => {
    const needed = 34 + textWidth(status, fontPx);
    if (x > 0 && x + needed > width) [x, row] = [0, row + 1];
    const middle = row * 24 + 11;
    const height = 18 * share;
    const box = { x, y: middle - height / 2, width: 22, height };
    const text = { x: x + 29, y: middle + fontPx * 0.35, className: 'name' };
    x += needed + 14;
    return [element('rect', { class: `span ${status}`, ...box }), textAt(status, text)];
  });
  return { height: content.length === 0 ? 0 : (row + 1) * 24 + 4, content };
}

function timeAxis(
  x: Scale,
  { left, right, bottom, layout }: { left: number; right: number; bottom: number; layout: Layout },
): Markup[] {
  const { fontPx, width } = layout;
  return [
    lineAt('axis', [left, bottom, right, bottom]),
    ...apart(x.ticks, fontPx).flatMap((tick) => {
      const half = textWidth(tick.text, fontPx) / 2;
      const at = Math.max(half, Math.min(tick.at, width - half));
      return [
        lineAt('axis', [tick.at, bottom, tick.at, bottom + 5]),
        textAt(tick.text, { x: at, y: bottom + fontPx + 7, anchor: 'middle' }),
      ];
    }),
  ];
}
