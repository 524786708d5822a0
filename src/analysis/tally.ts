import { LaterMean } from './later-mean.ts';
import { LEVELS } from './sampling.ts';
import { SizeHistogram } from './size-histogram.ts';

/** What one strategy made of one change. */
export interface Sent {
  /** Bytes of the change, with its key or its number. */
  readonly bytes: number;
  readonly encodeMs: number;
  /** Undefined where nobody received it. */
  readonly decodeMs: number | undefined;
  /** Undefined where nobody looked. */
  readonly outcome: Outcome | undefined;
}

/** 'order': right but for the order of members. */
export type Outcome = 'right' | 'order' | 'value' | 'error';

/** Fewer changes are no sample. */
const SAMPLE_MIN = 8;
/** What a strategy made of all changes, kept so that any sample of them can be looked at. */
export class Tally {
  readonly #levels = Array.from({ length: LEVELS }, () => new SizeHistogram());
  /** What the same changes have as full JSON. */
  readonly #full = new Float64Array(LEVELS);
  readonly #encode = new LaterMean();
  readonly #decode = new LaterMean();
  readonly wrong = { order: 0, value: 0, error: 0 };
  /** Results that were compared with the original, as text. */
  checked = 0;

  /** `fullBytes`: what the same change has as full JSON. */
  add(level: number, { bytes, encodeMs, decodeMs, outcome }: Sent, fullBytes: number): void {
    this.#levels[level]?.add(bytes);
    this.#full[level] = (this.#full[level] ?? 0) + fullBytes;
    this.#encode.add(encodeMs);
    if (decodeMs !== undefined) this.#decode.add(decodeMs);
    if (outcome === undefined) return;
    this.checked++;
    if (outcome !== 'right') this.wrong[outcome]++;
  }

  /**
   * Sizes of the changes that were measured of this level and above, and what these have as full
   * JSON. Where they are too few, those of lower levels are taken with them.
   */
  sample(level: number): { readonly sizes: SizeHistogram; readonly fullBytes: number } {
    const sizes = new SizeHistogram();
    let fullBytes = 0;
    for (let i = LEVELS - 1; i >= 0 && (i >= level || sizes.count < SAMPLE_MIN); i--) {
      const histogram = this.#levels[i];
      if (histogram !== undefined) sizes.merge(histogram);
      fullBytes += this.#full[i] ?? 0;
    }
    return { sizes, fullBytes };
  }

  /** Mean time at the sender and at a receiver, in µs; not a number where nothing was timed. */
  get times(): { readonly encodeUs: number; readonly decodeUs: number } {
    return { encodeUs: this.#encode.us, decodeUs: this.#decode.us };
  }
}

/** Bytes of new entries, or of deletions, some of which a strategy may have been spared. */
export class PlainTally {
  #own = 0;
  #full = 0;
  #fullOfAll = 0;

  /** `own` undefined: not measured. `full`: what it has as full JSON. */
  add(own: number | undefined, full: number): void {
    this.#fullOfAll += full;
    if (own === undefined) return;
    this.#own += own;
    this.#full += full;
  }

  /** Bytes of all, scaled by full JSON where not all were measured. */
  get bytes(): number {
    return this.#full === 0 ? this.#fullOfAll : (this.#own / this.#full) * this.#fullOfAll;
  }
}
