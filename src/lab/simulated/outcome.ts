import type { BranchCounts } from '../../testing/simulator/branches.ts';
import type { BrokenPromise, CostSample } from '../result.ts';
import type { RunMeter } from './run-meter.ts';

/** What came of a simulated run, before it is made a result. */
export interface SimulatedOutcome {
  readonly meter: RunMeter;
  readonly broken: BrokenPromise | undefined;
  readonly reached: BranchCounts;
  readonly deliveries: number;
  readonly trace: string;
  readonly samples: readonly CostSample[];
  readonly entries: number;
  readonly initialBytes: number;
  readonly framesEncoded: number;
  readonly joinMs: number;
  readonly healMs: number;
  readonly version: number;
  readonly digest: string;
  readonly equal: number;
  /** Median of some, so that the first ones, which are slow, do not count. */
  readonly hubMicrosPerUpdate: number | null;
}
