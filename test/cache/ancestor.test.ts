/** The behaviours of the project this one grew from, and its faults, shown to be gone. */
import { describe, expect, expectTypeOf, it } from 'vitest';

import type { ConsumerCache, ProducerCache } from '../../src/index.ts';
import { DataMsg, DiffCache } from '../../src/index.ts';
import { contents, errorOf } from './support/healing.ts';

interface Order {
  [name: string]: unknown;
}

const KEY = 314_159;
const first = (): Order => ({ a: 1, b: 2, key: KEY });

function pair(): [ProducerCache<Order>, ConsumerCache<Order>] {
  return [DiffCache.producer<Order>(), DiffCache.consumer<Order>()];
}

describe('What the ancestor did', () => {
  it('M1 a new object arrives whole', () => {
    const [producer, consumer] = pair();
    const applied = consumer.update(producer.update(first()));
    expect(applied).toEqual(['new', KEY, first()]);
  });

  it('M1 a changed member arrives', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.update(first()));
    const applied = consumer.update(producer.update({ ...first(), a: 3 }));
    expect(applied).toEqual(['update', KEY, { a: 3, b: 2, key: KEY }]);
  });

  it('M1 V10 an object that its owner changes in place and hands over again is an update', () => {
    const [producer, consumer] = pair();
    const data = first();
    consumer.update(producer.update(data));
    data['a'] = 3;
    expect(consumer.update(producer.update(data))[2]).toEqual(data);
  });

  it('M1 an added member arrives', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.update(first()));
    consumer.update(producer.update({ ...first(), c: 3 }));
    expect(JSON.stringify(consumer.get(KEY))).toBe('{"a":1,"b":2,"key":314159,"c":3}');
  });

  it('M1 a member that goes is gone', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.update(first()));
    consumer.update(producer.update({ b: 2, key: KEY }));
    expect(JSON.stringify(consumer.get(KEY))).toBe('{"b":2,"key":314159}');
  });

  it('M14 a deleted entry is gone at both ends', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.update(first()));
    expect([producer.has(KEY), consumer.has(KEY)]).toEqual([true, true]);
    const applied = consumer.update(producer.delete(KEY));
    expect(applied).toEqual(['delete', KEY, undefined]);
    expect([producer.has(KEY), consumer.has(KEY)]).toEqual([false, false]);
  });

  it('both caches tell their size', () => {
    const [producer, consumer] = pair();
    expect([producer.size, consumer.size]).toEqual([0, 0]);
    consumer.update(producer.update(first()));
    expect([producer.size, consumer.size]).toEqual([1, 1]);
    consumer.update(producer.delete(KEY));
    expect([producer.size, consumer.size]).toEqual([0, 0]);
  });

  it('A4 both caches read like a map', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.update(first()));
    consumer.update(producer.update({ key: 'two' }));
    for (const cache of [producer, consumer]) {
      expectTypeOf(cache).toExtend<ReadonlyMap<string | number, Readonly<Order>>>();
      expect(cache.get(KEY)).toEqual(first());
      expect(cache.get('no such key')).toBeUndefined();
      expect([...cache.keys()]).toEqual([KEY, 'two']);
      expect([...cache.values()]).toEqual([first(), { key: 'two' }]);
      expect([...cache]).toEqual([...cache.entries()]);
      const visited: unknown[] = [];
      cache.forEach((value, key, map) => visited.push([key, value, map === cache]));
      expect(visited).toEqual([
        [KEY, first(), true],
        ['two', { key: 'two' }, true],
      ]);
    }
  });

  it('M2 M4 an update that does not lead to its digest is refused, and a retran heals', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.update(first()));
    const { parts } = producer.update({ ...first(), a: 2 });
    const wrong = new DataMsg<Order>({ ...parts, digest: { lo: 123, hi: 0 } });
    const error = errorOf(() => consumer.update(wrong));
    expect([error.code, error.recovery, error.key]).toEqual(['digest-mismatch', 'retran-key', KEY]);
    expect(consumer.get(KEY)).toEqual(first());
    consumer.update(producer.retran(KEY));
    expect(consumer.get(KEY)).toEqual({ ...first(), a: 2 });
  });

  it('M2 M4 an update after a lost one is refused, and a retran heals', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.update(first()));
    producer.update({ ...first(), c: 1 });
    const late = producer.update({ ...first(), c: 2 });
    const error = errorOf(() => consumer.update(late));
    expect([error.code, error.recovery, error.key]).toEqual(['patch-conflict', 'retran-key', KEY]);
    expect(consumer.get(KEY)).toEqual(first());
    expect(consumer.update(producer.retran(KEY))).toEqual(['retran', KEY, { ...first(), c: 2 }]);
  });

  it('V9 an object without its key is refused at the producer', () => {
    const [producer] = pair();
    for (const value of [{ a: 1, b: 2 }, [1], null, 'text', { key: undefined }]) {
      const error = errorOf(() => producer.update(value as unknown as Order));
      expect([error.code, error.recovery]).toEqual(['bad-key', 'fix-the-call']);
    }
    expect(producer.version).toBe(0);
  });

  it('V9 the key is read from the member that keyName names', () => {
    const producer = DiffCache.producer<Order>({ keyName: 'id' });
    expect(producer.update({ id: 'x', key: 'y' }).key).toBe('x');
    expect(errorOf(() => producer.update({ key: 'y' })).message).toContain('"id"');
  });

  it('M4 M8 an update of a key that the consumer lacks is refused, and a retran brings it', () => {
    const [producer, consumer] = pair();
    producer.update(first());
    const error = errorOf(() => consumer.update(producer.update({ ...first(), c: 1 })));
    expect([error.code, error.recovery, error.key]).toEqual(['unknown-key', 'retran-key', KEY]);
    consumer.update(producer.retran(KEY));
    expect(contents(consumer)).toBe(contents(producer));
  });

  it('M14 deleting a key that the consumer lacks is no error', () => {
    const [producer, consumer] = pair();
    producer.update(first());
    expect(consumer.update(producer.delete(KEY))).toEqual(['delete', KEY, undefined]);
  });

  it('M14 deleting a key that the producer lacks throws', () => {
    const [producer] = pair();
    producer.update(first());
    const error = errorOf(() => producer.delete(KEY + 1));
    expect([error.code, error.blame, error.key]).toEqual(['unknown-key', 'local', KEY + 1]);
    expect(producer.version).toBe(1);
  });

  it('C4 a command that does not exist is refused', () => {
    const [producer, consumer] = pair();
    const bytes = producer.update(first()).encode().slice();
    for (const mark of [0, 0x0f, 0x1a, 0x20, 0xff]) {
      bytes[0] = mark;
      expect(errorOf(() => consumer.update(bytes)).code).toBe('malformed');
    }
    expect(consumer.size).toBe(0);
  });

  it('M8 a retran of a key that never was throws before the first commit only', () => {
    const [producer, consumer] = pair();
    expect(errorOf(() => producer.retran('never')).code).toBe('unknown-key');
    producer.update(first());
    expect(consumer.update(producer.retran('never'))).toEqual(['delete', 'never', undefined]);
  });

  it('M8 a retran of a key that is gone is a delete', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.update(first()));
    producer.delete(KEY);
    const message = producer.retran(KEY);
    expect(message.cmd).toBe('delete');
    expect(consumer.update(message)).toEqual(['delete', KEY, undefined]);
    expect(consumer.has(KEY)).toBe(false);
  });

  it('M8 a retran of a string key works', () => {
    const [producer, consumer] = pair();
    producer.update({ key: 'MyKey', a: 1 });
    expect(consumer.update(producer.retran('MyKey'))).toEqual([
      'retran',
      'MyKey',
      { key: 'MyKey', a: 1 },
    ]);
  });

  it('V10 with copy, what the owner does to its object later changes nothing', () => {
    const [producer] = pair();
    const data = { ...first(), inner: { x: 1 } };
    producer.update(data);
    data.inner.x = 2;
    expect(producer.get(KEY)?.['inner']).toEqual({ x: 1 });
  });

  it('V12 without copy, the owner’s object itself is kept', () => {
    const producer = DiffCache.producer<Order>({ copy: false, freeze: false });
    const data = first();
    producer.update(data);
    expect(producer.get(KEY)).toBe(data);
    data['a'] = 3;
    expect(producer.get(KEY)?.['a']).toBe(3);
  });

  it('M9 strict refuses an update that changes nothing, and the version stays', () => {
    const producer = DiffCache.producer<Order>({ strict: true });
    producer.update(first());
    const error = errorOf(() => producer.update(first()));
    expect([error.code, error.recovery, error.key]).toEqual(['no-change', 'ignore', KEY]);
    expect(producer.version).toBe(1);
  });

  it('a cache as text says which end it is', () => {
    const [producer, consumer] = pair();
    producer.update(first());
    expect(String(producer)).toBe('DiffCache producer of 1 entries at version 1');
    expect(String(consumer)).toBe('DiffCache consumer of 0 entries at version 0');
  });
});

describe('What the ancestor did wrong', () => {
  it('P7 M7 a lost delete is found by verify', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.update(first()));
    expect(consumer.verify(producer.head())).toBe(true);
    producer.delete(KEY);
    expect(consumer.verify(producer.head())).toBe(false);
    consumer.apply(producer.frame(consumer.version));
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('P7 M7 a lost last update is found by verify', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.update(first()));
    producer.update({ ...first(), a: 3 });
    expect(consumer.verify(producer.head())).toBe(false);
    consumer.update(producer.retran(KEY));
    expect(consumer.verify(producer.head())).toBe(true);
    expect(consumer.version).toBe(producer.version);
  });

  it('M1 an empty object is a value: what follows it is an update', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.set('k', {}));
    expect(consumer.get('k')).toEqual({});
    const message = producer.set('k', { a: 1 });
    expect(message.cmd).toBe('update');
    expect(consumer.update(message)).toEqual(['update', 'k', { a: 1 }]);
    expect(producer.set('k', {}).cmd).toBe('update');
  });

  it('V1 every JSON value can stand under a key', () => {
    const producer = DiffCache.producer();
    const consumer = DiffCache.consumer();
    const values = [null, false, 0, '', [], {}, 'text', -1.5, [null], { '': null }];
    for (const [key, value] of values.entries()) consumer.update(producer.set(key, value));
    for (const [key, value] of values.entries()) expect(consumer.get(key)).toEqual(value);
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('M2 M5 new and retran are checked like updates', () => {
    for (const cmd of ['new', 'retran'] as const) {
      const [producer, consumer] = pair();
      const { parts } = producer.update(first());
      const wrong = new DataMsg<Order>({ ...parts, cmd, value: { ...first(), a: 9 } });
      expect(errorOf(() => consumer.update(wrong)).code).toBe('digest-mismatch');
      expect([consumer.size, consumer.version]).toEqual([0, 0]);
    }
  });

  it('V1 members keep their order, through creation, reordering and retran', () => {
    const [producer, consumer] = pair();
    const orders = [
      { key: KEY, b: 1, a: 2 },
      { a: 2, key: KEY, b: 1 },
      { b: 1, '10': 0, key: KEY, '9': 0 },
      { z: 0, b: 1, '10': 0, key: KEY, '9': 0, a: 2 },
    ];
    for (const order of orders) {
      consumer.update(producer.update(order));
      expect(JSON.stringify(consumer.get(KEY))).toBe(JSON.stringify(order));
    }
    const late = DiffCache.consumer<Order>();
    late.update(producer.retran(KEY));
    expect(JSON.stringify(late.get(KEY))).toBe(JSON.stringify(orders.at(-1)));
    expect(late.verify(producer.head())).toBe(true);
  });

  it('V9 a number and its text are different keys', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.set(1, { n: 1 }));
    consumer.update(producer.set('1', { n: 2 }));
    consumer.update(producer.delete(1));
    expect([consumer.has(1), consumer.get('1')]).toEqual([false, { n: 2 }]);
  });

  it('the two ends are two types: a consumer has no way to write', () => {
    const [producer, consumer] = pair();
    expect('delete' in consumer || 'retran' in consumer || 'set' in consumer).toBe(false);
    expect('apply' in producer || 'verify' in producer).toBe(false);
  });
});
