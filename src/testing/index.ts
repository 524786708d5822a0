/** What tests, demonstrations and measurements share: seeded randomness, faults, a workload. */
export { createAuctions } from './auctions.ts';
export type { Auction, Auctions, Bid } from './auctions.ts';
export { startFaultProxy } from './fault-proxy.ts';
export type { FaultProxy, FaultProxyOptions } from './fault-proxy.ts';
export type { FaultCounters, Faults, Way } from './faults.ts';
export type { CutKind } from './faulty-connection.ts';
export { SeededRandom } from './seeded-random.ts';
export type { RandomState } from './seeded-random.ts';
export type { Branch, BranchCounts } from './simulator/branches.ts';
export type { FaultCounts, FaultKind } from './simulator/fault-log.ts';
export type { Promised } from './simulator/history.ts';
export { shrink } from './simulator/shrink.ts';
export { simulate } from './simulator/simulate.ts';
export type {
  SimulatedViolation,
  SimulationOptions,
  SimulationReport,
} from './simulator/simulate.ts';
export type { Swarm } from './simulator/swarm.ts';
