// A million small entries arrive at one replica: does anyone else on the hub wait for it, does
// the application see it come, and what does a cut in the middle cost? Three processes: the hub,
// the joiner, and here an observer, a replica of another stream of the same hub.
import { connect } from '../../dist/client/index.js';
import { atLeast, atMost, exactly, plain, quantile } from './figures.mjs';
import { startProcess } from './measured-process.mjs';
import { monotonicMs, pause } from './waiting.mjs';

const HUB = new URL('hub-process.mjs', import.meta.url);
const JOINER = new URL('replica-process.mjs', import.meta.url);
const STREAM = 'million';
const PULSE = 'pulse';
const PULSES_PER_SECOND = 250;
const SESSION = { backoffMinMs: 20, backoffMaxMs: 50 };
/** A joiner that is cut may send so much more than one that is not. */
const RESUMED_MARGIN = 1.1;

/** How long each frame of pulses was waited for, in ms since the oldest pulse in it was due. */
async function observe(port) {
  const replica = connect(`ws://127.0.0.1:${port}/${PULSE}`);
  await replica.ready;
  let waits = [];
  let lastDueMs = Number.NaN;
  replica.subscribe(() => {
    // Pulses that were late together come in one frame: the first of them waited longest.
    waits.push(monotonicMs() - (lastDueMs + 1000 / PULSES_PER_SECOND));
    lastDueMs = replica.get('pulse').dueMs;
  });
  return {
    take: () => {
      const taken = waits;
      waits = [];
      return taken;
    },
    close: () => replica.close(),
  };
}

/** One replica from nothing, through a proxy that counts, or also cuts. */
async function joinOnce(port, cutAtBytes) {
  const joiner = startProcess(JOINER, { givesWay: true });
  try {
    const beganMs = performance.now();
    const asked = { port, stream: STREAM, session: SESSION, cutAtBytes };
    await joiner.ask('connect', asked);
    const report = await joiner.ask('report');
    const bytes = report.connections.map(({ up, down }) => up + down);
    const total = bytes.reduce((sum, each) => sum + each, 0);
    return { ...report, total, seconds: (performance.now() - beganMs) / 1000 };
  } finally {
    await joiner.end();
  }
}

async function run({ entries, seed }) {
  const hub = startProcess(HUB);
  try {
    const port = await hub.ask('open');
    await hub.ask('load', { stream: STREAM, workload: 'small', count: entries, seed });
    await hub.ask('load', { stream: PULSE, workload: 'pulse' });
    await hub.ask('held');
    const observer = await observe(port);
    await hub.ask('run', { stream: PULSE, rate: PULSES_PER_SECOND });
    await pause(1000);
    // The first frame has nothing before it, and counts for nothing.
    observer.take();
    const first = await joinOnce(port, 0);
    const firstWaits = observer.take();
    const second = await joinOnce(port, 0);
    const secondWaits = observer.take();
    await pause(Math.min(5000, second.seconds * 1000));
    const idleWaits = observer.take();
    const cut = await joinOnce(port, Math.floor(second.total / 2));
    await observer.close();
    const bytesOfEntry = second.total / entries;
    return {
      figures: [
        plain('bytes of a copy from nothing, both ways', second.total, 'bytes'),
        plain('each entry', bytesOfEntry, 'bytes'),
        plain('from start to live, first joiner', first.seconds, 's'),
        plain('from start to live, later joiner', second.seconds, 's'),
        exactly('entries that arrive', Math.min(first.size, second.size), entries),
        plain('longest wait of another session, no joiner', Math.max(...idleWaits), 'ms'),
        atMost('longest wait, first joiner', Math.max(...firstWaits), 20, 'ms'),
        atMost('longest wait, later joiner', Math.max(...secondWaits), 20, 'ms'),
        plain('99 of 100 waits, first joiner', quantile(firstWaits, 0.99), 'ms'),
        atLeast('times the application was told of progress', second.progress.length, 10),
        exactly('cut in the middle: entries that arrive', cut.size, entries),
        plain('cut in the middle: connections', cut.connections.length),
        atMost(
          'cut in the middle: bytes / bytes without a cut',
          cut.total / second.total,
          RESUMED_MARGIN,
        ),
      ],
      notes: [
        'a wait: from when a pulse on another stream of the hub is due to when it is seen; the',
        'joiner runs at the lowest priority, so that others wait for the hub, not for a processor',
      ],
    };
  } finally {
    await hub.end();
  }
}

export const command = {
  shows: 'a very large copy from nothing, and what others notice of it',
  options: {
    entries: { value: 1_000_000, short: 50_000, what: 'small entries in the stream' },
    seed: { value: 1, what: 'seed of the entries' },
  },
  run,
};
