import { auctions } from './auctions.ts';
import { bigConfig } from './big-config.ts';
import { gameTick } from './game-tick.ts';
import { orderBook } from './order-book.ts';
import { ticker } from './ticker.ts';
import type { WorkloadKind } from './workload.ts';

/** The name of the workload that plays a recorded feed. */
export const TRACE = 'trace';

/** What experiments can name, besides `trace`. */
export const workloadKinds: readonly WorkloadKind[] = [
  auctions,
  ticker,
  orderBook,
  bigConfig,
  gameTick,
];

/** Undefined where there is none of that name. */
export function workloadKind(name: string): WorkloadKind | undefined {
  return workloadKinds.find((kind) => kind.name === name);
}
