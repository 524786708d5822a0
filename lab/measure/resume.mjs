// A replica is away for a moment, and comes back by the journal.
import { connect } from '../../dist/client/index.js';
import { serve } from '../../dist/server/index.js';
import { roundTrips, startCountingProxy } from './counting-proxy.mjs';
import { atMost, exactly, plain } from './figures.mjs';
import { pause, until } from './waiting.mjs';
import { auctions, RECORDED_FEED } from './workload.mjs';

/** Time for the acknowledgement that follows, in ms. */
const SETTLE_MS = 60;

async function run({ entries, changed, seed, data, 'bids-each': bidsEach, 'away-ms': awayMs }) {
  const source = auctions({ count: entries, seed, bidsEach, data });
  const hub = await serve();
  const producer = hub.stream('auctions');
  producer.replaceAll(source.entries);
  const proxy = await startCountingProxy(hub.port);
  const session = { backoffMinMs: 20, backoffMaxMs: 50, ackDelayMs: 20 };
  const replica = connect(proxy.url('/auctions'), { session });
  await replica.ready;
  await pause(SETTLE_MS);

  proxy.refusing = true;
  proxy.cutAll();
  await until(() => replica.status === 'stale', 'the replica notices the cut');
  const keys = new Set();
  let updates = 0;
  for (; keys.size < changed; updates++) {
    const [key, value] = source.next();
    keys.add(key);
    producer.set(key, value);
  }
  await pause(awayMs);
  proxy.refusing = false;
  await until(() => replica.status === 'live', 'the replica is live again');
  await pause(SETTLE_MS);

  const { latest } = proxy;
  const equal = JSON.stringify([...replica]) === JSON.stringify([...producer]);
  await replica.close();
  await proxy.close();
  await hub.close();
  const stateBytes = Buffer.byteLength(JSON.stringify(source.entries.map(([, value]) => value)));
  return {
    figures: [
      plain('the state, as JSON', stateBytes, 'bytes'),
      plain(`updates while away, of ${changed} entries`, updates),
      atMost('down', latest.bytes.down, 900, 'bytes'),
      plain('up: upgrade not counted, acknowledgement included', latest.bytes.up, 'bytes'),
      exactly('round trips, the hello included', roundTrips(latest.log), 1),
      exactly('the replica equals the producer', equal, true),
    ],
    notes: ['being away takes no time here: what counts is how much has changed meanwhile'],
  };
}

export const command = {
  shows: 'the bytes of a resume after a cut',
  options: {
    entries: { value: 1000, what: 'auctions in the stream' },
    changed: { value: 10, what: 'entries that change meanwhile' },
    'bids-each': { value: 3, what: 'bids on each auction before, on average' },
    'away-ms': { value: 0, what: 'time spent away, in ms' },
    seed: { value: 1, what: 'seed of the auctions' },
    data: RECORDED_FEED,
  },
  run,
};
