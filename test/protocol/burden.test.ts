/** What the hub can be made to do in one turn, and by one message. */
import { describe, expect, it } from 'vitest';
import { FANOUT } from '../../src/cache/digest-tree.ts';
import { Frame } from '../../src/cache/frame.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { ConsumerMessage, Mend } from '../../src/protocol/message.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { SnapshotMaker } from '../../src/protocol/snapshot-maker.ts';
import { EPOCH, HELLO, newProducer } from './session-rig.ts';

const TEXT = 'some text that takes its place '.repeat(4);
/** A publisher that is spoken to message by message, and what it sends to whom. */
class Bench {
  readonly producer = newProducer();
  readonly publisher: Publisher;

  constructor(session: Parameters<typeof resolveSessionLimits>[0] = {}) {
    this.publisher = new Publisher(this.producer, resolveSessionLimits(session));
  }

  fill(count: number, text = TEXT): void {
    this.producer.batch((tx) => {
      for (let key = 0; key < count; key++) tx.set(key, { key, n: 0, text });
    });
  }

  put(key: number, n: number): void {
    this.producer.set(key, { key, n, text: `${n} ${TEXT.slice(key % 20)}` });
  }

  send(session: number, message: ConsumerMessage): readonly PublisherOutput[] {
    return this.publisher.receive(session, encodeMessage(message), 0);
  }

  /** A consumer that had this version connects again. */
  comeBack(session: number, version: number): readonly PublisherOutput[] {
    this.publisher.open(session, 0);
    const position = { epoch: EPOCH, version, digest: [0, 0, 0, 0] };
    return this.send(session, { ...HELLO, position });
  }

  /** Turn after turn until all is done; what came of each. */
  workAll(): (readonly PublisherOutput[])[] {
    const turns: (readonly PublisherOutput[])[] = [];
    do turns.push(this.publisher.work());
    while (turns.at(-1)?.some(({ kind }) => kind === 'work'));
    return turns;
  }
}

/** The sessions that get a frame, in order. */
function framesTo(outputs: readonly PublisherOutput[]): number[] {
  return outputs.flatMap((output) =>
    output.kind === 'send' && output.bytes[0] === MESSAGE.frame ? [output.session] : [],
  );
}

describe('consumers that are behind', () => {
  it('P14 S15 get their frames a few a turn, the first to ask first, and all in the end', () => {
    const bench = new Bench({ catchUpBytesPerTurn: 600 });
    bench.fill(60);
    for (let key = 0; key < 60; key++) bench.put(key, 100 + key);
    bench.publisher.flush();
    const asking = [5, 2, 8, 1, 7, 3, 6, 4];
    const asked = asking.flatMap((session) => bench.comeBack(session, session));
    const turns = [framesTo(asked), ...bench.workAll().map(framesTo)];
    expect(turns.flat()).toEqual(asking);
    expect(turns.length).toBeGreaterThan(3);
    for (const served of turns) expect(served.length).toBeLessThanOrEqual(2);
  });

  it('P14 S15 do not hold up those that keep up', () => {
    const bench = new Bench({ catchUpBytesPerTurn: 1 });
    bench.fill(60);
    bench.publisher.open(1, 0);
    bench.send(1, HELLO);
    for (let n = 0; n < 3; n++) {
      bench.put(n, n);
      bench.publisher.flush();
    }
    // What the turn may spend is spent on the first of those who come back.
    bench.comeBack(2, 1);
    expect(framesTo(bench.comeBack(3, 2))).toEqual([]);
    bench.put(9, 9);
    expect(framesTo(bench.publisher.flush())).toEqual([3, 1, 2]);
  });
});

describe('a snapshot that is gathered while commits go on', () => {
  function made(work: (bench: Bench, step: number) => void, count = 40_000): Frame {
    const bench = new Bench();
    bench.fill(count, '');
    const maker = new SnapshotMaker(bench.producer);
    const pieces: Uint8Array[] = [];
    for (let step = 0; !maker.isDone; step++) {
      pieces.push(maker.step(1 << 20));
      work(bench, step);
    }
    expect(maker.rawBytes).toBe(Buffer.concat(pieces).length);
    return Frame.decodeBody(Buffer.concat(pieces), EPOCH, defaultLimits);
  }

  const keysOf = ({ changes }: Frame): unknown[] => changes.map(({ key }) => key);

  it('S7 P4 is what the producer had when all was gathered, whatever was met on the way', () => {
    let version = 0;
    let expected: unknown[] = [];
    const frame = made(({ producer }, step) => {
      if (step > 0) return;
      producer.delete(7);
      producer.delete(39_999);
      producer.delete(8);
      producer.set(8, { key: 8, n: 8 });
      producer.set(20_000, { key: 20_000, n: 1 });
      producer.set(50_000, { key: 50_000, n: 2 });
      ({ version } = producer);
      expected = [...producer.keys()];
    });
    expect(frame.to).toBe(version);
    expect(new Set(keysOf(frame))).toEqual(new Set(expected));
    expect(keysOf(frame)).toHaveLength(expected.length);
    const values = new Map(frame.changes.map((change) => [change.key, change]));
    expect(values.get(8)).toMatchObject({ value: { n: 8 } });
    expect(values.get(20_000)).toMatchObject({ value: { n: 1 } });
  });

  it('S7 is right also where more is committed meanwhile than the journal holds', () => {
    const frame = made((bench, step) => {
      if (step === 0) bench.fill(30_000, 'anew');
      if (step === 1) for (let n = 0; n < 70_000; n++) bench.put(n, step);
    });
    expect(keysOf(frame)).toHaveLength(70_000);
    expect(frame.changes.every(({ kind }) => kind === 'put')).toBe(true);
  });
});

describe('a comparison', () => {
  /** A session in a comparison with a hub that has many entries. */
  function comparing(): Bench {
    const bench = new Bench();
    bench.fill(70_000, 'x');
    bench.publisher.open(1, 0);
    const position = { epoch: { ...EPOCH, term: 1 }, version: 1, digest: [0, 0, 0, 0] };
    bench.send(1, { ...HELLO, position });
    return bench;
  }

  it('L4 of more than 1024 nodes at once, or of nodes within nodes, is refused', () => {
    const nodes = Array.from({ length: 1025 }, (_, i) => i);
    const twice: Mend['claims'] = [1, 0].map((index) => ({
      node: { level: 1, index },
      items: new Uint32Array(0),
    }));
    const nested: Mend['claims'] = [0, 1].map((level) => ({
      node: { level, index: 0 },
      items: new Uint32Array(0),
    }));
    const many: Mend['claims'] = Array.from({ length: 1025 }, (_, index) => ({
      node: { level: 2, index },
      items: new Uint32Array(0),
    }));
    const wrong: ConsumerMessage[] = [
      { kind: 'mend', nonce: [1, 2], claims: many },
      { kind: 'compare', nonce: [1, 2], level: 1, nodes },
      { kind: 'compare', nonce: [1, 2], level: 0, nodes: [0] },
      { kind: 'compare', nonce: [1, 2], level: 4, nodes: [0] },
      { kind: 'mend', nonce: [1, 2], claims: twice },
      { kind: 'mend', nonce: [1, 2], claims: nested },
    ];
    for (const message of wrong) {
      expect(comparing().send(1, message)).toMatchObject([
        { kind: 'close', error: { code: 'malformed' } },
      ]);
    }
    const deep: ConsumerMessage = { kind: 'compare', nonce: [1, 2], level: 2, nodes: [0, 9] };
    expect(comparing().send(1, deep)).toMatchObject([
      { kind: 'close', error: { code: 'unexpected-message' } },
    ]);
    const right = comparing().send(1, { ...deep, level: 1 });
    expect(right).toMatchObject([{ kind: 'send' }]);
    const [sums] = right as readonly { bytes: Uint8Array }[];
    expect(sums?.bytes.length).toBeGreaterThan(2 * 4 * FANOUT);
  });

  it('P14 R3 that concerns nearly everything ends in a snapshot, which is made in pieces', () => {
    const claims = [{ node: { level: 0, index: 0 }, items: new Uint32Array(0) }];
    const outputs = comparing().send(1, { kind: 'mend', nonce: [1, 2], claims });
    const [answer, work] = outputs;
    expect(outputs).toHaveLength(2);
    expect(work).toEqual({ kind: 'work' });
    const { bytes } = answer as { bytes: Uint8Array };
    expect(decodeHubMessage(bytes)).toMatchObject({ kind: 'answer', from: 0 });
  });
});
