import { describe, expect, it } from 'vitest';
import { decodeConsumerMessage } from '../../src/protocol/consumer-message-reader.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { Hello } from '../../src/protocol/message.ts';
import type { Consumer, Tamper } from './session-rig.ts';
import { DiffStreamError } from '../../src/core/errors.ts';
import { withSeal } from '../../src/protocol/seal.ts';
import { HELLO, Rig, newProducer, stateOf } from './session-rig.ts';

function expectEqual(rig: Rig, ...consumers: Consumer[]): void {
  for (const consumer of consumers) {
    expect(consumer.subscriber.status).toBe('live');
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    expect(consumer.cache.version).toBe(rig.producer.version);
  }
}

function running(): [Rig, Consumer, Consumer] {
  const rig = new Rig();
  for (let n = 0; n < 5; n++) rig.put(`row ${n}`, n);
  const one = rig.join();
  const two = rig.join();
  rig.turn();
  return [rig, one, two];
}

/** Damages the frames to one consumer as long as told to. */
function damageFrames(consumer: Consumer, times: number): { tamper: Tamper; count: () => number } {
  let left = times;
  const tamper: Tamper = ({ way, bytes, consumer: id }) => {
    if (way === 'up' || id !== consumer.id || left === 0) return [bytes];
    if (decodeHubMessage(bytes).kind !== 'frame') return [bytes];
    left--;
    const last = bytes.length - 1;
    return [bytes.with(last, (bytes[last] as number) ^ 1)];
  };
  return { tamper, count: () => times - left };
}

describe('a consumer that misbehaves', () => {
  const wrong: readonly (readonly [string, readonly Uint8Array[], string])[] = [
    ['a second hello', [encodeMessage(HELLO)], 'unexpected-message'],
    ['bytes never sent', [encodeMessage({ kind: 'ack', bytes: 1e6, version: 1 })], 'unexpected'],
    ['a version to come', [encodeMessage({ kind: 'ack', bytes: 1, version: 99 })], 'unexpected'],
    [
      'a version of 2^53 - 1',
      [withSeal(Uint8Array.of(3, 1, ...Array(7).fill(255), 15))],
      'unexpected',
    ],
    ['nothing', [new Uint8Array(0)], 'malformed'],
    ['garbage', [Uint8Array.of(0xff, 1, 2, 3)], 'malformed'],
    ['a hub message', [Uint8Array.of(0x44, 1, 2, 3)], 'malformed'],
    ['a number without end', [withSeal(Uint8Array.of(3, ...Array(12).fill(0x80)))], 'malformed'],
    ['trailing bytes', [withSeal(Uint8Array.of(3, 1, 1, 1))], 'malformed'],
    ['a seal that does not hold', [Uint8Array.of(3, 0, 0, 1, 2, 3, 4)], 'malformed'],
    ['too many bytes', [new Uint8Array(600_000)], 'limit-exceeded'],
    [
      'a flood',
      Array.from({ length: 200 }, () => withSeal(Uint8Array.of(3, 0, 0))),
      'limit-exceeded',
    ],
  ];

  it.each(wrong)('S1 S9 L3 loses its session, and only it, after %s', (_what, messages, code) => {
    const [rig, bad, good] = running();
    for (const bytes of messages) if (bad.connection !== undefined) rig.inject(bad, bytes);
    expect(rig.hubErrors.map((error) => error.code)).toEqual([expect.stringContaining(code)]);
    expect(rig.closeCodes).toEqual([code === 'limit-exceeded' ? 1008 : 1002]);
    expect(good.statuses).toEqual(['catching-up', 'live']);
    rig.put('row 1', 100);
    rig.turn();
    expectEqual(rig, good);
    rig.pass(30_000);
    expectEqual(rig, bad, good);
    expect(good.errors).toEqual([]);
  });

  it.each([
    ['an ack', encodeMessage({ kind: 'ack', bytes: 0, version: 0 }), 'unexpected-message'],
    [
      'a resume',
      encodeMessage({ kind: 'resume', nonce: [1, 1], position: undefined, trust: 'position' }),
      'unexpected-message',
    ],
    ['another magic', encodeMessage(HELLO).with(1, 0x45), 'malformed'],
    ['a truncated hello', encodeMessage(HELLO).subarray(0, 9), 'malformed'],
    ['a hello of 5,000 bytes', encodeMessage({ ...HELLO, token: 'x'.repeat(4990) }), 'limit'],
    ['a token of 3,500 bytes', encodeMessage({ ...HELLO, token: 'x'.repeat(3500) }), 'malformed'],
  ])('S1 L3 BI-97 loses a session that begins with %s', (_what, bytes, code) => {
    const rig = new Rig();
    rig.put('a', 1);
    rig.publisher.open(7, 0);
    const [output] = rig.publisher.receive(7, bytes, 0);
    expect(output).toMatchObject({ kind: 'close', error: { code: expect.stringContaining(code) } });
    expect(rig.publisher.receive(7, bytes, 0)).toEqual([]);
    expect(rig.publisher.counters.protocolErrors).toBe(1);
  });

  it('C2 S9 every prefix of a hello is refused without harm', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const whole = encodeMessage({ ...HELLO, token: 'secret' });
    for (let length = 0; length < whole.length; length++) {
      rig.publisher.open(length, 0);
      const outputs = rig.publisher.receive(length, whole.subarray(0, length), 0);
      expect(outputs).toMatchObject([{ kind: 'close', code: 1002 }]);
    }
    expect(rig.publisher.describe()).toEqual([]);
  });

  it('L3 loses a session in which it says no hello, or falls silent', () => {
    const rig = new Rig();
    rig.put('a', 1);
    rig.publisher.open(7, 0);
    const closes = (nowMs: number): number =>
      rig.publisher.tick(nowMs).filter(({ kind }) => kind === 'close').length;
    expect(closes(4000)).toBe(0);
    expect(closes(6000)).toBe(1);
    rig.publisher.open(8, 6000);
    rig.publisher.receive(8, encodeMessage(HELLO), 6000);
    expect(closes(35_000)).toBe(0);
    expect(closes(36_001)).toBe(1);
    expect(rig.publisher.nextTimeoutMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('S12 of another protocol is refused, and ends', () => {
    const rig = new Rig();
    rig.put('a', 1);
    rig.tamper = ({ way, bytes }) => {
      if (way === 'down' || bytes[0] !== 1) return [bytes];
      return [encodeMessage({ ...(decodeConsumerMessage(bytes) as Hello), protocol: 9 })];
    };
    const consumer = rig.join();
    rig.turn();
    expect(consumer.subscriber.status).toBe('closed');
    expect(consumer.codes).toEqual(['unsupported-protocol']);
    expect(consumer.subscriber.nextTimeoutMs()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a message that is wrong', () => {
  it('P7 R4 leads to a resume from the version held, which changes nothing else', () => {
    const [rig, bad, good] = running();
    const damage = damageFrames(bad, 1);
    rig.tamper = damage.tamper;
    rig.put('row 1', 9);
    rig.turn();
    expect(damage.count()).toBe(1);
    expect(bad.codes).toEqual(['digest-mismatch']);
    expect(bad.statuses).toEqual(['catching-up', 'live', 'stale', 'live']);
    expect(bad.subscriber.stats).toMatchObject({ resumes: 1, repairs: 0, snapshots: 1 });
    expect(good.errors).toEqual([]);
    expectEqual(rig, bad, good);
  });

  it('R4 twice in a row leads to a repair, also where an older snapshot is cached', () => {
    const [rig, bad, good] = running();
    rig.put('row 2', 7);
    rig.turn();
    const damage = damageFrames(bad, 2);
    rig.tamper = damage.tamper;
    rig.put('row 1', 9);
    rig.turn();
    expect(damage.count()).toBe(2);
    expect(bad.subscriber.stats).toMatchObject({ resumes: 1, repairs: 1, snapshots: 2 });
    expectEqual(rig, bad, good);
    expect(bad.events.map(({ from, to }) => from < to)).not.toContain(false);
  });

  it('P3 a hello that asks for the past of an own version never takes the copy back', () => {
    const [rig, consumer] = running();
    rig.put('row 2', 7);
    rig.turn();
    const damage = { left: 1 };
    rig.tamper = ({ way, bytes }) => {
      if (way === 'down' || bytes[0] !== 1 || damage.left-- <= 0) return [bytes];
      const hello = decodeConsumerMessage(bytes) as Hello;
      const position = {
        ...(hello.position as NonNullable<Hello['position']>),
        digest: [0, 0, 0, 0],
      };
      return [encodeMessage({ ...hello, position })];
    };
    rig.cut(consumer);
    rig.pass(3000);
    expectEqual(rig, consumer);
    expect(consumer.codes).toEqual(['unreachable']);
    expect(consumer.events.map(({ from, to }) => from < to)).not.toContain(false);
  });

  it('R5 again and again is no noise: beyond the limit of repairs the breaker trips', () => {
    const rig = new Rig({ repairsPerMinuteMax: 3 });
    for (let n = 0; n < 5; n++) rig.put(`row ${n}`, n);
    const bad = rig.join();
    rig.turn();
    rig.tamper = damageFrames(bad, Number.POSITIVE_INFINITY).tamper;
    rig.put('row 1', 9);
    rig.turn();
    rig.pass(5000);
    expect(bad.subscriber.status).toBe('conflict');
    expect(bad.subscriber.stats.repairs).toBe(3);
    expect(bad.cache.get('row 1')).toEqual({ key: 'row 1', n: 1 });
    const dials = bad.dialledMs.length;
    rig.pass(20_000);
    expect(bad.dialledMs).toHaveLength(dials);
    rig.tamper = ({ bytes }) => [bytes];
    rig.pass(60_000);
    expectEqual(rig, bad);
  });

  it('R6 repairs on a bad line wait longer and longer, and a healed line is soon used', () => {
    const [rig, consumer] = running();
    rig.tamper = damageFrames(consumer, Number.POSITIVE_INFINITY).tamper;
    rig.put('row 1', 9);
    rig.turn();
    rig.pass(4000);
    expect(consumer.subscriber.stats.repairs).toBeLessThan(9);
    expect(consumer.subscriber.status).toBe('stale');
    rig.tamper = ({ bytes }) => [bytes];
    rig.pass(7000);
    expectEqual(rig, consumer);
  });

  it('P5 a repeated frame changes nothing, tells nobody and proves nothing', () => {
    const [rig, consumer] = running();
    rig.put('row 1', 9);
    rig.turn();
    const frame = consumer.received.at(-1) as Uint8Array;
    const events = consumer.events.length;
    for (let i = 0; i < 3; i++) rig.injectDown(consumer, frame);
    expect(consumer.events).toHaveLength(events);
    expect(consumer.errors).toEqual([]);
    expectEqual(rig, consumer);
  });

  it.each([
    ['late', 3, [], 0],
    ['ahead', 6, ['gap'], 0],
    ['wrong in its check', 5, ['digest-mismatch'], 0],
    ['wrong in its digest', 5, ['digest-mismatch'], 1],
  ] as const)('P7 BI-90 a head that is %s is told apart', (_what, version, codes, flip) => {
    const [rig, consumer] = running();
    const digest = rig.producer.digestWords().map((word) => (word ^ flip) >>> 0);
    const check = flip === 0 ? 0 : rig.producer.headCheck();
    rig.injectDown(consumer, encodeMessage({ kind: 'head', version, digest, check }));
    expect(consumer.codes).toEqual(codes);
    expectEqual(rig, consumer);
    expect(consumer.subscriber.stats).toMatchObject({ resumes: codes.length, snapshots: 1 });
  });

  it('P7 S5 a lost last update is found by the next head', () => {
    const [rig, consumer] = running();
    rig.tamper = ({ way, bytes }) => (way === 'down' && bytes[0] === 0x42 ? [] : [bytes]);
    rig.commit((producer) => producer.delete('row 3'));
    rig.turn();
    rig.tamper = ({ bytes }) => [bytes];
    expect(consumer.cache.has('row 3')).toBe(true);
    rig.pass(1000);
    expect(consumer.codes).toEqual(['gap']);
    expectEqual(rig, consumer);
  });
});

describe('time', () => {
  it('P12 R7 a consumer calls itself stale after three missed heads, and comes back', () => {
    const [rig, consumer] = running();
    rig.pass(1000);
    rig.tamper = () => [];
    rig.pass(2500);
    expect(consumer.subscriber.status).toBe('live');
    rig.pass(1000);
    expect(consumer.subscriber.status).toBe('stale');
    expect(consumer.codes).toEqual(['timeout']);
    expect(consumer.subscriber.ageMs(rig.nowMs)).toBeGreaterThan(3000);
    rig.tamper = ({ bytes }) => [bytes];
    rig.pass(60_000);
    expectEqual(rig, consumer);
  });

  it('R7 a hub with slow heads is not given up before its own time', () => {
    const rig = new Rig({ heartbeatMs: 9000 });
    rig.put('a', 1);
    const consumer = rig.join();
    rig.turn();
    rig.cut(consumer);
    // What it knows of its own; the answer tells better.
    Object.assign(consumer.subscriber, { heartbeatMs: 1000 });
    rig.pass(40_000);
    expect(consumer.codes).toEqual(['unreachable']);
    expectEqual(rig, consumer);
  });

  it('R7 a process that slept over several deadlines hangs up once', () => {
    const [rig, consumer] = running();
    rig.tamper = ({ way, bytes }) => (way === 'up' ? [] : [bytes]);
    rig.injectDown(consumer, Uint8Array.of(0x44));
    expect(consumer.subscriber.state).toBe('greeting');
    const outputs = consumer.subscriber.tick(rig.nowMs + 100_000);
    expect(outputs.map(({ kind }) => kind)).toEqual(['error', 'hang-up']);
  });

  it('R6 pauses before reconnections have full jitter below a bound that doubles', () => {
    const longest: number[] = [];
    const shortest: number[] = [];
    for (let seed = 1; seed <= 60; seed++) {
      const rig = new Rig({ backoffMinMs: 100, backoffMaxMs: 1600 });
      rig.isUp = false;
      const consumer = rig.join(seed);
      rig.pass(20_000);
      for (let i = 1; i < 10; i++) {
        const pause = (consumer.dialledMs[i] as number) - (consumer.dialledMs[i - 1] as number);
        expect(pause).toBeLessThanOrEqual(Math.min(1600, 100 * 2 ** (i - 1)));
        longest[i] = Math.max(longest[i] ?? 0, pause);
        shortest[i] = Math.min(shortest[i] ?? Number.POSITIVE_INFINITY, pause);
      }
    }
    for (let i = 1; i < 10; i++) {
      const bound = Math.min(1600, 100 * 2 ** (i - 1));
      expect(longest[i]).toBeGreaterThan(bound * 0.8);
      expect(shortest[i]).toBeLessThan(bound * 0.2);
    }
  });

  it('R6 the bound starts anew once the consumer has been live', () => {
    const rig = new Rig({ backoffMinMs: 100 });
    rig.put('a', 1);
    rig.isUp = false;
    const consumer = rig.join();
    rig.pass(60_000);
    rig.isUp = true;
    rig.pass(60_000);
    expectEqual(rig, consumer);
    const { nowMs } = rig;
    rig.cut(consumer);
    rig.pass(150);
    expect(consumer.dialledMs.at(-1)).toBeLessThanOrEqual(nowMs + 100);
    expectEqual(rig, consumer);
  });

  it('S13 closing ends everything, in any state, and says so once', () => {
    const endings: ((rig: Rig) => void)[] = [
      () => {},
      (rig) => rig.turn(),
      (rig) => {
        rig.isUp = false;
        rig.turn();
      },
      (rig) => {
        rig.tamper = () => [];
        rig.turn();
      },
    ];
    for (const reach of endings) {
      const rig = new Rig();
      rig.put('a', 1);
      const consumer = rig.join();
      reach(rig);
      const outputs = consumer.subscriber.close();
      expect(outputs.at(-1)).toEqual({ kind: 'status', status: 'closed' });
      expect(consumer.subscriber.close()).toEqual([]);
      expect(consumer.subscriber.nextTimeoutMs()).toBe(Number.POSITIVE_INFINITY);
      expect(consumer.subscriber.receive(Uint8Array.of(1), 0)).toEqual([]);
      expect(consumer.subscriber.disconnected(0, undefined)).toEqual([]);
    }
  });

  it('S13 a hub that shuts down says goodbye to everyone', () => {
    const [rig] = running();
    const outputs = rig.publisher.shutdown();
    expect(outputs).toMatchObject([
      { kind: 'close', code: 1001, error: undefined },
      { kind: 'close', code: 1001, error: undefined },
    ]);
    expect(rig.publisher.describe()).toEqual([]);
  });

  it('R8 a stream that is gone is waited for by those who hold it', () => {
    const [rig, consumer] = running();
    const refusal = { kind: 'refusal', code: 'unknown-stream', reason: 'none', retryAfterMs: 1 };
    for (let i = 0; i < 5; i++) {
      rig.injectDown(consumer, encodeMessage({ ...refusal, kind: 'refusal' }));
      expect(consumer.subscriber.status).toBe('stale');
      rig.pass(30_000);
    }
    expectEqual(rig, consumer);
    expect(newProducer().version).toBe(0);
  });
});

describe('what waiting does not mend', () => {
  it('R9 a connection that only the caller can make possible closes the replica', () => {
    const rig = new Rig();
    const consumer = rig.join();
    const why = new DiffStreamError('missing-dependency', 'install it');
    const outputs = consumer.subscriber.disconnected(0, why);
    expect(outputs).toEqual([
      { kind: 'error', error: why },
      { kind: 'status', status: 'closed' },
    ]);
    expect(consumer.subscriber.nextTimeoutMs()).toBe(Number.POSITIVE_INFINITY);
  });
});
