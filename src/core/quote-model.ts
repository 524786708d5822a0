import { LearnedBits } from './learned-bits.ts';
import type { BitPort } from './range-coder.ts';
import { PLACES, UnitModel } from './unit-model.ts';

/** Shortest copy; the text of a copy from where it is expected is that cheap. */
export const COPY_MIN = 2;

/** Bits of a number's length, and how many below the top one are learned too. */
const LENGTHS = 24;
const LEARNED = 2;
const EVEN = 32_768;
/** Units since the last copy that are told apart where a copy may come. */
const RUN_MAX = 2;

/** What is expected of a text: units, and copies by where the last one ended. */
export class QuoteModel {
  readonly units = new UnitModel();
  private readonly kinds = new LearnedBits((RUN_MAX + 1) * PLACES);
  private readonly numbers = new LearnedBits(4 * LENGTHS * (1 << LEARNED) * 2);

  /** For the next text, of which nothing is known. */
  forget(): void {
    this.units.forget();
    this.kinds.forget();
    this.numbers.forget();
  }

  /** Whether a copy comes and no unit; `run`: units since the last copy. */
  isCopy(port: BitPort, run: number, copy: boolean): boolean {
    const at = Math.min(run, RUN_MAX) * PLACES + this.units.place();
    return this.kinds.code(port, at, copy ? 1 : 0) === 1;
  }

  /** A whole number, by the bits of its length first. */
  number(port: BitPort, kind: number, number: number): number {
    const at = kind * LENGTHS * 8;
    const value = number + 1;
    const wanted = 31 - Math.clz32(value);
    let length = 0;
    while (
      length < LENGTHS - 1 &&
      this.numbers.code(port, at + length * 8, length < wanted ? 1 : 0) === 1
    ) {
      length++;
    }
    let read = 1;
    for (let i = length - 1; i >= 0; i--) {
      const bit = (value >> i) & 1;
      const depth = length - 1 - i;
      read =
        depth < LEARNED
          ? read * 2 +
            this.numbers.code(port, at + length * 8 + (depth === 0 ? 1 : 2 + (read & 1)), bit)
          : read * 2 + port.bit(bit, EVEN);
    }
    return read - 1;
  }

  flag(port: BitPort, kind: number, flag: number): number {
    return this.numbers.code(port, 3 * LENGTHS * 8 + kind, flag);
  }
}
