/** From values to pixels: linear and log axes that take whatever data there is, and their ticks. */
import { max, min, tickStep } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import type { Axis } from './chart.ts';
import { numberText, secondsPer, tickTexts, type Unit } from './number-text.ts';

export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** An axis with a place for each number. */
export interface Scale {
  /** Where a value lies, in pixels; what is no finite number has no place. */
  readonly at: (value: number | null | undefined) => number | undefined;
  readonly ticks: readonly Tick[];
  /** Where zeros lie when a log axis had to make room for them. */
  readonly zeroAt?: number;
}

/** In which pixels an axis lies, and how many ticks it has room for. */
export interface Room {
  readonly from: number;
  readonly to: number;
  readonly ticksMax: number;
}

/** Beyond these, differences of numbers are no numbers any more. */
const LARGEST = 1e300;
const SMALLEST = 1e-300;

/** Room on a log axis for values of zero or less, in pixels. */
const ZERO_ROOM_PX = 26;

/** Steps of a clock, in seconds; below a second and above a day decimal steps do. */
const CLOCK_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * 3600),
];

/** A scale for an axis over some values; without any it runs from 0 to 1, or from 1 to 10. */
export function scaleFor(
  axis: Axis & { rounded?: boolean },
  values: Iterable<number | null | undefined>,
  room: Room,
): Scale {
  const finite: number[] = [];
  for (const value of values) {
    if (hasPlace(value)) finite.push(bounded(value));
  }
  return axis.scale === 'log' ? logScale(axis, finite, room) : linearScale(axis, finite, room);
}

function bounded(value: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, value));
}

/** Whether it is a number with a place on an axis. */
export function hasPlace(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function linearScale(
  axis: Axis & { rounded?: boolean },
  values: readonly number[],
  { from, to, ticksMax }: Room,
): Scale {
  let [low, high] = linearExtent(values, axis.fromZero ?? false);
  const step = linearStep(axis.unit, high - low, ticksMax);
  if (axis.rounded ?? true) {
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
  }
  const map = scaleLinear([low, high], [from, to]);
  const ticks = multiplesOf(step, low, high);
  const texts = tickTexts(axis.unit, ticks);
  return {
    at: (value) => (hasPlace(value) ? map(bounded(value)) : undefined),
    ticks: ticks.map((tick, i) => ({ at: map(tick), text: texts[i] ?? '' })),
  };
}

/** From the smallest to the largest value, with some width even if all are the same. */
function linearExtent(values: readonly number[], fromZero: boolean): [number, number] {
  let low = min(values) ?? 0;
  let high = max(values) ?? (values.length === 0 ? 1 : 0);
  if (fromZero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (low < high) return [low, high];
  if (low === 0) return [0, 1];
  return [low - Math.abs(low) / 2, low + Math.abs(low) / 2];
}

/** The gap between ticks: round in its unit, on a clock for times, never a part of a thing. */
function linearStep(unit: Unit, span: number, ticksMax: number): number {
  const seconds = secondsPer(unit);
  if (seconds !== undefined) {
    const gapMin = (span * seconds) / ticksMax;
    const clock = CLOCK_STEPS.find((step) => step >= gapMin);
    if (gapMin > 0.5 && clock !== undefined) return clock / seconds;
  }
  const step = Math.abs(tickStep(0, span, ticksMax));
  return unit === 'count' || unit === 'bytes' ? Math.max(1, step) : step;
}

function multiplesOf(step: number, low: number, high: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Whole numbers times the step, as sums of steps would drift.
  return Array.from({ length: Math.min(1000, Math.max(0, last - first + 1)) }, (_, i) => {
    const multiple = (first + i) * step;
    return multiple === 0 ? 0 : multiple;
  });
}

function logScale(axis: Axis, values: readonly number[], { from, to, ticksMax }: Room): Scale {
  const positive = values.filter((value) => value > 0);
  const others = values.filter((value) => value <= 0);
  const zeroRoom = others.length === 0 ? 0 : Math.sign(to - from) * ZERO_ROOM_PX;
  const [low, high] = logExtent(positive);
  const map = scaleLog([low, high], [from + zeroRoom, to]);
  const ticks = logTicks(low, high, ticksMax).map((tick) => ({
    at: map(tick),
    text: numberText(axis.unit, tick),
  }));
  const at = (value: number | null | undefined): number | undefined => {
    if (!hasPlace(value)) return undefined;
    return value > 0 ? map(Math.max(low, bounded(value))) : from;
  };
  if (others.length === 0) return { at, ticks };
  const text = others.some((value) => value < 0) ? '≤ 0' : '0';
  return { at, ticks: [{ at: from, text }, ...ticks], zeroAt: from };
}

/** The next 1, 2 or 5 of a decade below and above, at least a decade apart. */
function logExtent(values: readonly number[]): [number, number] {
  const smallest = Math.max(SMALLEST, min(values) ?? 1);
  const largest = Math.max(SMALLEST, max(values) ?? 10);
  let low = roundBelow(smallest);
  let high = roundAbove(largest);
  if (high / low < 10) {
    low = decade(Math.floor(Math.log10(smallest)));
    high = decade(Math.ceil(Math.log10(largest)));
  }
  return high > low ? [low, high] : [low / 10, high * 10];
}

function decade(exponent: number): number {
  // Read as a decimal: powers of ten by multiplication are a little off.
  return Number(`1e${exponent}`);
}

function roundBelow(value: number): number {
  const exponent = Math.floor(Math.log10(value));
  const digit = [5, 2].find((one) => Number(`${one}e${exponent}`) <= value) ?? 1;
  return Number(`${digit}e${exponent}`);
}

function roundAbove(value: number): number {
  const exponent = Math.floor(Math.log10(value));
  const digit = [1, 2, 5].find((one) => Number(`${one}e${exponent}`) >= value) ?? 10;
  return Number(`${digit}e${exponent}`);
}

/** 1, 2 and 5 of each decade while there is room, then the decades, then some of them. */
function logTicks(low: number, high: number, ticksMax: number): number[] {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.ceil(Math.log10(high) - 1e-9);
  const ticksOf = (digits: readonly number[], every: number): number[] => {
    const ticks: number[] = [];
    for (let exponent = first; exponent <= last; exponent++) {
      if (exponent % every !== 0) continue;
      for (const digit of digits) ticks.push(Number(`${digit}e${exponent}`));
    }
    return ticks.filter((tick) => tick >= low * 0.9999 && tick <= high * 1.0001);
  };
  const fine = ticksOf([1, 2, 5], 1);
  if (fine.length <= ticksMax) return fine;
  for (let every = 1; every <= 1000; every++) {
    const ticks = ticksOf([1], every);
    if (ticks.length <= ticksMax) return ticks;
  }
  return [];
}
