/** What a replica says and waits for, message by message. */
import { describe, expect, it } from 'vitest';
import { FANOUT } from '../../src/cache/digest-tree.ts';
import type { Mending } from '../../src/cache/mending.ts';
import { FrameConsumer } from '../../src/cache/frame-consumer.ts';
import { encodeChunk } from '../../src/protocol/chunk.ts';
import { encodeMending } from '../../src/protocol/claims.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import type { Nonce } from '../../src/protocol/nonce.ts';
import { headOf } from '../../src/protocol/head.ts';
import { Subscriber } from '../../src/protocol/subscriber.ts';
import type { Row } from './session-rig.ts';
import { ReplicaBench, saidIn, sentIn } from './replica-bench.ts';
import { EPOCH, newProducer, STREAM } from './session-rig.ts';

const NEWER = { term: 2000, incarnation: 'a'.repeat(16) };
const ackIn = (outputs: Parameters<typeof sentIn>[0]): unknown => sentIn(outputs)[0];

describe('The acknowledgements of a replica', () => {
  it('S10 come at a quarter of the window that the hub has told, not of its own', () => {
    // The length of the window is written in the answer: two bytes for all these.
    const answer = encodeMessage(new ReplicaBench().answerOf({ windowBytes: 1000 })).length;
    const said = (windowBytes: number, own: number): unknown => {
      const bench = new ReplicaBench({ windowBytes: own });
      bench.connect();
      return ackIn(bench.answer({ windowBytes }));
    };
    for (const own of [1, 1 << 20]) {
      expect(said(4 * answer, own)).toEqual({ kind: 'ack', bytes: answer, version: 0 });
      expect(said(4 * answer + 1, own)).toBeUndefined();
      expect(said(4 * answer - 1, own)).toMatchObject({ bytes: answer });
    }
    // No window at all is one that each byte fills.
    expect(said(0, 1000)).toMatchObject({ kind: 'ack' });
  });

  it('S10 count from where the hub says, and say what is held', () => {
    const bench = new ReplicaBench();
    bench.connect();
    const { length } = encodeMessage(bench.answerOf({ windowBytes: 4, sentBytes: 1000 }));
    expect(ackIn(bench.answer({ windowBytes: 4, sentBytes: 1000 }))).toEqual({
      ...{ kind: 'ack', bytes: 1000 + length, version: 0 },
    });
    const frame = 1 + bench.producer.frame(0).body().length;
    expect(sentIn(bench.frame())).toEqual([
      { kind: 'ack', bytes: 1000 + length + frame, version: 1 },
    ]);
  });

  it('S10 come after a time otherwise, once, and begin anew with each connection', () => {
    const bench = new ReplicaBench({ ackDelayMs: 300, heartbeatMs: 5000 }).live();
    expect(bench.subscriber.nextTimeoutMs()).toBe(300);
    expect(sentIn(bench.tick(299))).toEqual([]);
    const [ack] = sentIn(bench.tick(300));
    expect(ack).toMatchObject({ kind: 'ack', version: 1 });
    expect(sentIn(bench.tick(2000))).toEqual([]);
    bench.cut();
    bench.tick(100_000);
    bench.connect();
    bench.nowMs = 100_050;
    const answer = { from: 1, windowBytes: 2000 };
    const { length } = encodeMessage(bench.answerOf(answer));
    expect(saidIn(bench.answer(answer))).toEqual(['status live']);
    expect(sentIn(bench.tick(100_350))).toEqual([{ kind: 'ack', bytes: length, version: 1 }]);
  });

  it('S3 S10 go to a hub that says wait, at once', () => {
    const bench = new ReplicaBench({ answerTimeoutMs: 700 });
    bench.connect();
    bench.nowMs = 500;
    expect(saidIn(bench.hear({ kind: 'wait' }))).toEqual(['send ack']);
    expect(saidIn(bench.tick(1199))).toEqual([]);
    expect(saidIn(bench.tick(1200))).toEqual(['error timeout', 'hang-up']);
  });
});

it('R8 a connection that is never made is given up in time, and another tried', () => {
  const bench = new ReplicaBench({ answerTimeoutMs: 700 });
  expect(saidIn(bench.tick(699))).toEqual([]);
  expect(saidIn(bench.tick(700))).toEqual(['error unreachable', 'hang-up']);
  expect(saidIn(bench.tick(10_000))).toEqual(['dial']);
});

/** At a hub that has started again with one row of 200 changed. */
function apart(): ReplicaBench {
  const bench = new ReplicaBench({}, 200).live();
  bench.cut();
  bench.tick(50_000);
  bench.producer = newProducer({ epoch: NEWER });
  bench.producer.batch((tx) => {
    for (let key = 0; key < 200; key++) tx.set(key, { key, n: key === 7 ? 1 : 0 });
  });
  bench.connect();
  return bench;
}

describe('A replica', () => {
  it('S2 R3 is mended by what answers its own request alone', () => {
    const bench = apart();
    const sums = bench.producer.childSums({ level: 0, index: 0 });
    const [mend] = sentIn(bench.answer({ comparison: { entries: 200, sums } }));
    const mending = bench.producer.mend(mend?.kind === 'mend' ? mend.claims : [], 1);
    const repair = ([low, high]: Nonce): string[] => {
      const body = encodeMending([low, high], mending as Mending);
      return saidIn(bench.hear({ kind: 'mended', body }));
    };
    const [low, high] = bench.nonce;
    expect([repair([low, high ^ 1]), repair([low ^ 1, high])]).toEqual([[], []]);
    expect([bench.cache.currentEpoch, bench.subscriber.state]).toEqual([EPOCH, 'comparing']);
    expect(repair([low, high])).toEqual(['changes', 'status live']);
    expect([bench.cache.currentEpoch, bench.cache.get(7)]).toEqual([NEWER, { key: 7, n: 1 }]);
  });

  it('S2 R3 takes the digests and the repair that it has asked for, and no others', () => {
    const bench = apart();
    // So many entries that it goes down a level.
    const sums = bench.producer.childSums({ level: 0, index: 0 });
    const comparison = { entries: 10_000, sums };
    expect(saidIn(bench.answer({ comparison }))).toEqual(['send compare']);
    const [compare] = sentIn(bench.outputs).slice(-1);
    const [index = 0] = compare?.kind === 'compare' ? compare.nodes : [];
    const { nonce } = bench;
    const strange = [nonce[0], nonce[1] ^ 1] as const;
    const deeper = {
      kind: 'sums',
      ...{ nonce, level: 1 },
      sums: bench.producer.childSums({ level: 1, index }),
    } as const;
    expect(bench.hear({ ...deeper, nonce: strange })).toEqual([]);
    expect(bench.hear({ ...deeper, level: 2 })).toEqual([]);
    expect(bench.hear({ ...deeper, level: 0 })).toEqual([]);
    const [mend] = sentIn(bench.hear(deeper));
    expect(mend).toMatchObject({ kind: 'mend', nonce });
    expect(bench.subscriber.state).toBe('comparing');
    expect(bench.subscriber.stats).toMatchObject({ repairs: 1, resumes: 1 });
    // Once more: this level was not asked for.
    expect(bench.hear(deeper).map(({ kind }) => kind)).not.toContain('changes');
  });

  it('R3 P10 asks for everything where what differs would be too much to say', () => {
    const bench = new ReplicaBench({ requestBytesMax: 20 }, 20).live();
    bench.cut();
    bench.tick(50_000);
    bench.connect();
    const comparison = { entries: 20, sums: new Uint32Array(FANOUT) };
    expect(sentIn(bench.answer({ comparison }))).toMatchObject([
      { kind: 'resume', trust: 'nothing', position: { version: 1 } },
    ]);
    expect(bench.subscriber.state).toBe('greeting');
  });

  it('S7 P9 does not know a snapshot that nobody asked it to inflate', () => {
    const bench = new ReplicaBench().live();
    bench.cut();
    const body = newProducer({ epoch: NEWER }).frame(0).body();
    expect(bench.subscriber.unpacked(1, body, 0)).toEqual([]);
    expect(bench.cache.currentEpoch).toEqual(EPOCH);
  });

  it('S7 keeps what is behind a second snapshot until that is inflated as well', () => {
    const bench = new ReplicaBench({ ackDelayMs: 1000 }, 30);
    bench.connect();
    bench.answer({ windowBytes: 1_000_000 });
    const chunk = encodeChunk(MESSAGE.chunk, { offset: 0, bytes: new Uint8Array(9) });
    const send = (): Uint8Array => {
      const body = bench.producer.frame(0).body();
      const { version } = bench.producer;
      const manifest = { to: version, check: version, rawBytes: body.length, packedBytes: 9 };
      bench.hear({ kind: 'snapshot', manifest });
      bench.note(bench.subscriber.receive(chunk, 10));
      return body;
    };
    const first = send();
    bench.put(7);
    const second = send();
    bench.put(8);
    bench.frame(2);
    const said = saidIn(bench.note(bench.subscriber.unpacked(1, first, 20)));
    expect(said).toEqual(['changes', 'status live', 'go-on']);
    const goOn = (): string[] => saidIn(bench.note(bench.subscriber.goOn(30)));
    for (let n = 0; n < 9 && bench.subscriber.state !== 'installing'; n++) goOn();
    expect(bench.subscriber.state).toBe('installing');
    // The driver is still asked once, and not again and again.
    expect([goOn(), goOn()]).toEqual([[], []]);
    expect(saidIn(bench.note(bench.subscriber.unpacked(2, second, 40)))).toContain('go-on');
    while (goOn().includes('go-on'));
    expect(bench.cache.get(0)).toEqual({ key: 0, n: 8 });
    expect(bench.cache.version).toBe(bench.producer.version);
  });

  it('S7 S2 installs a snapshot when it is inflated, and what came meanwhile after it', () => {
    const bench = new ReplicaBench({ ackDelayMs: 100 }, 30);
    bench.connect();
    bench.answer({ windowBytes: 1_000_000 });
    const body = bench.producer.frame(0).body();
    const manifest = { to: 1, check: 5, rawBytes: body.length, packedBytes: 9 };
    expect(saidIn(bench.hear({ kind: 'snapshot', manifest }))).toEqual([]);
    const chunk = encodeChunk(MESSAGE.chunk, { offset: 0, bytes: new Uint8Array(9) });
    const outputs = bench.note(bench.subscriber.receive(chunk, 10));
    expect(outputs).toMatchObject([
      { kind: 'progress', progress: { receivedBytes: 9, totalBytes: 9 } },
      { kind: 'unpack', snapshot: 1, rawBytes: body.length },
    ]);
    expect(bench.subscriber.state).toBe('installing');
    bench.put(7);
    bench.nowMs = 40;
    expect(saidIn(bench.frame(1))).toEqual([]);
    expect(saidIn(bench.head())).toEqual([]);
    expect(saidIn(bench.tick(150))).toEqual([]);
    expect(saidIn(bench.note(bench.subscriber.unpacked(1, body, 200)))).toEqual([
      'changes',
      'status live',
      'go-on',
    ]);
    expect(bench.cache.get(0)).toEqual({ key: 0, n: 0 });
    // What comes before all of that is handled waits behind it.
    bench.put(8);
    expect(saidIn(bench.frame(2))).toEqual([]);
    const goOn = (): string[] => saidIn(bench.note(bench.subscriber.goOn(200)));
    expect(goOn()).toEqual(['changes', 'go-on']);
    expect(bench.cache.get(0)).toEqual({ key: 0, n: 7 });
    expect(goOn()).toEqual(['go-on']);
    expect(goOn()).toEqual(['changes']);
    expect(goOn()).toEqual([]);
    expect(bench.cache.get(0)).toEqual({ key: 0, n: 8 });
    expect(bench.subscriber.ageMs(240)).toBe(90);
    expect(bench.subscriber.stats).toMatchObject({ snapshots: 1, frames: 3, changes: 32 });
    expect(bench.subscriber.unpacked(1, body, 300)).toEqual([]);
  });

  it('R4 S7 resumes where a snapshot cannot be inflated', () => {
    const bench = new ReplicaBench();
    bench.connect();
    bench.answer();
    bench.hear({ kind: 'snapshot', manifest: { to: 1, check: 5, rawBytes: 90, packedBytes: 2 } });
    const chunk = encodeChunk(MESSAGE.chunk, { offset: 0, bytes: new Uint8Array(2) });
    bench.subscriber.receive(chunk, 0);
    expect(saidIn(bench.subscriber.unpacked(1, undefined, 0))).toEqual([
      'error malformed',
      'send resume',
    ]);
  });

  it('S8 P9 M12 hangs up on a hub of an equal term as a conflict, and on an older one', () => {
    const heard = (term: number, times: number): string[][] => {
      const bench = new ReplicaBench().live();
      const foreign = newProducer({ epoch: { term, incarnation: 'f'.repeat(16) } });
      foreign.set(0, { key: 0, n: 9 });
      return Array.from({ length: times }, () => {
        bench.cut();
        bench.tick(bench.nowMs + 100_000);
        bench.connect();
        bench.answer({ head: headOf(foreign) });
        return saidIn(bench.hear({ kind: 'frame', body: foreign.frame(0).body() }));
      });
    };
    const [first, ...others] = heard(EPOCH.term, 15);
    expect(first).toEqual(['error epoch-conflict', 'hang-up', 'status conflict']);
    for (const said of others) expect(said).toEqual(['error epoch-conflict', 'hang-up']);
    for (const said of heard(EPOCH.term - 1, 15)) expect(said[0]).toBe('error stale-epoch');
    for (const said of heard(EPOCH.term - 1, 3)) expect(said[1]).toBe('hang-up');
  });

  it('S5 P7 holds a head against what it has: right, late, ahead, or of another content', () => {
    const bench = new ReplicaBench().live();
    bench.nowMs = 500;
    expect(saidIn(bench.head())).toEqual([]);
    expect(bench.subscriber.ageMs(600)).toBe(100);
    const head = bench.headMessage();
    if (head.kind !== 'head') throw new Error('no head');
    expect(saidIn(bench.hear({ ...head, version: 0 }))).toEqual([]);
    const wrong = (message: typeof head): string[] =>
      saidIn(new ReplicaBench().live().hear(message));
    expect(wrong({ ...head, version: 2 })).toEqual(['error gap', 'send resume', 'status stale']);
    const differs = ['error digest-mismatch', 'send resume', 'status stale'];
    expect(wrong({ ...head, check: head.check ^ 1 })).toEqual(differs);
    for (let word = 0; word < 4; word++) {
      const digest = head.digest.map((own, i) => (i === word ? own ^ 1 : own));
      expect(wrong({ ...head, digest: digest.map((one) => one >>> 0) })).toEqual(differs);
    }
  });

  it('P12 R7 waits for three heartbeats of the hub, and counts what it tried', () => {
    const bench = new ReplicaBench({ heartbeatMs: 9000, ackDelayMs: 1e6 });
    bench.connect();
    bench.answer({ heartbeatMs: 40 });
    bench.frame();
    expect(bench.subscriber.nextTimeoutMs()).toBe(120);
    expect(saidIn(bench.tick(119))).toEqual([]);
    expect(saidIn(bench.tick(120))).toEqual(['error timeout', 'hang-up', 'status stale']);
    expect(bench.subscriber.stats).toMatchObject({ connections: 1, resumes: 0, repairs: 0 });
    bench.tick(100_000);
    bench.connect();
    expect(bench.subscriber.stats).toMatchObject({ connections: 2, resumes: 1, repairs: 0 });
  });

  it('S2 tells at first what it takes, and where it stands', () => {
    const cache = new FrameConsumer<Row>({ name: STREAM });
    const subscriber = new Subscriber(cache, {
      ...{
        seed: [1, 2],
        proof: { token: 'mine', isRenewed: false },
        limits: { frameBytesMax: 5000 },
      },
    });
    expect(saidIn(subscriber.start(0))).toEqual(['dial']);
    expect(sentIn(subscriber.connected(0))).toMatchObject([
      {
        ...{ kind: 'hello', protocol: 1, frameBytesMax: 5000, dense: false, token: 'mine' },
        ...{ position: undefined, trust: 'position' },
      },
    ]);
    expect(subscriber.stats).toMatchObject({ connections: 1, resumes: 0 });
    const held = new ReplicaBench().live();
    held.cut();
    held.tick(50_000);
    expect(sentIn(held.connect())).toMatchObject([
      { position: { epoch: EPOCH, version: 1, digest: held.producer.digestWords() }, token: '' },
    ]);
  });
});
