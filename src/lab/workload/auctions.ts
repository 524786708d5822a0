import { createAuctions } from '../../testing/auctions.ts';
import type { Auction } from '../../testing/auctions.ts';
import type { WorkloadKind } from './workload.ts';

/** Many objects of text, of which a bid changes three small members. */
export const auctions: WorkloadKind = {
  name: 'auctions',
  summary: 'auctions with titles and descriptions, of which bids change the last member',
  size: { unit: 'auctions', initial: 1000, min: 1, max: 20_000 },
  change: { unit: 'bids', initial: 1, min: 1, max: 1000 },
  make: ({ random, size, change }) => {
    const source = createAuctions({ seed: random.next(), count: size });
    return {
      title: `${size} auctions`,
      initial: () => source.initial().map((auction) => [auction.key, auction]),
      next: (nowMs) => {
        // A second bid on the same auction within an update takes the place of the first.
        const bids = new Map<string, Auction>();
        for (let i = 0; i < change; i++) {
          const auction = source.next(nowMs);
          bids.set(auction.key, auction);
        }
        return [...bids].map(([key, value]) => ({ key, value }));
      },
    };
  },
};
