import { describe, expect, it } from 'vitest';

import { Tombstones } from '../../src/cache/tombstones.ts';
import { DiffCache } from '../../src/index.ts';
import type { Value } from '../../src/index.ts';
import { contents, deliver, errorOf } from './support/healing.ts';

describe('A deletion', () => {
  it('P3 M10 is not undone by what came before it', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>();
    const created = producer.set('a', 1).encode();
    const updated = producer.set('a', 2).encode();
    const resent = producer.retran('a').encode();
    consumer.update(producer.delete('a').encode());
    for (const late of [created, updated, resent]) {
      expect(consumer.update(late)).toEqual(['ignored', 'a', undefined]);
    }
    expect(consumer.has('a')).toBe(false);
    expect([consumer.verify(producer.head()), consumer.version]).toEqual([true, 3]);
  });

  it('M10 is undone by what comes after it', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>();
    consumer.update(producer.set('a', 1));
    const gone = producer.delete('a').encode();
    const again = producer.set('a', 2).encode();
    consumer.update(again);
    expect(consumer.update(gone)[0]).toBe('ignored');
    expect(consumer.get('a')).toBe(2);
    expect([consumer.version, consumer.verify(producer.head())]).toEqual([3, true]);
  });

  it('M10 that a frame brought is not undone either', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>();
    const created = producer.set('a', 1).encode();
    producer.delete('a');
    consumer.apply(producer.frame(0).encode());
    expect(consumer.update(created)).toEqual(['ignored', 'a', undefined]);
  });
});

describe('Forgotten deletions', () => {
  it('M10 below the floor a late creation asks for a retran, which answers with a delete', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>({ limits: { tombstonesMax: 1 } });
    producer.set('first', 0);
    const late = producer.set('a', 1).encode();
    producer.set('b', 1);
    consumer.update(producer.delete('a').encode());
    consumer.update(producer.delete('b').encode());
    const error = deliver(producer, consumer, late);
    expect([error?.code, error?.recovery, error?.key]).toEqual([
      'patch-conflict',
      'retran-key',
      'a',
    ]);
    expect(consumer.has('a')).toBe(false);
    consumer.update(producer.retran('first').encode());
    expect(contents(consumer)).toBe(contents(producer));
  });

  it('M10 the answer to such a retran is taken also at the floor itself', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>({ limits: { tombstonesMax: 0 } });
    const late = producer.set('kept', 1).encode();
    producer.set('a', 1);
    consumer.update(producer.delete('a').encode());
    expect(deliver(producer, consumer, late)?.code).toBe('patch-conflict');
    expect(consumer.get('kept')).toBe(1);
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('M10 none are remembered at all where none may be, and messages in order still apply', () => {
    const producer = DiffCache.producer<Value>({ limits: { tombstonesMax: 0 } });
    const consumer = DiffCache.consumer<Value>({ limits: { tombstonesMax: 0 } });
    for (let i = 0; i < 20; i++) {
      const key = `k${i % 3}`;
      const message = producer.has(key) ? producer.delete(key) : producer.set(key, i);
      expect(consumer.update(message.encode())[0]).not.toBe('ignored');
    }
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('L2 the oldest go first, and the floor is the newest that went', () => {
    const tombstones = new Tombstones(2);
    tombstones.set('a', 1);
    tombstones.set('b', 2);
    tombstones.set('a', 3);
    expect([tombstones.size, tombstones.floor]).toEqual([2, 0]);
    tombstones.set('c', 4);
    expect([tombstones.get('b'), tombstones.floor]).toEqual([undefined, 2]);
    expect([...tombstones.after(3)]).toEqual([['c', 4]]);
    tombstones.delete('c');
    expect([...tombstones.after(0)]).toEqual([['a', 3]]);
    tombstones.clear(9);
    expect([tombstones.size, tombstones.floor]).toEqual([0, 9]);
  });
});

describe('Many forgotten deletions', () => {
  it('L2 go a sixteenth at a time, so that none costs a look at the places of all before', () => {
    const tombstones = new Tombstones(32);
    const sizes = Array.from({ length: 36 }, (_, n) => {
      tombstones.set(n, n + 1);
      return tombstones.size;
    });
    expect(sizes.slice(30)).toEqual([31, 32, 30, 31, 32, 30]);
    expect([tombstones.floor, [...tombstones.after(0)][0]]).toEqual([6, [6, 7]]);
  });
});

describe('A key that is created again', () => {
  it('F4 between two versions of a frame shows as an update of what the reader has', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>();
    consumer.update(producer.set('a', { n: 1, text: 'unchanged' }));
    producer.delete('a');
    producer.set('a', { n: 2, text: 'unchanged' });
    const frame = producer.frame(1);
    expect(frame.changes.map(({ kind }) => kind)).toEqual(['patch']);
    expect(consumer.apply(frame.encode())).toEqual([['update', 'a', producer.get('a')]]);
  });

  it('F4 and is as it was is no change at all', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>();
    consumer.update(producer.set('a', { n: 1 }));
    producer.delete('a');
    producer.set('a', { n: 1 });
    expect(producer.frame(1).changes).toEqual([]);
    expect(consumer.apply(producer.frame(1).encode())).toEqual([]);
    expect([consumer.version, consumer.verify(producer.head())]).toEqual([3, true]);
  });

  it('F4 and deleted again is no change for who never had it', () => {
    const producer = DiffCache.producer<Value>();
    producer.set('x', 1);
    producer.set('a', 1);
    producer.delete('a');
    expect(producer.frame(1).changes).toEqual([]);
    expect(errorOf(() => producer.frame(4)).code).toBe('bad-argument');
  });
});
