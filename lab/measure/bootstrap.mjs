// Replicas that join a stream which others follow already, while updates run: the bytes of each,
// and the hub's processor time. The hub is a process of its own.
import { connect } from '../../dist/client/index.js';
import { startCountingProxy } from './counting-proxy.mjs';
import { atMost, median, plain } from './figures.mjs';
import { startProcess } from './measured-process.mjs';
import { pause } from './waiting.mjs';
import { RECORDED_FEED } from './workload.mjs';

const HUB = new URL('hub-process.mjs', import.meta.url);
const STREAM = 'auctions';
const EMPTY = 'next-to-nothing';
const BASELINE_MS = 3000;
const AT_ONCE = 4;

/** Joins, is live, stays until so long after it began, and leaves. */
async function join(url, stayMs = 0) {
  const beganMs = performance.now();
  const replica = connect(url);
  await replica.ready;
  const leftMs = stayMs - (performance.now() - beganMs);
  if (leftMs > 0) await pause(leftMs);
  await replica.close();
}

async function joinMany(url, count, stayMs) {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await join(url, stayMs);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** The hub's processor time for joiners, in ms for each, less what it takes anyhow. */
async function joinersCost(hub, usual, { url, count, stayMs }) {
  const before = await hub.ask('cpu');
  const beganMs = performance.now();
  await joinMany(url, count, stayMs);
  const tookMs = performance.now() - beganMs;
  const cpuMs = (await hub.ask('cpu')) - before - usual * tookMs;
  return { each: cpuMs / count, stayMs: (tookMs / count) * AT_ONCE };
}

/** Its processor time while nobody joins, in ms for each ms. */
async function usualCpu(hub) {
  const before = await hub.ask('cpu');
  const beganMs = performance.now();
  await pause(BASELINE_MS);
  return ((await hub.ask('cpu')) - before) / (performance.now() - beganMs);
}

/** Bytes of joiners, one after the other, through a proxy. */
async function bytesOfJoiners(port, count) {
  const proxy = await startCountingProxy(port);
  for (let i = 0; i < count; i++) await join(proxy.url(`/${STREAM}`));
  const each = proxy.connections.map(({ bytes }) => bytes);
  await proxy.close();
  return each;
}

/**
 * What a joiner costs, beside what the stream costs with the replicas that follow it already. Its
 * connection, as a joiner of next to nothing: at the joiners' pace, since a hub that is idle in
 * between takes longer for each, and one after the other as fast as they come.
 */
async function cpuRounds(hub, url, count, rounds) {
  const [whole, paced, busy] = [[], [], []];
  for (let i = 0; i < rounds; i++) {
    const usual = await usualCpu(hub);
    const joined = await joinersCost(hub, usual, { url: url(STREAM), count });
    const { stayMs } = joined;
    whole.push(joined.each);
    paced.push((await joinersCost(hub, usual, { url: url(EMPTY), count, stayMs })).each);
    busy.push((await joinersCost(hub, usual, { url: url(EMPTY), count })).each);
  }
  return { whole: median(whole), paced: median(paced), busy: median(busy) };
}

/** First in a process that has just started, then when it has served some joiners. */
async function cpuOfJoiners(hub, port, { joiners, served, rounds }) {
  const url = (stream) => `ws://127.0.0.1:${port}/${stream}`;
  const first = connect(url(STREAM));
  await first.ready;
  await joinMany(url(STREAM), 10);
  await joinMany(url(EMPTY), 10);
  // A second round would find it warmer.
  const fresh = await cpuRounds(hub, url, joiners, 1);
  for (const stream of [STREAM, EMPTY]) await joinMany(url(stream), served);
  const warm = await cpuRounds(hub, url, joiners, rounds);
  await first.close();
  return { fresh, warm };
}

async function run(settings) {
  const { entries, seed, data, rate } = settings;
  const hub = startProcess(HUB);
  try {
    const port = await hub.ask('open');
    await hub.ask('load', { stream: STREAM, workload: 'auctions', count: entries, seed, data });
    await hub.ask('load', { stream: EMPTY, workload: 'pulse' });
    const strings = [];
    for (let i = 0; i < 20; i++) strings.push(await hub.ask('stringify', { stream: STREAM }));
    await hub.ask('run', { stream: STREAM, rate });
    const bytes = await bytesOfJoiners(port, settings['counted-joiners']);
    const { fresh, warm } = await cpuOfJoiners(hub, port, settings);
    const later = bytes.slice(1).map(({ up, down }) => up + down);
    return {
      figures: [
        plain('the state, as JSON', strings[0].bytes, 'bytes'),
        plain('first joiner, both ways', bytes[0].up + bytes[0].down, 'bytes'),
        plain('later joiners, both ways, median', median(later), 'bytes'),
        atMost('later joiners, both ways, most', Math.max(...later), 80_000, 'bytes'),
        plain('stringifying the state anew', median(strings.map(({ ms }) => ms)), 'ms'),
        plain('hub just started: CPU for a joiner, with its connection', fresh.whole, 'ms'),
        plain('of it the state', fresh.whole - fresh.paced, 'ms'),
        plain('warm hub: CPU for a joiner, with its connection', warm.whole, 'ms'),
        plain('a connection alone, at the same pace', warm.paced, 'ms'),
        atMost('what the state adds', warm.whole - warm.paced, 0.5, 'ms'),
        plain('a connection alone, one after the other', warm.busy, 'ms'),
        plain('what the state adds to that', warm.whole - warm.busy, 'ms'),
      ],
      notes: [
        'CPU: user and system time of the hub process over many joiners, less what the updates and',
        'the first joiner, who stays, take in the same time; a connection (HTTP, WebSocket,',
        'hello): the same for a stream of one small entry, as to any WebSocket server. A hub that',
        'has just started compiles its code meanwhile; a warm one has served as many joiners as',
        "`served` says. The goal is held against connections at the joiners' own pace.",
      ],
    };
  } finally {
    await hub.end();
  }
}

export const command = {
  shows: 'bytes and hub CPU for each replica that joins while updates run',
  options: {
    entries: { value: 1100, what: 'auctions in the stream' },
    rate: { value: 100, what: 'updates a second' },
    joiners: { value: 150, short: 30, what: 'joiners of each round of CPU' },
    served: { value: 800, short: 30, what: 'joiners that a warm hub has served' },
    rounds: { value: 7, short: 1, what: 'rounds of CPU; the median counts' },
    'counted-joiners': { value: 10, short: 4, what: 'joiners whose bytes are counted' },
    seed: { value: 1, what: 'seed of the auctions' },
    data: RECORDED_FEED,
  },
  run,
};
