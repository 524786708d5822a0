import { describe, expect, it } from 'vitest';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { Answer } from '../../src/protocol/message.ts';
import type { Consumer, Row } from './session-rig.ts';
import { EPOCH, newProducer, Rig, stateOf } from './session-rig.ts';

const NEWER = { term: EPOCH.term + 1, incarnation: 'a'.repeat(16) };

function kindsSince(consumer: Consumer, mark: number): string[] {
  return consumer.received.slice(mark).map((bytes) => decodeHubMessage(bytes).kind);
}

function expectEqual(rig: Rig, consumer: Consumer): void {
  expect(consumer.subscriber.status).toBe('live');
  expect(consumer.cache.version).toBe(rig.producer.version);
  expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
}

/** A hub with some rows and one consumer that is live. */
function running(options: Parameters<typeof newProducer>[0] = {}, rows = 5): [Rig, Consumer] {
  const rig = new Rig({}, newProducer(options));
  for (let n = 0; n < rows; n++) {
    rig.producer.set(`row ${n}`, { key: `row ${n}`, n, text: 'x'.repeat(400) });
  }
  rig.commit(() => {});
  const consumer = rig.join();
  rig.turn();
  expectEqual(rig, consumer);
  return [rig, consumer];
}

const rowsOf = (rig: Rig): [Row['key'], Row][] => [...rig.producer];

describe('a resume', () => {
  it('P10 R1 inside the journal sends only what has changed since', () => {
    const [rig, consumer] = running({}, 1000);
    rig.cut(consumer);
    for (let n = 0; n < 10; n++) rig.put(`row ${n}`, 5000 + n, 'x'.repeat(400));
    const mark = consumer.received.length;
    rig.pass(200);
    expect(kindsSince(consumer, mark)).toEqual(['answer', 'frame']);
    const bytes = consumer.received.slice(mark).reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThan(900);
    expect(consumer.subscriber.stats).toMatchObject({ resumes: 1, repairs: 0, snapshots: 1 });
    expect(consumer.events.at(-1)).toMatchObject({ from: 1000, to: 1010 });
    expectEqual(rig, consumer);
  });

  it('R1 where nothing has changed gets an answer and no frame', () => {
    const [rig, consumer] = running();
    rig.cut(consumer);
    const mark = consumer.received.length;
    rig.pass(200);
    expect(kindsSince(consumer, mark)).toEqual(['answer']);
    expect(consumer.statuses).toEqual(['catching-up', 'live', 'stale', 'live']);
    expectEqual(rig, consumer);
  });

  it('F4 R1 tells of a key deleted and created anew meanwhile as an update', () => {
    const [rig, consumer] = running();
    rig.cut(consumer);
    rig.commit((producer) => producer.delete('row 1'));
    rig.commit((producer) => producer.delete('row 2'));
    rig.put('row 1', 77);
    rig.pass(200);
    expect(consumer.events.at(-1)?.changes.map(([cmd, key]) => [cmd, key])).toEqual([
      ['update', 'row 1'],
      ['delete', 'row 2'],
    ]);
    expectEqual(rig, consumer);
  });

  it('P10 R2 beyond the journal sends whole entries where versions still tell which', () => {
    const [rig, consumer] = running({ limits: { journalEntriesMax: 3 } });
    rig.cut(consumer);
    rig.commit((producer) => producer.delete('row 3'));
    for (let n = 10; n < 20; n++) rig.put('row 1', n);
    rig.pass(200);
    const last = consumer.events.at(-1);
    expect(last).toMatchObject({ from: 5, to: 16 });
    expect(last?.changes.map(([cmd, key]) => `${cmd} ${key}`).sort()).toEqual([
      'delete row 3',
      'update row 1',
    ]);
    expect(consumer.subscriber.stats.snapshots).toBe(1);
    expectEqual(rig, consumer);
  });

  it('P3 R2 below the floor gets everything anew, and never an older state', () => {
    const [rig, consumer] = running({ limits: { journalEntriesMax: 3, tombstonesMax: 1 } });
    rig.cut(consumer);
    for (const key of ['row 2', 'row 3', 'row 4']) rig.commit((producer) => producer.delete(key));
    for (let n = 10; n < 20; n++) rig.put('row 1', n);
    rig.pass(200);
    expect(consumer.events.at(-1)).toMatchObject({ from: 5, to: 18 });
    expect(consumer.events.at(-1)?.changes).toHaveLength(4);
    expect(consumer.subscriber.stats.snapshots).toBe(2);
    expectEqual(rig, consumer);
  });

  it('S6 of a session that falls below the floor while it is stalled starts over by itself', () => {
    const limits = { journalEntriesMax: 3, tombstonesMax: 2 };
    const rig = new Rig({ windowBytes: 300 }, newProducer({ limits }));
    rig.put('a', 0);
    const consumer = rig.join();
    rig.turn();
    rig.stalled.add(consumer);
    for (let n = 1; n < 100; n++) {
      rig.put('a', n, 'y'.repeat(n));
      rig.put(`b${n}`, n);
      rig.turn();
      rig.commit((producer) => producer.delete(`b${n}`));
    }
    rig.stalled.delete(consumer);
    rig.turn();
    expectEqual(rig, consumer);
    expect(consumer.subscriber.stats.snapshots).toBe(2);
    expect(consumer.errors).toEqual([]);
  });
});

describe('a restarted producer', () => {
  it('R3 with the same data is followed without a snapshot', () => {
    const [rig, consumer] = running();
    const next = newProducer({ epoch: NEWER });
    next.replaceAll(rowsOf(rig));
    const before = consumer.cache.get('row 1');
    rig.restart(next);
    const mark = consumer.received.length;
    rig.pass(500);
    expect(kindsSince(consumer, mark)).toEqual(['answer']);
    expect(consumer.cache.head()).toEqual(next.head());
    expect(consumer.cache.get('row 1')).toBe(before);
    rig.put('row 1', 99);
    rig.turn();
    expectEqual(rig, consumer);
  });

  it('P7 with other data replaces the copy in one step, and unchanged values stay', () => {
    const [rig, consumer] = running();
    const next = newProducer({ epoch: NEWER });
    const kept = rowsOf(rig).slice(0, 3);
    next.replaceAll([...kept, ['new', { key: 'new', n: 1 }]]);
    const before = consumer.cache.get('row 1');
    rig.restart(next);
    rig.pass(500);
    expect(consumer.events).toHaveLength(2);
    expect(consumer.events[1]?.changes.map(([cmd, key]) => `${cmd} ${key}`).sort()).toEqual([
      'delete row 3',
      'delete row 4',
      'new new',
    ]);
    expect(consumer.cache.get('row 1')).toBe(before);
    expectEqual(rig, consumer);
  });

  it('P7 heals also when the first snapshot of the new epoch is damaged or lost', () => {
    for (const damage of ['type', 'lost', 'body'] as const) {
      const [rig, consumer] = running();
      const next = newProducer({ epoch: NEWER });
      next.replaceAll([['new', { key: 'new', n: 1 }]]);
      rig.restart(next);
      let struck = false;
      rig.tamper = ({ bytes, way }) => {
        if (struck || way === 'up' || decodeHubMessage(bytes).kind !== 'frame') return [bytes];
        struck = true;
        if (damage === 'lost') return [];
        return [bytes.with(damage === 'type' ? 0 : 9, damage === 'type' ? 0x43 : 0xff)];
      };
      rig.pass(20_000);
      expect(struck).toBe(true);
      expectEqual(rig, consumer);
    }
  });

  it('P9 S8 with an older epoch changes nothing: the consumer keeps what it has', () => {
    const [rig, consumer] = running();
    const held = stateOf(consumer.cache);
    const older = newProducer({ epoch: { term: 1, incarnation: 'b'.repeat(16) } });
    older.set('zombie', { key: 'zombie', n: 1 });
    rig.restart(older);
    rig.pass(20_000);
    expect(stateOf(consumer.cache)).toBe(held);
    expect(consumer.subscriber.status).toBe('stale');
    expect(new Set(consumer.codes)).toEqual(new Set(['unreachable', 'stale-epoch']));
    const back = newProducer({ epoch: NEWER });
    back.set('row 1', { key: 'row 1', n: 100 });
    rig.restart(back);
    rig.pass(60_000);
    expectEqual(rig, consumer);
  });

  it('S8 M12 with an equal term and another incarnation is a conflict, shown as such', () => {
    const [rig, consumer] = running();
    const held = stateOf(consumer.cache);
    const clone = newProducer({ epoch: { ...EPOCH, incarnation: 'c'.repeat(16) } });
    clone.set('row 1', { key: 'row 1', n: 100 });
    rig.restart(clone);
    rig.pass(5000);
    expect(stateOf(consumer.cache)).toBe(held);
    expect(consumer.subscriber.status).toBe('conflict');
    expect(consumer.codes).toContain('epoch-conflict');
    const back = newProducer({ epoch: NEWER });
    back.set('row 1', { key: 'row 1', n: 101 });
    rig.restart(back);
    rig.pass(60_000);
    expectEqual(rig, consumer);
  });

  it('S8 BI-87 behind the consumer in the same epoch is told so, and waited for', () => {
    const [rig, consumer] = running();
    const behind = newProducer();
    for (let n = 0; n < 3; n++) behind.set(`row ${n}`, rig.producer.get(`row ${n}`) as Row);
    rig.restart(behind);
    rig.pass(3000);
    expect(consumer.codes).toContain('ahead');
    expect(consumer.cache.version).toBe(5);
    for (let n = 3; n < 5; n++) rig.put(`row ${n}`, n, 'x'.repeat(400));
    rig.put('row 1', 99);
    rig.pass(60_000);
    expectEqual(rig, consumer);
  });

  it('S2 BI-89 with other content at the same epoch and version is never taken for equal', () => {
    const [rig, consumer] = running();
    const fork = newProducer();
    for (let n = 0; n < 5; n++) fork.set(`fork ${n}`, { key: `fork ${n}`, n });
    const wrongly: number[] = [];
    rig.restart(fork);
    for (let i = 0; i < 100; i++) {
      rig.pass(100);
      const live = consumer.subscriber.status === 'live';
      if (live && stateOf(consumer.cache) !== stateOf(fork)) wrongly.push(rig.nowMs);
    }
    expect(wrongly).toEqual([]);
    expectEqual(rig, consumer);
  });
});

describe('the session guard', () => {
  /** The consumer's answer and snapshot, recorded, and the consumer asked anew. */
  function resumed(): { rig: Rig; consumer: Consumer; old: Uint8Array[] } {
    const [rig, consumer] = running();
    const old = [...consumer.received];
    rig.tamper = ({ way, bytes }) => (way === 'up' ? [] : [bytes]);
    rig.cut(consumer);
    rig.pass(200);
    expect(consumer.subscriber.state).toBe('greeting');
    rig.tamper = ({ bytes }) => [bytes];
    return { rig, consumer, old };
  }

  it('P5 S2 BI-85 a replayed answer of an earlier nonce is dropped', () => {
    const { rig, consumer, old } = resumed();
    const { version } = consumer.cache;
    for (const bytes of old) rig.injectDown(consumer, bytes);
    expect(consumer.subscriber.state).toBe('greeting');
    expect(consumer.subscriber.status).toBe('stale');
    expect(consumer.cache.version).toBe(version);
    expect(consumer.codes).toEqual(['unreachable']);
    rig.pass(30_000);
    expectEqual(rig, consumer);
  });

  it('P7 S2 frames, parts and heads before the answer are dropped', () => {
    const { rig, consumer } = resumed();
    rig.put('row 1', 50);
    const body = rig.producer.frame(5).body();
    const head = {
      kind: 'head' as const,
      version: 6,
      digest: rig.producer.digestWords(),
      check: rig.producer.headCheck(),
    };
    rig.injectDown(consumer, encodeMessage({ kind: 'frame', body }));
    rig.injectDown(consumer, encodeMessage({ kind: 'part', body }));
    rig.injectDown(consumer, encodeMessage(head));
    expect(consumer.cache.version).toBe(5);
    expect(consumer.subscriber.status).toBe('stale');
    rig.pass(30_000);
    expectEqual(rig, consumer);
  });

  it('S2 an answer that promises what cannot be is refused, whatever it says', () => {
    const wrong: ((answer: Answer) => Answer)[] = [
      (answer) => ({ ...answer, from: 3 }),
      (answer) => ({ ...answer, from: answer.head.version + 1 }),
      (answer) => ({ ...answer, head: { ...answer.head, digest: [1, 2, 3, 4] } }),
      (answer) => ({ ...answer, head: { ...answer.head, epoch: { ...EPOCH, term: 7 } } }),
      (answer) => ({ ...answer, protocol: 9 }),
    ];
    for (const change of wrong) {
      const [rig, consumer] = running();
      let struck = 0;
      rig.tamper = ({ way, bytes }) => {
        if (way === 'up' || struck > 0) return [bytes];
        const message = decodeHubMessage(bytes);
        if (message.kind !== 'answer') return [bytes];
        struck++;
        return [encodeMessage(change(message))];
      };
      rig.cut(consumer);
      rig.pass(200);
      expect(struck).toBe(1);
      rig.pass(60_000);
      expectEqual(rig, consumer);
    }
  });
});
