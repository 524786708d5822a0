/** Quantiles of samples, and the scale that gives each further nine the same room. */
import { quantileSorted } from 'd3-array';
import type { DistributionSeries } from './chart.ts';
import type { Room, Scale } from './scale.ts';

/** A value below which this share of all lies. */
export type Quantile = readonly [share: number, value: number];

/** Most steps of a drawn distribution. */
const STEPS_MAX = 240;

/** Quantiles that are asked for by name. */
export const NAMED_SHARES: readonly number[] = [0, 0.5, 0.9, 0.99, 0.999, 1];

/** What a series knows: its finite samples in order, or its quantiles in order. */
export function knownValues(series: DistributionSeries): readonly Quantile[] {
  if ('quantiles' in series) {
    return series.quantiles
      .filter(([share, value]) => share >= 0 && share <= 1 && Number.isFinite(value))
      .toSorted((a, b) => a[0] - b[0]);
  }
  const sorted = finiteSorted(series.samples);
  // Each sample stands for the middle of its share, so that none claims to be all there is.
  return sorted.map((value, i): Quantile => [(i + 0.5) / sorted.length, value]);
}

/** The value below which a share of a series lies; nothing if it is not known. */
export function quantileOf(series: DistributionSeries, share: number): number | undefined {
  if ('samples' in series) return quantileSorted(finiteSorted(series.samples), share);
  return knownValues(series).find(([known]) => Math.abs(known - share) < 1e-9)?.[1];
}

/** At most {@link STEPS_MAX} of the values, densest where the nines are. */
export function tellingValues(values: readonly Quantile[]): readonly Quantile[] {
  if (values.length <= STEPS_MAX) return values;
  const ninesMax = nines(values.at(-1)?.[0] ?? 0);
  const places = new Set([0, values.length - 1]);
  for (let i = 0; i <= STEPS_MAX - 2; i++) {
    const share = 1 - 10 ** -((i * ninesMax) / (STEPS_MAX - 2));
    places.add(Math.min(values.length - 1, Math.max(0, Math.round(share * values.length - 0.5))));
  }
  return [...places]
    .toSorted((a, b) => a - b)
    .map((at) => values[at])
    .filter((value) => value !== undefined);
}

/** A scale of shares on which 90%, 99%, 99.9% are equally far apart, as far as the values go. */
export function ninesScale(values: readonly Quantile[], { from, to }: Room): Scale {
  const known = values.map(([share]) => share).filter((share) => share < 1);
  const last = Math.max(1, nines(known.reduce((most, share) => Math.max(most, share), 0)));
  const top = Math.min(9, last);
  const at = (share: number): number => from + (Math.min(nines(share), top) / top) * (to - from);
  const ticks = [
    0,
    0.5,
    ...Array.from({ length: Math.floor(top + 1e-9) }, (_, i) => 1 - 10 ** -(i + 1)),
  ];
  return {
    at: (share) => (typeof share === 'number' && share >= 0 ? at(share) : undefined),
    ticks: ticks.map((share, i) => ({ at: at(share), text: shareText(share, i - 1) })),
  };
}

/** `50%`, `99.9%`: as many decimals as nines need. */
function shareText(share: number, ninesCount: number): string {
  return `${(share * 100).toFixed(Math.max(0, ninesCount - 2))}%`;
}

/** How many nines a share has: 0.9 has one, 0.99 two. */
function nines(share: number): number {
  return share >= 1 ? Number.POSITIVE_INFINITY : -Math.log10(1 - share);
}

/** Sorted once, as the drawings and the table all ask. */
const sortedSamples = new WeakMap<readonly number[], number[]>();

function finiteSorted(samples: readonly number[]): number[] {
  const known = sortedSamples.get(samples);
  if (known !== undefined) return known;
  const sorted = samples.filter(Number.isFinite).toSorted((a, b) => a - b);
  sortedSamples.set(samples, sorted);
  return sorted;
}
