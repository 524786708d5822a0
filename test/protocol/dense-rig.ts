/** Hubs that send dense frames: with consumers that read them, and alone, to see what is sent. */
import { ProducerCache } from '../../src/cache/producer.ts';
import type { Change } from '../../src/cache/change.ts';
import type { Limits } from '../../src/core/limits.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { Value } from '../../src/core/value.ts';
import { makeSmallCoder } from '../../src/dense/index.ts';
import { decodeDenseBody } from '../../src/protocol/dense-body.ts';
import type { DenseBody } from '../../src/protocol/dense-body.ts';
import type { Codec, FrameCoder } from '../../src/protocol/frame-coder.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { Hello } from '../../src/protocol/message.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import type { SessionLimits } from '../../src/protocol/session-limits.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import type { Consumer } from './session-rig.ts';
import { EPOCH, HELLO, Rig, STREAM } from './session-rig.ts';

/** Counts what is asked of the coder behind it. */
export class CountingCoder implements FrameCoder {
  encoded = 0;
  decoded = 0;
  resets = 0;
  private readonly own: FrameCoder;

  constructor(own: FrameCoder) {
    this.own = own;
  }

  /** Itself, with nothing in mind, for who would have a new one made. */
  anew(): this {
    this.own.reset();
    return this;
  }

  reset(): void {
    this.resets++;
    this.own.reset();
  }

  encode(changes: readonly Change[]): Uint8Array | undefined {
    this.encoded++;
    return this.own.encode(changes);
  }

  decode(bytes: Uint8Array, baseOf: (key: string | number) => Value | undefined): Change[] {
    this.decoded++;
    return this.own.decode(bytes, baseOf);
  }
}

/** The dense frame in a message; undefined where it is another. */
export function denseIn(bytes: Uint8Array | undefined): DenseBody | undefined {
  return bytes?.[0] === MESSAGE.dense ? decodeDenseBody(bytes.subarray(1)) : undefined;
}

/** `1/0` for the first frame of the first group; the type in hex for another message. */
export function placeIn(bytes: Uint8Array): string {
  const type = bytes[0]?.toString(16) ?? '';
  try {
    const dense = denseIn(bytes);
    return dense === undefined ? type : `${dense.group}/${dense.index}`;
  } catch {
    return `${type}, damaged`;
  }
}

/** A rig whose hub has the codec `dense`, or another. */
export class DenseRig extends Rig {
  readonly codec: Codec;
  hubCoder = new CountingCoder(makeSmallCoder(defaultLimits));
  private steps = 0;

  constructor(session: Partial<SessionLimits> = {}, codec: Codec = 'dense') {
    super(session);
    this.codec = codec;
    this.restartDense(this.producer as ProducerCache<never>);
  }

  /** As `restart`, with the codec. */
  restartDense(producer: ProducerCache<never>): void {
    this.restart(producer);
    this.hubCoder = new CountingCoder(makeSmallCoder(defaultLimits));
    const { codec, hubCoder } = this;
    const makeCoder = (): FrameCoder => hubCoder.anew();
    this.publisher = new Publisher(producer, this.session, {
      ...{ codec, makeCoder, limits: defaultLimits },
    });
  }

  /** A consumer that takes dense frames. */
  joinDense(makeCoder: (limits: Limits) => FrameCoder = makeSmallCoder): Consumer {
    const consumer = this.join();
    consumer.subscriber.frames.takeDense(makeCoder);
    return consumer;
  }

  /** A small change, and a turn. */
  step(): void {
    const n = this.steps++;
    this.put(`row ${n % 5}`, 100 + n, `a text of some length ${n}`);
    this.turn();
  }

  /** The frames that a consumer received, as `placeIn` has them. */
  framesOf({ received }: Consumer): string[] {
    const frames = new Set<number>([MESSAGE.frame, MESSAGE.dense]);
    return received.filter(([type]) => frames.has(type ?? 0)).map(placeIn);
  }
}

/** Makes frames of any length out of nothing. */
export class EmptyCoder implements FrameCoder {
  length: number | undefined = 1;

  reset(): void {}

  encode(): Uint8Array | undefined {
    return this.length === undefined ? undefined : new Uint8Array(this.length);
  }

  decode(): Change[] {
    return [];
  }
}

/** A hub whose consumers only listen. */
export class HubAlone {
  readonly producer = new ProducerCache({ epoch: EPOCH, name: STREAM });
  readonly coder = new EmptyCoder();
  readonly counting = new CountingCoder(this.coder);
  readonly publisher: Publisher;
  /** Coders made so far. */
  made = 0;
  /** What was sent in the last turn, by session; the very arrays. */
  readonly sent = new Map<number, Uint8Array[]>();
  nowMs = 0;

  constructor(codec: Codec, session: Partial<SessionLimits> = {}) {
    const limits = { windowBytes: 2 ** 40, partBytes: 512 * 1024, idleTimeoutMs: 1e9, ...session };
    const makeCoder = (): FrameCoder => {
      this.made++;
      return this.counting;
    };
    this.publisher = new Publisher(this.producer, resolveSessionLimits(limits), {
      ...{ codec, makeCoder, limits: defaultLimits },
    });
    this.commit();
  }

  open(id: number, hello: Partial<Hello> = {}): void {
    this.publisher.open(id, this.nowMs);
    const bytes = encodeMessage({ ...HELLO, dense: true, ...hello });
    this.obey(this.publisher.receive(id, bytes, this.nowMs));
    this.sent.clear();
  }

  /** A commit and a turn; the places of what each session was sent. */
  turn(text?: string): string[] {
    this.commit(text);
    this.sent.clear();
    this.obey(this.publisher.flush());
    return [...this.sent.values()].map((messages) => messages.map(placeIn).join(' '));
  }

  turns(count: number, text?: string): string[] {
    return Array.from({ length: count }, () => this.turn(text).join());
  }

  /** Heads, as time goes by. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.publisher.nextTimeoutMs() <= endMs) {
      this.nowMs = this.publisher.nextTimeoutMs();
      this.publisher.tick(this.nowMs);
    }
    this.nowMs = endMs;
  }

  private commit(text = ''): void {
    this.producer.set('row', { n: this.producer.version, text });
  }

  private obey(outputs: readonly PublisherOutput[]): void {
    for (const output of outputs) {
      if (output.kind !== 'send') continue;
      const messages = this.sent.get(output.session) ?? [];
      messages.push(output.bytes);
      this.sent.set(output.session, messages);
    }
  }
}
