import { describe, expect, it } from 'vitest';

import { AnswerLog, rungOf } from '../../src/protocol/answer-log.ts';
import { newProducer } from './session-rig.ts';

describe('The rungs that answers are on', () => {
  it('R1 are told by where the answer begins', () => {
    const producer = newProducer({ limits: { journalEntriesMax: 2 } });
    for (let n = 1; n <= 5; n++) producer.set(n, { key: n, n });
    const rung = (from: number): string =>
      rungOf(producer, { kind: 'frames', from, leastVersion: 0 });
    expect([0, 1, 2, 3, 4, 5].map(rung)).toEqual([
      'everything',
      'newer',
      'newer',
      'changes',
      'changes',
      'equal',
    ]);
    expect(rungOf(producer, { kind: 'compare', leastVersion: 0 })).toBe('compared');
  });

  it('R1 are all counted, and the latest kept in order', () => {
    const log = new AnswerLog();
    const add = (from: number): void => {
      log.add({ session: 1, rung: from % 3 === 0 ? 'changes' : 'equal', from, to: from, atMs: 0 });
    };
    for (let from = 1; from <= 300; from++) add(from);
    expect([log.total, log.byRung.changes, log.byRung.equal]).toEqual([300, 100, 200]);
    expect(log.after(297).map(({ number, from }) => [number, from])).toEqual([
      [298, 298],
      [299, 299],
      [300, 300],
    ]);
    expect(log.after(300)).toEqual([]);
    expect(log.after(0).map(({ from }) => from)).toEqual(
      Array.from({ length: 256 }, (_, i) => i + 45),
    );
  });
});
