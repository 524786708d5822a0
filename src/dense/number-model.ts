import { decimalScale, mantissaAt, powerOfTen } from '../core/decimal.ts';
import { malformed } from '../core/errors.ts';
import type { Context } from './hashing.ts';
import { within } from './hashing.ts';
import { KIND } from './kinds.ts';
import type { Place } from './place-memory.ts';
import { bitLength } from './symbols.ts';
import type { Symbols } from './symbols.ts';

/** Instead of a number of decimals: the number is none, and comes as a double. */
const DOUBLE = 16;

const view = new DataView(new ArrayBuffer(8));

/** Numbers, as what is left when the best of a few guesses is taken away. */
export class NumberModel {
  private readonly symbols: Symbols;
  private readonly guesses: number[] = [];

  constructor(symbols: Symbols) {
    this.symbols = symbols;
  }

  /** `value` undefined: reads one. `near`: the number before, or a like one. */
  code(
    value: number | undefined,
    path: Context,
    kin: Context,
    near: number | undefined,
    place: Place,
  ): number {
    const { symbols } = this;
    const nearScale = near === undefined ? DOUBLE : decimalScale(near);
    const own = value === undefined ? 0 : this.scaleOf(value, near, place);
    const scale = symbols.guessed(
      KIND.scale,
      5,
      own,
      nearScale >= 0 && near !== undefined ? nearScale : place.scale,
      within(path, place.scale),
      within(kin, nearScale),
      within(nearScale, 3),
    );
    if (scale > DOUBLE) throw malformed(`a number of ${scale} decimals`);
    place.scale = scale;
    if (scale === DOUBLE) return this.double(value, kin);
    // A writer has guessed already, to choose the scale.
    if (value === undefined) this.guess(near, place, scale);
    const mantissa = value === undefined ? undefined : mantissaAt(value, scale);
    const best = mantissa === undefined ? 0 : this.bestGuess(mantissa);
    const predictor =
      this.guesses.length === 1
        ? 0
        : symbols.small(KIND.predictor, 2, best, path, kin, within(path, place.hits));
    const guess = this.guesses[predictor];
    if (guess === undefined) throw malformed('a number by a guess that there is not');
    const rest = mantissa === undefined ? 0 : mantissa - guess;
    const residual = this.residual(rest, path, kin, predictor, scale, place);
    const result = guess + residual;
    if (!Number.isSafeInteger(result)) throw malformed('a number out of range');
    const number = value ?? result / powerOfTen(scale);
    if (near !== undefined) place.step = number - near;
    return number;
  }

  /** The scale to code a number with; `DOUBLE` where no whole numbers would do. */
  private scaleOf(value: number, near: number | undefined, place: Place): number {
    const scale = decimalScale(value);
    if (scale < 0) return DOUBLE;
    this.guess(near, place, scale);
    const mantissa = mantissaAt(value, scale);
    const fits = this.guesses.some((guess) => Number.isSafeInteger(mantissa - guess));
    return fits ? scale : DOUBLE;
  }

  /** Mantissas that the number may be near to: at least one. */
  private guess(near: number | undefined, { recent, step }: Place, scale: number): void {
    const { guesses } = this;
    guesses.length = 0;
    const power = powerOfTen(scale);
    const add = (number: number): void => {
      const mantissa = Math.round(number * power);
      if (Number.isSafeInteger(mantissa)) guesses.push(mantissa);
    };
    const [last] = recent;
    if (near !== undefined) {
      add(near);
      if (step !== 0) add(near + step);
    }
    if (typeof last === 'number' && last !== near) add(last);
    if (guesses.length === 0) guesses.push(0);
  }

  private bestGuess(mantissa: number): number {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (const [i, guess] of this.guesses.entries()) {
      const rest = Math.abs(mantissa - guess);
      if (rest >= least) continue;
      best = i;
      least = rest;
    }
    return best;
  }

  private residual(
    rest: number,
    path: Context,
    kin: Context,
    predictor: number,
    scale: number,
    place: Place,
  ): number {
    const { symbols } = this;
    const how = predictor * 32 + scale;
    const size = symbols.magnitude(
      KIND.residual,
      Math.abs(rest),
      within(path, how),
      within(kin, how),
      within(within(kin, how), place.size),
      within(how, 77),
    );
    if (size === 0) return 0;
    const bits = size < 16 ? size : 12 + bitLength(size);
    const sign = symbols.flag(
      KIND.sign,
      rest < 0,
      within(path, how),
      within(kin, how + 64 * bits),
      within(kin, place.step < 0 ? 1 : 2),
      within(path, bits),
    );
    place.size = bits;
    return sign ? -size : size;
  }

  private double(value: number | undefined, kin: Context): number {
    view.setFloat64(0, value ?? 0);
    for (let i = 0; i < 8; i++) {
      view.setUint8(i, this.symbols.small(KIND.float, 8, view.getUint8(i), within(kin, i)));
    }
    const number = view.getFloat64(0);
    if (!Number.isFinite(number) || Object.is(number, -0)) throw malformed('no finite number');
    return number;
  }
}
