/** The machines' parts, and calls that come when nobody waits for them. */
import { describe, expect, it } from 'vitest';
import { ConsumerCache } from '../../src/cache/consumer.ts';
import type { DiffStreamError } from '../../src/core/errors.ts';
import { errorCodes } from '../../src/core/errors.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { Backlog } from '../../src/protocol/backlog.ts';
import { decodeConsumerMessage } from '../../src/protocol/consumer-message-reader.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { Hello } from '../../src/protocol/message.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { refusalError } from '../../src/protocol/refusal.ts';
import type { SessionLimits } from '../../src/protocol/session-limits.ts';
import { defaultSessionLimits, resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { SnapshotReceiver } from '../../src/protocol/snapshot-receiver.ts';
import { Subscriber } from '../../src/protocol/subscriber.ts';
import { errorOf } from '../cache/support/healing.ts';
import { HubBench, hubOf } from './hub-bench.ts';
import type { Row } from './session-rig.ts';
import { EPOCH, HELLO, Rig } from './session-rig.ts';

const MANIFEST = { to: 5, check: 9, rawBytes: 100, packedBytes: 10 };

describe('The limits of a session', () => {
  it('L1 have defaults, also where one is left undefined', () => {
    expect(resolveSessionLimits(undefined)).toEqual(defaultSessionLimits);
    const open = { heartbeatMs: undefined, ackDelayMs: 7 } as unknown as Partial<SessionLimits>;
    expect(resolveSessionLimits(open)).toEqual({ ...defaultSessionLimits, ackDelayMs: 7 });
  });

  it('L1 are refused where there is none of the name, or the value bounds nothing', () => {
    const most = 512 * 1024;
    for (const limits of [
      { heartbeat: 1 },
      { toString: 1 },
      { heartbeatMs: 0 },
      { heartbeatMs: 1.5 },
      { heartbeatMs: Number.POSITIVE_INFINITY },
      { windowBytes: Number.NaN },
      { partBytes: most + 1 },
    ]) {
      const given = limits as unknown as Partial<SessionLimits>;
      expect(errorOf(() => resolveSessionLimits(given)).code).toBe('bad-argument');
    }
    expect(resolveSessionLimits({ partBytes: most, heartbeatMs: 1 }).partBytes).toBe(most);
  });
});

describe('A refusal', () => {
  const refused = (code: string, isRenewed = false): DiffStreamError =>
    refusalError(
      { kind: 'refusal', code, reason: 'why', retryAfterMs: 1 },
      { token: '', isRenewed },
    );

  it('S12 of a code that is not known here is one of some kind', () => {
    for (const code of ['of-a-newer-hub', 'constructor', '']) {
      expect(refused(code)).toMatchObject({
        code: 'refused',
        message: expect.stringContaining('why') as string,
      });
    }
    for (const [code, [, blame]] of Object.entries(errorCodes)) {
      expect(refused(code)).toMatchObject({
        code: blame === 'remote' ? code : 'refused',
        blame: 'remote',
      });
    }
  });

  it('S12 has its reason told in one line', () => {
    const reason = 'a\r\nforged\u2028line \u001b[31m';
    const refusal = { kind: 'refusal', code: 'refused', reason, retryAfterMs: 1 } as const;
    const { message } = refusalError(refusal, { token: '', isRenewed: false });
    expect(message).toBe('the hub refused: a??forged?line ?[31m');
  });

  it('S23 for want of a right to read is the end, unless another token can be had', () => {
    expect(refused('unauthorized').recovery).toBe('give-up');
    expect(refused('unauthorized', true).recovery).toBe('reconnect');
    expect(refused('unsupported-protocol', true).recovery).toBe('give-up');
  });
});

describe('A snapshot on its way', () => {
  it('R4 has no chunks before its manifest, or out of their order', () => {
    const receiver = new SnapshotReceiver(defaultLimits);
    const chunk = (offset: number, length: number): unknown =>
      receiver.add({ offset, bytes: new Uint8Array(length).fill(offset + 1) });
    expect(errorOf(() => chunk(0, 4)).code).toBe('malformed');
    receiver.begin(MANIFEST);
    expect(receiver.partial).toBeUndefined();
    expect(chunk(0, 4)).toBeUndefined();
    for (const offset of [0, 3, 5]) expect(errorOf(() => chunk(offset, 4)).code).toBe('malformed');
    expect(receiver.partial).toEqual({ to: 5, check: 9, bytes: 4 });
    expect(receiver.progress).toEqual({ receivedBytes: 4, totalBytes: 10 });
    const packed = Uint8Array.of(1, 1, 1, 1, 5, 5, 5, 5, 5, 5);
    expect(chunk(4, 6)).toEqual({ packed, rawBytes: 100 });
    receiver.clear();
    expect(receiver.partial).toBeUndefined();
    expect(errorOf(() => chunk(0, 4)).code).toBe('malformed');
  });

  it('L4 is refused where a length is above the limit, and forgotten where it is short', () => {
    const receiver = new SnapshotReceiver({ ...defaultLimits, frameBytesMax: 100 });
    for (const wrong of [{ rawBytes: 101 }, { packedBytes: 101 }]) {
      const begin = (): void => receiver.begin({ ...MANIFEST, ...wrong });
      expect(errorOf(begin).code).toBe('limit-exceeded');
    }
    receiver.begin({ ...MANIFEST, packedBytes: 100 });
    const bytes = new Uint8Array(50);
    expect(receiver.add({ offset: 0, bytes })).toBeUndefined();
    const beyond = { offset: 50, bytes: new Uint8Array(51) };
    expect(errorOf(() => receiver.add(beyond)).code).toBe('malformed');
    expect(receiver.partial).toBeUndefined();
  });

  it('L4 bounds what comes meanwhile, messages without a body too', () => {
    const backlog = new Backlog({ ...defaultLimits, frameBytesMax: 640 });
    const head = { kind: 'head', version: 1, digest: [0, 0, 0, 0], check: 0 } as const;
    for (let n = 0; n < 10; n++) backlog.add(head, n);
    expect(errorOf(() => backlog.add(head, 10)).code).toBe('limit-exceeded');
    backlog.clear();
    for (let n = 0; n < 10; n++) backlog.add(head, n);
    for (let n = 0; n < 10; n++) expect(backlog.next()?.atMs).toBe(n);
    // What was taken is counted no longer once all is.
    for (let n = 0; n < 10; n++) backlog.add(head, n);
    expect(backlog.isEmpty).toBe(false);
  });
});

describe('A subscriber', () => {
  const made = (): Subscriber<Row> => new Subscriber(new ConsumerCache<Row>(), { seed: [1, 2] });

  it('S13 does nothing when it is told what it does not wait for', () => {
    const fresh = made();
    expect(fresh.connected(0)).toEqual([]);
    expect(fresh.receive(encodeMessage({ kind: 'wait' }), 0)).toEqual([]);
    expect(fresh.start(0).map(({ kind }) => kind)).toContain('dial');
    expect(fresh.start(0)).toEqual([]);
    expect(fresh.unpacked(1, undefined, 0)).toEqual([]);
    fresh.connected(0);
    expect(fresh.connected(0)).toEqual([]);
    fresh.close();
    expect(fresh.connected(1)).toEqual([]);
    expect(fresh.unpacked(1, new Uint8Array(4), 1)).toEqual([]);
    expect(fresh.start(0)).toEqual([]);
    expect(fresh.close()).toEqual([]);
    expect(fresh.disconnected(1, undefined)).toEqual([]);
    expect(fresh.nextTimeoutMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('S13 hangs up when it is closed where there is something to hang up, and only there', () => {
    const kinds = (subscriber: Subscriber<Row>): string[] =>
      subscriber.close().map(({ kind }) => kind);
    expect(kinds(made())).toEqual(['status']);
    const [dialing, greeting, waiting] = [made(), made(), made()];
    for (const one of [dialing, greeting, waiting]) one.start(0);
    greeting.connected(0);
    waiting.disconnected(0, undefined);
    expect([dialing, greeting, waiting].map(kinds)).toEqual([
      ['hang-up', 'status'],
      ['hang-up', 'status'],
      ['status'],
    ]);
  });

  it('P12 counts what has passed: bytes both ways, frames, changes and their JSON', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const consumer = rig.join();
    rig.turn();
    rig.put('a', 2);
    rig.put('b', 3);
    rig.pass(5000);
    const lengths = [...consumer.sent, ...consumer.received].map(({ length }) => length);
    const sizeOf = (key: string, n: number): number => JSON.stringify({ key, n }).length;
    expect(consumer.subscriber.stats).toMatchObject({
      wireBytes: lengths.reduce((sum, length) => sum + length, 0),
      frames: 2,
      changes: 3,
      snapshots: 1,
      connections: 1,
      resumes: 0,
      repairs: 0,
      jsonBytes: sizeOf('a', 1) + sizeOf('a', 2) + sizeOf('b', 3),
    });
  });

  it('R9 S12 gives up a hub that answers in another protocol ten times in a row', () => {
    const rig = new Rig();
    rig.put('a', 1);
    rig.tamper = ({ way, bytes }) => {
      const message = way === 'down' ? decodeHubMessage(bytes) : undefined;
      return message?.kind === 'answer' ? [encodeMessage({ ...message, protocol: 99 })] : [bytes];
    };
    const consumer = rig.join();
    rig.pass(300_000);
    expect(consumer.subscriber.status).toBe('closed');
    expect(consumer.codes).toEqual(Array<string>(10).fill('unsupported-protocol'));
    expect(consumer.dialledMs).toHaveLength(10);
  });
});

describe('A hub', () => {
  it('S11 makes a large snapshot once, however many ask while it is made', () => {
    const bench = hubOf(1000);
    expect(bench.join(1).map(({ kind }) => kind)).toEqual(['send', 'work']);
    expect(bench.join(2).map(({ kind }) => kind)).toEqual(['send']);
    const packs = bench.workAll();
    expect(packs.at(-1)?.last).toBe(true);
    // All pieces are made: only the packed ones are waited for.
    expect(bench.join(3).map(({ kind }) => kind)).toEqual(['send']);
    const id = packs[0]?.snapshot as number;
    expect(bench.publisher.packed(id + 1, [Uint8Array.of(1)])).toEqual([]);
    const sent = bench.publisher.packed(id, [Uint8Array.of(1)]);
    expect(sent.map((output) => output.kind === 'send' && output.session)).toEqual([
      1, 1, 2, 2, 3, 3,
    ]);
    expect(bench.publisher.packed(id, [Uint8Array.of(1)])).toEqual([]);
    expect(bench.publisher.counters.snapshotsEncoded).toBe(1);
  });

  it('S1 takes a hello first, and no other after it, in whatever state', () => {
    const { nonce, position, trust } = HELLO;
    const others = [
      { kind: 'resume', nonce, position, trust },
      { kind: 'ack', bytes: 0, version: 0 },
      { kind: 'compare', nonce: [9, 9], level: 1, nodes: [] },
      { kind: 'mend', nonce: [9, 9], claims: [] },
    ] as const;
    const wrong = [{ kind: 'close', session: 1, error: { code: 'unexpected-message' } }];
    for (const message of others) {
      const bench = hubOf(3);
      bench.publisher.open(1, 0);
      expect(bench.send(1, message)).toMatchObject(wrong);
    }
    const unknown = { epoch: { ...EPOCH, term: 1 }, version: 1, digest: [0, 0, 0, 0] };
    const [waiting, serving, comparing] = [new HubBench({}), hubOf(3), hubOf(60)];
    for (const [bench, state, hello] of [
      [waiting, 'waiting', {}],
      [serving, 'serving', {}],
      [comparing, 'comparing', { position: unknown }],
    ] as const) {
      bench.join(1, hello);
      expect(bench.publisher.describe()[0]?.status).toContain(state);
      // What comes late, or twice, has a place in every state.
      for (const message of others.slice(1)) bench.send(1, message);
      expect(bench.send(1, HELLO)).toMatchObject(wrong);
      expect(bench.publisher.counters.protocolErrors).toBe(1);
    }
  });

  it('S3 answers nobody before the first commit, whatever makes it look', () => {
    const bench = new HubBench({});
    expect(bench.join(1)).toEqual([]);
    expect(bench.publisher.flush()).toEqual([]);
    expect(bench.publisher.work()).toEqual([]);
    const { nonce, position, trust } = HELLO;
    expect(bench.send(1, { kind: 'resume', nonce, position, trust })).toEqual([]);
    expect(bench.publisher.flush()).toEqual([]);
    bench.producer.batch(() => undefined);
    expect(bench.publisher.flush().map(({ kind }) => kind)).toEqual(['send', 'send']);
  });

  it('C3 reads tokens of up to 3072 bytes, and texts of a refusal of up to 1024', () => {
    const token = (length: number): Uint8Array =>
      encodeMessage({ ...HELLO, token: 'x'.repeat(length) });
    expect(decodeConsumerMessage(token(3072))).toMatchObject({ token: 'x'.repeat(3072) });
    expect(errorOf(() => decodeConsumerMessage(token(3073))).code).toBe('malformed');
    const refusal = (code: number, reason: number): Uint8Array => {
      const texts = { code: 'x'.repeat(code), reason: 'y'.repeat(reason) };
      return encodeMessage({ kind: 'refusal', ...texts, retryAfterMs: 1 });
    };
    expect(decodeHubMessage(refusal(1024, 1024))).toMatchObject({ kind: 'refusal' });
    expect(errorOf(() => decodeHubMessage(refusal(1025, 1))).code).toBe('malformed');
    expect(errorOf(() => decodeHubMessage(refusal(1, 1025))).code).toBe('malformed');
  });

  it('L3 counts messages anew each second, at whatever time', () => {
    for (const startMs of [0, 5_000_000]) {
      const bench = hubOf(3, { messagesPerSecondMax: 4 });
      const ack = encodeMessage({ kind: 'ack', bytes: 0, version: 0 });
      const closed = (atMs: number): boolean =>
        bench.publisher.receive(1, ack, startMs + atMs).some(({ kind }) => kind === 'close');
      bench.publisher.open(1, startMs);
      bench.publisher.receive(1, encodeMessage(HELLO), startMs);
      expect([1, 500, 999].map(closed)).toEqual([false, false, false]);
      expect([1000, 1500, 1999, 1999].map(closed)).toEqual([false, false, false, false]);
      expect(closed(1999)).toBe(true);
      expect(bench.publisher.describe()).toEqual([]);
    }
  });

  it('S15 forgets a frame put off for a consumer that has asked for another thing since', () => {
    const bench = hubOf(60, { catchUpBytesPerTurn: 1 });
    for (let key = 0; key < 10; key++) bench.producer.set(key, { key, n: 1 });
    bench.publisher.flush();
    const at = (version: number, term = EPOCH.term): Pick<Hello, 'position'> => ({
      position: { epoch: { ...EPOCH, term }, version, digest: [0, 0, 0, 0] },
    });
    bench.join(1, at(1));
    expect(bench.join(2, at(2)).map(({ kind }) => kind)).toEqual(['send', 'work']);
    expect(bench.publisher.counters.deferrals).toBe(1);
    const { trust } = HELLO;
    bench.send(2, { kind: 'resume', nonce: [9, 9], trust, ...at(2, 1) });
    expect(bench.publisher.work()).toEqual([]);
  });

  it('P5 S15 answers a request that is repeated once', () => {
    const bench = hubOf(3);
    bench.join(1);
    const { trust } = HELLO;
    const resume = { kind: 'resume', nonce: [9, 9], trust, position: undefined } as const;
    expect(bench.send(1, resume).length).toBeGreaterThan(0);
    expect(bench.send(1, resume)).toEqual([]);
  });

  it('S11 has late joiners share the frame that follows the snapshot, most of the way', () => {
    const bench = hubOf(40);
    const framesOf = (outputs: readonly PublisherOutput[]): Uint8Array[] =>
      outputs.flatMap((output) =>
        output.kind === 'send' && output.bytes[0] === MESSAGE.frame ? [output.bytes] : [],
      );
    const commit = (times: number): void => {
      for (let n = 0; n < times; n++) bench.producer.set(n, { key: n, n: bench.producer.version });
      bench.publisher.flush();
    };
    bench.join(1);
    commit(40);
    const second = framesOf(bench.join(2));
    commit(10);
    const third = framesOf(bench.join(3));
    expect([second.length, third.length]).toEqual([2, 3]);
    expect(third[0]).toBe(second[0]);
    expect(third[1]).toBe(second[1]);
    // More than a quarter of it would be left: that is worth a frame of its own.
    commit(2);
    expect(framesOf(bench.join(4))).toHaveLength(2);
  });
});
