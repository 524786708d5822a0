import { FrameConsumer } from '../../cache/frame-consumer.ts';
import { DiffStreamError } from '../../core/errors.ts';
import type { SubscriberOutput } from '../../protocol/output.ts';
import { Subscriber } from '../../protocol/subscriber.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Branch } from './branches.ts';
import type { HubNode } from './hub-node.ts';
import type { Passage } from './network.ts';
import { Line } from './network.ts';
import { unpacked } from './packing.ts';
import { Process } from './process.ts';
import { makeSmallCoder } from '../../dense/index.ts';
import { ReplicaChecks } from './replica-checks.ts';
import type { World } from './world.ts';
import { STREAM } from './world.ts';

/** Where a dial leads; undefined: nobody is there. */
export type Route = () => HubNode | undefined;

const branchOf: Partial<Record<string, Branch>> = {
  gap: 'gap',
  'digest-mismatch': 'digest mismatch',
  'patch-conflict': 'patch conflict',
  malformed: 'malformed message',
  timeout: 'timeout',
  'epoch-conflict': 'conflict of epochs',
  'stale-epoch': 'stale epoch',
  ahead: 'ahead of the hub',
};

/** A replica process: a cache, its subscriber, and the loop that a driver is. */
export class ReplicaNode {
  readonly id: number;
  cache: FrameConsumer;
  subscriber: Subscriber<unknown>;
  checks: ReplicaChecks;
  line: Line | undefined;
  private readonly world: World;
  private readonly random: SeededRandom;
  private readonly route: Route;
  /** Its own clock against that of the run, in ms. */
  private skewMs = 0;
  /** Another with each start: what was due in an earlier life is not. */
  private process: Process;

  constructor(world: World, id: number, route: Route) {
    this.world = world;
    this.id = id;
    this.random = world.random.fork(`replica ${id}`);
    this.route = route;
    this.process = new Process(world);
    this.cache = new FrameConsumer({ name: STREAM, limits: world.limits });
    this.subscriber = this.newSubscriber();
    this.checks = new ReplicaChecks(world, this, true);
  }

  /** The process starts, with what it has kept from an earlier life, or with nothing. */
  start(cache?: FrameConsumer, isRight = true): void {
    const { world } = this;
    this.process.end();
    this.process = new Process(world);
    this.skewMs = 0;
    if (this.line !== undefined) world.network.end(this.line, 'up', true);
    this.line = undefined;
    this.cache = cache ?? new FrameConsumer({ name: STREAM, limits: world.limits });
    this.subscriber = this.newSubscriber();
    this.checks = new ReplicaChecks(world, this, isRight);
    this.obey(this.subscriber.start(this.nowMs));
  }

  get nowMs(): number {
    return this.world.nowMs + this.skewMs;
  }

  get isIdle(): boolean {
    return this.process.isIdle;
  }

  pause(untilMs: number): void {
    this.process.pause(untilMs);
  }

  resume(): void {
    this.process.resume();
  }

  /** Its clock goes on from somewhere later. */
  jump(ms: number): void {
    this.skewMs += ms;
    this.setAlarm();
  }

  arrived(line: Line, passage: Passage): void {
    this.whenAwake(this.process, () => {
      if (line !== this.line) return;
      const { world, checks } = this;
      world.deliveries++;
      world.trace.note(world.nowMs, line.id, 3);
      world.trace.bytes(passage.bytes);
      checks.receiving(passage);
      this.obey(this.subscriber.receive(passage.bytes, this.nowMs));
      checks.received(passage);
    });
  }

  ended(line: Line): void {
    this.whenAwake(this.process, () => {
      if (line !== this.line) return;
      this.line = undefined;
      this.obey(this.subscriber.disconnected(this.nowMs, undefined));
    });
  }

  private newSubscriber(): Subscriber<unknown> {
    const { session, limits } = this.world;
    const seed = [this.random.next(), this.random.next()] as const;
    const subscriber = new Subscriber(this.cache, { seed, session, limits });
    if (this.world.swarm.codec !== 'compact') {
      subscriber.frames.takeDense(this.world.instruments?.makeCoder ?? makeSmallCoder);
    }
    return subscriber;
  }

  private whenAwake(process: Process, work: () => void): void {
    process.do(() => {
      work();
      this.setAlarm();
    });
  }

  private setAlarm(): void {
    const dueMs = Math.max(this.world.nowMs, this.subscriber.nextTimeoutMs() - this.skewMs);
    this.process.setAlarm(dueMs, this.random, () => {
      const { subscriber, nowMs } = this;
      if (subscriber.nextTimeoutMs() <= nowMs) this.obey(subscriber.tick(nowMs));
      this.setAlarm();
    });
  }

  private obey(given: readonly SubscriberOutput<unknown>[]): void {
    let outputs = given;
    for (;;) {
      for (const output of outputs) this.carryOut(output);
      this.checks.settled();
      if (outputs.at(-1)?.kind !== 'go-on') return;
      outputs = this.subscriber.goOn(this.nowMs);
    }
  }

  private carryOut(output: SubscriberOutput<unknown>): void {
    const { world, checks } = this;
    switch (output.kind) {
      case 'dial':
        this.dial();
        break;
      case 'send':
        if (this.line === undefined) break;
        checks.sending(output.bytes);
        world.network.send(this.line, 'up', output.bytes);
        break;
      case 'hang-up':
        if (this.line !== undefined) world.network.end(this.line, 'up', true);
        this.line = undefined;
        break;
      case 'changes':
        checks.changed(output.event);
        world.instruments?.changed(this.id, output.event);
        break;
      case 'unpack':
        this.unpack(output);
        break;
      case 'status':
        world.trace.note(world.nowMs, this.id, 16 + output.status.length);
        world.instruments?.status(this.id, output.status);
        if (output.status === 'stale') world.branches.reach('stale replica');
        if (output.status === 'conflict') world.branches.reach('breaker');
        break;
      case 'error':
        this.failed(output.error);
        break;
      case 'go-on':
      case 'progress':
    }
  }

  private failed(error: DiffStreamError): void {
    const { code, message } = error;
    this.world.instruments?.failed(this.id, error);
    this.checks.failed(code, this.line);
    const branch = branchOf[code];
    if (branch !== undefined) this.world.branches.reach(branch);
    if (message.startsWith('the hub refused')) this.world.branches.reach('refusal');
    if (message === 'no connection in time') this.world.branches.reach('connection never made');
    this.world.trace.line(this.world.nowMs, () => `replica ${this.id}: ${code}, ${message}`);
  }

  private unpack(output: Extract<SubscriberOutput<unknown>, { kind: 'unpack' }>): void {
    const { world, process } = this;
    const { snapshot } = output;
    const { instruments } = world;
    const raw =
      instruments === undefined
        ? unpacked(output.packed, output.rawBytes)
        : instruments.unpack(output.packed, output.rawBytes);
    const run = (): void =>
      this.whenAwake(process, () => {
        const { state } = this.subscriber;
        if (state !== 'installing') world.branches.reach('snapshot unpacked too late');
        this.obey(this.subscriber.unpacked(snapshot, raw, this.nowMs));
      });
    const most = world.faults.isOver ? 5 : world.swarm.unpackMs;
    world.queue.add(world.nowMs + 1 + this.random.below(most), this.random.next(), run);
  }

  private dial(): void {
    const { world, process, random } = this;
    const { instruments } = world;
    const wait = world.faults.isOver ? 1 : 1 + random.below(world.swarm.latencyMs + 1);
    const dueMs = world.nowMs + (instruments?.dialMs(this.id) ?? wait);
    world.queue.add(dueMs, random.next(), () => this.whenAwake(process, () => this.connect()));
  }

  private connect(): void {
    const { world } = this;
    if (this.subscriber.state !== 'dialing') return;
    const reach = world.network.reach(this.id);
    if (reach === 'lost') return;
    const hub = reach === 'refused' ? undefined : this.route();
    if (hub === undefined) {
      const why = new DiffStreamError('unreachable', 'nobody listens there');
      this.obey(this.subscriber.disconnected(this.nowMs, why));
      return;
    }
    const line = new Line(
      ++world.lines,
      this.id,
      this.random,
      { up: hub, down: this },
      world.nowMs,
    );
    this.line = line;
    hub.accept(line);
    this.obey(this.subscriber.connected(this.nowMs));
  }
}
