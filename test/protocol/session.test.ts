import { describe, expect, it } from 'vitest';
import { decodeConsumerMessage } from '../../src/protocol/consumer-message-reader.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import type { Consumer } from './session-rig.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { newProducer, Rig, stateOf } from './session-rig.ts';

const kinds = (messages: readonly Uint8Array[]): string[] =>
  messages.map((bytes) => decodeHubMessage(bytes).kind);

function hello(): Uint8Array {
  const standing = { position: undefined, trust: 'position' } as const;
  const who = { nonce: [1, 2], frameBytesMax: 1_000_000, dense: false, token: '' } as const;
  return encodeMessage({ kind: 'hello', protocol: PROTOCOL_VERSION, ...who, ...standing });
}

function expectEqual(rig: Rig, ...consumers: Consumer[]): void {
  for (const consumer of consumers) {
    expect(consumer.subscriber.status).toBe('live');
    expect(consumer.cache.version).toBe(rig.producer.version);
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
  }
}

describe('a session', () => {
  it('S2 P12 goes hello, answer, snapshot, live, and shows each step as a status', () => {
    const rig = new Rig();
    rig.put('a', 1);
    rig.put('b', 2);
    const consumer = rig.join();
    rig.turn();
    expect(kinds(consumer.received)).toEqual(['answer', 'frame']);
    expect(consumer.statuses).toEqual(['catching-up', 'live']);
    expect(consumer.events).toMatchObject([{ from: 0, to: 2 }]);
    expect(consumer.subscriber.stats).toMatchObject({ snapshots: 1, frames: 1, changes: 2 });
    expectEqual(rig, consumer);
  });

  it('A1 tells all listeners of one event, of which none can take away what others see', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const consumer = rig.join();
    rig.turn();
    const [event] = consumer.events;
    const parts = [event, event?.changes, event?.changes[0]];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true]);
  });

  it('S4 two consumers at the same cursor receive the identical buffer, encoded once', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const one = rig.join();
    const two = rig.join();
    rig.turn();
    rig.put('a', 2);
    rig.turn();
    expect(kinds(one.received)).toEqual(['answer', 'frame', 'frame']);
    expect(one.received[1]).toBe(two.received[1]);
    expect(one.received[2]).toBe(two.received[2]);
    expect(rig.publisher.counters).toMatchObject({ framesEncoded: 1, snapshotsEncoded: 1 });
    expectEqual(rig, one, two);
  });

  it('S4 the cost of a turn is one encode and one message for each of 100 consumers', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const many = Array.from({ length: 100 }, () => rig.join());
    rig.turn();
    const before = { ...rig.publisher.counters };
    rig.put('a', 2);
    rig.turn();
    const { framesEncoded, messagesSent, frames } = rig.publisher.counters;
    expect(framesEncoded - before.framesEncoded).toBe(1);
    expect(messagesSent - before.messagesSent).toBe(100);
    expect(frames - before.frames).toBe(100);
    expect(new Set(many.map(({ received }) => received[2])).size).toBe(1);
    expectEqual(rig, ...many);
  });

  it('S11 late joiners share the cached snapshot, and then a frame to the present', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const first = rig.join();
    rig.turn();
    rig.put('a', 2);
    rig.turn();
    const late = [rig.join(), rig.join()];
    rig.turn();
    for (const { received } of late) {
      expect(kinds(received)).toEqual(['answer', 'frame', 'frame']);
      expect(received[1]).toBe(first.received[1]);
    }
    expect(late[0]?.received[2]).toBe(first.received[2]);
    expect(rig.publisher.counters).toMatchObject({ snapshotsEncoded: 1, framesEncoded: 1 });
    expectEqual(rig, first, ...late);
  });

  it('P2 S4 the updates of one turn leave in one frame, whose versions listeners see', () => {
    const rig = new Rig();
    rig.put('a', 0);
    const consumer = rig.join();
    rig.turn();
    for (let n = 1; n <= 50; n++) rig.put('a', n);
    rig.turn();
    expect(kinds(consumer.received)).toEqual(['answer', 'frame', 'frame']);
    const last = consumer.events.at(-1);
    expect(last).toMatchObject({ from: 1, to: 51 });
    expect(last?.changes).toEqual([['update', 'a', { key: 'a', n: 50 }]]);
    expectEqual(rig, consumer);
  });

  it('S3 version 0 is never served: hellos wait for the first commit', () => {
    const rig = new Rig();
    const consumer = rig.join();
    rig.pass(120_000);
    // Told to wait, it waits: it neither hangs up nor is hung up on.
    expect(new Set(kinds(consumer.received))).toEqual(new Set(['wait']));
    expect(consumer.dialledMs).toHaveLength(1);
    expect(consumer.subscriber.status).toBe('connecting');
    expect(rig.statusOf(consumer).status).toContain('waiting');
    rig.commit((producer) => producer.batch(() => {}));
    rig.turn();
    expect(consumer.statuses).toEqual(['catching-up', 'live']);
    expect(consumer.cache.size).toBe(0);
    expectEqual(rig, consumer);
  });

  it('P4 S3 a hub that restarts without its data does not empty its replicas', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const consumer = rig.join();
    rig.turn();
    const next = newProducer({ epoch: { term: 2000, incarnation: '0'.repeat(16) } });
    rig.restart(next);
    rig.pass(5000);
    expect(consumer.cache.get('a')).toEqual({ key: 'a', n: 1 });
    expect(consumer.subscriber.status).toBe('stale');
    rig.put('a', 2);
    rig.pass(60_000);
    expectEqual(rig, consumer);
  });

  it('P11 S5 a head comes at least each second, in order with the data', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const consumer = rig.join();
    rig.pass(10_500);
    const heads = consumer.received.map(decodeHubMessage).filter(({ kind }) => kind === 'head');
    expect(heads.length).toBeGreaterThanOrEqual(10);
    expect(heads.every((head) => head.kind === 'head' && head.version === 1)).toBe(true);
    expect(consumer.subscriber.ageMs(rig.nowMs)).toBeLessThanOrEqual(1000);
    expect(consumer.errors).toEqual([]);
  });

  it('S10 received bytes are acknowledged within a second, and no more often than needed', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const consumer = rig.join();
    rig.pass(10_000);
    const acks = consumer.sent.map(decodeConsumerMessage).filter(({ kind }) => kind === 'ack');
    expect(acks.length).toBeGreaterThanOrEqual(8);
    expect(acks.length).toBeLessThanOrEqual(11);
    const arrived = consumer.received.reduce((sum, { length }) => sum + length, 0);
    expect(rig.statusOf(consumer).bytesSent).toBe(arrived);
    expect(rig.statusOf(consumer).bytesUnacknowledged).toBeLessThan(60);
  });

  it('M9 an update without a change sends nothing', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const consumer = rig.join();
    rig.turn();
    rig.put('a', 1);
    rig.turn();
    expect(kinds(consumer.received)).toEqual(['answer', 'frame']);
  });

  it('P4 F4 F5 a batch is visible at once, and a key that comes and goes within it is not', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const consumer = rig.join();
    rig.turn();
    rig.commit((producer) =>
      producer.batch((tx) => {
        tx.set('a', { key: 'a', n: 2 });
        tx.set('b', { key: 'b', n: 2 });
        tx.set('c', { key: 'c', n: 2 });
        tx.delete('c');
      }),
    );
    rig.turn();
    expect(consumer.events.at(-1)?.changes.map(([cmd, key]) => [cmd, key])).toEqual([
      ['update', 'a'],
      ['new', 'b'],
    ]);
    expectEqual(rig, consumer);
  });
});

describe('flow control', () => {
  const windows = { windowBytes: 4000, partBytes: 1000 };
  // Letters that no compressor makes much of.
  const noise = (seed: number, length: number): string => {
    const random = new SeededRandom(seed);
    return Array.from({ length }, () => String.fromCharCode(97 + random.below(26))).join('');
  };

  it('P7 S7 a part that is lost shows by the next, and what is left of the window is not', () => {
    const rig = new Rig(windows);
    rig.put('a', 1, noise(1, 10_000));
    let parts = 0;
    rig.tamper = ({ way, bytes }) => {
      if (way === 'down' && bytes[0] === MESSAGE.part && parts++ === 0) return [];
      return [bytes];
    };
    const consumer = rig.join();
    rig.turn();
    const [{ code, message } = {}] = consumer.errors;
    expect([code, message]).toEqual(['malformed', expect.stringContaining('where 0 was next')]);
    rig.pass(100);
    expect(parts).toBeGreaterThan(9);
    expectEqual(rig, consumer);
  });

  it('P4 S7 a large frame travels in parts, and is installed whole', () => {
    const rig = new Rig(windows);
    rig.put('a', 1, noise(1, 10_000));
    const consumer = rig.join();
    rig.turn();
    const received = kinds(consumer.received);
    expect(received.filter((kind) => kind === 'part').length).toBeGreaterThanOrEqual(9);
    expect(received.filter((kind) => kind === 'frame')).toHaveLength(1);
    // Its type, its place of at most two bytes, and a part.
    for (const { length } of consumer.received) expect(length).toBeLessThanOrEqual(1003);
    expect(consumer.events).toHaveLength(1);
    expectEqual(rig, consumer);
  });

  it('P14 S6 to a stalled consumer never more than the window and one part are under way', () => {
    const rig = new Rig(windows);
    rig.put('a', 0);
    const slow = rig.join();
    const quick = rig.join();
    rig.turn();
    rig.stalled.add(slow);
    const before = slow.received.length;
    for (let n = 1; n <= 500; n++) {
      rig.put('a', n, noise(n, 100));
      rig.turn();
      expect(rig.statusOf(slow).bytesUnacknowledged).toBeLessThanOrEqual(4000 + 1001);
      expect(quick.cache.version).toBe(rig.producer.version);
    }
    const { cursor } = rig.statusOf(slow);
    expect(cursor).toBeLessThan(200);
    rig.stalled.delete(slow);
    rig.pass(1000);
    expectEqual(rig, slow, quick);
    // What was under way, one frame for all the rest, and a head.
    const frames = slow.events.filter(({ from }) => from > 0);
    expect(frames.at(-1)).toMatchObject({ from: cursor, to: 501 });
    expect(slow.received.length - before).toBeLessThanOrEqual(cursor + 3);
  });

  it('P14 S6 heads and answers stop for a consumer that talks and never reads', () => {
    const rig = new Rig({ ...windows, windowBytes: 500, partBytes: 100 });
    rig.put('a', 0);
    const { publisher } = rig;
    publisher.open(99, 0);
    publisher.receive(99, hello(), 0);
    const unread = (): number => publisher.describe()[0]?.bytesUnacknowledged ?? 0;
    for (let nowMs = 0; nowMs < 300_000; nowMs += 1000) {
      publisher.receive(99, encodeMessage({ kind: 'ack', bytes: 0, version: 0 }), nowMs);
      publisher.tick(nowMs);
    }
    expect(unread()).toBeLessThan(600);
    const resume = { kind: 'resume', position: undefined, trust: 'position' } as const;
    let outputs: readonly PublisherOutput[] = [];
    for (let i = 0; i < 100 && unread() > 0; i++) {
      expect(unread()).toBeLessThan(1400);
      const bytes = encodeMessage({ ...resume, nonce: [1, 100 + i] });
      outputs = publisher.receive(99, bytes, 400_000 + i * 100);
    }
    expect(outputs).toMatchObject([{ kind: 'close', error: { code: 'limit-exceeded' } }]);
  });

  it('L3 acknowledgements for flow control are no flood, however fast the line is', () => {
    const rig = new Rig({ windowBytes: 4000, partBytes: 500 });
    rig.put('a', 1, noise(3, 1_000_000));
    const consumer = rig.join();
    rig.turn();
    expect(rig.nowMs).toBe(0);
    expect(rig.hubErrors).toEqual([]);
    expect(consumer.sent.length).toBeGreaterThan(200);
    expectEqual(rig, consumer);
  });

  it('S6 S7 a commit in the middle of parts waits for its turn', () => {
    const rig = new Rig(windows);
    rig.put('a', 1, noise(1, 30_000));
    const consumer = rig.join();
    rig.tamper = ({ way, index, bytes }) => {
      if (way === 'down' && index === 2) rig.stalled.add(consumer);
      return [bytes];
    };
    rig.turn();
    rig.put('a', 2, noise(2, 50));
    rig.put('b', 2);
    rig.turn();
    rig.stalled.delete(consumer);
    rig.turn();
    expect(consumer.events.map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [1, 3],
    ]);
    expectEqual(rig, consumer);
  });
});

describe('a consumer with smaller limits', () => {
  it('L4 is refused what it would not take, instead of being sent it again and again', () => {
    const rig = new Rig();
    rig.put('a', 1, 'x'.repeat(3000));
    const small = encodeMessage({
      kind: 'hello',
      protocol: PROTOCOL_VERSION,
      nonce: [1, 2],
      frameBytesMax: 1000,
      dense: false,
      token: '',
      position: undefined,
      trust: 'position',
    });
    rig.publisher.open(50, 0);
    const outputs = rig.publisher.receive(50, small, 0);
    expect(outputs.map(({ kind }) => kind)).toEqual(['send', 'send', 'close']);
    expect(outputs.at(-1)).toMatchObject({ error: { code: 'limit-exceeded' } });
  });
});
