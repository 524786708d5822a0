import { SeededRandom } from '../seeded-random.ts';
import type { BranchCounts } from './branches.ts';
import type { FaultCounts } from './fault-log.ts';
import type { Promised } from './history.ts';
import { Violation } from './history.ts';
import { checkSwarm } from './check-swarm.ts';
import { Simulation } from './simulation.ts';
import type { Swarm } from './swarm.ts';
import { drawSwarm } from './swarm.ts';

export interface SimulationOptions {
  /** The whole run follows from it. */
  readonly seed: string | number;
  /**
   * In place of what the seed draws: a user's own settings, or one kind of fault alone. They have
   * to leave a healthy line time to answer, or `P6` says that they do not.
   */
  readonly swarm?: Partial<Swarm>;
  /** Numbers of the faults that may strike, as a report lists them; all by default. */
  readonly faults?: readonly number[];
  /** Hears what happens, a line for each event of note. */
  readonly trace?: (line: string) => void;
}

/** What a run came to. */
export interface SimulationReport {
  readonly seed: string | number;
  /** What the seed drew. */
  readonly swarm: Swarm;
  /** Messages that arrived at a hub or a replica. */
  readonly deliveries: number;
  /** Virtual time, in ms, and how much of it healing took. */
  readonly virtualMs: number;
  readonly healedMs: number;
  /** Equal for two runs that were the same, event by event. */
  readonly traceHash: string;
  readonly faults: FaultCounts;
  readonly reached: BranchCounts;
  /** The promise that was broken; undefined: none. */
  readonly violation: SimulatedViolation | undefined;
}

export interface SimulatedViolation {
  /** A promise of the design; `crash` where something threw that never should. */
  readonly promise: Promised | 'crash';
  readonly what: string;
  readonly atMs: number;
  /** Numbers of the faults that had struck by then. */
  readonly faults: readonly number[];
}

/**
 * Plays producers, hubs and replicas through faults in virtual time, with the machines and the
 * bytes of production, and holds every step against the promises. Pure: the same options give
 * the same report on every platform. `bad-argument` for a setting that there is not, or out of its
 * range. Cost: about 0.1 s of work for ten thousand deliveries.
 */
export function simulate(options: SimulationOptions): SimulationReport {
  if (options.swarm !== undefined) checkSwarm(options.swarm);
  const random = new SeededRandom(options.seed);
  const swarm = { ...drawSwarm(random.fork('swarm')), ...options.swarm };
  const simulation = new Simulation(random, swarm, options);
  const { world } = simulation;
  let violation: SimulatedViolation | undefined;
  try {
    simulation.run();
  } catch (error) {
    violation = {
      promise: error instanceof Violation ? error.promise : 'crash',
      what: error instanceof Violation ? error.message : String((error as Error).stack ?? error),
      atMs: world.nowMs,
      faults: world.faults.struck,
    };
  }
  return {
    seed: options.seed,
    swarm,
    deliveries: world.deliveries,
    virtualMs: world.nowMs,
    healedMs: simulation.healedMs,
    traceHash: world.trace.toString(),
    faults: world.faults.counts,
    reached: world.branches.counts,
    violation,
  };
}
