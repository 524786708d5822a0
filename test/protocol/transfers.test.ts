import { describe, expect, it } from 'vitest';

import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { Transfers } from '../../src/protocol/transfers.ts';
import { newProducer } from './session-rig.ts';

describe('What a consumer gets next', () => {
  it('R1 is a frame down to the oldest deletion remembered, and everything below', () => {
    const producer = newProducer({ limits: { journalEntriesMax: 1, tombstonesMax: 2 } });
    for (let n = 1; n <= 6; n++) producer.set(n, { key: n, n });
    for (let n = 1; n <= 4; n++) producer.delete(n);
    const { floor, journalFloor, version } = producer;
    expect([floor, journalFloor, version]).toEqual([8, 9, 10]);
    const counters = { framesEncoded: 0, snapshotsEncoded: 0 };
    const transfers = new Transfers(producer, resolveSessionLimits({}), counters);
    const from = (cursor: number): unknown => {
      const next = transfers.next({ cursor, leastVersion: 0, knownHead: 0, request: undefined });
      return typeof next === 'string' ? next : [next.from, next.to];
    };
    expect([6, 7, 8, 9].map(from)).toEqual([
      [0, 10],
      [0, 10],
      [8, 10],
      [9, 10],
    ]);
  });
});
