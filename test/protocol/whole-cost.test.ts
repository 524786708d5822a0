import { describe, expect, it } from 'vitest';
import { ProducerCache } from '../../src/cache/producer.ts';
import { WholeCost } from '../../src/protocol/whole-cost.ts';
import { Rig } from './session-rig.ts';

describe('what whole values would have cost', () => {
  it('is each update to those who were there, and the collection to who joined', () => {
    const producer = new ProducerCache({ epoch: '1.9f3c2a1b00d4e5f6' });
    producer.set('before', 'anybody came');
    const cost = new WholeCost(producer);
    expect(cost.soFar).toBe(0);
    producer.set('a', 'xx');
    expect(cost.soFar).toBe(0);
    cost.follow(1);
    cost.joined();
    producer.set('a', 'yyy');
    producer.batch((tx) => {
      tx.set('a', 'z');
      tx.set('b', 1);
      tx.delete('before');
    });
    // 14 and 4 of JSON there at first; then 5, and 3 and 1.
    expect(cost.soFar).toBe(14 + 4 + 9);
    cost.follow(1);
    cost.follow(1);
    producer.set('b', 22);
    cost.follow(-1);
    expect(cost.soFar).toBe(27 + 3 * 2);
    producer.set('b', 3);
    expect(cost.soFar).toBe(33 + 2 * 1);
  });

  it('counts nobody who has said nothing, and the first commit once for who waited for it', () => {
    const rig = new Rig();
    rig.join();
    rig.turn();
    rig.publisher.open(99, 0);
    const bytes = JSON.stringify({ key: 'a', n: 1 }).length;
    const costs = [1, 2, 3].map((n) => {
      rig.put('a', n);
      rig.turn();
      return rig.publisher.wholeBytes;
    });
    expect(costs).toEqual([bytes, 2 * bytes, 3 * bytes]);
  });

  it('follows the sessions of a publisher as they come and go', () => {
    const rig = new Rig();
    rig.put('a', 1);
    const bytes = JSON.stringify({ key: 'a', n: 1 }).length;
    rig.join();
    rig.turn();
    expect(rig.publisher.wholeBytes).toBe(bytes);
    rig.put('a', 2);
    expect(rig.publisher.wholeBytes).toBe(2 * bytes);
    rig.join();
    rig.turn();
    rig.put('a', 3);
    rig.publisher.shutdown();
    rig.put('a', 4);
    expect(rig.publisher.wholeBytes).toBe(5 * bytes);
  });
});
