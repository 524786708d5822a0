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

/** One step of a unit: how much of the unit it is, and what is written behind the number. */
interface Step {
  readonly size: number;
  readonly suffix: string;
}

const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P'] as const;

function decimalSteps(name: string, prefixes: readonly string[] = DECIMAL): Step[] {
  return prefixes.map((prefix, i) => ({ size: 1000 ** i, suffix: ` ${prefix}${name}` }));
}

/** Steps of time; above a minute a number of seconds says little. */
function timeSteps(secondsPerUnit: number): Step[] {
  const steps: [seconds: number, suffix: string][] = [
    [1e-9, ' ns'],
    [1e-6, ' µs'],
    [1e-3, ' ms'],
    [1, ' s'],
    [60, ' min'],
    [3600, ' h'],
    [86_400, ' d'],
  ];
  return steps.map(([seconds, suffix]) => ({ size: seconds / secondsPerUnit, suffix }));
}

const MILLIONS: readonly Step[] = [
  { size: 1, suffix: '' },
  { size: 1e6, suffix: ' M' },
  { size: 1e9, suffix: ' G' },
];

const STEPS: Readonly<Record<Unit, readonly Step[]>> = {
  bytes: decimalSteps('B'),
  'bytes/s': decimalSteps('B/s'),
  µs: timeSteps(1e-6),
  ms: timeSteps(1e-3),
  s: timeSteps(1),
  ratio: [{ size: 1, suffix: '×' }],
  share: [{ size: 0.01, suffix: '%' }],
  count: MILLIONS,
  'per second': MILLIONS.map(({ size, suffix }) => ({ size, suffix: `${suffix}/s` })),
  money: MILLIONS,
  number: [{ size: 1, suffix: '' }],
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
  if (!plainSize(largest / step.size)) return ticks.map((tick) => numberText(unit, tick));
  const decimals = Math.min(12, precisionFixed(Math.max(gap / step.size, 1e-12)));
  const digits = format(`,.${decimals}f`);
  return ticks.map((tick) => {
    if (tick === 0) return unit === 'share' ? '0%' : '0';
    const dollar = unit === 'money' ? '$' : '';
    return `${tick < 0 ? '−' : ''}${dollar}${digits(Math.abs(tick) / step.size)}${step.suffix}`;
  });
}

/** The step in which no number has more digits than needed. */
function stepFor(unit: Unit, size: number): Step {
  // Two of a step of time read better as the smaller one: 90 s, 100 min.
  const enough = secondsPer(unit) === undefined ? 0.9995 : 1.9995;
  const steps = STEPS[unit];
  let chosen = steps[0] ?? { size: 1, suffix: '' };
  for (const step of steps) {
    const small = step.suffix.length <= 3 && !/ (?:min|h|d)$/.test(step.suffix);
    if (size >= step.size * (small ? 0.9995 : enough)) chosen = step;
  }
  return chosen;
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
