import { describe, expect, it } from 'vitest';

import { DiffCache, DiffStreamError } from '../../src/index.ts';
import type { ConsumerCache, Key, ProducerCache, Transaction, Value } from '../../src/index.ts';
import { contents, errorOf } from './support/healing.ts';

function pair(): [ProducerCache<Value>, ConsumerCache<Value>] {
  const producer = DiffCache.producer<Value>();
  const consumer = DiffCache.consumer<Value>();
  consumer.apply(
    producer.batch((tx) => {
      tx.update({ key: 'a', n: 1 });
      tx.set('b', [1, 2, 3]);
      tx.set('c', 'text');
    }),
  );
  return [producer, consumer];
}

describe('A batch', () => {
  it('P4 F5 is one version, visible at once', () => {
    const [producer, consumer] = pair();
    const seen: string[] = [];
    producer.onCommit(() => seen.push(contents(producer)));
    const before = contents(producer);
    const frame = producer.batch((tx) => {
      tx.update({ key: 'a', n: 2 });
      tx.delete('b');
      tx.set('d', null);
      expect(contents(producer)).toBe(before);
      expect(producer.version).toBe(1);
    });
    expect([frame.from, frame.to, producer.version]).toEqual([1, 2, 2]);
    expect(seen).toEqual([contents(producer)]);
    expect(consumer.apply(frame.encode())).toEqual([
      ['update', 'a', { key: 'a', n: 2 }],
      ['delete', 'b', undefined],
      ['new', 'd', null],
    ]);
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('A1 is heard of by every listener, also where one throws, and stands', () => {
    const [producer] = pair();
    const heard: string[] = [];
    const broken = new Error('a listener that is broken');
    producer.onCommit(() => {
      throw broken;
    });
    producer.onCommit(() => heard.push(contents(producer)));
    expect(() => producer.batch((tx) => tx.set('d', 4))).toThrow(broken);
    expect(() => producer.set('d', 5)).toThrow(broken);
    expect([producer.version, producer.get('d'), heard.length]).toEqual([3, 5, 2]);
    expect(heard.at(-1)).toBe(contents(producer));
    const other = new Error('another one');
    producer.onCommit(() => {
      throw other;
    });
    const thrown: unknown[] = [];
    try {
      producer.set('d', 6);
    } catch (error) {
      thrown.push(...(error as AggregateError).errors);
    }
    expect(thrown).toEqual([broken, other]);
  });

  it('F5 reads what it has made so far', () => {
    const [producer] = pair();
    producer.batch((tx) => {
      expect([tx.get('a'), tx.has('a'), tx.has('d')]).toEqual([{ key: 'a', n: 1 }, true, false]);
      tx.set('d', 1);
      tx.delete('a');
      tx.mutate('b', (list) => (list as unknown as number[]).push(4));
      expect([tx.get('a'), tx.has('a'), tx.get('d')]).toEqual([undefined, false, 1]);
      expect(tx.get('b')).toEqual([1, 2, 3, 4]);
      expect(errorOf(() => tx.delete('a')).code).toBe('unknown-key');
      expect(errorOf(() => tx.mutate('a', () => undefined)).code).toBe('unknown-key');
    });
    expect(producer.get('b')).toEqual([1, 2, 3, 4]);
  });

  it('A1 is not written into by who hears of it, and says what to do', () => {
    const [producer] = pair();
    producer.onCommit(() => producer.set('log', 1));
    expect(() => producer.set('d', 4)).toThrow(
      'set inside a listener to commits is not possible: write later',
    );
    expect([producer.get('d'), producer.has('log')]).toEqual([4, false]);
  });

  it('F5 answers nothing once it is over', () => {
    const [producer] = pair();
    let late: Transaction<Value> | undefined;
    producer.batch((tx) => {
      late = tx;
      tx.set('a', 1);
    });
    const calls: ((tx: Transaction<Value>) => unknown)[] = [
      (tx) => tx.get('a'),
      (tx) => tx.has('a'),
      (tx) => tx.set('a', 2),
      (tx) => tx.update({ key: 'a' }),
      (tx) => tx.mutate('a', () => undefined),
      (tx) => tx.delete('a'),
    ];
    for (const call of calls) {
      expect(errorOf(() => call(late as Transaction<Value>))).toMatchObject({
        code: 'bad-argument',
        message: 'a transaction cannot be used after its batch is over',
      });
    }
  });

  it('F4 F5 of several steps on one key holds only the way from what a reader has', () => {
    const [producer, consumer] = pair();
    const frame = producer.batch((tx) => {
      for (const n of [5, 6, 7]) tx.update({ key: 'a', n });
      tx.delete('b');
      tx.set('b', [1, 2, 3, 4]);
      tx.set('new', 1);
      tx.set('new', 2);
      tx.set('gone', 1);
      tx.delete('gone');
    });
    const kinds = frame.changes.map(({ kind, key }) => `${kind} ${String(key)}`);
    expect(kinds).toEqual(['patch a', 'patch b', 'put new']);
    consumer.apply(frame.encode());
    expect(contents(consumer)).toBe(contents(producer));
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('F5 without a net change leaves the version, and its frame says nothing', () => {
    const [producer, consumer] = pair();
    const works: ((tx: Transaction<Value>) => void)[] = [
      () => undefined,
      (tx) => tx.set('c', 'text'),
      (tx) => {
        tx.set('c', 1);
        tx.set('c', 'text');
      },
      (tx) => {
        tx.delete('a');
        tx.set('a', { key: 'a', n: 1 });
        tx.set('x', 1);
        tx.delete('x');
      },
    ];
    for (const work of works) {
      const frame = producer.batch(work);
      expect([frame.from, frame.to, frame.changes.length, producer.version]).toEqual([1, 1, 0, 1]);
      expect(consumer.apply(frame.encode())).toEqual([]);
    }
    const late = DiffCache.consumer<Value>();
    expect(errorOf(() => late.apply(producer.batch(() => undefined))).code).toBe('gap');
  });

  it('S3 the first of all, though empty, commits emptiness', () => {
    const producer = DiffCache.producer();
    const consumer = DiffCache.consumer();
    const frame = producer.batch(() => undefined);
    expect([frame.from, frame.to, producer.version]).toEqual([0, 1, 1]);
    expect(consumer.apply(frame.encode())).toEqual([]);
    expect([consumer.version, consumer.verify(producer.head())]).toEqual([1, true]);
    expect(producer.replaceAll([]).to).toBe(1);
  });

  it('P4 F5 that throws rolls everything back', () => {
    const [producer, consumer] = pair();
    const before = contents(producer);
    const failures: ((tx: Transaction<Value>) => void)[] = [
      () => {
        throw new RangeError('the work fails');
      },
      (tx) => tx.set('d', (() => 1) as unknown as Value),
      (tx) => tx.update({ nokey: 1 }),
      (tx) => tx.delete('none'),
      (tx) => tx.set(1.5, 1),
      (tx) => tx.mutate('a', (a) => Object.assign(a as object, { x: Number.NaN })),
    ];
    for (const failure of failures) {
      expect(() =>
        producer.batch((tx) => {
          tx.set('a', 9);
          tx.delete('b');
          tx.set('new', 1);
          failure(tx);
        }),
      ).toThrow(Error);
      expect(contents(producer)).toBe(before);
      expect(producer.version).toBe(1);
      expect(consumer.verify(producer.head())).toBe(true);
    }
    consumer.update(producer.set('c', 'after'));
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('F5 V13 loses nothing where a recipe changes its own entry through the transaction', () => {
    const [producer, consumer] = pair();
    const before = contents(producer);
    for (const inner of [
      (tx: Transaction<Value>) => tx.set('b', [9]),
      (tx: Transaction<Value>) => tx.delete('b'),
      (tx: Transaction<Value>) => tx.mutate('b', (d) => (d as unknown as number[]).push(4)),
    ]) {
      const error = errorOf(() =>
        producer.batch((tx) =>
          tx.mutate('b', (draft) => {
            inner(tx);
            (draft as unknown as number[])[0] = 7;
          }),
        ),
      );
      expect(error.code).toBe('bad-argument');
      expect(contents(producer)).toBe(before);
    }
    const frame = producer.batch((tx) =>
      tx.mutate('b', (draft) => {
        tx.set('c', 'other');
        (draft as unknown as number[])[0] = 7;
      }),
    );
    consumer.apply(frame.encode());
    expect(consumer.get('b')).toEqual([7, 2, 3]);
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('F5 V6 refuses a value that makes steps of its own while it is read', () => {
    const [producer, consumer] = pair();
    producer.set('a', { m: 1, n: 1 });
    const before = contents(producer);
    for (const trap of ['getOwnPropertyDescriptor', 'get', 'ownKeys', 'getPrototypeOf'] as const) {
      const error = errorOf(() =>
        producer.batch((tx) => {
          const step = (...args: never[]): unknown => {
            tx.set('c', 'another');
            return (Reflect[trap] as (...all: never[]) => unknown)(...args);
          };
          tx.set('a', new Proxy({ m: 2, n: 2 }, { [trap]: step }));
        }),
      );
      expect(error.code).toBe('bad-argument');
      expect(contents(producer)).toBe(before);
    }
    consumer.apply(producer.frame(1).encode());
    consumer.apply(producer.batch((tx) => tx.set('c', 'another')).encode());
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('F5 may catch an error of one step and go on without that step', () => {
    const [producer, consumer] = pair();
    consumer.apply(
      producer.batch((tx) => {
        tx.set('a', 2);
        expect(() => tx.set('a', undefined as unknown as Value)).toThrow(DiffStreamError);
        tx.set('b', 3);
      }),
    );
    expect([producer.get('a'), producer.get('b')]).toEqual([2, 3]);
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('F5 is refused inside another, as is every write past it', () => {
    const [producer] = pair();
    const before = contents(producer);
    const writes = [
      () => producer.batch(() => undefined),
      () => producer.replaceAll([]),
      () => producer.set('a', 1),
      () => producer.update({ key: 'a' }),
      () => producer.mutate('b', () => undefined),
      () => producer.delete('a'),
    ];
    for (const write of writes) {
      const error = errorOf(() => producer.batch(() => void write()));
      expect([error.code, error.recovery]).toEqual(['bad-argument', 'fix-the-call']);
    }
    expect(contents(producer)).toBe(before);
  });

  it('F5 is refused if its work is async, and its transaction ends with it', async () => {
    const [producer] = pair();
    let kept: Transaction<Value> | undefined;
    const work = async (tx: Transaction<Value>): Promise<void> => {
      kept = tx;
      tx.set('a', 2);
      await Promise.resolve();
    };
    expect(errorOf(() => producer.batch(work as unknown as () => void)).code).toBe('bad-argument');
    await Promise.resolve();
    const tx = kept as Transaction<Value>;
    for (const late of [
      () => tx.set('a', 3),
      () => tx.delete('a'),
      () => tx.mutate('a', () => undefined),
      () => tx.update({ key: 'a' }),
    ]) {
      expect(errorOf(late).code).toBe('bad-argument');
    }
    expect([producer.version, producer.get('a')]).toEqual([1, { key: 'a', n: 1 }]);
  });
});

describe('replaceAll', () => {
  it('P4 F5 makes the collection these entries and no others, in one version', () => {
    const [producer, consumer] = pair();
    const entries: [Key, Value][] = [
      ['b', [1, 2, 3]],
      ['d', 1],
      ['a', { key: 'a', n: 2 }],
      ['d', 2],
    ];
    const frame = producer.replaceAll(entries);
    expect([frame.from, frame.to]).toEqual([1, 2]);
    consumer.apply(frame.encode());
    expect(contents(consumer)).toBe(['"a" {"key":"a","n":2}', '"b" [1,2,3]', '"d" 2'].join('\n'));
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('F5 with what is there already changes nothing', () => {
    const [producer] = pair();
    const frame = producer.replaceAll([...producer.entries()]);
    expect([frame.from, frame.to, frame.changes.length]).toEqual([1, 1, 0]);
  });

  it('F5 rolls back when its entries cannot be read or kept', () => {
    const [producer] = pair();
    const before = contents(producer);
    const failing = function* (): Generator<[Key, Value]> {
      yield ['x', 1];
      throw new RangeError('the source fails');
    };
    expect(() => producer.replaceAll(failing())).toThrow(RangeError);
    expect(errorOf(() => producer.replaceAll([['x', Number.NaN]])).code).toBe('bad-value');
    expect(contents(producer)).toBe(before);
    expect(producer.version).toBe(1);
  });
});
