import type { BaseText } from './base-text.ts';
import { malformed } from './errors.ts';
import { END } from './growing.ts';
import { BASE_UNITS_MAX, LEARNED_MIN, NEW_UNITS_MAX, QuoteCoder, stepsMax } from './quote-coder.ts';
import { COPY_MIN } from './quote-model.ts';
import { RangeDecoder } from './range-decoder.ts';

const EFFORT_MAX = 4;
const LEARNED_PER_BYTE = 4;
const LEARNED_FREE = 1024;

/** What is learned before costs time too, and has to cost bytes. */
function isPaid(effort: number, bytes: number): boolean {
  return LEARNED_MIN << effort <= LEARNED_FREE + LEARNED_PER_BYTE * bytes;
}

/** The texts that `writeQuotes` was given, `count` of them. */
export function readQuotes(base: BaseText, bytes: Uint8Array, count: number): string[] {
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
