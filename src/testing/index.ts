/** What tests, demonstrations and measurements share: seeded randomness, faults, a workload. */
export { createAuctions } from './auctions.ts';
export type { Auction, Auctions, Bid } from './auctions.ts';
export { startFaultProxy } from './fault-proxy.ts';
export type { FaultProxy, FaultProxyOptions } from './fault-proxy.ts';
export type { FaultCounters, Faults, Way } from './faults.ts';
export type { CutKind } from './faulty-connection.ts';
export { SeededRandom } from './seeded-random.ts';
export type { RandomState } from './seeded-random.ts';
