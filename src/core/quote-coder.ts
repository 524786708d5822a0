import type { BaseText } from './base-text.ts';
import { Growing } from './growing.ts';
import { COPY_MIN, QuoteModel } from './quote-model.ts';
import type { BitPort } from './range-coder.ts';

/** Units of new text that one patch may tell by quoting. */
export const NEW_UNITS_MAX = 1 << 19;
/**
 * So many for nothing, for each byte, and as many as the base has: time and memory of a reader go
 * by what has come, and by what it holds.
 */
const NEW_UNITS_FREE = 1 << 16;
const NEW_UNITS_PER_BYTE = 64;
/** Units of a base's JSON text: making it and looking into it takes time. */
export const BASE_UNITS_MAX = 1 << 22;
const STEPS_PER_BYTE = 3;
const STEPS_FREE = 64;
/** Units of the base from which its letters are learned, and pieces of it that they come from. */
export const LEARNED_MAX = 2048;
const LEARNED_PIECES = 4;

const KIND = { length: 0, place: 1, back: 2 } as const;

/** What of the base shows its letters: all of it, or as much of each quarter's end. */
function samples(base: BaseText): string[] {
  if (base.length <= LEARNED_MAX) return [base.slice(0, base.length)];
  const piece = LEARNED_MAX / LEARNED_PIECES;
  return Array.from({ length: LEARNED_PIECES }, (_, i) => {
    const to = Math.floor((base.length * (i + 1)) / LEARNED_PIECES);
    return base.slice(to - piece, to);
  });
}

/**
 * One for all: at any time one text is coded, from its start to its end, and to make its tables
 * takes longer than many a text.
 */
const model = new QuoteModel();

/** The state that a writer and a reader of quotes share. One is in use at a time. */
export class QuoteCoder {
  readonly grown: Growing;
  private readonly port: BitPort;
  /** Where the last copy ended, and units since. */
  last = 0;
  run = 0;

  constructor(port: BitPort, base: BaseText, capacity: number) {
    this.port = port;
    this.grown = new Growing(base, capacity);
    model.forget();
    model.units.learn(samples(base));
  }

  isCopy(copy: boolean): boolean {
    return model.isCopy(this.port, this.run, copy);
  }

  unit(unit: number): number {
    const read = model.units.code(this.port, unit);
    this.grown.push(read);
    this.run++;
    return read;
  }

  /** Codes where a copy begins and how long it is; does not make it. */
  copy(from: number, length: number): { from: number; length: number } {
    const { port, grown } = this;
    const expected = Math.min(this.last + this.run, grown.base.length);
    const end = grown.base.length + grown.length;
    const isBack = model.flag(port, 0, from > expected && end - from < from - expected ? 1 : 0);
    let at: number;
    if (isBack === 1) {
      at = end - 1 - model.number(port, KIND.back, end - 1 - from);
    } else {
      const distance = Math.abs(from - expected);
      const far = model.number(port, KIND.place, distance);
      at = expected;
      if (far > 0) at += model.flag(port, 1, from < expected ? 1 : 0) === 1 ? -far : far;
    }
    const count = COPY_MIN + model.number(port, KIND.length, length - COPY_MIN);
    return { from: at, length: count };
  }

  /** Returns how many ends of texts were copied. */
  make(from: number, length: number): number {
    const { grown } = this;
    const ends = grown.copy(from, length);
    const end = grown.base.length + grown.length;
    for (let i = 2; i > 0; i--) model.units.pass(grown.at(end - i));
    this.last = from + length;
    this.run = 0;
    return ends;
  }
}

/** Units of new text that so many bytes may tell beside a base of so many units. */
export function newUnitsMax(bytes: number, baseUnits: number): number {
  return Math.min(NEW_UNITS_MAX, NEW_UNITS_FREE + NEW_UNITS_PER_BYTE * bytes + baseUnits);
}

/** What costs time has to cost bytes: copies and single units that so many bytes may tell. */
export function stepsMax(bytes: number): number {
  return STEPS_FREE + STEPS_PER_BYTE * bytes;
}
