// A hub in a process of its own, so that its memory, its processor time and its pauses are its
// alone. Started by the measurements that need one.
import { serve } from '../../dist/server/index.js';
import { heldBytes } from './heap.mjs';
import { answerRequests } from './measured-process.mjs';
import { Pacer } from './pacer.mjs';
import { auctions, quotes, smallEntries } from './workload.mjs';

let hub;
const streams = new Map();
const pacers = new Map();

/** Each workload fills its stream and returns what makes the next commit. */
const WORKLOADS = {
  auctions: (producer, options) => {
    const source = auctions(options);
    producer.replaceAll(source.entries);
    return () => producer.set(...source.next());
  },
  quotes: (producer, options) => {
    const next = quotes(options);
    producer.update(next());
    return () => producer.update(next());
  },
  small: (producer, options) => {
    producer.replaceAll(smallEntries(options));
    return () => producer.set(0, { n: producer.version });
  },
  pulse: (producer) => {
    producer.set('pulse', { dueMs: 0 });
    return (dueMs) => producer.set('pulse', { dueMs });
  },
};

function stringifyMs(producer) {
  const beganMs = performance.now();
  const bytes = Buffer.from(JSON.stringify([...producer.values()])).length;
  return { ms: performance.now() - beganMs, bytes };
}

answerRequests({
  open: async ({ session }) => {
    hub = await serve({ session });
    return hub.port;
  },
  load: ({ stream, workload, ...options }) => {
    const producer = hub.stream(stream);
    const commit = WORKLOADS[workload](producer, options);
    streams.set(stream, { producer, commit });
    return producer.version;
  },
  /** Commits at a rate, in commits a second, until told to stop. */
  run: ({ stream, rate }) => {
    const { producer, commit } = streams.get(stream);
    pacers.set(stream, new Pacer(rate, producer, commit));
  },
  stop: ({ stream }) => pacers.get(stream).stop(),
  version: ({ stream }) => streams.get(stream).producer.version,
  held: () => heldBytes(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  sessions: ({ stream }) => hub.sessions().filter((session) => session.stream === stream),
  stringify: ({ stream }) => stringifyMs(streams.get(stream).producer),
});
