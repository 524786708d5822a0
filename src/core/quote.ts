import { joined } from './bytes.ts';
import { malformed } from './errors.ts';
import { END, Growing } from './growing.ts';
import { QuoteIndex } from './quote-index.ts';
import { COPY_MIN, QuoteModel } from './quote-model.ts';
import type { BitPort } from './range-coder.ts';
import { RangeDecoder, RangeEncoder } from './range-coder.ts';

/** Units of new text that one patch may tell by quoting. */
export const NEW_UNITS_MAX = 1 << 16;
/** Units of a base's JSON text: making it and looking into it takes time. */
export const BASE_UNITS_MAX = 1 << 22;
/** Units that a writer codes one by one, at about a microsecond each, before it gives up. */
const SINGLES_MAX = 1 << 14;
const STEPS_PER_BYTE = 3;
const STEPS_FREE = 64;
/** Units of the base from which its letters are learned. */
export const LEARNED_MAX = 4096;
const LEARNED_MIN = 256;
const EFFORT_MAX = 4;
/** More than this saves a writer one byte in a hundred, at twice the time on both sides. */
const EFFORT = 0;
const LEARNED_PER_BYTE = 4;
const LEARNED_FREE = 1024;
const LEARNED_PIECES = 4;

const KIND = { length: 0, place: 1, back: 2 } as const;

function learned(base: string, units: number): QuoteModel {
  const model = new QuoteModel();
  if (base.length <= units) {
    model.learn(base, 0, base.length);
  } else {
    const piece = units / LEARNED_PIECES;
    for (let i = 1; i <= LEARNED_PIECES; i++) {
      const to = Math.floor((base.length * i) / LEARNED_PIECES);
      model.learn(base, to - piece, to);
    }
  }
  return model;
}

/** The state that a writer and a reader of quotes share. */
class QuoteCoder {
  readonly grown: Growing;
  private readonly port: BitPort;
  private readonly model: QuoteModel;
  /** Where the last copy ended, and units since. */
  last = 0;
  run = 0;

  constructor(port: BitPort, base: string, capacity: number, effort: number) {
    this.port = port;
    this.grown = new Growing(base, capacity);
    this.model = learned(base, LEARNED_MIN << effort);
  }

  isCopy(copy: boolean): boolean {
    return this.model.isCopy(this.port, this.run, copy);
  }

  unit(unit: number): number {
    const read = this.model.unit(this.port, unit);
    this.grown.push(read);
    this.run++;
    return read;
  }

  /** Codes where a copy begins and how long it is; does not make it. */
  copy(from: number, length: number): { from: number; length: number } {
    const { model, port, grown } = this;
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
    const { grown, model } = this;
    const ends = grown.copy(from, length);
    const end = grown.base.length + grown.length;
    for (let i = 2; i > 0; i--) model.pass(grown.at(end - i));
    this.last = from + length;
    this.run = 0;
    return ends;
  }
}

/** Copies of a text, in order, and how many units lie between them. */
interface Parse {
  readonly copies: readonly {
    readonly at: number;
    readonly from: number;
    readonly length: number;
  }[];
  readonly singles: number;
}

/** Undefined where so much is new that telling it takes too long. */
function parse(base: string, target: string): Parse | undefined {
  const index = new QuoteIndex(base, target);
  const copies = [];
  let singles = 0;
  let expected = 0;
  let at = 0;
  while (at < target.length) {
    const found = index.find(at, expected);
    if (found === undefined) {
      if (++singles > SINGLES_MAX) return undefined;
      at++;
      expected++;
    } else {
      copies.push({ at, from: found.from, length: found.length });
      at += found.length;
      expected = found.from + found.length;
    }
  }
  return { copies, singles };
}

/**
 * Texts as copies from the base's text and letters in between. Undefined where that would take
 * more time to read than its bytes allow.
 */
export function writeQuotes(
  base: string,
  texts: readonly string[],
  effort = EFFORT,
): Uint8Array | undefined {
  const target = `${texts.join('\n')}\n`;
  if (target.length > NEW_UNITS_MAX || base.length > BASE_UNITS_MAX) return undefined;
  const parsed = parse(base, target);
  if (parsed === undefined) return undefined;
  const { copies, singles } = parsed;
  const coded = code(base, target, copies, effort);
  if (copies.length + singles > stepsMax(coded.length)) return undefined;
  return joined([Uint8Array.of(effort), coded]);
}

function code(base: string, target: string, copies: Parse['copies'], effort: number): Uint8Array {
  const encoder = new RangeEncoder();
  const coder = new QuoteCoder(encoder, base, target.length, effort);
  const units = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      coder.isCopy(false);
      coder.unit(target.charCodeAt(i));
    }
  };
  let done = 0;
  for (const { at, from, length } of copies) {
    units(done, at);
    coder.isCopy(true);
    coder.copy(from, length);
    coder.make(from, length);
    done = at + length;
  }
  units(done, target.length);
  return encoder.finish();
}

/** What costs time has to cost bytes: copies and single units that so many bytes may tell. */
function stepsMax(bytes: number): number {
  return STEPS_FREE + STEPS_PER_BYTE * bytes;
}

/** The same of what is learned before. */
function isPaid(effort: number, bytes: number): boolean {
  return LEARNED_MIN << effort <= LEARNED_FREE + LEARNED_PER_BYTE * bytes;
}

/** The texts that `writeQuotes` was given, `count` of them. */
export function readQuotes(base: string, bytes: Uint8Array, count: number): string[] {
  if (base.length > BASE_UNITS_MAX) throw malformed('a base too long to be quoted');
  const effort = bytes[0] ?? EFFORT_MAX + 1;
  if (effort > EFFORT_MAX || (effort > 0 && LEARNED_MIN << (effort - 1) >= base.length)) {
    throw malformed('more is learned than there is');
  }
  const coded = bytes.subarray(1);
  if (!isPaid(effort, coded.length)) throw malformed('more is learned than its bytes pay for');
  const decoder = new RangeDecoder(coded);
  const coder = new QuoteCoder(decoder, base, 256, effort);
  const { grown } = coder;
  let left = stepsMax(coded.length);
  let ends = 0;
  while (ends < count) {
    if (left-- === 0) throw malformed('more is quoted than its bytes pay for');
    const before = grown.length;
    if (coder.isCopy(false)) {
      const { from, length } = coder.copy(0, COPY_MIN);
      if (from < 0 || from >= base.length + before) throw malformed('a quote from beyond the end');
      if (before + length > NEW_UNITS_MAX) throw malformed('a quote that is too long');
      if (from < base.length && from + length > base.length) {
        throw malformed('a quote from beyond the end');
      }
      ends += coder.make(from, length);
    } else if (coder.unit(0) === END) {
      ends++;
    }
  }
  decoder.finish();
  const texts = grown.text().split('\n');
  if (texts.length !== count + 1 || texts.pop() !== '') throw malformed('quotes that do not end');
  return texts;
}
