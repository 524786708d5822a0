import { ProducerCache } from '../../cache/producer.ts';
import type { Epoch } from '../../cache/epoch.ts';
import { epochText } from '../../cache/epoch.ts';
import type { Key } from '../../core/key.ts';
import type { PublisherOutput } from '../../protocol/output.ts';
import { Publisher } from '../../protocol/publisher.ts';
import { inParts } from '../../protocol/transfer.ts';
import { makeSmallCoder } from '../../dense/index.ts';
import { HubChecks } from './hub-checks.ts';
import type { Line, Passage } from './network.ts';
import { packed } from './packing.ts';
import { Process } from './process.ts';
import { textOf } from './text-memo.ts';
import type { World } from './world.ts';
import { STREAM } from './world.ts';
import { Violation } from './history.ts';

/** Where commits come from: each is made twice, at a producer and in a plain map of texts. */
export interface Committer {
  /** False: it changed nothing, and made no version. */
  commit(producer: ProducerCache, state: Map<Key, string>): boolean;
  /** Everything anew, as after a restart. */
  load(producer: ProducerCache, state: ReadonlyMap<Key, string>): void;
}

/** Commits between two looks at all that the producer holds. */
const LOOK_EVERY = 16;

/** A hub process: a producer, its publisher, and the loop that a driver is. */
export class HubNode {
  readonly epoch: Epoch;
  readonly name: string;
  readonly producer: ProducerCache;
  readonly publisher: Publisher;
  readonly checks: HubChecks;
  /** What the producer has to hold, kept apart from it. */
  readonly state = new Map<Key, string>();
  /** What the application loads when it has started. */
  private saved: ReadonlyMap<Key, string> | undefined;
  isAlive = true;
  private readonly world: World;
  private readonly lines = new Map<number, Line>();
  private pieces: Uint8Array[] = [];
  private readonly process: Process;

  /** `saved`: what it will load; undefined: nothing, it begins with what comes. */
  constructor(world: World, epoch: Epoch, saved: ReadonlyMap<Key, string> | undefined) {
    this.world = world;
    this.process = new Process(world);
    this.epoch = epoch;
    this.name = epochText(epoch);
    this.saved = saved;
    this.producer = new ProducerCache({ epoch, name: STREAM, limits: world.limits });
    const { codec } = world.swarm;
    const { makeCoder = makeSmallCoder, settleMs = 0 } = world.instruments ?? {};
    const dense = { codec, makeCoder, settleMs, limits: world.limits };
    this.publisher = new Publisher(this.producer, world.session, dense);
    this.checks = new HubChecks(world, this.producer);
    world.history.begin(this.name);
  }

  /** Accepts a connection. */
  accept(line: Line): void {
    this.lines.set(line.id, line);
    this.checks.opened(line.id);
    this.publisher.open(line.id, this.world.nowMs);
    this.setAlarm();
  }

  /** One turn of the application: commits, and what a driver does at the end of a turn. */
  commit(workload: Committer, times: number): void {
    this.whenAwake(() => {
      const { world, producer, state } = this;
      if (this.saved !== undefined) return;
      for (let i = 0; i < times; i++) {
        if (workload.commit(producer, state)) this.committed();
      }
      world.trace.note(world.nowMs, this.epoch.term, 1);
      this.obey(this.timed(() => this.publisher.flush()));
    });
  }

  /** What a producer does that has started again. */
  load(workload: Committer): void {
    this.whenAwake(() => {
      const { saved } = this;
      if (saved === undefined) return;
      this.saved = undefined;
      for (const [key, text] of saved) this.state.set(key, text);
      workload.load(this.producer, this.state);
      this.committed();
      this.obey(this.publisher.flush());
    });
  }

  arrived(line: Line, passage: Passage): void {
    this.whenAwake(() => {
      if (!this.lines.has(line.id)) return;
      const { world } = this;
      world.deliveries++;
      world.trace.note(world.nowMs, line.id, 2);
      world.trace.bytes(passage.bytes);
      this.checks.received(line.id, passage.bytes);
      const { publisher } = this;
      this.obey(this.timed(() => publisher.receive(line.id, passage.bytes, world.nowMs)));
    });
  }

  ended(line: Line): void {
    this.lines.delete(line.id);
    this.checks.closed(line.id);
    this.publisher.closed(line.id);
  }

  /** Does nothing until then; what arrives meanwhile waits. */
  pause(untilMs: number): void {
    this.process.pause(untilMs);
  }

  resume(): void {
    this.process.resume();
  }

  /** The process is gone, with all its connections. */
  crash(): void {
    this.isAlive = false;
    this.process.end();
    for (const line of this.lines.values()) this.world.network.cut(line);
    this.lines.clear();
  }

  /** What it holds, or will when it has loaded. */
  get content(): ReadonlyMap<Key, string> {
    return this.saved ?? this.state;
  }

  private committed(): void {
    const { world, producer, state } = this;
    const version = world.history.record(this.name, state, world.nowMs);
    world.instruments?.committed(version);
    if (version !== producer.version) {
      throw new Violation('P1', `commit ${version} raised the version to ${producer.version}`);
    }
    if (producer.size !== state.size) {
      throw new Violation('P1', `the producer holds ${producer.size} of ${state.size} entries`);
    }
    if (version % LOOK_EVERY !== 1) return;
    for (const [key, text] of state) {
      if (textOf(producer.get(key)) === text) continue;
      throw new Violation('P1', `the producer holds another value of ${String(key)}`);
    }
  }

  private timed<T>(work: () => T): T {
    const { instruments } = this.world;
    return instruments === undefined ? work() : instruments.hub(work);
  }

  private whenAwake(work: () => void): void {
    this.process.do(() => {
      work();
      this.setAlarm();
    });
  }

  private setAlarm(): void {
    const { world, publisher } = this;
    this.process.setAlarm(publisher.nextTimeoutMs(), world.random, () => {
      if (publisher.nextTimeoutMs() <= world.nowMs) {
        this.obey(this.timed(() => publisher.tick(world.nowMs)));
        this.checks.ticked();
      }
      this.setAlarm();
    });
  }

  private obey(outputs: readonly PublisherOutput[]): void {
    const { world } = this;
    for (const output of outputs) {
      switch (output.kind) {
        case 'send': {
          const line = this.lines.get(output.session);
          this.checks.sending(output.session, output.bytes);
          if (line !== undefined) world.network.send(line, 'down', output.bytes);
          break;
        }
        case 'close': {
          const line = this.lines.get(output.session);
          this.lines.delete(output.session);
          this.checks.closing(output.session, output.error);
          if (line !== undefined) world.network.end(line, 'down', true);
          break;
        }
        case 'work':
          this.later(1, () => this.publisher.work());
          break;
        case 'pack':
          this.pack(output);
      }
    }
    this.checks.settled(this.publisher);
  }

  private pack(output: Extract<PublisherOutput, { kind: 'pack' }>): void {
    const { snapshot, bytes, last, partBytes } = output;
    this.pieces.push(bytes);
    if (!last) return;
    const whole = this.world.instruments?.pack(this.pieces) ?? packed(this.pieces);
    const parts = inParts(whole, partBytes);
    this.pieces = [];
    this.later(1 + this.world.random.below(5), () => this.publisher.packed(snapshot, parts));
  }

  private later(delayMs: number, work: () => readonly PublisherOutput[]): void {
    const { queue, nowMs, random } = this.world;
    const run = (): void => this.whenAwake(() => this.obey(this.timed(work)));
    queue.add(nowMs + delayMs, random.next(), run);
  }
}
