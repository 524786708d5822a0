import type { Key } from '../../core/key.ts';
import { defaultLimits } from '../../core/limits.ts';
import { makeDenseCoder } from '../../dense/index.ts';
import { defaultSessionLimits } from '../../protocol/session-limits.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { Branches } from '../../testing/simulator/branches.ts';
import { EventQueue } from '../../testing/simulator/event-queue.ts';
import { FaultLog } from '../../testing/simulator/fault-log.ts';
import { Violation } from '../../testing/simulator/history.ts';
import { HubNode } from '../../testing/simulator/hub-node.ts';
import type { Instruments } from '../../testing/simulator/instruments.ts';
import { differenceOf } from '../../testing/simulator/replica-checks.ts';
import { ReplicaNode } from '../../testing/simulator/replica-node.ts';
import { Trace as EventTrace } from '../../testing/simulator/trace.ts';
import type { World } from '../../testing/simulator/world.ts';
import { STREAM } from '../../testing/simulator/world.ts';
import type { RunCodec, RunSettings } from '../experiment/experiment.ts';
import { planFaults } from '../fault-plan.ts';
import type { PlannedFault } from '../fault-plan.ts';
import { changedBytes } from '../measure/changed-bytes.ts';
import { intervalMsFor } from '../measure/intervals.ts';
import { quantileOf } from '../result.ts';
import type { BrokenPromise, CostSample } from '../result.ts';
import { Schedule } from '../workload/schedule.ts';
import type { Due } from '../workload/schedule.ts';
import type { Trace } from '../workload/trace.ts';
import { calmSwarm } from './calm-swarm.ts';
import { LabCommitter } from './committer.ts';
import { KeyHistory } from './key-history.ts';
import { LabNetwork } from './lab-network.ts';
import type { OnProgress } from './on-progress.ts';
import type { SimulatedOutcome } from './outcome.ts';
import { packed, unpacked } from './packing.ts';
import { RunMeter } from './run-meter.ts';

/** For the first copies to arrive, and for all to be equal when faults are over: virtual ms. */
const JOIN_MS_MAX = 600_000;
const HEAL_MS_MAX = 600_000;
/** Consumers get dense frames a second after they have come: updates begin when all may. */
const SETTLED_MS = 1200;
const SETTLE_MS = 1000;
/** Replicas hold much more here than in the simulator's own runs. */
const LOOK_EVERY = 32;
const INSPECT_EVERY_MS = 250;
const FORGET_EVERY_MS = 2000;
/** A slow consumer gets round to its socket once in so long, in ms. */
export const SLOW_PAUSE_MS = 2000;
/** One commit in so many is waited for by a reader, as a token of its own write. */
const TOKEN_EVERY = 10;
/** Changes whose cost is kept one by one. */
const SAMPLES_MAX = 300;
/** Far more than any run that ends. */
const EVENTS_MAX = 60_000_000;

type RunSettingsSimulated = RunSettings & { readonly codec: RunCodec };

/** One run in virtual time: a hub, replicas, a network, and what befalls it. */
export class SimulatedRun {
  readonly title: string;
  private readonly settings: RunSettingsSimulated;
  private readonly world: World;
  private readonly network: LabNetwork;
  private readonly history = new KeyHistory();
  private readonly committer: LabCommitter;
  private readonly schedule: Schedule;
  private readonly hub: HubNode;
  private readonly replicas: readonly ReplicaNode[];
  private readonly meter: RunMeter;
  private readonly random: SeededRandom;
  private readonly samples: CostSample[] = [];
  private readonly sampleEvery: number;
  private commits = 0;
  private events = 0;
  private joinMs = Number.NaN;
  private healMs = Number.NaN;
  private framesBefore = 0;
  private isTimed = false;
  private hubMicros = 0;
  private readonly updateMicros: number[] = [];

  constructor(settings: RunSettingsSimulated, trace: Trace | undefined) {
    this.settings = settings;
    const { consumers, slow, seed } = settings;
    this.schedule = new Schedule(settings, trace);
    this.title = this.schedule.workload.title;
    this.meter = new RunMeter(consumers, slow);
    this.random = new SeededRandom(seed).fork('events');
    const expected = (settings.rate * settings.forMs) / 1000;
    this.sampleEvery = Math.max(1, Math.ceil(expected / SAMPLES_MAX));
    const queue = new EventQueue();
    this.network = new LabNetwork({
      network: settings.network,
      consumers,
      random: new SeededRandom(seed).fork('network'),
      queue,
      nowMs: () => this.world.nowMs,
      ears: {
        sent: (way, bytes) => this.meter.sent(way, bytes),
        struck: (kind, replica) => {
          const { recoveries } = this.meter;
          const atMs = this.sinceBegin;
          const fault = recoveries.begin(kind, replica, atMs);
          recoveries.ended(fault, this.hub.producer.version, atMs);
        },
      },
    });
    this.world = {
      nowMs: 0,
      random: new SeededRandom(seed).fork('world'),
      swarm: calmSwarm(settings),
      session: defaultSessionLimits,
      limits: defaultLimits,
      queue,
      network: this.network,
      faults: new FaultLog(undefined),
      history: this.history,
      trace: new EventTrace(),
      branches: new Branches(),
      instruments: this.instruments(),
      snapshots: new Map(),
      healedAtMs: Number.POSITIVE_INFINITY,
      lines: 0,
      deliveries: 0,
    };
    this.committer = new LabCommitter(this.history, (work) => this.timed(work));
    const first = new Map<Key, string>();
    for (const [key, value] of this.schedule.workload.initial()) {
      first.set(key, JSON.stringify(value));
    }
    const epoch = { term: 1, incarnation: 'a'.repeat(16) };
    this.hub = new HubNode(this.world, epoch, first);
    this.replicas = Array.from(
      { length: consumers },
      (_, i) => new ReplicaNode(this.world, i + 1, () => this.hub),
    );
  }

  /**
   * Plays it to its end. `onProgress` hears how much of the time is over, 0 to 1, and may end the
   * run before its time by returning false.
   */
  async play(onProgress: OnProgress): Promise<SimulatedOutcome> {
    let broken: BrokenPromise | undefined;
    const { world, hub } = this;
    const initialBytes = Buffer.byteLength([...hub.content.values()].join(''));
    try {
      this.join();
      this.begin();
      const { forMs } = this.settings;
      const steps = Math.min(100, Math.ceil(forMs / 250));
      const { beganMs } = this.meter;
      for (let step = 1; step <= steps; step++) {
        this.advance(beganMs + (forMs * step) / steps);
        if (!(await onProgress(step / steps))) break;
      }
      this.heal();
    } catch (error) {
      const isViolation = error instanceof Violation;
      broken = {
        promise: isViolation ? error.promise : 'crash',
        what: isViolation ? error.message : String((error as Error).stack ?? error),
        atMs: world.nowMs - (Number.isNaN(this.meter.beganMs) ? 0 : this.meter.beganMs),
      };
    }
    return {
      meter: this.meter,
      broken,
      reached: world.branches.counts,
      deliveries: world.deliveries,
      trace: world.trace.toString(),
      samples: this.samples,
      entries: hub.producer.size,
      initialBytes,
      framesEncoded: hub.publisher.counters.framesEncoded - this.framesBefore,
      joinMs: this.joinMs,
      healMs: this.healMs,
      version: hub.producer.version,
      digest: hub.producer.head().digest,
      equal: this.replicas.filter((replica) => this.isEqual(replica)).length,
      hubMicrosPerUpdate: quantileOf(
        this.updateMicros.toSorted((a, b) => a - b),
        0.5,
      ),
    };
  }

  private instruments(): Instruments {
    return {
      makeCoder: makeDenseCoder,
      lookEvery: LOOK_EVERY,
      settleMs: SETTLE_MS,
      pack: packed,
      unpack: unpacked,
      dialMs: (replica) => this.network.dialMs(replica),
      hub: (work) => this.timed(work),
      committed: () => {},
      changed: (replica, event) => {
        const committedMs = (version: number): number => this.history.committedMs(version);
        this.meter.changed(replica, event, this.world.nowMs, committedMs);
      },
      status: (replica, status) => this.meter.statusOf(replica, status, this.world.nowMs),
      failed: () => {},
    };
  }

  /** Processor time of some updates: to ask for it takes its own time. */
  private timed<T>(work: () => T): T {
    if (!this.isTimed) return work();
    const before = process.cpuUsage();
    const outcome = work();
    const { user, system } = process.cpuUsage(before);
    this.hubMicros += user + system;
    return outcome;
  }

  private get sinceBegin(): number {
    return this.world.nowMs - this.meter.beganMs;
  }

  private step(): void {
    if (++this.events > EVENTS_MAX) throw new Violation('P6', `${EVENTS_MAX} events, and no end`);
    const event = this.world.queue.take();
    this.world.nowMs = event.atMs;
    event.run();
  }

  private advance(untilMs: number): void {
    while (this.world.queue.nextMs <= untilMs) this.step();
    this.world.nowMs = untilMs;
  }

  /** Everyone connects and gets a first copy, over the network as it is, without faults. */
  private join(): void {
    const { world, random } = this;
    for (const replica of this.replicas) {
      world.queue.add(random.below(500), random.next(), () => replica.start());
    }
    world.queue.add(0, 0, () => this.hub.load(this.committer));
    this.every(INSPECT_EVERY_MS, () => {
      for (const replica of this.replicas) replica.checks.inspect();
    });
    while (!this.meter.areAllLive) {
      if (world.queue.nextMs > JOIN_MS_MAX) {
        throw new Violation('P6', `not all were live after ${JOIN_MS_MAX} ms without faults`);
      }
      this.step();
    }
    this.joinMs = world.nowMs;
    this.advance(world.nowMs + SETTLED_MS);
  }

  /** Updates and faults begin. */
  private begin(): void {
    const { world, meter, settings } = this;
    const beganMs = world.nowMs;
    meter.begin(beganMs);
    this.framesBefore = this.hub.publisher.counters.framesEncoded;
    this.network.begin();
    const plan = (due: Due | undefined): void => {
      if (due === undefined) return;
      world.queue.add(beganMs + due.atMs, 0, () => {
        if (world.faults.isOver) return;
        this.commit(due);
        plan(this.schedule.next());
      });
    };
    plan(this.schedule.next());
    for (const fault of planFaults(settings)) {
      world.queue.add(beganMs + fault.atMs, 0, () => this.strike(fault));
    }
    for (const replica of this.replicas.slice(0, settings.slow)) this.slowDown(replica);
    const intervalMs = intervalMsFor(settings.forMs);
    const endInterval = (): void => meter.updating.endInterval(this.sinceBegin);
    for (let atMs = intervalMs; atMs < settings.forMs; atMs += intervalMs) {
      world.queue.add(beganMs + atMs, 0, endInterval);
    }
    this.every(FORGET_EVERY_MS, () => this.forget());
  }

  private commit({ update }: Due): void {
    const { hub, meter, committer, history } = this;
    committer.due = update;
    const before = hub.producer.version;
    const isSampled = this.commits++ % this.sampleEvery === 0;
    const texts = isSampled ? update.map(({ key }) => hub.state.get(key)) : [];
    const commit = (): void => hub.commit(committer, 1);
    let sentBytes: number | undefined;
    this.isTimed = isSampled;
    this.hubMicros = 0;
    if (isSampled) sentBytes = meter.sample(commit);
    else commit();
    this.isTimed = false;
    const { version } = hub.producer;
    if (version === before) return;
    if (isSampled) this.updateMicros.push(this.hubMicros);
    const keys = update.map(({ key }) => key);
    let valueBytes = 0;
    for (const key of keys) valueBytes += Buffer.byteLength(hub.state.get(key) ?? '');
    meter.committed(keys, valueBytes * this.settings.consumers);
    if (sentBytes !== undefined) {
      const changed = update.map(({ value }, i) => changedBytes(parsed(texts[i]), value));
      this.samples.push([changed.reduce((a, b) => a + b, 0), valueBytes, sentBytes]);
    }
    if (version % TOKEN_EVERY !== 0) return;
    const [key] = keys;
    if (key === undefined || hub.state.get(key) === undefined) return;
    const written = history.writtenAt(hub.name, key, hub.state.get(key));
    const { checks } = this.random.pick(this.replicas);
    checks.expect({ epoch: hub.name, version: written, key });
  }

  private strike({ kind, replica, forMs }: PlannedFault): void {
    const { world, network, meter } = this;
    if (world.faults.isOver) return;
    const node = this.replicas[replica - 1] as ReplicaNode;
    const { recoveries } = meter;
    const fault = recoveries.begin(kind, replica, this.sinceBegin, forMs);
    const over = (): void => recoveries.ended(fault, this.hub.producer.version, this.sinceBegin);
    if (forMs === 0) over();
    else world.queue.add(world.nowMs + forMs, 0, over);
    world.trace.note(world.nowMs, replica, 64 + kind.length);
    if (kind === 'away') network.takeAway(replica, node.line, world.nowMs + forMs);
    else if (kind === 'stall') network.stall(replica, node.line, world.nowMs + forMs);
    else if (node.line !== undefined) {
      if (kind === 'cut') network.cut(node.line);
      else network.silence(node.line);
    }
  }

  private slowDown(replica: ReplicaNode): void {
    const { world } = this;
    const stall = (): void => {
      if (world.faults.isOver) return;
      replica.pause(world.nowMs + SLOW_PAUSE_MS);
      world.queue.add(world.nowMs + SLOW_PAUSE_MS + 1, this.random.next(), stall);
    };
    stall();
  }

  private every(periodMs: number, work: () => void): void {
    const { queue } = this.world;
    const next = (): void =>
      queue.add(this.world.nowMs + periodMs, 0, () => {
        work();
        next();
      });
    next();
  }

  private forget(): void {
    const { hub, replicas } = this;
    const versions = replicas.map(({ cache }) => cache.version);
    const cursors = hub.publisher.describe().map(({ cursor }) => cursor);
    const least = [...versions, ...cursors].reduce((a, b) => Math.min(a, b), Infinity);
    if (least > 0 && Number.isFinite(least)) this.history.forgetBefore(least);
  }

  /** No more faults and updates: everyone has to become equal. */
  private heal(): void {
    const { world, meter, replicas } = this;
    const beganMs = world.nowMs;
    meter.end(this.sinceBegin);
    world.faults.isOver = true;
    world.healedAtMs = beganMs;
    meter.recoveries.endAll(this.hub.producer.version, this.sinceBegin);
    this.network.heal();
    for (const replica of replicas) replica.resume();
    while (!this.areAllEqual()) {
      if (world.queue.nextMs > beganMs + HEAL_MS_MAX) this.failToHeal();
      this.step();
    }
    this.healMs = world.nowMs - beganMs;
    for (const replica of replicas) replica.checks.inspect();
  }

  /** Contents are compared only when everyone has come far enough. */
  private areAllEqual(): boolean {
    const { replicas } = this;
    return (
      replicas.every((replica) => this.isAtHead(replica)) &&
      replicas.every((replica) => this.isEqual(replica))
    );
  }

  private isAtHead({ cache, subscriber }: ReplicaNode): boolean {
    return subscriber.status === 'live' && cache.version === this.hub.producer.version;
  }

  private isEqual(replica: ReplicaNode): boolean {
    return this.isAtHead(replica) && differenceOf(replica.cache, this.hub.state) === undefined;
  }

  private failToHeal(): never {
    const left = this.replicas
      .filter((replica) => !this.isEqual(replica))
      .map(({ id, cache, subscriber }) => `${id} is ${subscriber.status} at ${cache.version}`);
    const at = `the hub of ${STREAM} at ${this.hub.producer.version}`;
    throw new Violation('P6', `${HEAL_MS_MAX} ms without faults: ${left.join(', ')}; ${at}`);
  }
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
