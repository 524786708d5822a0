import type { Limits } from '../../core/limits.ts';
import type { Manifest } from '../../protocol/chunk.ts';
import type { SessionLimits } from '../../protocol/session-limits.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Branches } from './branches.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultLog } from './fault-log.ts';
import type { StateHistory } from './history.ts';
import type { Instruments } from './instruments.ts';
import type { Carrier } from './network.ts';
import type { Swarm } from './swarm.ts';
import type { Trace } from './trace.ts';

/** The stream's name; it seeds the digests. */
export const STREAM = 'simulated';

/** What all nodes of a run share. */
export interface World {
  nowMs: number;
  readonly random: SeededRandom;
  readonly swarm: Swarm;
  readonly session: SessionLimits;
  readonly limits: Limits;
  readonly queue: EventQueue;
  readonly network: Carrier;
  readonly faults: FaultLog;
  readonly history: StateHistory;
  readonly trace: Trace;
  readonly branches: Branches;
  /** Undefined: what a run comes to is only held against the promises. */
  readonly instruments: Instruments | undefined;
  /**
   * Manifests of all snapshots sent, by their checks: a session may still be at an older one than
   * its neighbour, and a hub that is restored makes the very snapshot that the one before it made.
   */
  readonly snapshots: Map<number, Manifest>;
  /** When the faults were over, in ms; Infinity: they are not. */
  healedAtMs: number;
  /** Connections made so far. */
  lines: number;
  /** Messages that arrived at a machine. */
  deliveries: number;
}
