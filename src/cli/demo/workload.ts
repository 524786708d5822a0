import { createAuctions } from '../../testing/index.ts';
import type { FeedProblem } from '../feed-record.ts';
import { newTally, publishFeed } from '../feed-publisher.ts';
import type { FeedSource } from '../feed-source.ts';
import { countText } from '../figures.ts';
import { Pace } from '../pace.ts';
import { publishSystem } from '../system-publisher.ts';
import { SystemSource } from '../system-source.ts';
import type { MeasuredStream } from './measured-stream.ts';

/** Where the demo's updates come from. */
export interface Workload {
  /** For the heading: `1,000 auctions`. */
  readonly title: string;
  /** Updates the stream at the pace wanted, until the signal or its own end. */
  readonly run: (stream: MeasuredStream, signal: AbortSignal) => Promise<void>;
}

export function auctionWorkload(options: {
  readonly count: number;
  readonly seed: string;
  readonly perSecond: number;
}): Workload {
  const { count, seed, perSecond } = options;
  const auctions = createAuctions({ seed, count });
  return {
    title: `${countText(count)} auctions`,
    run: async (stream, signal) => {
      stream.fill(auctions.initial().map((auction) => [auction.key, auction]));
      const pace = new Pace(perSecond, signal);
      for (;;) {
        const due = pace.next();
        if (due !== undefined) await due;
        if (signal.aborted) return;
        const auction = auctions.next(performance.timeOrigin + performance.now());
        stream.set(auction.key, auction);
      }
    },
  };
}

/** A recorded feed; at its end the last state stays. */
export function feedWorkload(options: {
  readonly source: FeedSource;
  readonly keyName: string;
  readonly perSecond: number;
  readonly onProblem: (problem: FeedProblem) => void;
}): Workload {
  const { source, keyName, perSecond, onProblem } = options;
  return {
    title: source.name,
    run: async (stream, signal) => {
      await publishFeed({
        source,
        target: stream,
        keyName,
        perSecond,
        loop: false,
        signal,
        tally: newTally(),
        onProblem,
      });
      stream.commitAtLeastEmptiness();
    },
  };
}

/** Figures of this machine, sampled; every process and interface is an entry. */
export function systemWorkload(everyMs: number): Workload {
  return {
    title: 'figures of this machine',
    run: async (target, signal) => {
      const source = new SystemSource();
      await publishSystem({ source, target, everyMs, signal, tally: newTally() });
    },
  };
}
