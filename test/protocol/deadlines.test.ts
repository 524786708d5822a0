import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../src/protocol/deadlines.ts';
import type { TimerName } from '../../src/protocol/deadlines.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { Timers } from '../../src/protocol/timers.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { Rig, stateOf } from './session-rig.ts';

const limits = resolveSessionLimits({ heartbeatMs: 100, missedHeadsMax: 3, answerTimeoutMs: 1000 });

function deadlines(): { one: Deadlines; timers: Timers<TimerName> } {
  const timers = new Timers<TimerName>();
  return { one: new Deadlines(timers, limits), timers };
}

describe('how long a hub is waited for', () => {
  it('R7 is twice as long after each wait in vain while something is on its way', () => {
    const { one, timers } = deadlines();
    const waits = Array.from({ length: 5 }, () => {
      one.heard('catching-up', 0);
      const at = timers.next();
      expect(one.missed('silence', 'catching-up').code).toBe('timeout');
      return at;
    });
    expect(waits).toEqual([300, 600, 1200, 2400, 2400]);
    one.current();
    one.heard('comparing', 0);
    expect(timers.next()).toBe(300);
  });

  it('R7 is never longer than three heartbeats for who is live', () => {
    const { one, timers } = deadlines();
    one.missed('silence', 'catching-up');
    one.heard('live', 0);
    expect(timers.next()).toBe(300);
    one.current();
    one.missed('silence', 'live');
    one.missed('answer', 'catching-up');
    one.heard('catching-up', 0);
    expect(timers.next()).toBe(300);
  });

  it('R7 is eight times as long while a snapshot is installed, and nothing acknowledged', () => {
    const { one, timers } = deadlines();
    one.heard('installing', 0);
    expect(timers.next()).toBe(2400);
    one.heard('catching-up', 100);
    expect(timers.next()).toBe(400);
  });

  it('R7 P12 begins anew after a snapshot, where the hub was silent, for who is not live', () => {
    const { one, timers } = deadlines();
    one.came(1000);
    one.goesOn('catching-up', 1100);
    expect([one.isUnheard, timers.next()]).toEqual([false, 1300]);
    one.goesOn('catching-up', 1101);
    expect([one.isUnheard, timers.next()]).toEqual([true, 1401]);
    one.goesOn('live', 1101);
    expect([one.isUnheard, timers.next()]).toEqual([true, 1300]);
    one.came(1102);
    expect(one.isUnheard).toBe(false);
  });

  it('R8 is the time of an answer for a connection, and of a token before it', () => {
    const { one, timers } = deadlines();
    one.dialled(false, 50);
    expect(timers.next()).toBe(1050);
    one.dialled(true, 50);
    expect(timers.next()).toBe(2050);
    expect(one.missed('answer', 'dialing').code).toBe('unreachable');
  });

  it('R7 is counted in the heartbeats that the hub has told of', () => {
    const { one, timers } = deadlines();
    one.answered(7);
    one.heard('live', 0);
    expect(timers.next()).toBe(21);
  });

  it('R7 is no time at all without a connection', () => {
    const { one, timers } = deadlines();
    for (const state of ['waiting', 'dialing', 'closed'] as const) one.heard(state, 0);
    expect(timers.next()).toBe(Number.POSITIVE_INFINITY);
  });

  it('R7 begins anew for an answer with data that comes before it, three windows at most', () => {
    const { one, timers } = deadlines();
    one.dataCame(0, 0);
    expect(timers.next()).toBe(Number.POSITIVE_INFINITY);
    one.asked(0);
    one.dataCame(3, 900);
    expect(timers.next()).toBe(1900);
    one.dataCame(3.1, 1800);
    expect(timers.next()).toBe(1900);
    one.answered(100);
    one.dataCame(0, 1900);
    expect(timers.next()).toBe(Number.POSITIVE_INFINITY);
  });
});

/** With a collection that takes some forty chunks. */
function filled(): Rig {
  const rig = new Rig({ partBytes: 4000, windowBytes: 8000 });
  rig.commit((producer) =>
    producer.batch((tx) => {
      for (let n = 0; n < 3000; n++) tx.set(n, { key: String(n), n, text: `row ${n * n}` });
    }),
  );
  return rig;
}

describe('a line that damages much', () => {
  it('R6 R5 makes who gets pieces wait for some seconds at most, and trips no breaker', () => {
    const rig = filled();
    const consumer = rig.join();
    let chunks = 0;
    // Each connection brings one chunk that is right, and one that is not.
    rig.tamper = ({ bytes }) => {
      if (bytes[0] !== MESSAGE.chunk || ++chunks % 2 === 1) return [bytes];
      return [bytes.with(100, (bytes[100] as number) ^ 1)];
    };
    const statuses = new Set<string>();
    for (let ms = 0; ms < 60_000 && consumer.subscriber.status !== 'live'; ms += 100) {
      rig.pass(100);
      statuses.add(consumer.subscriber.status);
    }
    expect(consumer.codes.length).toBeGreaterThan(5);
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
    expect(statuses).not.toContain('conflict');
    const pauses = consumer.dialledMs.slice(1).map((at, i) => at - (consumer.dialledMs[i] ?? 0));
    expect(Math.max(...pauses)).toBeLessThan(3300);
  });

  it('R5 R6 trips the breaker where it lets nothing through, and makes pauses grow', () => {
    const rig = filled();
    const consumer = rig.join();
    // The first chunk comes on every connection, and never another.
    let sent = 0;
    rig.tamper = ({ bytes }) => {
      if (bytes[0] !== MESSAGE.chunk) return [bytes];
      return sent++ === 0 ? [bytes] : [bytes.with(100, (bytes[100] as number) ^ 1)];
    };
    const statuses = new Set<string>();
    for (let ms = 0; ms < 600_000; ms += 500) {
      rig.pass(500);
      statuses.add(consumer.subscriber.status);
    }
    expect(statuses).toContain('conflict');
    const lateMs = consumer.dialledMs.filter((at) => at > 300_000);
    expect(lateMs.length).toBeGreaterThan(3);
    expect(lateMs.length).toBeLessThan(40);
    rig.tamper = ({ bytes }) => [bytes];
    rig.pass(120_000);
    expect(consumer.subscriber.status).toBe('live');
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
  });
});
