/** Numbers for people: each unit with its steps, three digits, and ticks that look alike. */
import { format, precisionFixed } from 'd3-format';

/**
 * What a number counts. Times are shown in the step that fits (`µs` to `d`), whatever they are
 * given in; `share` is 0 to 1 and shown in per cent; `ratio` is shown as `14.8×`; `money` is in US
 * dollars.
 */
export type Unit =
  | 'bytes'
  | 'bytes/s'
  | 'µs'
  | 'ms'
  | 's'
  | 'ratio'
  | 'share'
  | 'count'
  | 'per second'
  | 'money'
  | 'number';

/** One step of a unit. */
interface Step {
  /** How much of the unit it is. */
  readonly size: number;
  readonly suffix: string;
  /** The least number written in it: what would be rounded up to one of it is, too. */
  readonly from: number;
}

function stepOf(size: number, suffix: string, from = size * 0.9995): Step {
  return { size, suffix, from };
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'] as const;

function decimalSteps(name: string): Step[] {
  return PREFIXES.map((prefix, i) => stepOf(1000 ** i, ` ${prefix}${name}`));
}

function timeSteps(secondsPerUnit: number): Step[] {
  const steps = [
    stepOf(1e-9, ' ns'),
    stepOf(1e-6, ' µs'),
    stepOf(1e-3, ' ms'),
    stepOf(1, ' s'),
    // Less than two of these read better in the step below: 90 s, 100 min.
    stepOf(60, ' min', 119.95),
    stepOf(3600, ' h', 7197),
    stepOf(86_400, ' d', 172_700),
  ];
  return steps.map(({ size, suffix, from }) =>
    stepOf(size / secondsPerUnit, suffix, from / secondsPerUnit),
  );
}

/** Numbers of things are written in full up to a million. */
function countSteps(suffix: string): Step[] {
  return [stepOf(1, suffix), stepOf(1e6, ` M${suffix}`, 999_999.5), stepOf(1e9, ` G${suffix}`)];
}

const STEPS: Readonly<Record<Unit, readonly Step[]>> = {
  bytes: decimalSteps('B'),
  'bytes/s': decimalSteps('B/s'),
  µs: timeSteps(1e-6),
  ms: timeSteps(1e-3),
  s: timeSteps(1),
  ratio: [stepOf(1, '×')],
  share: [stepOf(0.01, '%')],
  count: countSteps(''),
  'per second': countSteps('/s'),
  money: countSteps(''),
  number: [stepOf(1, '')],
};

/** How long one of a unit of time is, in seconds; nothing for what is no time. */
export function secondsPer(unit: Unit): number | undefined {
  const seconds: Partial<Record<Unit, number>> = { µs: 1e-6, ms: 1e-3, s: 1 };
  return seconds[unit];
}

/** A number with its unit, in three digits: `1.23 MB`, `14.8×`, `99.9%`; none: `–`. */
export function numberText(unit: Unit, value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const step = value === 0 ? baseStep(unit) : stepFor(unit, Math.abs(value));
  const sign = value < 0 ? '−' : '';
  const digits = threeDigits(Math.abs(value) / step.size, unit === 'money');
  return `${sign}${unit === 'money' ? '$' : ''}${digits}${step.suffix}`;
}

/** Texts for the ticks of a linear axis: one step and one number of decimals for all. */
export function tickTexts(unit: Unit, ticks: readonly number[]): string[] {
  const largest = Math.max(0, ...ticks.map(Math.abs));
  const step = stepFor(unit, largest);
  const gap = ticks.length > 1 ? Math.abs((ticks[1] ?? 0) - (ticks[0] ?? 0)) : largest;
  // Up to the whole numbers that are exact: in three digits close ticks would look the same.
  if (largest !== 0 && (largest / step.size < 1e-6 || largest / step.size > 2 ** 53))
    return ticks.map((tick) => numberText(unit, tick));
  const decimals = Math.min(12, precisionFixed(Math.max(gap / step.size, 1e-12)));
  const digits = format(`,.${decimals}f`);
  return ticks.map((tick) => {
    if (tick === 0) return unit === 'share' ? '0%' : '0';
    const dollar = unit === 'money' ? '$' : '';
    return `${tick < 0 ? '−' : ''}${dollar}${digits(Math.abs(tick) / step.size)}${step.suffix}`;
  });
}

/** The largest step of which there is about one. */
function stepFor(unit: Unit, size: number): Step {
  const steps = STEPS[unit];
  return steps.findLast(({ from }) => size >= from) ?? steps[0] ?? stepOf(1, '');
}

/** The step in which a zero is written. */
function baseStep(unit: Unit): Step {
  return STEPS[unit].find((step) => step.size === 1) ?? stepFor(unit, 0);
}

/** Whether a number is better written in full than with an exponent. */
function plainSize(size: number): boolean {
  return size === 0 || (size >= 1e-6 && size < 1e15);
}

const whole = format(',.0f');
const significant = format('.3~r');
const cents = format(',.2f');
const exponent = format('.3~e');

function threeDigits(size: number, isMoney: boolean): string {
  if (!plainSize(size)) return exponent(size);
  if (size >= 99.95) return whole(size);
  if (isMoney && size >= 0.995) return cents(size);
  return significant(size);
}
