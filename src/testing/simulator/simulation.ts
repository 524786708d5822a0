import { FrameConsumer } from '../../cache/frame-consumer.ts';
import type { Epoch } from '../../cache/epoch.ts';
import { compareEpochs } from '../../cache/epoch.ts';
import { ProducerCache } from '../../cache/producer.ts';
import type { Key } from '../../core/key.ts';
import { defaultLimits } from '../../core/limits.ts';
import { resolveSessionLimits } from '../../protocol/session-limits.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { Branches } from './branches.ts';
import { EventQueue } from './event-queue.ts';
import type { FaultKind } from './fault-log.ts';
import { FaultLog } from './fault-log.ts';
import type { State } from './history.ts';
import { History, Violation } from './history.ts';
import { HubNode } from './hub-node.ts';
import { Network } from './network.ts';
import { differenceOf } from './replica-checks.ts';
import { ReplicaNode } from './replica-node.ts';
import type { Swarm } from './swarm.ts';
import { Trace } from './trace.ts';
import { Workload } from './workload.ts';
import type { World } from './world.ts';
import { STREAM } from './world.ts';

/**
 * Time without faults in which every replica has to become equal, in ms. Most take seconds; a
 * minute is what a tripped breaker waits, and it may trip again.
 */
const HEAL_MS_MAX = 300_000;
/** After healing began, in ms: longer than anything is under way, or a hub loads. */
const OPERATOR_MS = 20_000;
/** Far more than any run that ends. */
const EVENTS_MAX = 500_000;
const INSPECT_EVERY_MS = 250;
const LOAD_MS_MAX = 400;

/** One run: nodes, what happens to them, and time. */
export class Simulation {
  readonly world: World;
  private readonly network: Network;
  private readonly random: SeededRandom;
  private readonly workload: Workload;
  private readonly replicas: ReplicaNode[];
  private hub: HubNode;
  /** Hubs that were replaced, and do not know. */
  private deposed: HubNode[] = [];
  /** What the hub's host believes the time to be, in ms: the next epoch's term. */
  private wallMs = 1_000_000;
  private starts = 0;
  private events = 0;
  /** While healing: not current when it was last looked at. */
  private behind: ReplicaNode | undefined;
  healedMs = Number.NaN;

  constructor(
    random: SeededRandom,
    swarm: Swarm,
    options: {
      readonly faults?: readonly number[] | undefined;
      readonly trace?: ((line: string) => void) | undefined;
    },
  ) {
    const queue = new EventQueue();
    const faults = new FaultLog(options.faults);
    const network = new Network(queue, swarm, faults, () => world.nowMs);
    const world: World = {
      nowMs: 0,
      random: random.fork('world'),
      swarm,
      session: resolveSessionLimits(swarm.session),
      limits: { ...defaultLimits, ...swarm.limits },
      queue,
      faults,
      network,
      history: new History(),
      trace: new Trace(options.trace),
      branches: new Branches(),
      instruments: undefined,
      lines: 0,
      snapshots: new Map(),
      healedAtMs: Number.POSITIVE_INFINITY,
      deliveries: 0,
    };
    this.world = world;
    this.network = network;
    this.random = random.fork('events');
    this.workload = new Workload(random.fork('workload'), swarm, world.branches);
    this.hub = new HubNode(world, this.nextEpoch(), this.workload.firstState());
    this.replicas = Array.from(
      { length: swarm.replicas },
      (_, i) => new ReplicaNode(world, i + 1, () => this.route()),
    );
  }

  /** Chaos, then healing. Throws a Violation where a promise is broken. */
  run(): void {
    const { world, random } = this;
    const { chaosMs } = world.swarm;
    for (const replica of this.replicas) {
      world.queue.add(random.below(1000), random.next(), () => replica.start());
    }
    this.repeat(world.swarm.commitEveryMs, () => this.commit());
    this.plan();
    this.inspect();
    world.queue.add(0, 0, () => this.hub.load(this.workload));
    this.advance(chaosMs);
    this.heal();
    const endMs = world.nowMs + HEAL_MS_MAX;
    while (!this.isHealed()) {
      if (world.queue.nextMs > endMs) this.failToHeal();
      this.step();
    }
    this.healedMs = world.nowMs - chaosMs;
    for (const replica of this.replicas) replica.checks.inspect();
  }

  private advance(untilMs: number): void {
    while (this.world.queue.nextMs <= untilMs) this.step();
    this.world.nowMs = untilMs;
  }

  private step(): void {
    if (++this.events > EVENTS_MAX) {
      throw new Violation('P6', `${EVENTS_MAX} events, and no end`);
    }
    const event = this.world.queue.take();
    this.world.nowMs = event.atMs;
    event.run();
  }

  /** Again and again until the faults are over; 0: never. */
  private repeat(meanMs: number, work: () => void): void {
    if (meanMs === 0) return;
    const { world, random } = this;
    const wait = (): void => {
      const pauseMs = 1 + random.below(2 * meanMs);
      world.queue.add(world.nowMs + pauseMs, random.next(), () => {
        if (world.faults.isOver) return;
        work();
        wait();
      });
    };
    wait();
  }

  private faultEvery(meanMs: number, kinds: readonly FaultKind[], work: Strike): void {
    this.repeat(meanMs, () => {
      const kind = this.random.pick(kinds);
      if (!this.world.faults.strikes(kind)) return;
      this.world.trace.line(this.world.nowMs, () => kind);
      work(kind);
    });
  }

  private plan(): void {
    const { network } = this;
    const { swarm } = this.world;
    const replica = (): ReplicaNode => this.random.pick(this.replicas);
    const pauseMs = (): number => 10 * 2 ** this.random.below(11);
    this.faultEvery(swarm.cutEveryMs, ['cut'], () => {
      const { line } = replica();
      if (line !== undefined) network.cut(line);
    });
    this.faultEvery(swarm.halfOpenEveryMs, ['half-open'], () => {
      const { line } = replica();
      if (line === undefined) return;
      line.isTouched = true;
      line.isOpen.up = false;
      if (this.random.chance(0.5)) line.isOpen.down = false;
    });
    this.faultEvery(swarm.partitionEveryMs, ['partition', 'one-way partition'], (kind) => {
      const one = [this.random.chance(0.5) ? 'up' : 'down'] as const;
      const ways = kind === 'partition' ? (['up', 'down'] as const) : one;
      network.partition(replica().id, ways, this.world.nowMs + pauseMs());
    });
    this.faultEvery(
      swarm.hubRestartEveryMs,
      ['hub restart', 'hub restored', 'hub restored with its epoch', 'hub restarted empty'],
      (kind) => this.restartHub(kind),
    );
    this.faultEvery(swarm.hubPauseEveryMs, ['hub paused'], () =>
      this.hub.pause(this.world.nowMs + pauseMs()),
    );
    this.faultEvery(swarm.deposedEveryMs, ['hub deposed', 'second writer'], (kind) =>
      this.replaceHub(kind),
    );
    this.faultEvery(swarm.replicaPauseEveryMs, ['replica paused'], () =>
      replica().pause(this.world.nowMs + pauseMs()),
    );
    this.faultEvery(swarm.slowReaderEveryMs, ['slow reader'], () => this.slowDown(replica()));
    this.faultEvery(
      swarm.replicaRestartEveryMs,
      [
        'replica restart',
        'replica with old cache',
        'replica with corrupt cache',
        'replica with foreign cache',
      ],
      (kind) => this.restartReplica(replica(), kind),
    );
    this.faultEvery(swarm.herdEveryMs, ['herd'], () => {
      for (const { line } of this.replicas) if (line !== undefined) network.cut(line);
    });
    this.faultEvery(swarm.clockJumpEveryMs, ['clock jump'], () => {
      if (this.random.chance(0.5)) replica().jump(pauseMs());
      else this.wallMs += (this.random.chance(0.5) ? 1 : -1) * pauseMs();
    });
  }

  private commit(): void {
    const { hub, random, world } = this;
    hub.commit(this.workload, 1 + random.below(world.swarm.commitsPerTurn));
    for (const old of this.deposed) if (random.chance(0.2)) old.commit(this.workload, 1);
    if (hub.producer.version === 0 || hub.state.size === 0 || !random.chance(0.1)) return;
    const [key, text] = random.pick([...hub.state]);
    const version = world.history.writtenAt(hub.name, key, text);
    random.pick(this.replicas).checks.expect({ epoch: hub.name, version, key });
  }

  private inspect(): void {
    const { world, random } = this;
    world.queue.add(world.nowMs + INSPECT_EVERY_MS, random.next(), () => {
      for (const replica of this.replicas) replica.checks.inspect();
      this.inspect();
    });
  }

  private nextEpoch(): Epoch {
    this.wallMs += 1 + this.random.below(1000);
    return { term: this.wallMs, incarnation: incarnationOf(++this.starts) };
  }

  private route(): HubNode | undefined {
    const { random } = this;
    const [old] = this.deposed;
    if (old?.isAlive === true && random.chance(0.3)) return old;
    return this.hub.isAlive ? this.hub : undefined;
  }

  private restartHub(kind: FaultKind): void {
    const { world, random, hub } = this;
    hub.crash();
    const kept = kind.startsWith('hub restored') ? this.earlierState() : hub.content;
    const saved = kind === 'hub restarted empty' ? undefined : kept;
    const isKept = kind === 'hub restored with its epoch';
    const next = new HubNode(world, isKept ? hub.epoch : this.nextEpoch(), saved);
    this.hub = next;
    if (saved === undefined) return;
    world.queue.add(world.nowMs + random.below(LOAD_MS_MAX), random.next(), () =>
      next.load(this.workload),
    );
  }

  /** The old hub stays where it is, goes on, and some still reach it. */
  private replaceHub(kind: FaultKind): void {
    const { world, hub } = this;
    for (const old of this.deposed) old.crash();
    this.deposed = [hub];
    const epoch = this.nextEpoch();
    const term = kind === 'second writer' ? hub.epoch.term : epoch.term;
    this.hub = new HubNode(world, { ...epoch, term }, hub.content);
    this.hub.load(this.workload);
  }

  private earlierState(): State {
    const { hub, random, world } = this;
    const { version } = hub.producer;
    return world.history.at(hub.name, 1 + random.below(version + 1)).at(-1) ?? hub.content;
  }

  private slowDown(replica: ReplicaNode): void {
    const { world, random } = this;
    const untilMs = world.nowMs + 500 + random.below(5000);
    const stepMs = 20 + random.below(300);
    const stall = (): void => {
      if (world.faults.isOver || world.nowMs >= untilMs) return;
      replica.pause(world.nowMs + stepMs);
      world.queue.add(world.nowMs + stepMs + 1, random.next(), stall);
    };
    stall();
  }

  private restartReplica(replica: ReplicaNode, kind: FaultKind): void {
    const { world, hub, random } = this;
    const { version } = hub.producer;
    if (kind === 'replica restart' || version === 0) return replica.start();
    if (kind === 'replica with foreign cache') return replica.start(this.foreignCache(), false);
    const at = 1 + random.below(version);
    const state = new Map(world.history.at(hub.name, at).at(-1));
    if (kind === 'replica with old cache') {
      return replica.start(cacheOf(world, hub.epoch, at, state));
    }
    const [key] = state.keys();
    if (key === undefined || random.chance(0.3)) state.set('corrupt', '"never was"');
    else if (random.chance(0.5)) state.delete(key);
    else state.set(key, '{"n":-1}');
    replica.start(cacheOf(world, hub.epoch, at, state), false);
  }

  /** Of another producer of the same stream, older or newer than the one there is. */
  private foreignCache(): FrameConsumer {
    const { world, hub, random } = this;
    const state = new Map<Key, string>([...hub.state].filter(() => random.chance(0.8)));
    state.set('foreign', '[1,2,3]');
    const term = hub.epoch.term + (random.chance(0.8) ? -1 : 1) * (1 + random.below(500));
    const epoch = { term, incarnation: incarnationOf(1_000_000 + ++this.starts) };
    return cacheOf(world, epoch, 1 + random.below(50), state);
  }

  /** The end of all faults: what is left can still be wrong, but nothing gets worse. */
  private heal(): void {
    const { world } = this;
    world.faults.isOver = true;
    world.trace.line(world.nowMs, () => 'healing');
    this.network.heal();
    this.hub.resume();
    for (const replica of this.replicas) replica.resume();
    world.healedAtMs = world.nowMs;
    for (const old of this.deposed) old.crash();
    this.deposed = [];
    this.operate();
    this.hub.load(this.workload);
    this.hub.commit(this.workload, 1);
    world.queue.add(world.nowMs + OPERATOR_MS, this.random.next(), () => this.operate());
  }

  /**
   * Whoever runs the hub has to give it a term above all that were ever seen: at once, and once
   * more when nothing of a deposed hub can be under way to a replica any longer.
   */
  private operate(): void {
    const { world, hub, replicas } = this;
    const isCurrent = replicas.every(({ cache: { currentEpoch: held, version } }) => {
      if (held === undefined) return true;
      const order = compareEpochs(held, hub.epoch);
      return order === 'newer' || (order === 'same' && version <= hub.producer.version);
    });
    // A hub that is still loading has no version to be behind with.
    if (isCurrent || (hub.producer.version === 0 && world.nowMs > world.healedAtMs)) return;
    const terms = replicas.map(({ cache }) => cache.currentEpoch?.term ?? 0);
    this.wallMs = Math.max(this.wallMs, ...terms) + 1;
    this.restartHub('hub restart');
  }

  /** Asked after each event: of the replica that was behind last, first, and for contents last. */
  private isHealed(): boolean {
    const { hub, replicas } = this;
    if (!hub.isAlive || hub.producer.version === 0) return false;
    if (this.behind !== undefined && !this.isCurrent(this.behind)) return false;
    this.behind = replicas.find((replica) => !this.isCurrent(replica));
    if (this.behind !== undefined) return false;
    return replicas.every(({ cache }) => differenceOf(cache, hub.state) === undefined);
  }

  private isCurrent({ cache, subscriber }: ReplicaNode): boolean {
    const { producer, epoch } = this.hub;
    return (
      cache.version === producer.version &&
      cache.currentEpoch?.incarnation === epoch.incarnation &&
      subscriber.status === 'live'
    );
  }

  private failToHeal(): never {
    const { hub } = this;
    const left = this.replicas
      .filter(({ cache, subscriber }) => {
        const isEqual = cache.version === hub.producer.version;
        return subscriber.status !== 'live' || !isEqual;
      })
      .map(
        ({ id, cache, subscriber }) =>
          `replica ${id} is ${subscriber.status} (${subscriber.state}) at ${cache.version}`,
      );
    const at = `the hub at ${hub.producer.version}`;
    throw new Violation('P6', `${HEAL_MS_MAX} ms without faults: ${left.join(', ')}; ${at}`);
  }
}

type Strike = (kind: FaultKind) => void;

function incarnationOf(n: number): string {
  return (0x1000_0000 + n).toString(16).padStart(16, 'a');
}

/** A cache that stands at a version of an epoch with this content. */
function cacheOf(world: World, epoch: Epoch, version: number, state: State): FrameConsumer {
  const source = new ProducerCache({ epoch, name: STREAM });
  source.replaceAll([...state].map(([key, text]) => [key, JSON.parse(text) as unknown]));
  // An empty collection has no change to raise the version with.
  const cache = new FrameConsumer({ name: STREAM, limits: world.limits });
  cache.apply(source.frame(0));
  cache.adopt(epoch, version);
  return cache;
}
