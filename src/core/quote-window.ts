import type { BaseText } from './base-text.ts';
import type { Op } from './op.ts';
import type { Parts } from './part-lengths.ts';
import { isHeavy, partAt, partsOf } from './part-lengths.ts';
import type { Value } from './value.ts';

/**
 * Bases of this weight, about half a megabyte of text, are looked through only around what changes:
 * the whole would take milliseconds. Of a smaller one the rest is worth a tenth of the bytes.
 */
export const WEIGHT_IN_WINDOWS = 1 << 15;
/** Units of a large base's text on either side of a place that changes. */
const REACH = 8192;
/** Units of all windows together. */
const WINDOWS_UNITS_MAX = 1 << 16;
/** Places that are looked around; what else changes is mostly like them. */
const PLACES_MAX = 64;
/** New units that are worth a look through all of a base, a millisecond for 100,000 units. */
const UNITS_FOR_WHOLE = 1 << 15;
/**
 * Between windows: what JSON text only holds escaped, so that no copy reaches over it. Half a
 * character would not do: a window may end with the other half.
 */
const GAP = '\u0000';

/** What a writer of quotes looks through: all of a base's text, or what is near to the changes. */
export class QuoteWindow {
  readonly text: string;
  private readonly starts: readonly number[];
  /** Of each window, by how much places of the base are further on. */
  private readonly shifts: readonly number[];

  private constructor(text: string, starts: readonly number[], shifts: readonly number[]) {
    this.text = text;
    this.starts = starts;
    this.shifts = shifts;
  }

  static whole(base: BaseText): QuoteWindow {
    return new QuoteWindow(base.slice(0, base.length), [0], [0]);
  }

  /** Around what an op changes in a large base; all of it where so many units are new. */
  static of(base: BaseText, op: Op, units: number): QuoteWindow {
    if (base.large === undefined || units >= UNITS_FOR_WHOLE) return QuoteWindow.whole(base);
    const places: number[] = [];
    gather(op, base.large, 0, places);
    const starts: number[] = [];
    const shifts: number[] = [];
    let text = '';
    for (const { from, to } of spans(places, base.length)) {
      if (text !== '') text += GAP;
      starts.push(text.length);
      shifts.push(from - text.length);
      text += base.slice(from, to);
    }
    return new QuoteWindow(text, starts, shifts);
  }

  /** The place in the base of a place in the text. */
  placeInBase(place: number): number {
    let at = this.starts.length - 1;
    while (at > 0 && (this.starts[at] as number) > place) at--;
    return place + (this.shifts[at] as number);
  }
}

/** Spans around places, ascending and apart, as long as there is room. */
function spans(places: number[], length: number): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let left = WINDOWS_UNITS_MAX;
  for (const place of places.toSorted((a, b) => a - b)) {
    const last = found.at(-1);
    const from = Math.max(0, place - REACH, last?.to ?? 0);
    const to = Math.min(length, place + REACH, from + left);
    if (to <= from) continue;
    left -= to - from;
    if (last?.to === from) last.to = to;
    else found.push({ from, to });
  }
  return found;
}

/** Where in the text of `value`, which begins at `start`, new parts come. */
function gather(op: Op, value: Value, start: number, places: number[]): void {
  if (places.length >= PLACES_MAX) return;
  if ((op.kind !== 'object' && op.kind !== 'array') || !isHeavy(value)) {
    if (op.kind !== 'number') places.push(start);
    return;
  }
  const parts = partsOf(value);
  const ends = endsOf(parts, start);
  let at = 0;
  for (const edit of op.edits) {
    at += edit.keep;
    const from = edit.kind === 'take' ? edit.from : at;
    const place = from === 0 ? start + 1 : (ends[from - 1] as number) + 1;
    if (edit.kind === 'add') places.push(place);
    else if (edit.kind === 'drop') at += edit.count;
    else if (edit.op !== undefined) gather(edit.op, partAt(value, parts, from), place, places);
    if (edit.kind === 'change') at++;
  }
}

/** Where each part ends in the text of a container that begins at `start`. */
function endsOf({ units }: Parts, start: number): number[] {
  let at = start;
  return units.map((length) => (at += 1 + length));
}
