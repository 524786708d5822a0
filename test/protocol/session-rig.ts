/** A hub and its consumers without a network: messages in order, and a time that is told. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { FrameConsumer } from '../../src/cache/frame-consumer.ts';
import type { ProducerOptions } from '../../src/cache/producer.ts';
import { ProducerCache } from '../../src/cache/producer.ts';
import { DiffStreamError } from '../../src/core/errors.ts';
import type { Key } from '../../src/core/key.ts';
import type { Hello } from '../../src/protocol/message.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { inParts } from '../../src/protocol/transfer.ts';
import type { SessionLimits } from '../../src/protocol/session-limits.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import type { ChangeEvent, Status, SubscriberOutput } from '../../src/protocol/output.ts';
import type { Progress } from '../../src/protocol/snapshot-receiver.ts';
import { Subscriber } from '../../src/protocol/subscriber.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';

export interface Row {
  readonly key: Key;
  readonly n: number;
  readonly text?: string;
}

/** A message on its way; `index` counts those of its way since the start. */
export interface Passing {
  readonly way: 'up' | 'down';
  readonly index: number;
  readonly consumer: number;
  readonly bytes: Uint8Array;
}

/** What arrives of a message: nothing, itself, something else, more. */
export type Tamper = (passing: Passing) => readonly Uint8Array[];

export const STREAM = 'rig';
export const EPOCH = { term: 1000, incarnation: '00112233445566ff' };

/** Of a consumer that holds nothing. */
export const HELLO: Hello = {
  kind: 'hello',
  protocol: PROTOCOL_VERSION,
  nonce: [1, 2],
  dense: false,
  frameBytesMax: 1_000_000,
  token: '',
  position: undefined,
  trust: 'position',
};

export function newProducer(options: Partial<ProducerOptions> = {}): ProducerCache<Row> {
  return new ProducerCache<Row>({ epoch: EPOCH, name: STREAM, ...options });
}

/** What a reader sees, as text. */
export function stateOf(map: ReadonlyMap<Key, unknown>): string {
  return JSON.stringify([...map].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

export class Consumer {
  readonly id: number;
  readonly cache: FrameConsumer<Row>;
  readonly subscriber: Subscriber<Row>;
  readonly events: ChangeEvent<Row>[] = [];
  readonly statuses: Status[] = [];
  readonly progress: Progress[] = [];
  readonly errors: DiffStreamError[] = [];
  /** Messages as they arrived; the very arrays. */
  readonly received: Uint8Array[] = [];
  readonly sent: Uint8Array[] = [];
  readonly dialledMs: number[] = [];
  connection: number | undefined;

  constructor(id: number, session: Partial<SessionLimits>, seed = id) {
    this.id = id;
    this.cache = new FrameConsumer<Row>({ name: STREAM });
    this.subscriber = new Subscriber(this.cache, { seed: [seed, 77], session });
  }

  get codes(): string[] {
    return this.errors.map(({ code }) => code);
  }
}

type Delivery = () => void;

/** What a driver makes of packed bytes: undefined where they are none, or not as many. */
function inflated(packed: Uint8Array, rawBytes: number): Uint8Array | undefined {
  try {
    const raw = inflateRawSync(packed, { maxOutputLength: rawBytes });
    return raw.length === rawBytes ? raw : undefined;
  } catch {
    return undefined;
  }
}

export class Rig {
  nowMs = 0;
  producer: ProducerCache<Row>;
  publisher: Publisher;
  readonly consumers: Consumer[] = [];
  readonly session: SessionLimits;
  /** Every state that some producer had at a commit. */
  readonly history = new Set<string>([stateOf(new Map())]);
  /** What hubs blamed on consumers. */
  readonly hubErrors: DiffStreamError[] = [];
  readonly closeCodes: number[] = [];
  tamper: Tamper = ({ bytes }) => [bytes];
  /** Whether the hub can be reached. */
  isUp = true;
  /** Consumers whose messages and those to whom wait. */
  readonly stalled = new Set<Consumer>();
  /** How long a consumer is at inflating a snapshot, in ms. */
  inflatingMs = 0;
  private queue: { consumer: Consumer | undefined; deliver: Delivery; dueMs?: number }[] = [];
  private readonly owners = new Map<number, Consumer>();
  private readonly pieces: Uint8Array[] = [];
  private connections = 0;
  private readonly passed = { up: 0, down: 0 };

  constructor(session: Partial<SessionLimits> = {}, producer = newProducer()) {
    this.session = resolveSessionLimits(session);
    this.producer = producer;
    this.publisher = new Publisher(producer, this.session);
  }

  join(seed?: number): Consumer {
    const consumer = new Consumer(this.consumers.length + 1, this.session, seed);
    this.consumers.push(consumer);
    this.obey(consumer, consumer.subscriber.start(this.nowMs));
    return consumer;
  }

  /** One commit; its state is one that consumers may show. */
  commit(work: (producer: ProducerCache<Row>) => unknown): void {
    work(this.producer);
    this.history.add(stateOf(this.producer));
  }

  put(key: Key, n: number, text?: string): void {
    this.commit((producer) =>
      producer.set(key, { key, n, ...(text === undefined ? {} : { text }) }),
    );
  }

  /** The end of a turn: what was committed leaves, and everything under way arrives. */
  turn(): void {
    this.obeyHub(this.publisher.flush());
    this.deliver();
  }

  private deliver(): void {
    for (;;) {
      const at = this.queue.findIndex(
        ({ consumer, dueMs = 0 }) =>
          dueMs <= this.nowMs && (!consumer || !this.stalled.has(consumer)),
      );
      if (at < 0) return;
      const [next] = this.queue.splice(at, 1);
      next?.deliver();
    }
  }

  /** Lets time pass, with everything that falls due. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    this.turn();
    for (;;) {
      const due = [this.publisher, ...this.consumers.map(({ subscriber }) => subscriber)].map(
        (machine) => machine.nextTimeoutMs(),
      );
      const nextMs = Math.min(...due);
      if (nextMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      this.obeyHub(this.publisher.tick(this.nowMs));
      for (const consumer of this.consumers) {
        this.obey(consumer, consumer.subscriber.tick(this.nowMs));
      }
      this.deliver();
    }
    this.nowMs = endMs;
  }

  /** The hub is gone, and another one with this producer answers in its place. */
  restart(producer: ProducerCache<Row>): void {
    for (const consumer of this.consumers) this.cut(consumer);
    this.producer = producer;
    this.publisher = new Publisher(producer, this.session);
    if (producer.version > 0) this.history.add(stateOf(producer));
  }

  cut(consumer: Consumer): void {
    const id = consumer.connection;
    if (id === undefined) return;
    consumer.connection = undefined;
    this.owners.delete(id);
    this.publisher.closed(id);
    const why = new DiffStreamError('unreachable', 'cut');
    this.obey(consumer, consumer.subscriber.disconnected(this.nowMs, why));
  }

  /** Bytes that arrive at the hub as if from the consumer. */
  inject(consumer: Consumer, bytes: Uint8Array): void {
    const id = consumer.connection as number;
    this.obeyHub(this.publisher.receive(id, bytes, this.nowMs));
    this.deliver();
  }

  /** Bytes that arrive at the consumer as if from the hub. */
  injectDown(consumer: Consumer, bytes: Uint8Array): void {
    this.obey(consumer, consumer.subscriber.receive(bytes, this.nowMs));
    this.deliver();
  }

  statusOf(consumer: Consumer): ReturnType<Publisher['describe']>[number] {
    const found = this.publisher.describe().find(({ id }) => id === consumer.connection);
    if (found === undefined) throw new Error('no session');
    return found;
  }

  private later(consumer: Consumer | undefined, deliver: Delivery): void {
    this.queue.push({ consumer, deliver });
  }

  private carry(way: 'up' | 'down', consumer: Consumer, bytes: Uint8Array, to: Delivery[]): void {
    const id = consumer.connection;
    const index = this.passed[way]++;
    for (const arriving of this.tamper({ way, index, consumer: consumer.id, bytes })) {
      to.push(() => {
        if (id === undefined || consumer.connection !== id) return;
        if (way === 'up') {
          this.obeyHub(this.publisher.receive(id, arriving, this.nowMs));
        } else {
          consumer.received.push(arriving);
          this.obey(consumer, consumer.subscriber.receive(arriving, this.nowMs));
        }
      });
    }
  }

  private obeyHub(outputs: readonly PublisherOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'work') {
        this.later(undefined, () => this.obeyHub(this.publisher.work()));
        continue;
      }
      if (output.kind === 'pack') {
        this.pack(output);
        continue;
      }
      const consumer = this.owners.get(output.session);
      if (consumer === undefined) continue;
      if (output.kind === 'send') {
        const arrivals: Delivery[] = [];
        this.carry('down', consumer, output.bytes, arrivals);
        for (const arrival of arrivals) this.later(consumer, arrival);
        continue;
      }
      this.closeCodes.push(output.code);
      if (output.error !== undefined) this.hubErrors.push(output.error);
      this.owners.delete(output.session);
      this.later(consumer, () => {
        if (consumer.connection !== output.session) return;
        consumer.connection = undefined;
        this.obey(consumer, consumer.subscriber.disconnected(this.nowMs, undefined));
      });
    }
  }

  private pack({
    snapshot,
    bytes,
    last,
    partBytes,
  }: Extract<PublisherOutput, { kind: 'pack' }>): void {
    this.pieces.push(bytes);
    if (!last) return;
    const packed = deflateRawSync(Buffer.concat(this.pieces.splice(0)));
    this.later(undefined, () =>
      this.obeyHub(this.publisher.packed(snapshot, inParts(packed, partBytes))),
    );
  }

  private obey(consumer: Consumer, outputs: readonly SubscriberOutput<Row>[]): void {
    for (const output of outputs) {
      switch (output.kind) {
        case 'dial':
          consumer.dialledMs.push(this.nowMs);
          this.dial(consumer);
          break;
        case 'send': {
          consumer.sent.push(output.bytes);
          const arrivals: Delivery[] = [];
          this.carry('up', consumer, output.bytes, arrivals);
          for (const arrival of arrivals) this.later(consumer, arrival);
          break;
        }
        case 'hang-up': {
          const id = consumer.connection;
          consumer.connection = undefined;
          if (id === undefined) break;
          this.owners.delete(id);
          this.later(undefined, () => this.publisher.closed(id));
          break;
        }
        case 'progress':
          consumer.progress.push(output.progress);
          break;
        case 'unpack': {
          const raw = inflated(output.packed, output.rawBytes);
          const deliver = (): void =>
            this.obey(consumer, consumer.subscriber.unpacked(output.snapshot, raw, this.nowMs));
          this.queue.push({ consumer, deliver, dueMs: this.nowMs + this.inflatingMs });
          break;
        }
        case 'go-on':
          this.obey(consumer, consumer.subscriber.goOn(this.nowMs));
          break;
        case 'changes':
          consumer.events.push(output.event);
          break;
        case 'status':
          consumer.statuses.push(output.status);
          break;
        case 'error':
          consumer.errors.push(output.error);
      }
    }
    this.check(consumer);
  }

  /** P1: whatever a consumer shows is a state the producer had. */
  private check(consumer: Consumer): void {
    const state = stateOf(consumer.cache);
    if (!this.history.has(state)) throw new Error(`consumer ${consumer.id} shows ${state}`);
  }

  private dial(consumer: Consumer): void {
    const id = ++this.connections;
    this.later(consumer, () => {
      if (consumer.subscriber.state !== 'dialing') return;
      if (!this.isUp) {
        const why = new DiffStreamError('unreachable', 'nobody there');
        this.obey(consumer, consumer.subscriber.disconnected(this.nowMs, why));
        return;
      }
      consumer.connection = id;
      this.owners.set(id, consumer);
      this.publisher.open(id, this.nowMs);
      this.obey(consumer, consumer.subscriber.connected(this.nowMs));
    });
  }
}
