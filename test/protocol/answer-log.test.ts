import { describe, expect, it } from 'vitest';
import { AnswerLog } from '../../src/protocol/answer-log.ts';

function logOf(count: number): AnswerLog {
  const log = new AnswerLog();
  for (let n = 1; n <= count; n++) {
    const rung = n % 2 === 0 ? 'changes' : 'everything';
    log.add({ session: n, rung, from: 0, to: n, atMs: n });
  }
  return log;
}

describe('the log of answers', () => {
  it('gives what came after a number, oldest first, and counts by rung', () => {
    const log = logOf(5);
    expect(log.after(2).map(({ number, session }) => [number, session])).toEqual([
      [3, 3],
      [4, 4],
      [5, 5],
    ]);
    expect(log.after(5)).toEqual([]);
    expect(log.total).toBe(5);
    expect(log.byRung).toMatchObject({ everything: 3, changes: 2, equal: 0 });
    expect(new AnswerLog().after(0)).toEqual([]);
  });

  it('keeps the latest, however many there were', () => {
    const log = logOf(1000);
    const kept = log.after(0);
    expect(kept).toHaveLength(256);
    expect([kept[0]?.number, kept.at(-1)?.number]).toEqual([745, 1000]);
    expect(log.byRung.changes).toBe(500);
  });
});
