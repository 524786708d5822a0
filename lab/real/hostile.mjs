// A hub that is attacked, and the replicas that must not notice.
import { SeededRandom } from '../../dist/testing/index.js';
import { atLeast, atMost, exactly, plain, quantile } from '../measure/figures.mjs';
import { monotonicMs, pause, until } from '../measure/waiting.mjs';
import { Child } from './child.mjs';
import { Findings, ReplicaChecks } from './checks.mjs';
import { History } from './history.mjs';
import { HubRig } from './hub-rig.mjs';
import { STREAM } from './stream.mjs';

const REPLICAS = new URL('replicas.mjs', import.meta.url);
const ATTACK = new URL('attack.mjs', import.meta.url);
const LARGE = 'large';
const LARGE_ENTRIES = 20_000;
/** Older than that of the stream that is attacked: who comes from there is let in. */
const LARGE_EPOCH = '1.0123456789abcdef';
const REPLICAS_OF_A_PROCESS = 5;
const ATTACKERS = 64;
const COMMITS = { everyMs: 20 };
const SWARM = { keys: 40, valueChars: 60, batches: 0.1, deletions: 0.1, replacements: 0 };
/** Small, so that it is full before the first look at memory. */
const LIMITS = { journalEntriesMax: 100, tombstonesMax: 50 };
const BOUNDS = { deafAfterMs: 3000, underWayMs: 1000 };
/** Before the attack, for lags without one, in ms: at most, and as a share of the messages. */
const QUIET_MS_MAX = 10_000;
const QUIET_MS_OF_A_MESSAGE = 0.5;
const SETTLE_EVERY_MS = 200;
const EQUAL_MS_MAX = 5000;
const SEEN_OFF_MS_MAX = 15_000;
/** For what a closed connection leaves behind: its timers hold it for a second, in ms. */
const CLOSING_MS = 2000;
const HEAP_GROWTH_BYTES_MAX = 4 * 1024 * 1024;

/** Replicas in a few processes, each held against the promises all the time. */
class Audience {
  checks = [];
  #processes = [];
  #findings;

  constructor(findings) {
    this.#findings = findings;
  }

  async join(count, url, history) {
    const options = { history, findings: this.#findings, bounds: BOUNDS };
    for (let i = 0; i < count; i++) {
      this.checks.push(new ReplicaChecks(`replica ${i + 1}`, options));
      const onReport = (report) => this.#take(report);
      if (i % REPLICAS_OF_A_PROCESS === 0) this.#processes.push(new Child(REPLICAS, { onReport }));
      await this.#processes.at(-1).ask('join', { replica: i, url, session: {} });
    }
    await until(() => this.checks.every(({ last }) => last?.status === 'live'), 'all live');
  }

  #take(report) {
    const { replica, what, status, code } = report;
    const checks = this.checks[replica];
    const wasLive = checks.last?.status === 'live';
    checks.take(report);
    if (wasLive && status !== 'live') this.#findings.add('P14', replica + 1, `became ${status}`);
    if (what === 'error') this.#findings.add('P14', replica + 1, `was told of ${code}`);
  }

  /** [from, to, ms] of every frame since the last time. */
  async frames() {
    const all = await Promise.all(this.#processes.map((child) => child.ask('frames')));
    return all.flat(2);
  }

  settle() {
    for (const checks of this.checks) checks.settle(monotonicMs());
  }

  countAt(epoch, version, name) {
    return this.checks.filter(({ last }) => {
      return (
        last.status === 'live' &&
        last.epoch === epoch &&
        last.version === version &&
        last.name === name
      );
    }).length;
  }

  end() {
    return Promise.all(this.#processes.map((child) => child.end()));
  }
}

/** From each commit to the frame that shows it, over all replicas and versions, in ms. */
function lagsOf(frames, history, epoch) {
  const { commits } = history.reign(epoch);
  return frames.flatMap(([from, to, atMs]) => {
    return commits.slice(from, to).map((commit) => atMs - commit.atMs);
  });
}

function sumOf(counts) {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** From the first message to the last session that is seen off. */
async function besieged({ hub, audience, attacker, settings }) {
  const url = `ws://127.0.0.1:${hub.port}/${STREAM}`;
  const { messages, seed, replicas } = settings;
  const beganMs = monotonicMs();
  const timer = setInterval(() => audience.settle(), SETTLE_EVERY_MS);
  const request = { url, messages, attackers: ATTACKERS, seed };
  const outcome = await attacker.ask('attack', request);
  const seconds = (monotonicMs() - beganMs) / 1000;
  let figures;
  const patientUntilMs = monotonicMs() + SEEN_OFF_MS_MAX;
  do {
    await pause(20);
    figures = await hub.ask('figures');
  } while (figures.sessions > replicas && monotonicMs() < patientUntilMs);
  clearInterval(timer);
  return { outcome, seconds, figures };
}

function attackFigures({ outcome, seconds, figures }, errorsBefore) {
  const { messages, closes, ignored, connections, unanswered, sent } = outcome;
  const counted = sumOf(figures.errors) - errorsBefore;
  return [
    plain('hostile messages', sent),
    plain('in connections', connections),
    plain('messages a second', sent / seconds),
    ...Object.entries(messages).map(([name, count]) => plain(`of them ${name}`, count)),
    exactly('neither answered nor closed', unanswered, 0),
    plain('ignored or served', ignored),
    ...Object.entries(closes).map(([code, count]) => plain(`closed with ${code}`, count)),
    atLeast('errors that the hub counted', counted, sumOf(closes)),
    ...Object.entries(figures.errors).map(([code, count]) => plain(`of them ${code}`, count)),
  ];
}

/** All live before it begins; how long a frame takes without an attack is measured first. */
async function opened({ hub, history, findings, settings, tell }) {
  const { replicas, messages } = settings;
  const url = (stream) => `ws://127.0.0.1:${hub.port}/${stream}`;
  await hub.start({ flags: ['--expose-gc'] });
  const attacker = new Child(ATTACK, { onReport: () => {} });
  await hub.ask('load', { stream: LARGE, epoch: LARGE_EPOCH, entries: LARGE_ENTRIES });
  const { kinds, missing } = await attacker.ask('record', { url: url(LARGE) });
  await hub.ask('still');
  tell(`recorded: ${kinds.join(' ')}`);
  const audience = new Audience(findings);
  await audience.join(replicas, url(STREAM), history);
  await audience.frames();
  await pause(Math.min(QUIET_MS_MAX, 1000 + messages * QUIET_MS_OF_A_MESSAGE));
  const quiet = lagsOf(await audience.frames(), history, hub.epoch);
  return { audience, attacker, missing, quiet };
}

/** How many replicas come to the last state. */
async function equalAtEnd({ hub, history, audience, replicas }) {
  const version = await hub.ask('stop');
  const { epoch } = hub;
  await until(() => history.at(epoch, version) !== undefined, 'told of the last commit');
  const equal = () => audience.countAt(epoch, version, history.at(epoch, version));
  await until(() => equal() === replicas, 'all equal', EQUAL_MS_MAX).catch(() => {});
  audience.settle();
  return equal();
}

export async function attackHub({ seed, messages, replicas, tell }) {
  const settings = { seed, messages, replicas };
  const history = new History();
  const findings = new Findings();
  const hub = new HubRig({
    history,
    random: new SeededRandom(seed),
    seed,
    swarm: SWARM,
    session: {},
    limits: LIMITS,
    commits: COMMITS,
  });
  const opening = await opened({ hub, history, findings, settings, tell });
  const { audience, attacker, missing, quiet } = opening;
  const heldBefore = await hub.ask('held');
  const errorsBefore = sumOf((await hub.ask('figures')).errors);
  const siege = await besieged({ hub, audience, attacker, settings });
  const busy = lagsOf(await audience.frames(), history, hub.epoch);
  await pause(CLOSING_MS);
  const growth = (await hub.ask('held')) - heldBefore;
  const equal = await equalAtEnd({ hub, history, audience, replicas });
  await Promise.all([audience.end(), attacker.end(), hub.kill()]);
  const figures = [
    exactly('violations', findings.violations.length, 0),
    exactly('replicas live and equal at the end', equal, replicas),
    plain('frames seen by replicas', findings.changes),
    plain('other looks at replicas', findings.looks),
    exactly('kinds of consumers that were not recorded', missing.length, 0),
    ...attackFigures(siege, errorsBefore),
    exactly('sessions left', siege.figures.sessions, replicas),
    plain('p99 lag before the attack', quantile(quiet, 0.99), 'ms'),
    plain('p99 lag under attack', quantile(busy, 0.99), 'ms'),
    plain('longest lag under attack', quantile(busy, 1), 'ms'),
    plain('hub heap before', heldBefore, 'bytes'),
    atMost('hub heap growth after', growth, HEAP_GROWTH_BYTES_MAX, 'bytes'),
    plain('hub heap at most, garbage included', siege.figures.heapMostBytes, 'bytes'),
    plain('hub resident memory', siege.figures.residentBytes, 'bytes'),
  ];
  return {
    name: 'hostile',
    shows: 'a hub attacked over real sockets while replicas follow it',
    conditions: { ...settings, attackers: ATTACKERS },
    figures,
    notes: findings.lines,
  };
}
