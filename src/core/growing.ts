import type { BaseText } from './base-text.ts';

/** Ends each text; no JSON text has one in it. */
export const END = 0x0a;

/** Texts, one behind the other, and the base's text which they may repeat. */
export class Growing {
  readonly base: BaseText;
  private units: Uint16Array;
  length = 0;

  constructor(base: BaseText, capacity: number) {
    this.base = base;
    this.units = new Uint16Array(capacity);
  }

  /** A unit of the base, or behind it of what has come so far. */
  at(place: number): number {
    const { base } = this;
    return place < base.length ? base.unit(place) : (this.units[place - base.length] as number);
  }

  push(unit: number): void {
    this.reserve(1);
    this.units[this.length++] = unit;
  }

  /** Repeats units from a place in the base, or in what has come so far; returns the ends in it. */
  copy(place: number, length: number): number {
    this.reserve(length);
    const { base, units } = this;
    const start = this.length;
    const end = start + length;
    this.length = end;
    if (place < base.length) {
      for (let to = start, from = place; to < end; to++, from++) units[to] = base.unit(from);
      return 0;
    }
    // What is copied may be made by the copy itself: it doubles with each step.
    const from = place - base.length;
    for (let to = start; to < end;) {
      const count = Math.min(to - from, end - to);
      units.copyWithin(to, from, from + count);
      to += count;
    }
    let ends = 0;
    for (let at = start; at < end; at++) if (units[at] === END) ends++;
    return ends;
  }

  private reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.units.length) return;
    const larger = new Uint16Array(Math.max(64, needed, 2 * this.length));
    larger.set(this.units);
    this.units = larger;
  }

  text(): string {
    let text = '';
    for (let at = 0; at < this.length; at += 4096) {
      const units = this.units.subarray(at, Math.min(at + 4096, this.length));
      // Of an array that is spread each unit would be asked for by an iterator.
      text += Reflect.apply(String.fromCharCode, undefined, units);
    }
    return text;
  }
}
