/** What a chart shows, as data. It gives the picture, the table below it, and its description. */
import type { Unit } from './number-text.ts';

/** Most series drawn in one chart: more nobody tells apart. The others are in the table. */
export const SERIES_MAX = 12;

/** An axis: what it counts, in what, and how. */
export interface Axis {
  readonly label: string;
  readonly unit: Unit;
  /** `log` for what spans decades; zeros get a place of their own below them. Default `linear`. */
  readonly scale?: 'linear' | 'log';
  /** Whether a linear axis holds zero. Default: `true` for heights, `false` along the x-axis. */
  readonly fromZero?: boolean;
}

/** `[x, y]`; a `y` that is no finite number leaves a gap in a line. */
export type Point = readonly [x: number, y: number | null | undefined];

export interface Series {
  /** The same name has the same colour in all figures of a report. */
  readonly name: string;
  readonly points: readonly Point[];
  /** Drawn stronger than the others, and first in choosing its colour. */
  readonly emphasis?: boolean;
}

/** A place on the x-axis: a fault, a phase; with `until` a stretch of it. */
export interface Mark {
  readonly at: number;
  readonly until?: number;
  readonly label: string;
}

/** A level that means something: break-even, a limit. */
export interface Guide {
  readonly at: number;
  readonly label: string;
}

export interface LinesChart {
  readonly kind: 'lines';
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Marked places on the x-axis, such as faults. */
  readonly marks?: readonly Mark[];
  /** Marked heights. */
  readonly guides?: readonly Guide[];
  /** Keeps each value until the next point, as counters and states do. */
  readonly stepped?: boolean;
  /** The series are steps of one quantity (sizes, rates): shades of one colour, in this order. */
  readonly ordered?: boolean;
}

export interface ScatterChart {
  readonly kind: 'scatter';
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly guides?: readonly Guide[];
}

export interface Bar {
  readonly label: string;
  /** One for each of `series`; what is no finite number is shown as missing. */
  readonly values: readonly (number | null | undefined)[];
  readonly emphasis?: boolean;
}

export interface BarsChart {
  readonly kind: 'bars';
  /** On a log axis the values are dots, since a bar's length would say nothing there. */
  readonly value: Axis;
  /** What the values of each bar are. One name, or none, for plain bars. */
  readonly series?: readonly string[];
  readonly bars: readonly Bar[];
  /** Largest first. Default: in the order given. */
  readonly ranked?: boolean;
  readonly guides?: readonly Guide[];
}

/** Samples in any order, or known quantiles as `[share from 0 to 1, value]`. */
export type DistributionSeries = { readonly name: string; readonly emphasis?: boolean } & (
  | { readonly samples: readonly number[] }
  | { readonly quantiles: readonly (readonly [share: number, value: number])[] }
);

export interface DistributionChart {
  readonly kind: 'distribution';
  /** Of the values, along the x-axis. Default scale: `log`. */
  readonly value: Axis;
  readonly series: readonly DistributionSeries[];
}

/** How a replica stands, in the words of `replica.status`. */
export type LaneStatus = 'connecting' | 'catching-up' | 'live' | 'stale' | 'conflict' | 'closed';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: LaneStatus;
}

export interface Lane {
  readonly name: string;
  readonly spans: readonly Span[];
  /** Moments of this lane alone: a repair, a kill. */
  readonly moments?: readonly { readonly atMs: number; readonly label: string }[];
}

export interface TimelineChart {
  readonly kind: 'timeline';
  readonly fromMs: number;
  readonly toMs: number;
  readonly lanes: readonly Lane[];
  /** What was done to all or some of them; with `untilMs` for a while. */
  readonly faults: readonly {
    readonly atMs: number;
    readonly untilMs?: number;
    readonly label: string;
  }[];
}

export type Chart = LinesChart | ScatterChart | BarsChart | DistributionChart | TimelineChart;
