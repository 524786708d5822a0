import { describe, expect, it } from 'vitest';
import { newProducer, Rig, stateOf } from './session-rig.ts';
import type { Consumer } from './session-rig.ts';

const NEWER = { term: 2000, incarnation: 'a'.repeat(16) };
const TEXT = 'a value of some length, so that it would be felt if it were sent again ';

/** A hub with so many rows, and a live consumer that has been cut off. */
function away(rows: number): { rig: Rig; consumer: Consumer } {
  const rig = new Rig({ windowBytes: 1 << 20 });
  rig.commit((producer) =>
    producer.batch((tx) => {
      for (let n = 0; n < rows; n++) tx.set(`row ${n}`, { key: `row ${n}`, n, text: TEXT });
    }),
  );
  const consumer = rig.join();
  rig.pass(2000);
  rig.isUp = false;
  rig.cut(consumer);
  consumer.received.length = 0;
  consumer.sent.length = 0;
  return { rig, consumer };
}

/** The same rows from a producer that has started again, changed by `work`. */
function restarted(rig: Rig, work: (rows: Map<string, number>) => void): void {
  const rows = new Map([...rig.producer].map(([key, { n }]) => [String(key), n]));
  work(rows);
  const next = newProducer({ epoch: NEWER });
  next.batch((tx) => {
    for (const [key, n] of rows) tx.set(key, { key, n, text: TEXT });
  });
  rig.restart(next);
  rig.isUp = true;
}

function bytesOf(messages: readonly Uint8Array[]): number {
  return messages.reduce((sum, { length }) => sum + length, 0);
}

describe('an unknown past', () => {
  it.each([100, 1000, 20_000])('R3 P10 of %i rows costs what differs', (size) => {
    const { rig, consumer } = away(size);
    restarted(rig, (rows) => {
      for (let i = 0; i < 5; i++) rows.set(`row ${i * 7}`, -1 - i);
      rows.delete('row 50');
      rows.set('a new row', 1);
    });
    rig.pass(3000);
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    expect(consumer.subscriber.status).toBe('live');
    expect(consumer.subscriber.stats).toMatchObject({ snapshots: 1, repairs: 1 });
    expect(bytesOf(consumer.received)).toBeLessThan(9000);
    expect(bytesOf(consumer.sent)).toBeLessThan(3000);
    const changed = consumer.events.at(-1)?.changes.map(([cmd]) => cmd) ?? [];
    expect(changed.filter((cmd) => cmd === 'update')).toHaveLength(5);
    expect(changed.filter((cmd) => cmd === 'delete')).toHaveLength(1);
    expect(changed.filter((cmd) => cmd === 'new')).toHaveLength(1);
  });

  it('R3 with nothing in common is sent anew', () => {
    const { rig, consumer } = away(2000);
    restarted(rig, (rows) => {
      for (const key of rows.keys()) rows.set(key, -5);
    });
    rig.pass(3000);
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    expect(consumer.subscriber.stats.snapshots).toBe(2);
  });

  it('R3 repair is right while updates go on', () => {
    const { rig, consumer } = away(5000);
    restarted(rig, (rows) => {
      for (let i = 0; i < 20; i++) rows.set(`row ${i * 31}`, -1);
    });
    let n = 0;
    rig.tamper = ({ bytes }) => {
      // Something changes between any two messages, also what is just being compared.
      n++;
      rig.put(`row ${(n * 31) % 700}`, 10_000 + n);
      if (n % 3 === 0) rig.commit((producer) => producer.delete(`row ${2000 + n}`));
      return [bytes];
    };
    rig.pass(3000);
    rig.tamper = ({ bytes }) => [bytes];
    rig.turn();
    rig.pass(1500);
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    expect(consumer.subscriber.status).toBe('live');
  });

  it('R4 a comparison that is damaged on its way ends in an equal copy', () => {
    for (let damaged = 0; damaged < 8; damaged++) {
      const { rig, consumer } = away(3000);
      restarted(rig, (rows) => {
        for (let i = 0; i < 9; i++) rows.set(`row ${i * 100}`, -1);
      });
      let left = damaged;
      rig.tamper = ({ bytes }) => {
        if (left-- !== 0) return [bytes];
        const at = bytes.length >> 1;
        return [bytes.with(at, (bytes[at] as number) ^ 4)];
      };
      rig.pass(40_000);
      expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
      expect(consumer.subscriber.status).toBe('live');
    }
  });

  it('R2 beyond the journal, the same epoch sends what is newer by whole values', () => {
    const rig = new Rig({}, newProducer({ limits: { journalEntriesMax: 4 } }));
    for (let n = 0; n < 300; n++) rig.put(`row ${n}`, n, TEXT);
    const consumer = rig.join();
    rig.pass(1000);
    rig.isUp = false;
    rig.cut(consumer);
    for (let n = 0; n < 20; n++) rig.put(`row ${n}`, -1, TEXT);
    rig.commit((producer) => producer.delete('row 200'));
    consumer.received.length = 0;
    rig.isUp = true;
    rig.pass(3000);
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    expect(consumer.subscriber.stats).toMatchObject({ snapshots: 1, repairs: 0 });
    expect(bytesOf(consumer.received)).toBeLessThan(3500);
  });
});
