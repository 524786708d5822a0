import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/core/limits.ts';
import { Backlog } from '../../src/protocol/backlog.ts';
import type { Manifest } from '../../src/protocol/chunk.ts';
import { decodeConsumerMessage } from '../../src/protocol/consumer-message-reader.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { PartCollector } from '../../src/protocol/part-collector.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { Consumer } from './session-rig.ts';
import { EPOCH, newProducer, Rig, stateOf } from './session-rig.ts';

const ROWS = 3000;

function fill(rig: Rig): void {
  const random = new SeededRandom('rows');
  rig.commit((producer) =>
    producer.batch((tx) => {
      for (let n = 0; n < ROWS; n++) {
        const text = Array.from({ length: 40 }, () => random.below(36).toString(36)).join('');
        tx.set(`row ${n}`, { key: `row ${n}`, n, text });
      }
    }),
  );
}

/** So many versions, of which no consumer sees any but the last. */
function update(rig: Rig, versions: number): void {
  rig.commit((producer) => {
    for (let n = 0; n < versions; n++) {
      const key = `row ${n % ROWS}`;
      producer.set(key, { key, n: -producer.version });
    }
  });
}

function kindsOf(consumer: Consumer): number[] {
  return consumer.received.map((bytes) => bytes[0] as number);
}

function chunksOf(consumer: Consumer): number {
  return kindsOf(consumer).filter((kind) => kind === MESSAGE.chunk).length;
}

describe('a large snapshot', () => {
  it('S7 comes packed in chunks, with progress, and is installed whole', () => {
    const rig = new Rig();
    fill(rig);
    const consumer = rig.join();
    rig.turn();
    expect(consumer.subscriber.status).toBe('live');
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    expect(kindsOf(consumer).slice(0, 3)).toEqual([
      MESSAGE.answer,
      MESSAGE.snapshot,
      MESSAGE.chunk,
    ]);
    expect(consumer.events).toHaveLength(1);
    const sums = consumer.progress.map(({ receivedBytes }) => receivedBytes);
    expect(sums).toEqual(sums.toSorted((a, b) => a - b));
    expect(consumer.progress.at(-1)?.receivedBytes).toBe(consumer.progress.at(-1)?.totalBytes);
  });

  it('S4 is made and packed once for all who join', () => {
    const rig = new Rig();
    fill(rig);
    const consumers = Array.from({ length: 5 }, () => rig.join());
    rig.turn();
    rig.put('row 1', -1);
    const late = rig.join();
    rig.turn();
    expect(rig.publisher.counters.snapshotsEncoded).toBe(1);
    for (const consumer of [...consumers, late]) {
      expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    }
    const first = consumers[0] as Consumer;
    expect(late.received[2]).toBe(first.received[2]);
  });

  it('R1 that is cut goes on where it was, while updates go on', () => {
    const rig = new Rig({ windowBytes: 40_000, partBytes: 8000 });
    fill(rig);
    const consumer = rig.join();
    let chunks = 0;
    rig.tamper = ({ way, bytes }) => {
      if (way === 'down' && bytes[0] === MESSAGE.chunk) chunks++;
      // After four chunks nothing arrives any more on this connection.
      return way === 'down' && chunks > 4 ? [] : [bytes];
    };
    for (let round = 0; round < 40 && consumer.subscriber.status !== 'live'; round++) {
      rig.pass(700);
      rig.put(`row ${round}`, -1 - round);
      rig.cut(consumer);
      chunks = 0;
    }
    rig.tamper = ({ bytes }) => [bytes];
    rig.pass(5000);
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    const total = Math.ceil((consumer.progress.at(-1)?.totalBytes ?? 0) / 8000);
    expect(chunksOf(consumer)).toBe(total);
    expect(rig.publisher.counters.snapshotsEncoded).toBe(1);
  });

  it('R1 S11 stays for who holds a part of it, while it is too old for others', () => {
    const rig = new Rig({ windowBytes: 16_000, partBytes: 8000 });
    fill(rig);
    const consumer = rig.join();
    rig.tamper = ({ bytes }) => (chunksOf(consumer) < 2 ? [bytes] : []);
    rig.turn();
    rig.tamper = ({ bytes }) => [bytes];
    update(rig, ROWS / 4);
    rig.cut(consumer);
    rig.pass(1000);
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    expect(rig.publisher.counters.snapshotsEncoded).toBe(1);
    const total = Math.ceil((consumer.progress.at(-1)?.totalBytes ?? 0) / 8000);
    expect(chunksOf(consumer)).toBe(total);
    rig.join();
    rig.turn();
    expect(rig.publisher.counters.snapshotsEncoded).toBe(2);
    // Where most has changed since, the rest of it is worth nothing.
    const behind = rig.join();
    rig.tamper = ({ bytes }) => (chunksOf(behind) < 2 ? [bytes] : []);
    rig.turn();
    rig.tamper = ({ bytes }) => [bytes];
    update(rig, ROWS + 100);
    rig.cut(behind);
    rig.pass(1000);
    expect(stateOf(behind.cache)).toBe(stateOf(rig.producer));
    expect(rig.publisher.counters.snapshotsEncoded).toBe(3);
  });

  it('R1 is forgotten, as far as it has come, by who gets live without the rest of it', () => {
    const rig = new Rig({ windowBytes: 16_000, partBytes: 8000 });
    fill(rig);
    const consumer = rig.join();
    rig.tamper = ({ bytes }) => (chunksOf(consumer) < 2 ? [bytes] : []);
    rig.turn();
    rig.tamper = ({ bytes }) => [bytes];
    const small = newProducer({ epoch: { ...EPOCH, term: EPOCH.term + 1 } });
    small.set('only', { key: 'only', n: 1 });
    rig.restart(small);
    rig.pass(1000);
    expect(consumer.subscriber.status).toBe('live');
    rig.injectDown(consumer, Uint8Array.of(MESSAGE.frame, 1, 2, 3));
    const held = consumer.sent.map((bytes) => {
      const message = decodeConsumerMessage(bytes);
      return 'partial' in message && message.partial !== undefined;
    });
    expect(held.filter(Boolean)).toHaveLength(1);
    expect(consumer.sent.at(-1)?.[0]).toBe(MESSAGE.resume);
  });

  it('R1 of which a chunk is damaged asks for the rest again, not for the whole', () => {
    const rig = new Rig({ partBytes: 8000 });
    fill(rig);
    const consumer = rig.join();
    let chunks = 0;
    rig.tamper = ({ bytes }) => {
      if (bytes[0] !== MESSAGE.chunk || ++chunks !== 5) return [bytes];
      return [bytes.with(100, (bytes[100] as number) ^ 1)];
    };
    rig.pass(2000);
    expect(chunks).toBeGreaterThan(5);
    expect(consumer.codes).toEqual(['malformed']);
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    expect(consumer.subscriber.stats).toMatchObject({ resumes: 1, repairs: 0, snapshots: 1 });
  });

  it('R7 that takes long to inflate is asked for once, though the window is full meanwhile', () => {
    const rig = new Rig({ windowBytes: 8000, partBytes: 4000, heartbeatMs: 100 });
    fill(rig);
    rig.inflatingMs = 1500;
    const consumer = rig.join();
    for (let ms = 0; ms < 4000; ms += 50) {
      update(rig, 200);
      rig.pass(50);
    }
    expect(consumer.subscriber.status).toBe('live');
    expect(kindsOf(consumer).filter((kind) => kind === MESSAGE.snapshot)).toHaveLength(1);
    expect(consumer.codes).toEqual([]);
  });

  it('P4 keeps the old state readable as stale until the new one is whole', () => {
    const rig = new Rig({ windowBytes: 20_000, partBytes: 4000 }, undefined);
    rig.put('old', 1);
    const consumer = rig.join();
    rig.turn();
    rig.isUp = false;
    rig.cut(consumer);
    const next = new Rig().producer;
    expect(next.version).toBe(0);
    fill(rig);
    rig.isUp = true;
    const seen = new Set<string>();
    rig.tamper = ({ bytes }) => {
      seen.add(`${consumer.subscriber.status} ${consumer.cache.size}`);
      return [bytes];
    };
    rig.pass(3000);
    expect(consumer.subscriber.status).toBe('live');
    expect([...seen].every((state) => /^(stale 1|live 3001)$/.test(state))).toBe(true);
  });
});

describe('what a hub that is wrong can do to a copy', () => {
  it('R4 BI-92 a manifest that does not fit its chunks is forgotten, and the copy healed', () => {
    const rig = new Rig({ partBytes: 8000 });
    fill(rig);
    let wrong = 1;
    rig.tamper = ({ way, bytes }) => {
      if (way === 'up' || bytes[0] !== MESSAGE.snapshot || wrong-- <= 0) return [bytes];
      const { manifest } = decodeHubMessage(bytes) as { manifest: Manifest };
      const packedBytes = manifest.packedBytes - 100;
      return [encodeMessage({ kind: 'snapshot', manifest: { ...manifest, packedBytes } })];
    };
    const consumer = rig.join();
    rig.pass(20_000);
    expect(consumer.subscriber.status).toBe('live');
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    expect(consumer.codes).toContain('malformed');
  });

  it('L4 BI-93 what comes while a snapshot is installed is bounded', () => {
    const backlog = new Backlog({ ...defaultLimits, frameBytesMax: 1000 });
    const message = { kind: 'part', body: new Uint8Array(400) } as const;
    backlog.add(message, 1);
    backlog.add(message, 2);
    expect(() => backlog.add(message, 3)).toThrow(/frameBytesMax/);
    expect([backlog.next(), backlog.next(), backlog.next()]).toEqual([
      { message, atMs: 1 },
      { message, atMs: 2 },
      undefined,
    ]);
  });

  it('L4 BI-2 parts are refused where they are empty, and bounded where they are small', () => {
    const parts = new PartCollector(defaultLimits);
    expect(() => parts.add(Uint8Array.of(0), 0)).toThrow(/empty/);
    const few = new PartCollector({ ...defaultLimits, frameBytesMax: 1000 });
    const addMany = (): void => {
      for (let i = 0; i < 100; i++) few.add(Uint8Array.of(i, 0), 0);
    };
    expect(addMany).toThrow(/frameBytesMax/);
  });
});
