// A replica comes back with a past that its hub knows nothing of, and hardly anything differs.
import { connect } from '../../dist/client/index.js';
import { serve } from '../../dist/server/index.js';
import { roundTrips, startCountingProxy } from './counting-proxy.mjs';
import { atMost, exactly, plain } from './figures.mjs';
import { pause, until } from './waiting.mjs';
import { boundedAuctions, RECORDED_FEED } from './workload.mjs';

const SETTLE_MS = 60;
const STREAM = 'auctions';
const SESSION = { backoffMinMs: 20, backoffMaxMs: 50, ackDelayMs: 20 };
/** So little history that a few changes leave it behind. */
const SHORT_MEMORY = { journalEntriesMax: 4, tombstonesMax: 4 };
const epochOf = (term) => `${term}.00112233445566ff`;

/** Of the keys that differ one is gone, one is new, and the others have other values. */
function differ(entries, source, different) {
  const state = new Map(entries);
  if (different === 0) return state;
  const keys = new Set();
  while (keys.size < Math.max(0, different - 2)) {
    const [key, value] = source.next();
    keys.add(key);
    state.set(key, value);
  }
  const gone = entries.find(([key]) => !keys.has(key));
  state.delete(gone[0]);
  if (different > 1) state.set('a key that was not there', gone[1]);
  return state;
}

/** Brings a producer from its state to another, one commit a change, and wears out its memory. */
function changeTo(producer, state) {
  for (const key of [...producer.keys()]) if (!state.has(key)) producer.delete(key);
  for (const [key, value] of state) if (producer.get(key) !== value) producer.set(key, value);
  for (let i = 0; i < 8; i++) {
    producer.set(`passing ${i}`, i);
    producer.delete(`passing ${i}`);
  }
}

/** One replica, cut off; then what its return costs. `restart`: a new producer, a new epoch. */
async function comeBack(source, { different, restart }) {
  const limits = restart ? {} : SHORT_MEMORY;
  let hub = await serve({ limits });
  let producer = hub.stream(STREAM, { epoch: epochOf(1) });
  producer.replaceAll(source.entries);
  const proxy = await startCountingProxy(hub.port);
  const replica = connect(proxy.url(`/${STREAM}`), { session: SESSION });
  await replica.ready;
  await pause(SETTLE_MS);
  const joined = proxy.latest.total;

  proxy.refusing = true;
  proxy.cutAll();
  const state = differ(source.entries, source, different);
  if (restart) {
    await hub.close();
    hub = await serve({ limits });
    producer = hub.stream(STREAM, { epoch: epochOf(2) });
    producer.replaceAll(state);
    proxy.targetPort = hub.port;
  } else {
    changeTo(producer, state);
  }
  const before = proxy.connections.length;
  proxy.refusing = false;
  const isEqual = () =>
    replica.status === 'live' && replica.head()?.digest === producer.head().digest;
  await until(() => proxy.connections.length > before && isEqual(), 'the replica is live again');
  await pause(SETTLE_MS);

  const back = proxy.connections.slice(before);
  const log = back.flatMap((connection) => connection.log);
  const equal = textOf(replica) === textOf(producer);
  await replica.close();
  await proxy.close();
  await hub.close();
  const total = back.reduce((sum, connection) => sum + connection.total, 0);
  return { joined, total, trips: roundTrips(log) - 1, equal, repairs: replica.stats.repairs };
}

/** Order of keys is no part of the promise. */
function textOf(map) {
  return JSON.stringify([...map].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

async function run({ entries, different, 'value-bytes': bytesMax, seed, data }) {
  const source = () => boundedAuctions({ count: entries, seed, bytesMax, data });
  const largest = source().entries.reduce(
    (most, [, value]) => Math.max(most, Buffer.byteLength(JSON.stringify(value))),
    0,
  );
  const restarted = await comeBack(source(), { different, restart: true });
  const forgotten = await comeBack(source(), { different, restart: false });
  const same = await comeBack(source(), { different: 0, restart: true });
  const allEqual = restarted.equal && forgotten.equal && same.equal;
  const figuresOf = (what, { total, trips }) => [
    atMost(`${what}, ${different} keys differ: both ways`, total, 20_000, 'bytes'),
    atMost(`${what}: round trips after the hello's`, trips, 3),
  ];
  return {
    figures: [
      plain('the largest value, as JSON', largest, 'bytes'),
      plain('a copy from nothing, both ways', restarted.joined, 'bytes'),
      ...figuresOf('new epoch', restarted),
      ...figuresOf('same epoch, journal and tombstones gone', forgotten),
      atMost('new epoch, nothing differs: both ways', same.total, 250, 'bytes'),
      plain("new epoch, nothing differs: round trips after the hello's", same.trips),
      plain('comparisons and copies anew that replicas asked for', restarted.repairs),
      exactly('the replicas equal their producers', allEqual, true),
    ],
    notes: ['of the keys that differ one is gone, one is new, the others have other values'],
  };
}

export const command = {
  shows: 'what it costs to come back with a past the hub does not know',
  options: {
    entries: { value: 100_000, short: 2_000, what: 'auctions in the stream' },
    different: { value: 10, what: 'keys that differ' },
    'value-bytes': { value: 450, what: 'the longest value, as JSON' },
    seed: { value: 1, what: 'seed of the auctions' },
    data: RECORDED_FEED,
  },
  run,
};
