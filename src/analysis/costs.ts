import type { StrategyId } from './strategies.ts';

/** What traffic and work cost, and for how many. */
export interface Prices {
  readonly consumers: number;
  /** Money for 10^9 bytes that leave the server. */
  readonly perGb: number;
  /** Money for an hour of one core of the server. */
  readonly perCpuHour: number;
}

/** What one strategy takes for the same stretch of updates. */
export interface Load {
  readonly id: StrategyId;
  /** Bytes to each consumer. */
  readonly bytes: number;
  /** Work of the server once for all consumers, in µs. */
  readonly onceUs: number;
  /** Work of the server for each consumer, in µs. */
  readonly eachUs: number;
}

const BYTES_OF_GB = 1e9;
const US_OF_HOUR = 3.6e9;

/** Money that each consumer costs, and that there is to pay without any. */
function slopeOf({ bytes, eachUs }: Load, prices: Prices): number {
  const traffic = (bytes / BYTES_OF_GB) * prices.perGb;
  return traffic + ((eachUs || 0) / US_OF_HOUR) * prices.perCpuHour;
}

function fixedOf({ onceUs }: Load, { perCpuHour }: Prices): number {
  return ((onceUs || 0) / US_OF_HOUR) * perCpuHour;
}

/** Money for a load with so many consumers. */
export function costOf(load: Load, prices: Prices): number {
  return fixedOf(load, prices) + slopeOf(load, prices) * prices.consumers;
}

/** The least number of consumers from which on `load` costs less than `other`; undefined: none. */
export function cheaperFrom(load: Load, other: Load, prices: Prices): number | undefined {
  const slope = slopeOf(other, prices) - slopeOf(load, prices);
  const fixed = fixedOf(load, prices) - fixedOf(other, prices);
  if (slope <= 0) return fixed < 0 && slope === 0 ? 1 : undefined;
  return Math.max(1, Math.floor(fixed / slope) + 1);
}
