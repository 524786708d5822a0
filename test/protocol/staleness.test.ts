/** What a replica says of how far it is behind. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ConsumerCache } from '../../src/cache/consumer.ts';
import type { ProducerCache } from '../../src/cache/producer.ts';
import { decodeConsumerMessage } from '../../src/protocol/consumer-message-reader.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import type { PublisherOutput, SubscriberOutput } from '../../src/protocol/output.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import type { SessionLimits } from '../../src/protocol/session-limits.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { Subscriber } from '../../src/protocol/subscriber.ts';
import { inParts } from '../../src/protocol/transfer.ts';
import type { Row } from './session-rig.ts';
import { newProducer, STREAM } from './session-rig.ts';

const NEWER = { term: 2000, incarnation: 'b'.repeat(16) };
const TEXT = 'a value of some length that is not met again: ';

function filled(count: number, epoch?: typeof NEWER): ProducerCache<Row> {
  const producer = newProducer(epoch === undefined ? {} : { epoch });
  producer.batch((tx) => {
    for (let n = 0; n < count; n++) tx.set(n, { key: n, n, text: `${TEXT}${n}` });
  });
  return producer;
}

/** A text without repeats. */
function numerals(length: number): string {
  let text = '';
  for (let n = 1; text.length < length; n++) text += Math.sqrt(n * 7).toFixed(9);
  return text.slice(0, length);
}

/** One replica, handed everything by hand: nothing arrives unless it is told to. */
class Hand {
  readonly cache = new ConsumerCache<Row>({ name: STREAM });
  readonly subscriber = new Subscriber(this.cache, { seed: [1, 2] });
  private readonly raw: Uint8Array[] = [];
  private readonly unpackings: { snapshot: number; packed: Uint8Array }[] = [];
  private session = 0;

  constructor() {
    this.subscriber.start(0);
  }

  /** Connects, and brings the request to the hub; what the hub sends in return. */
  connect(publisher: Publisher, nowMs: number): Uint8Array[] {
    this.session++;
    publisher.open(this.session, nowMs);
    return this.ask(publisher, this.subscriber.connected(nowMs), nowMs);
  }

  /** Brings what the replica sends to the hub; what comes back, packed snapshots included. */
  ask(
    publisher: Publisher,
    outputs: readonly SubscriberOutput<Row>[],
    nowMs: number,
  ): Uint8Array[] {
    const sent: Uint8Array[] = [];
    for (const output of outputs) {
      if (output.kind === 'unpack') this.unpackings.push(output);
      if (output.kind !== 'send') continue;
      sent.push(...this.sentBy(publisher, publisher.receive(this.session, output.bytes, nowMs)));
    }
    return sent;
  }

  receive(publisher: Publisher, bytes: Uint8Array, nowMs: number): Uint8Array[] {
    return this.ask(publisher, this.subscriber.receive(bytes, nowMs), nowMs);
  }

  sentBy(publisher: Publisher, outputs: readonly PublisherOutput[]): Uint8Array[] {
    return outputs.flatMap((output) => {
      if (output.kind === 'send') return [output.bytes];
      if (output.kind === 'work') return this.sentBy(publisher, publisher.work());
      if (output.kind !== 'pack') return [];
      this.raw.push(output.bytes);
      if (!output.last) return [];
      const packed = deflateRawSync(Buffer.concat(this.raw.splice(0)));
      const parts = inParts(packed, output.partBytes);
      return this.sentBy(publisher, publisher.packed(output.snapshot, parts));
    });
  }

  /** The platform has inflated the first snapshot it was given, of those that are left. */
  unpack(nowMs: number): SubscriberOutput<Row>[] {
    const next = this.unpackings.shift();
    if (next === undefined) throw new Error('there is nothing to unpack');
    const raw = new Uint8Array(inflateRawSync(next.packed));
    const outputs = this.subscriber.unpacked(next.snapshot, raw, nowMs);
    while (outputs.at(-1)?.kind === 'go-on') outputs.push(...this.subscriber.goOn(nowMs));
    return outputs;
  }
}

function publisherOf(
  producer: ProducerCache<Row>,
  session: Partial<SessionLimits> = {},
): Publisher {
  return new Publisher(producer, resolveSessionLimits(session));
}

const isSent = ({ kind }: { readonly kind: string }): boolean => kind === 'send';

describe('a snapshot that is inflated when its connection is gone', () => {
  it('S2 P9 is where the next request starts', () => {
    const producer = filled(1000);
    const publisher = publisherOf(producer);
    const hand = new Hand();
    for (const bytes of hand.connect(publisher, 0)) hand.receive(publisher, bytes, 0);
    hand.subscriber.disconnected(10, undefined);
    hand.unpack(11);
    expect(hand.cache.version).toBe(producer.version);
    expect(hand.subscriber.status).not.toBe('live');
    hand.subscriber.tick(10_000);
    const sent = hand.connect(publisher, 10_000);
    expect(sent.map(([type]) => type)).toEqual([MESSAGE.answer]);
    hand.receive(publisher, sent[0] as Uint8Array, 10_001);
    expect(hand.subscriber.status).toBe('live');
  });

  it('S2 P12 P9 is dropped where the next request is out: the hub sends it anew', () => {
    const old = filled(1000);
    for (let n = 0; n < 8; n++) old.set(n, { key: n, n: -1 });
    const before = publisherOf(old);
    const hand = new Hand();
    for (const bytes of hand.connect(before, 0)) hand.receive(before, bytes, 0);
    expect(hand.subscriber.state).toBe('installing');
    hand.subscriber.disconnected(10, undefined);
    hand.subscriber.tick(10_000);

    const next = publisherOf(filled(3, NEWER));
    const [answer, frame] = hand.connect(next, 10_000) as [Uint8Array, Uint8Array];
    hand.receive(next, answer, 10_000);
    hand.unpack(10_001);
    expect(hand.cache.version).toBe(0);
    expect(hand.subscriber.status).not.toBe('live');
    hand.receive(next, frame, 10_002);
    expect(hand.subscriber.status).toBe('live');
    expect(hand.cache.head()?.epoch).toMatch(/^2000\./);
  });
});

describe('a snapshot that is inflated while another is', () => {
  it('S7 P4 is not taken for the one that is waited for', () => {
    const producer = filled(1000);
    const before = publisherOf(producer);
    const hand = new Hand();
    for (const bytes of hand.connect(before, 0)) hand.receive(before, bytes, 0);
    hand.subscriber.disconnected(10, undefined);
    hand.subscriber.tick(10_000);

    producer.set(1, { key: 1, n: -1 });
    const next = publisherOf(producer);
    for (const bytes of hand.connect(next, 10_000)) hand.receive(next, bytes, 10_000);
    expect(hand.subscriber.state).toBe('installing');
    producer.set(2, { key: 2, n: -2 });
    const [frame] = hand.sentBy(next, next.flush());
    hand.receive(next, frame as Uint8Array, 10_001);

    // The first comes late: what waits is for the second.
    expect(hand.unpack(10_002)).toEqual([]);
    expect([hand.subscriber.state, hand.cache.version]).toEqual(['installing', 0]);
    expect(hand.unpack(10_003).map(({ kind }) => kind)).not.toContain('error');
    expect([hand.subscriber.state, hand.cache.version]).toEqual(['live', 3]);
  });
});

describe('what a replica says of its age', () => {
  it('P12 a frame in parts is as old as its first part', () => {
    const producer = filled(2);
    const publisher = publisherOf(producer, { partBytes: 100 });
    const hand = new Hand();
    for (const bytes of hand.connect(publisher, 0)) hand.receive(publisher, bytes, 0);
    expect(hand.subscriber.ageMs(0)).toBe(0);
    producer.set(0, { key: 0, n: 1, text: numerals(300) });
    const parts = hand.sentBy(publisher, publisher.flush());
    expect(parts.map(([type]) => type)).toContain(MESSAGE.part);
    for (const [i, part] of parts.entries()) hand.receive(publisher, part, 100 * (i + 1));
    expect(hand.cache.version).toBe(producer.version);
    expect(hand.subscriber.ageMs(1000)).toBe(900);
  });

  it('P12 a repair is made when it can leave, not before', () => {
    const held = filled(200);
    const hand = new Hand();
    const first = publisherOf(held);
    for (const bytes of hand.connect(first, 0)) hand.receive(first, bytes, 0);
    hand.subscriber.disconnected(0, undefined);
    hand.subscriber.tick(10_000);

    const producer = filled(200, NEWER);
    producer.set(7, { key: 7, n: -7 });
    const publisher = publisherOf(producer, { windowBytes: 1 });
    const [answer] = hand.connect(publisher, 10_000) as [Uint8Array];
    // The answer is not acknowledged yet, so the window is shut.
    const [mend, ...rest] = hand.subscriber.receive(answer, 10_000).filter(isSent);
    expect(hand.ask(publisher, [mend as SubscriberOutput<Row>], 10_000)).toEqual([]);
    expect(hand.subscriber.state).toBe('comparing');
    producer.set(8, { key: 8, n: -8 });
    const sent = hand.ask(publisher, rest, 10_000);
    expect(sent.map(([type]) => type)).toEqual([MESSAGE.mended]);
    hand.receive(publisher, sent[0] as Uint8Array, 12_001);
    expect(hand.cache.version).toBe(producer.version);
    expect(hand.subscriber.status).toBe('live');
  });
});

describe('a line that damages everything', () => {
  it('R9 P6 does not close a replica for good by what looks like limits now and then', () => {
    const publisher = publisherOf(filled(2));
    const hand = new Hand();
    const [answer] = hand.connect(publisher, 0) as [Uint8Array];
    hand.receive(publisher, answer, 0);
    // A frame that announces 2^31 changes, and one that is no frame.
    const absurd = Uint8Array.of(MESSAGE.frame, 1, 1, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0, 0);
    const broken = Uint8Array.of(MESSAGE.frame, 1);
    let nowMs = 0;
    for (let round = 0; round < 60; round++) {
      const outputs = hand.subscriber.receive(round % 5 === 4 ? broken : absurd, nowMs);
      const asked = outputs.some(
        (output) => output.kind === 'send' && decodeConsumerMessage(output.bytes).kind === 'resume',
      );
      if (!asked) {
        hand.subscriber.disconnected(nowMs, undefined);
        nowMs += 100_000;
        hand.subscriber.tick(nowMs);
        const [again] = hand.connect(publisher, nowMs) as [Uint8Array];
        hand.receive(publisher, again, nowMs);
      }
    }
    expect(hand.subscriber.status).not.toBe('closed');
  });
});
