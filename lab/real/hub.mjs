// A hub in a process of its own. Each commit is told on stdout, which is synchronous on a pipe,
// before the turn ends in which it was made: whoever is sent a state, the parent knows it.
import { serve } from '../../dist/server/index.js';
import { SeededRandom } from '../../dist/testing/index.js';
import { Workload } from '../../dist/testing/simulator/workload.js';
import { heldBytes } from '../measure/heap.mjs';
import { answerRequests } from '../measure/measured-process.mjs';
import { monotonicMs } from '../measure/waiting.mjs';
import { STREAM } from './stream.mjs';

/** Values of one life of a hub are no values of another. */
const VALUES_OF_A_LIFE = 1e7;

let hub;
let producer;
let workload;
let told = new Map();
let timer;
let largeTimer;
let heapMostBytes = 0;
const state = new Map();
const errors = {};

function tell() {
  const changes = [];
  for (const [key, text] of state) if (told.get(key) !== text) changes.push([key, text]);
  for (const key of told.keys()) if (!state.has(key)) changes.push([key, null]);
  told = new Map(state);
  process.stdout.write(`${JSON.stringify([producer.version, monotonicMs(), changes])}\n`);
}

function commit(times) {
  for (let i = 0; i < times; i++) if (workload.commit(producer, state)) tell();
}

answerRequests({
  open: async ({ seed, life, epoch, saved, swarm, session, limits }) => {
    const random = new SeededRandom(seed).fork(`life ${life}`);
    workload = Object.assign(new Workload(random, swarm, { reach: () => {} }), {
      count: life * VALUES_OF_A_LIFE,
    });
    hub = await serve({ session, limits });
    hub.onSessionError(({ code }) => {
      errors[code] = (errors[code] ?? 0) + 1;
    });
    producer = hub.stream(STREAM, { epoch });
    if (saved !== undefined && saved.size > 0) {
      for (const [key, text] of saved) state.set(key, text);
      workload.load(producer, state);
      tell();
    }
    return hub.port;
  },
  /** Commits about so often, so many in a turn at most, until told to stop. */
  run: ({ everyMs, perTurn = 1 }) => {
    let turn = 0;
    timer = setInterval(() => {
      commit(1 + (turn++ % perTurn));
      heapMostBytes = Math.max(heapMostBytes, process.memoryUsage().heapUsed);
    }, everyMs);
  },
  /** One last commit: there is always something that everyone has to come to. */
  stop: () => {
    clearInterval(timer);
    const before = producer.version;
    while (producer.version === before) commit(1);
    return producer.version;
  },
  /** A stream of many entries, one of which changes all the time. */
  load: ({ stream, epoch, entries }) => {
    const large = hub.stream(stream, { epoch });
    large.replaceAll(Array.from({ length: entries }, (_, n) => [n, { n, text: `entry ${n}` }]));
    largeTimer = setInterval(() => large.set(0, { n: large.version }), 20);
  },
  still: () => clearInterval(largeTimer),
  held: () => heldBytes(),
  figures: () => ({
    errors,
    heapMostBytes,
    residentBytes: process.memoryUsage().rss,
    sessions: hub.sessions().length,
    metrics: hub.metrics(),
  }),
});
