/** Fewer points than there are pixels, without losing a peak or a gap. */
import type { Point } from './chart.ts';
import { hasPlace } from './scale.ts';

/** Most points drawn for one series: more than a line has pixels to show. */
const POINTS_MAX = 600;

/**
 * At most `pointsMax` of the points, in their order: of each stretch its first, last, lowest and
 * highest, and one without a number if it has any, so that peaks and gaps stay.
 */
export function thinned(points: readonly Point[], pointsMax = POINTS_MAX): readonly Point[] {
  if (points.length <= pointsMax) return points;
  const stretches = Math.max(1, Math.floor(pointsMax / 5));
  const kept: Point[] = [];
  for (let i = 0; i < stretches; i++) {
    const from = Math.floor((i * points.length) / stretches);
    const to = Math.floor(((i + 1) * points.length) / stretches);
    for (const at of telling(points, from, to)) {
      const point = points[at];
      if (point !== undefined) kept.push(point);
    }
  }
  return kept;
}

/** The places in a stretch that a line must not lose, in order. */
function telling(points: readonly Point[], from: number, to: number): number[] {
  const places = new Set([from, to - 1]);
  let lowest: number | undefined;
  let highest: number | undefined;
  let gap: number | undefined;
  for (let i = from; i < to; i++) {
    const y = points[i]?.[1];
    if (!hasPlace(y)) gap ??= i;
    else {
      if (lowest === undefined || y < (points[lowest]?.[1] ?? 0)) lowest = i;
      if (highest === undefined || y > (points[highest]?.[1] ?? 0)) highest = i;
    }
  }
  for (const place of [lowest, highest, gap]) if (place !== undefined) places.add(place);
  return [...places].toSorted((a, b) => a - b);
}

/** At most `max` of the items, evenly chosen, the first and the last among them. */
export function evenly<T>(items: readonly T[], max: number): readonly T[] {
  if (items.length <= max) return items;
  const last = items.length - 1;
  return Array.from({ length: max }, (_, i) => Math.round((i * last) / Math.max(1, max - 1)))
    .map((at) => items[at])
    .filter((item) => item !== undefined);
}
