/** What a hub allows a consumer, at the bound and beyond it. */
import { describe, expect, it } from 'vitest';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { Hello, HubMessage, Resume } from '../../src/protocol/message.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { HubBench, hubOf } from './hub-bench.ts';
import { EPOCH, HELLO } from './session-rig.ts';

const RESUME: Resume = { kind: 'resume', nonce: [9, 9], position: undefined, trust: 'position' };
const tooMuch = { kind: 'close', code: 1008, error: { code: 'limit-exceeded' } };

function messagesOf(outputs: readonly PublisherOutput[]): HubMessage[] {
  return outputs.flatMap((output) =>
    output.kind === 'send' ? [decodeHubMessage(output.bytes)] : [],
  );
}
const kindsOf = (outputs: readonly PublisherOutput[]): string[] =>
  messagesOf(outputs).map(({ kind }) => kind);

/** The only output, where something is wrong; nothing but sends otherwise. */
const closeOf = (outputs: readonly PublisherOutput[]): unknown =>
  outputs.find(({ kind }) => kind === 'close');

describe('A hub allows', () => {
  it('L3 L4 messages of just the length that is the limit, of a hello and of any later one', () => {
    const [hello, resume] = [encodeMessage(HELLO).length, encodeMessage(RESUME).length];
    expect(resume).toBeLessThan(hello);
    const spoken = (helloBytesMax: number, requestBytesMax: number): unknown => {
      const bench = hubOf(3, { helloBytesMax, requestBytesMax });
      return closeOf(bench.join(1)) ?? closeOf(bench.send(1, RESUME));
    };
    expect(spoken(hello, resume)).toBeUndefined();
    expect(spoken(hello - 1, 1e6)).toMatchObject(tooMuch);
    expect(spoken(hello, resume - 1)).toMatchObject(tooMuch);
  });

  it('L3 S9 so many messages in a second, and one more ends that session alone', () => {
    const bench = hubOf(3, { messagesPerSecondMax: 3 });
    const ack = encodeMessage({ kind: 'ack', bytes: 0, version: 0 });
    const at = (ms: number): unknown => closeOf(bench.publisher.receive(1, ack, ms));
    bench.join(2);
    bench.join(1);
    expect([at(0), at(999), at(1000), at(1000), at(1999)]).toEqual(Array(5).fill(undefined));
    expect(at(1999)).toMatchObject(tooMuch);
    expect(bench.publisher.describe().map(({ id }) => id)).toEqual([2]);
    expect(bench.publisher.counters.protocolErrors).toBe(1);
  });

  it('L3 S10 acknowledgements of a quarter of the window beside those', () => {
    const flooded = (bytes: number): boolean => {
      const bench = hubOf(40, { messagesPerSecondMax: 2, windowBytes: 400 });
      bench.join(1);
      const sent = bench.publisher.describe()[0]?.bytesSent ?? 0;
      for (let told = bytes; told <= sent; told += bytes) {
        if (closeOf(bench.send(1, { kind: 'ack', bytes: told, version: 0 })) !== undefined) {
          return true;
        }
      }
      return false;
    };
    expect([101, 100, 99].map(flooded)).toEqual([false, false, true]);
  });

  it('L3 silence until the hello is due, then of two heartbeats, however rare', () => {
    const bench = hubOf(3, { heartbeatMs: 60_000, helloTimeoutMs: 5000, idleTimeoutMs: 30_000 });
    const { publisher } = bench;
    const ends = (): unknown[] => {
      const nowMs = publisher.nextTimeoutMs();
      const outputs = publisher.tick(nowMs).filter(({ kind }) => kind === 'close');
      return [nowMs, ...outputs.map((output) => 'session' in output && output.session)];
    };
    bench.join(1);
    publisher.open(2, 1000);
    publisher.open(3, 3000);
    expect([ends(), ends(), ends(), ends()]).toEqual([[5000], [6000, 2], [8000, 3], [60_000]]);
    // Its acknowledgement of the head.
    publisher.receive(1, encodeMessage({ kind: 'ack', bytes: 0, version: 0 }), 61_000);
    expect([ends(), ends(), ends()]).toEqual([[120_000], [180_000], [240_000, 1]]);
  });

  it('S6 a request with twice the window and a part unacknowledged, and none beyond that', () => {
    // With a window of one byte nothing follows an answer.
    const asked = (partBytes: number, heartbeatMs: number): [number, unknown] => {
      const bench = hubOf(3, { windowBytes: 1, partBytes, heartbeatMs });
      bench.join(1);
      const sent = bench.publisher.describe()[0]?.bytesUnacknowledged as number;
      return [sent, closeOf(bench.send(1, RESUME))];
    };
    const heartbeatMs = asked(100, 1000)[0] % 2 === 0 ? 1000 : 100;
    const [sent] = asked(100, heartbeatMs);
    expect(sent % 2).toBe(0);
    expect(asked(sent / 2 - 1, heartbeatMs)).toEqual([sent, undefined]);
    expect(asked(sent / 2 - 2, heartbeatMs)).toMatchObject([sent, tooMuch]);
  });

  it('S1 P7 acknowledgements of what was sent, and of no byte and no version more', () => {
    const told = (bytes: number, version: number): unknown => {
      const bench = hubOf(3);
      bench.join(1);
      const { bytesSent } = bench.publisher.describe()[0] as { bytesSent: number };
      return closeOf(bench.send(1, { kind: 'ack', bytes: bytesSent + bytes, version }));
    };
    expect(told(0, 1)).toBeUndefined();
    const wrong = { kind: 'close', code: 1002, error: { code: 'unexpected-message' } };
    expect(told(1, 1)).toMatchObject(wrong);
    expect(told(0, 2)).toMatchObject(wrong);
  });

  it('S10 acknowledgements that come late, which take nothing back', () => {
    const bench = hubOf(3);
    bench.join(1);
    const { bytesSent } = bench.publisher.describe()[0] as { bytesSent: number };
    const left = [bytesSent, bytesSent - 5, 0].map((bytes) => {
      bench.send(1, { kind: 'ack', bytes, version: 0 });
      return bench.publisher.describeOne(1)?.bytesUnacknowledged;
    });
    expect(left).toEqual([0, 0, 0]);
  });

  it('L3 a hello and words so late, and no later', () => {
    const closed = (isGreeted: boolean, ms: number): readonly PublisherOutput[] => {
      const bench = hubOf(3, { helloTimeoutMs: 700, idleTimeoutMs: 900, heartbeatMs: 400 });
      bench.publisher.open(1, 50);
      if (isGreeted) bench.publisher.receive(1, encodeMessage(HELLO), 60);
      return bench.publisher.tick(ms).filter(({ kind }) => kind === 'close');
    };
    expect([749, 959].map((ms, i) => closed(i === 1, ms))).toEqual([[], []]);
    const late = { kind: 'close', session: 1, code: 1008, error: { code: 'timeout' } };
    expect(closed(false, 750)).toMatchObject([late]);
    expect(closed(true, 960)).toMatchObject([late]);
  });

  it('L4 a consumer to take frames of just the length that they have, and no shorter ones', () => {
    const join = (frameBytesMax: number): readonly PublisherOutput[] =>
      hubOf(3, { heartbeatMs: 123 }).join(1, { frameBytesMax });
    const [, frame] = messagesOf(join(1e6));
    const length = frame?.kind === 'frame' ? frame.body.length : 0;
    expect(kindsOf(join(length))).toEqual(['answer', 'frame']);
    const refused = join(length - 1);
    expect(messagesOf(refused)).toMatchObject([
      { kind: 'answer' },
      { kind: 'refusal', code: 'limit-exceeded', retryAfterMs: 123 },
    ]);
    expect(closeOf(refused)).toMatchObject({ code: 4000, reason: 'limit-exceeded' });
  });

  it('S12 its own protocol, and no other', () => {
    for (const other of [HELLO.protocol - 1, HELLO.protocol + 1]) {
      const bench = hubOf(3);
      const outputs = bench.join(1, { protocol: other });
      expect(messagesOf(outputs)).toMatchObject([
        { kind: 'refusal', code: 'unsupported-protocol' },
      ]);
      expect(closeOf(outputs)).toMatchObject({ code: 4000, reason: 'unsupported-protocol' });
      expect(bench.publisher.counters.refusals).toBe(1);
      expect(bench.publisher.sessionCount).toBe(0);
    }
  });

  it('R3 L4 a comparison down to the last level of its tree', () => {
    const position = { epoch: { ...EPOCH, term: 1 }, version: 1, digest: [0, 0, 0, 0] };
    const asked = (bench: HubBench, level: number): readonly PublisherOutput[] => {
      bench.join(level, { position });
      return bench.send(level, { kind: 'compare', nonce: HELLO.nonce, level, nodes: [0] });
    };
    const [flat, deep] = [hubOf(100), hubOf(4200)];
    expect([flat.producer.treeLevels, deep.producer.treeLevels]).toEqual([1, 2]);
    const tooDeep = { error: { code: 'unexpected-message' } };
    expect(closeOf(asked(flat, 1))).toMatchObject(tooDeep);
    expect(kindsOf(asked(deep, 1))).toEqual(['sums']);
    expect(closeOf(asked(deep, 2))).toMatchObject(tooDeep);
  });
});

describe('A window', () => {
  /** What is sent with a window that is so many bytes larger than what is under way. */
  function sentWith(more: number): { heads: string[]; frames: string[]; waits: string[] } {
    const at = (bench: HubBench): number => bench.publisher.describe()[0]?.bytesUnacknowledged ?? 0;
    // A length of two bytes, as that of the windows below.
    const joined = hubOf(3, { windowBytes: 2000 });
    joined.join(1);
    const bench = hubOf(3, { windowBytes: at(joined) + more });
    bench.join(1);
    const heads = kindsOf(bench.publisher.tick(1000));
    const other = hubOf(3, { windowBytes: at(joined) + more });
    other.join(1);
    other.producer.set(1, { key: 1, n: 1 });
    const frames = kindsOf(other.publisher.flush());
    const waiting = new HubBench({ windowBytes: 1 + more });
    waiting.join(1);
    const waits = [0, 1].flatMap((n) => kindsOf(waiting.publisher.tick(1000 * (n + 1))));
    return { heads, frames, waits };
  }

  it('S6 is shut where all of it is under way, for frames, heads and waits', () => {
    expect(sentWith(0)).toEqual({ heads: [], frames: [], waits: ['wait'] });
    expect(sentWith(1)).toEqual({ heads: ['head'], frames: ['frame'], waits: ['wait'] });
  });

  it('R7 S11 has waits while a snapshot is made, and a head when it has gone', () => {
    const bench = hubOf(2000, { windowBytes: 1e6 });
    bench.join(1);
    bench.join(2, { position: { epoch: EPOCH, version: 1, digest: bench.producer.digestWords() } });
    const told = (ms: number): unknown => {
      const outputs = bench.publisher.tick(ms);
      return [1, 2].map((id) =>
        kindsOf(outputs.filter((output) => 'session' in output && output.session === id)),
      );
    };
    expect(told(1000)).toEqual([['wait'], ['head']]);
    bench.workAll();
    expect(told(2000)).toEqual([['wait'], ['head']]);
    expect(kindsOf(bench.publisher.packed(1, [new Uint8Array(9)]))).toEqual(['snapshot', 'chunk']);
    expect(told(3000)).toEqual([['head'], ['head']]);
  });

  it('S6 P12 keeps a repair until it opens, once', () => {
    const position = { epoch: { ...EPOCH, term: 1 }, version: 1, digest: [0, 0, 0, 0] };
    const bench = hubOf(100, { windowBytes: 1 });
    bench.join(1, { position });
    const claims = [{ node: { level: 1, index: 0 }, items: new Uint32Array(0) }];
    expect(bench.send(1, { kind: 'mend', nonce: HELLO.nonce, claims })).toEqual([]);
    expect(bench.publisher.counters.mendings).toBe(0);
    const { bytesSent } = bench.publisher.describe()[0] as { bytesSent: number };
    const open = bench.send(1, { kind: 'ack', bytes: bytesSent, version: 0 });
    expect(kindsOf(open)).toEqual(['mended']);
    expect(bench.publisher.describeOne(1)).toMatchObject({ state: 'serving', lastRung: 'mended' });
    expect(bench.publisher.counters).toMatchObject({ mendings: 1, comparisons: 1 });
  });
});

describe('The work of a hub', () => {
  it('S11 S15 is asked for once at a time, whoever needs it', () => {
    const bench = hubOf(1000);
    const worksIn = (outputs: readonly PublisherOutput[]): number =>
      outputs.filter(({ kind }) => kind === 'work').length;
    expect([worksIn(bench.join(1)), worksIn(bench.join(2))]).toEqual([1, 0]);
    const rounds: number[] = [];
    for (let id = 3; id < 100; id++) {
      const asked = worksIn(bench.publisher.work());
      rounds.push(asked);
      expect(worksIn(bench.join(id))).toBe(0);
      if (asked === 0) break;
    }
    expect(rounds.slice(0, -1).every((asked) => asked === 1)).toBe(true);
    expect(rounds.length).toBeGreaterThan(2);
  });
});

describe('What a hub tells of itself', () => {
  const unknown: Partial<Hello> = {
    position: { epoch: { ...EPOCH, term: 1 }, version: 1, digest: [0, 0, 0, 0] },
  };

  it('P12 counts each thing that it did', () => {
    const bench = hubOf(100);
    const { publisher, producer } = bench;
    const outputs = [...bench.join(1), ...bench.join(2, unknown), ...bench.send(1, RESUME)];
    producer.set(1, { key: 1, n: 1 });
    outputs.push(...publisher.flush(), ...publisher.tick(1000));
    outputs.push(...bench.join(3, { protocol: 99 }), ...bench.send(2, HELLO));
    const sent = outputs.flatMap((output) => (output.kind === 'send' ? [output.bytes.length] : []));
    expect(publisher.counters).toEqual({
      sessions: 3,
      frames: 3,
      denseFrames: 0,
      framesEncoded: 1,
      snapshotsEncoded: 1,
      bytesSent: sent.reduce((sum, length) => sum + length, 0),
      messagesSent: sent.length,
      resumes: 1,
      comparisons: 1,
      mendings: 0,
      deferrals: 0,
      putOff: 0,
      tooSlow: 0,
      refusals: 1,
      protocolErrors: 1,
    });
    expect(publisher.answers.byRung).toMatchObject({ everything: 2, compared: 1 });
    expect(publisher.answers.after(0).map(({ rung, from, to }) => [rung, from, to])).toEqual([
      ['everything', 0, 1],
      ['compared', 1, 1],
      ['everything', 0, 1],
    ]);
  });

  it('P12 says of a session where it stands, and of one that is over nothing', () => {
    const bench = hubOf(3);
    const { publisher, producer } = bench;
    publisher.open(7, 5);
    expect(publisher.describeOne(7)).toEqual({
      id: 7,
      state: 'greeting',
      status: '7 greeting cursor=0 head=1 inflight=0/262144',
      cursor: 0,
      heldVersion: 0,
      lagVersions: 1,
      bytesSent: 0,
      bytesUnacknowledged: 0,
      frames: 0,
      snapshots: 0,
      resumes: 0,
      rungs: { equal: 0, changes: 0, newer: 0, compared: 0, mended: 0, everything: 0 },
      lastRung: '',
      lastRungMs: 0,
    });
    publisher.receive(7, encodeMessage(HELLO), 40);
    publisher.receive(7, encodeMessage(RESUME), 50);
    producer.set(1, { key: 1, n: 1 });
    const [status] = publisher.describe();
    const bytes = status?.bytesSent ?? 0;
    expect(status).toEqual({
      id: 7,
      state: 'serving',
      status: `7 serving cursor=1 head=2 inflight=${bytes}/262144`,
      cursor: 1,
      heldVersion: 0,
      lagVersions: 1,
      bytesSent: bytes,
      bytesUnacknowledged: bytes,
      frames: 2,
      snapshots: 2,
      resumes: 1,
      rungs: { equal: 0, changes: 0, newer: 0, compared: 0, mended: 0, everything: 2 },
      lastRung: 'everything',
      lastRungMs: 50,
    });
    expect([...publisher.standings()]).toMatchObject([{ id: 7, state: 'serving', cursor: 1 }]);
    publisher.closed(7);
    expect([publisher.describeOne(7), publisher.sessionCount]).toEqual([undefined, 0]);
    // The head that was due finds nobody, and none is due any more.
    expect(publisher.nextTimeoutMs()).toBe(1005);
    expect(publisher.tick(1005)).toEqual([]);
    expect(publisher.nextTimeoutMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('S7 P12 says how many parts of a frame are sent', () => {
    const bench = hubOf(40, { windowBytes: 400, partBytes: 100 });
    bench.join(1);
    expect(bench.publisher.describe()[0]?.status).toMatch(
      /^1 serving cursor=0 head=1 inflight=\d+\/400 part=4$/,
    );
  });

  it('S13 says goodbye to everyone when it closes, once', () => {
    const bench = hubOf(3);
    bench.join(1);
    bench.publisher.open(2, 0);
    const bye = { kind: 'close', code: 1001, error: undefined };
    const outputs = bench.publisher.shutdown();
    expect(outputs).toMatchObject([
      { ...bye, session: 1 },
      { ...bye, session: 2 },
    ]);
    expect(bench.publisher.shutdown()).toEqual([]);
  });

  it('S13 has nothing left to do when it has closed, not even a snapshot half made', () => {
    const bench = hubOf(2000);
    expect(bench.join(1).map(({ kind }) => kind)).toContain('work');
    bench.publisher.work();
    expect(bench.publisher.nextTimeoutMs()).toBeLessThan(1e9);
    bench.publisher.shutdown();
    expect(bench.publisher.work()).toEqual([]);
    expect(bench.publisher.packed(1, [])).toEqual([]);
    expect(bench.publisher.nextTimeoutMs()).toBe(Number.POSITIVE_INFINITY);
  });
});
