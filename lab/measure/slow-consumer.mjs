// One replica process is stopped while updates go on: what it costs the hub and the others, and
// what it gets when it wakes.
import { atMost, exactly, median, plain, quantile } from './figures.mjs';
import { startProcess } from './measured-process.mjs';
import { pause } from './waiting.mjs';

const HUB = new URL('hub-process.mjs', import.meta.url);
const REPLICA = new URL('replica-process.mjs', import.meta.url);
const STREAM = 'quotes';
const WINDOW_BYTES = 256 * 1024;
/** Before the stall, for the engine to warm up, and after it, to catch up; in ms. */
const WARM_UP_MS = 2000;
const CATCH_UP_MS = 1500;

/** Versions shown by a replica within a time, as lags in ms. */
function lagsOf(frames, committedMs, { fromMs, toMs }) {
  const lags = [];
  for (const [from, to, atMs] of frames) {
    for (let version = from + 1; version <= to; version++) {
      const madeMs = committedMs.get(version);
      if (madeMs >= fromMs && madeMs < toMs) lags.push(atMs - madeMs);
    }
  }
  return lags;
}

async function oneRun(settings, stalls) {
  const { rate, instruments, changes, seed, healthy } = settings;
  const hub = startProcess(HUB);
  const replicas = Array.from({ length: healthy + 1 }, () => startProcess(REPLICA));
  try {
    const port = await hub.ask('open');
    await hub.ask('load', { stream: STREAM, workload: 'quotes', instruments, changes, seed });
    // One after the other: the first session is that of the replica which is stopped.
    for (const replica of replicas) await replica.ask('connect', { port, stream: STREAM });
    await hub.ask('run', { stream: STREAM, rate });
    await pause(WARM_UP_MS);
    return await observe({ hub, replicas, stalls, settings });
  } finally {
    await Promise.all([hub, ...replicas].map((child) => child.end()));
  }
}

async function observe({ hub, replicas, stalls, settings }) {
  const [slow, ...others] = replicas;
  const firstSession = async () => (await hub.ask('sessions', { stream: STREAM }))[0];
  await slow.ask('frames');
  const before = await firstSession();
  if (stalls) slow.signal('SIGSTOP');
  const fromVersion = await hub.ask('version', { stream: STREAM });
  await pause(settings['stall-ms']);
  const after = await firstSession();
  const commits = new Map(await hub.ask('stop', { stream: STREAM }));
  const toVersion = await hub.ask('version', { stream: STREAM });
  const held = await hub.ask('held');
  await hub.ask('run', { stream: STREAM, rate: settings.rate });
  slow.signal('SIGCONT');
  await pause(CATCH_UP_MS);
  const newest = await hub.ask('version', { stream: STREAM });
  const reached = await slow.ask('reach', { version: newest });
  const frames = await slow.ask('frames');
  const window = { fromMs: commits.get(fromVersion + 1), toMs: commits.get(toVersion) };
  const lags = [];
  for (const other of others) lags.push(...lagsOf(await other.ask('frames'), commits, window));
  const waking = frames.filter(([, to]) => to > before.cursor);
  return {
    held,
    p99: quantile(lags, 0.99),
    sent: after.bytesSent - before.bytesSent,
    unacknowledged: after.bytesUnacknowledged,
    versions: toVersion - fromVersion,
    inFlight: waking.filter(([, to]) => to <= after.cursor).length,
    // Frames that cover what was committed after the last one sent, and before it woke.
    catchUp: waking.filter(([from, to]) => to > after.cursor && from < toVersion).length,
    resumes: (await slow.ask('report')).stats.resumes,
    caughtUp: reached >= newest,
  };
}

async function run(settings) {
  const pairs = [];
  for (let i = 0; i < settings.runs; i++) {
    // Which comes first changes, so that a drift of the machine favours neither.
    const order = i % 2 === 0 ? [false, true] : [true, false];
    const pair = {};
    for (const stalls of order) pair[stalls ? 'stalled' : 'free'] = await oneRun(settings, stalls);
    pairs.push(pair);
  }
  const { rate, instruments } = settings;
  const objectBytes = instruments * 100;
  return {
    figures: figuresOf(pairs, objectBytes),
    notes: [
      `${rate} updates/s of about ${(objectBytes / 1000).toFixed(1)} KB of JSON; updates rest`,
      'while memory is measured, before the replica wakes; the hub counts what it sent itself',
    ],
  };
}

function figuresOf(pairs, objectBytes) {
  const middle = (of) => median(pairs.map(of));
  const stalled = (name) => pairs.map((pair) => pair.stalled[name]);
  const most = (name) => Math.max(...stalled(name));
  const heapMB = middle((pair) => (pair.stalled.held - pair.free.held) / 1e6);
  const lagRatio = middle((pair) => pair.stalled.p99 / pair.free.p99);
  const sentMax = WINDOW_BYTES + objectBytes;
  const freeP99 = middle(({ free }) => free.p99);
  return [
    plain('versions during the stall', median(stalled('versions'))),
    atMost('heap and external above a run without stall, median', heapMB, 1, 'MB'),
    atMost('sent to the stopped replica meanwhile, most', most('sent'), sentMax, 'bytes'),
    plain('under way when it woke', median(stalled('unacknowledged')), 'bytes'),
    plain('p99 lag of the others, no stall', freeP99, 'ms'),
    plain('p99 lag of the others, stall', median(stalled('p99')), 'ms'),
    atMost('p99 lag, stall / no stall, median', lagRatio, 1.25),
    plain('frames under way, applied on waking', median(stalled('inFlight'))),
    exactly('frames to catch up, most', most('catchUp'), 1),
    plain('new connections on waking, most', most('resumes')),
    exactly('it catches up each time', !stalled('caughtUp').includes(false), true),
  ];
}

export const command = {
  shows: 'what one stopped replica process costs the hub and the others',
  options: {
    runs: { value: 5, short: 1, what: 'pairs of runs, with and without a stall' },
    'stall-ms': { value: 10_000, short: 3_000, what: 'time the replica is stopped, in ms' },
    rate: { value: 400, what: 'updates a second' },
    healthy: { value: 3, what: 'replicas that go on' },
    instruments: { value: 70, what: 'rows of the object, about 100 bytes each' },
    changes: { value: 20, what: 'rows that change with each update' },
    seed: { value: 1, what: 'seed of the updates' },
  },
  run,
};
