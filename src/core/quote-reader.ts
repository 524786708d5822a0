import type { BaseText } from './base-text.ts';
import { malformed } from './errors.ts';
import { END } from './growing.ts';
import { BASE_UNITS_MAX, newUnitsMax, QuoteCoder, stepsMax } from './quote-coder.ts';
import { COPY_MIN } from './quote-model.ts';
import { RangeDecoder } from './range-decoder.ts';

/** The texts that `writeQuotes` was given, `count` of them, in at most `unitsMax` units. */
export function readQuotes(
  base: BaseText,
  bytes: Uint8Array,
  count: number,
  unitsMax = Number.POSITIVE_INFINITY,
): string[] {
  if (base.length > BASE_UNITS_MAX) throw malformed('a base too long to be quoted');
  const decoder = new RangeDecoder(bytes);
  const coder = new QuoteCoder(decoder, base, 256);
  const { grown } = coder;
  let left = stepsMax(bytes.length);
  const most = Math.min(newUnitsMax(bytes.length, base.length), unitsMax);
  let ends = 0;
  while (ends < count) {
    if (left-- === 0) throw malformed('more is quoted than its bytes pay for');
    const before = grown.length;
    if (before === most) throw malformed('quotes that are too long');
    if (coder.isCopy(false)) {
      const { from, length } = coder.copy(0, COPY_MIN);
      if (from < 0 || from >= base.length + before) throw malformed('a quote from beyond the end');
      if (before + length > most) throw malformed('a quote that is too long');
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
