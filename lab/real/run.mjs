// Rounds of faults and healing, with processes, sockets and signals.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom, startFaultProxy } from '../../dist/testing/index.js';
import { atLeast, atMost, exactly, plain } from '../measure/figures.mjs';
import { monotonicMs, pause } from '../measure/waiting.mjs';
import { Chaos, drawNetwork, hubFaults, networkFaults, replicaFaults } from './chaos.mjs';
import { Findings } from './checks.mjs';
import { History } from './history.mjs';
import { HubRig } from './hub-rig.mjs';
import { ReplicaRig, WatchRig } from './replica-rig.mjs';

const HEARTBEAT_MS = 300;
const MISSED_HEADS_MAX = 3;
/** The longest that faults hold back a message that is not lost: stalls that touch, and delays. */
const UNDER_WAY_MS = 2000;
/** Time without faults in which every replica has to become equal. */
const HEAL_MS_MAX = 60_000;
const LOOK_EVERY_MS = 20;
const CHAOS_MS = [6000, 16_000];
const COMMITS = { everyMs: 25, perTurn: 3 };
const SWARM = { keys: 40, valueChars: 60, batches: 0.2, deletions: 0.2, replacements: 0.01 };
/** Times at the hub are short, so that a round meets many timeouts. */
const HUB_SESSION = {
  heartbeatMs: HEARTBEAT_MS,
  missedHeadsMax: MISSED_HEADS_MAX,
  windowBytes: 20_000,
  partBytes: 4000,
  helloTimeoutMs: 2000,
  idleTimeoutMs: 3000,
  ackDelayMs: 100,
};
const HUB_LIMITS = { journalEntriesMax: 100, tombstonesMax: 20 };
const REPLICA_SESSION = {
  missedHeadsMax: MISSED_HEADS_MAX,
  answerTimeoutMs: 2000,
  ackDelayMs: 100,
  backoffMinMs: 20,
  backoffMaxMs: 1000,
  repairsPerMinuteMax: 100,
};

/** All that takes part in a run. */
class Cast {
  history = new History();
  findings = new Findings();
  counts = {};
  hub;
  replicas = [];
  healings = [];
  #random;
  #folder = mkdtempSync(join(tmpdir(), 'diffstream-real-'));

  constructor(seed) {
    this.#random = new SeededRandom(seed);
    process.once('exit', () => rmSync(this.#folder, { recursive: true }));
    this.hub = new HubRig({
      history: this.history,
      random: this.#random.fork('hub'),
      seed: `${seed} values`,
      swarm: SWARM,
      session: HUB_SESSION,
      limits: HUB_LIMITS,
      commits: COMMITS,
    });
  }

  async start(replicas) {
    await this.hub.start();
    const { hub } = this;
    const target = {
      get port() {
        return hub.port;
      },
    };
    const options = {
      history: this.history,
      findings: this.findings,
      bounds: { deafAfterMs: HEARTBEAT_MS * MISSED_HEADS_MAX, underWayMs: UNDER_WAY_MS },
      session: REPLICA_SESSION,
      folder: this.#folder,
    };
    for (let i = 1; i <= replicas; i++) {
      // Every third is the command.
      const name = i % 3 === 0 ? `watch ${i}` : `replica ${i}`;
      const proxy = await startFaultProxy({ target, seed: this.#random.fork(name).next() });
      const Rig = i % 3 === 0 ? WatchRig : ReplicaRig;
      this.replicas.push(new Rig(name, proxy, options));
    }
    await Promise.all(this.replicas.map((replica) => replica.start()));
  }

  /** Faults for a time, then none: everyone has to come to the last state. */
  async round(number, chaosMs) {
    const random = this.#random.fork(`round ${number}`);
    const chaos = new Chaos(this.counts);
    this.#plan(random, chaos);
    const [least, most] = CHAOS_MS;
    const endMs = monotonicMs() + (chaosMs ?? least + random.below(most - least));
    while (monotonicMs() < endMs) {
      await pause(LOOK_EVERY_MS);
      this.settle();
    }
    await chaos.over();
    for (const { proxy } of this.replicas) proxy.heal();
    return this.#heal(number);
  }

  settle() {
    for (const replica of this.replicas) replica.settle(monotonicMs());
  }

  async end() {
    await Promise.all(this.replicas.map((replica) => replica.kill()));
    await this.hub.kill();
    await Promise.all(this.replicas.map(({ proxy }) => proxy.close()));
  }

  #plan(random, chaos) {
    const some = (draws, faults) => {
      return Object.fromEntries(Object.entries(faults).filter(() => draws.chance(0.5)));
    };
    const draws = random.fork('hub');
    chaos.add(draws, 1500 + draws.below(6000), some(draws, hubFaults(this.hub, chaos)));
    for (const replica of this.replicas) {
      const own = random.fork(replica.name);
      replica.proxy.set(drawNetwork(own));
      const network = own.fork('network');
      chaos.add(own, 1000 + own.below(6000), some(own, replicaFaults(replica, chaos)));
      chaos.add(network, 1000 + own.below(4000), some(own, networkFaults(replica, chaos)));
    }
  }

  async #heal(number) {
    const beganMs = monotonicMs();
    const { hub, history } = this;
    const version = await hub.ask('stop');
    const { epoch } = hub;
    while (history.at(epoch, version) === undefined) await pause(1);
    const name = history.at(epoch, version);
    const left = new Set(this.replicas);
    let slowestMs = 0;
    let slowest = '';
    while (left.size > 0 && slowestMs <= HEAL_MS_MAX) {
      await pause(LOOK_EVERY_MS);
      slowestMs = monotonicMs() - beganMs;
      for (const replica of left) {
        if (!replica.isAt(epoch, version, name)) continue;
        left.delete(replica);
        slowest = replica.name;
      }
    }
    for (const replica of left) {
      const what = `round ${number}: not at ${version} of ${epoch}: ${replica.describe()}`;
      this.findings.add('P6', replica.name, what);
    }
    this.healings.push(slowestMs);
    const state = history.stateAt(epoch, version);
    await Promise.all(this.replicas.map((replica) => finished(replica, state)));
    this.settle();
    await hub.ask('run', COMMITS);
    return { slowestMs, slowest };
  }
}

/** A command ends, its file is the last state, and it begins anew. */
async function finished(replica, state) {
  if (replica.finish === undefined) return;
  await replica.finish();
  replica.checkFile(state);
  replica.start();
}

function figuresOf({ findings, counts, healings, history, hub, replicas }, rounds) {
  const sums = {};
  for (const { proxy } of replicas) {
    for (const [name, count] of Object.entries(proxy.counters)) {
      sums[name] = (sums[name] ?? 0) + count;
    }
  }
  return [
    exactly('violations', findings.violations.length, 0),
    plain('rounds of faults and healing', rounds),
    atMost('slowest healing', Math.max(...healings), HEAL_MS_MAX, 'ms'),
    atLeast('frames seen by replicas', findings.changes, 1),
    plain('other looks at replicas', findings.looks),
    plain('files written by watch', findings.files),
    plain('commits', history.commits),
    plain('hub processes', hub.lives),
    ...Object.entries(counts).map(([name, count]) => plain(name, count)),
    ...Object.entries(sums).map(([name, count]) => plain(`proxies: ${name}`, count)),
    ...Object.entries(findings.statuses).map(([name, count]) => plain(`became ${name}`, count)),
    ...Object.entries(findings.errors).map(([name, count]) => plain(`told of ${name}`, count)),
  ];
}

/** Plays rounds until the time is over; `tell` hears of each. */
export async function playRounds({ seed, seconds, replicas, chaosMs, tell }) {
  const cast = new Cast(seed);
  const endMs = monotonicMs() + seconds * 1000;
  let rounds = 0;
  await cast.start(replicas);
  do {
    const { slowestMs, slowest } = await cast.round(++rounds, chaosMs);
    const { findings, history } = cast;
    const { changes, violations } = findings;
    tell(
      `round ${rounds}: equal after ${Math.round(slowestMs)} ms, ${slowest} last; in all ` +
        `${history.commits} commits, ${changes} frames seen, ${violations.length} violations`,
    );
  } while (monotonicMs() < endMs && cast.findings.violations.length === 0);
  await cast.end();
  return {
    name: 'real',
    shows: 'real processes through faults: kill -9, SIGSTOP, cuts, damage',
    conditions: { seed, seconds, replicas },
    figures: figuresOf(cast, rounds),
    notes: cast.findings.lines,
  };
}
