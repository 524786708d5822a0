import type { BaseText } from './base-text.ts';
import { BASE_UNITS_MAX, NEW_UNITS_MAX, newUnitsMax, QuoteCoder, stepsMax } from './quote-coder.ts';
import { QuoteIndex } from './quote-index.ts';
import { QuoteWindow } from './quote-window.ts';
import { RangeEncoder } from './range-encoder.ts';

/** Units that a writer codes one by one, at a fifth of a microsecond each, before it gives up. */
const SINGLES_MAX = 1 << 16;
/**
 * Beyond so many, half as much has to be copied: of text that has nothing in common with the base,
 * letters alone would save a fifth, at a hundred times the time.
 */
const SINGLES_FREE = 512;
/** After so many single units each time a writer asks whether to go on. */
const VAIN_EVERY = 1 << 12;
/** Copies of a text, in order, and how many units lie between them. */
interface Parse {
  readonly copies: readonly {
    readonly at: number;
    readonly from: number;
    readonly length: number;
  }[];
  readonly singles: number;
}

/** Whether what has been looked for so far has next to nothing in common with the base. */
function isInVain(singles: number, copied: number): boolean {
  return singles % VAIN_EVERY === 0 && singles > 4 * copied;
}

/** Undefined where so much is new that telling it takes too long. */
function parse(window: QuoteWindow, target: string): Parse | undefined {
  const index = new QuoteIndex(window.text, target);
  const copies = [];
  let singles = 0;
  let expected = 0;
  let at = 0;
  while (at < target.length) {
    const found = index.find(at, expected);
    if (found === undefined) {
      singles++;
      if (singles > SINGLES_MAX || isInVain(singles, at + 1 - singles)) return undefined;
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
 * Texts as copies from the base's text, as far as the window shows it, and letters in between.
 * Undefined where that would take more time to read than its bytes allow.
 */
export function writeQuotes(
  base: BaseText,
  texts: readonly string[],
  window = QuoteWindow.whole(base),
): Uint8Array | undefined {
  const target = `${texts.join('\n')}\n`;
  if (target.length > NEW_UNITS_MAX || base.length > BASE_UNITS_MAX) return undefined;
  const parsed = parse(window, target);
  if (parsed === undefined) return undefined;
  const { copies, singles } = parsed;
  const copied = target.length - singles;
  if (singles > SINGLES_FREE && 2 * copied < singles) return undefined;
  const placed = copies.map(({ at, from, length }) => {
    return { at, from: placeOf(from, base, window), length };
  });
  const coded = code(base, target, placed);
  if (copies.length + singles > stepsMax(coded.length)) return undefined;
  if (target.length > newUnitsMax(coded.length, base.length)) return undefined;
  return coded;
}

/** A place behind the window's text is one in what has come so far, behind all of the base. */
function placeOf(place: number, base: BaseText, window: QuoteWindow): number {
  const { length } = window.text;
  return place < length ? window.placeInBase(place) : base.length + place - length;
}

function code(base: BaseText, target: string, copies: Parse['copies']): Uint8Array {
  const encoder = new RangeEncoder();
  const coder = new QuoteCoder(encoder, base, target.length);
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
