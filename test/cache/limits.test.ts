import { describe, expect, it } from 'vitest';

import { defaultLimits, resolveLimits } from '../../src/core/limits.ts';
import { DataMsg, DiffCache, Frame } from '../../src/index.ts';
import type { Limits, ProducerCache, Value } from '../../src/index.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { catchUp, contents, deliver, errorOf } from './support/healing.ts';

/** The bytes that a journal believes to keep alive. */
describe('A journal that is too small', () => {
  it('P10 R2 where it does not reach back, whole values of what is newer do, and deletions', () => {
    for (const journalEntriesMax of [0, 1, 3]) {
      const producer = DiffCache.producer<Value>({ limits: { journalEntriesMax } });
      const readers = Array.from({ length: 9 }, () => DiffCache.consumer<Value>());
      for (const [i, reader] of readers.entries()) {
        if (i % 4 === 3) producer.delete(`k${(i + 1) % 3}`);
        else producer.set(`k${i % 3}`, { i, text: 'what stays' });
        reader.apply(producer.frame(0));
      }
      expect([producer.journalFloor, producer.floor]).toEqual([9 - journalEntriesMax, 0]);
      for (const reader of readers) {
        const frame = producer.frame(reader.version);
        expect(frame.from).toBe(reader.version);
        reader.apply(frame.encode());
        expect(reader.verify(producer.head())).toBe(true);
        expect(contents(reader)).toBe(contents(producer));
      }
    }
  });

  it('P10 R2 below the oldest deletion remembered a frame starts from 0', () => {
    const limits = { journalEntriesMax: 2, tombstonesMax: 1 };
    const producer = DiffCache.producer<Value>({ limits });
    const readers = Array.from({ length: 9 }, () => DiffCache.consumer<Value>());
    for (const [i, reader] of readers.entries()) {
      if (i % 3 === 2) producer.delete(`k${i - 1}`);
      else producer.set(`k${i}`, i);
      reader.apply(producer.frame(0));
    }
    expect([producer.journalFloor, producer.floor]).toEqual([7, 6]);
    for (const reader of readers) {
      const frame = producer.frame(reader.version);
      expect(frame.from).toBe(reader.version < 6 ? 0 : reader.version);
      reader.apply(frame.encode());
      expect(reader.verify(producer.head())).toBe(true);
      expect(contents(reader)).toBe(contents(producer));
    }
  });

  it('L2 the frame of a batch that does not fit into it holds whole values', () => {
    const producer = DiffCache.producer<Value>({ limits: { journalEntriesMax: 2 } });
    producer.set('x', 0);
    const frame = producer.batch((tx) => {
      for (const key of ['x', 'y', 'z']) tx.set(key, 1);
    });
    expect([frame.from, frame.to]).toEqual([1, 2]);
    expect(frame.changes.map(({ kind }) => kind)).toEqual(['put', 'put', 'put']);
  });

  it('L2 versions are forgotten whole: a batch is in it or not', () => {
    const producer = DiffCache.producer<Value>({ limits: { journalEntriesMax: 4 } });
    const batch = (): Frame =>
      producer.batch((tx) => {
        for (const key of ['x', 'y', 'z']) tx.set(key, producer.version);
      });
    batch();
    batch();
    expect([producer.journalFloor, producer.journalSize.records]).toEqual([1, 3]);
  });

  it('P14 L2 what a commit leaves behind is counted, whichever way it leaves', () => {
    const limits = { journalBytesMax: 1_000_000 };
    const big = { key: 'k', parts: Array.from({ length: 100 }, (_, i) => 'x'.repeat(999) + i) };
    const ends: ((producer: ProducerCache<Value>) => void)[] = [
      (producer) => producer.set('k', {}),
      (producer) => producer.set('k', { key: 'k', parts: [] }),
      (producer) => producer.set('k', 1),
      (producer) =>
        producer.mutate('k', (d) => void ((d as { parts?: unknown }).parts = undefined)),
      (producer) => producer.batch((tx) => tx.set('k', null)),
    ];
    for (const end of ends) {
      const producer = DiffCache.producer<Value>({ limits });
      for (let i = 0; i < 30; i++) {
        producer.set('k', big);
        end(producer);
        producer.delete('k');
      }
      expect(producer.version).toBe(90);
      expect(producer.journalFloor).toBeGreaterThan(60);
    }
  });

  it('P14 L2 a long text of which little changes is counted whole, as it stays whole', () => {
    const producer = DiffCache.producer<Value>({ limits: { journalBytesMax: 1_000_000 } });
    const text = 'a line of a long text\n'.repeat(4500);
    for (let i = 0; i < 50; i++) producer.set('k', { head: { text: `${text}${i}` } });
    expect(producer.journalFloor).toBeGreaterThanOrEqual(39);
    for (let i = 0; i < 50; i++) {
      producer.mutate('k', (d) => void ((d as { head: { text: string } }).head.text += '.'));
    }
    expect(producer.journalFloor).toBeGreaterThanOrEqual(89);
  });

  it('P14 L2 maps whose members come and go keep no more than it may hold', () => {
    const producer = DiffCache.producer<Record<string, number>>();
    producer.set('book', Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`n${i}`, i])));
    const turn = (i: number): unknown =>
      producer.mutate('book', (book) => {
        delete book[`n${i}`];
        book[`n${i + 500}`] = i;
      });
    for (let i = 0; i < 20; i++) turn(i);
    const before = heldBytes();
    for (let i = 20; i < 1020; i++) turn(i);
    // 16 MiB as the journal counts, and what it counts is about what there is.
    expect(producer.journalFloor).toBeGreaterThan(300);
    expect(heldBytes() - before).toBeLessThan(2 * defaultLimits.journalBytesMax);
  });

  it('P14 L2 a long life does not grow it, and every frame it still reaches is right', () => {
    const producer = DiffCache.producer<Value>({ limits: { journalEntriesMax: 50 } });
    const consumer = DiffCache.consumer<Value>();
    for (let i = 0; i < 5000; i++) {
      producer.set(`k${i % 7}`, i);
      if (i % 40 === 0) consumer.apply(producer.frame(consumer.version));
    }
    expect(producer.journalSize.records).toBe(50);
    consumer.apply(producer.frame(consumer.version));
    expect(consumer.verify(producer.head())).toBe(true);
    expect(producer.frame(4950).changes.length).toBe(7);
  });
});

describe('A value as large as it may be', () => {
  it('L4 R9 is refused when it grows, by frame and by message, with nothing to ask for', () => {
    const limits = { valueBytesMax: 200 };
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>({ limits });
    const other = DiffCache.consumer<Value>({ limits });
    const first = producer.set('k', ['x'.repeat(150)]);
    for (const one of [consumer, other]) one.update(first);
    const growth = producer.set('k', ['x'.repeat(150), 'y'.repeat(100)]);
    const refusals = [
      errorOf(() => consumer.apply(producer.frame(1).encode())),
      errorOf(() => consumer.apply(producer.frame(0).encode())),
      errorOf(() => consumer.update(growth.encode())),
      errorOf(() => consumer.update(producer.retran('k').encode())),
    ];
    for (const { code, recovery, message } of refusals) {
      expect([code, recovery]).toEqual(['limit-exceeded', 'give-up']);
      expect(message).toMatch(/valueBytesMax = 200/);
    }
    expect([consumer.version, consumer.head()?.digest]).toEqual([1, other.head()?.digest]);
  });

  it('L4 is refused by the producer as a fault of the call, by set, growth and batch', () => {
    const producer = DiffCache.producer<Value>({ limits: { valueBytesMax: 200 } });
    producer.set('k', ['x'.repeat(150)]);
    const large = ['x'.repeat(150), 'y'.repeat(100)];
    const refusals = [
      errorOf(() => producer.set('k', large)),
      errorOf(() => producer.set('new', large)),
      errorOf(() => producer.batch((tx) => tx.set('k', large))),
    ];
    for (const [i, { code, recovery, blame, key, message }] of refusals.entries()) {
      expect([code, recovery, blame]).toEqual(['limit-exceeded', 'fix-the-call', 'local']);
      expect(key).toBe(i === 1 ? 'new' : 'k');
      expect(message).toMatch(/valueBytesMax = 200/);
    }
    expect([producer.version, producer.size]).toEqual([1, 1]);
  });

  it('L4 is taken at both ends, whatever moves in it', () => {
    const nested = (levels: number, swapped: boolean): Value => {
      if (levels === 0) return { rows: 'a row of text, '.repeat(100), swapped };
      const mark = `the mark of level ${levels}`;
      const heavy = { id: `the rows of level ${levels}`, inner: nested(levels - 1, swapped) };
      return swapped ? [heavy, mark] : [mark, heavy];
    };
    const [before, after] = [nested(8, true), nested(8, false)];
    const limits = { valueBytesMax: JSON.stringify(after).length };
    const producer = DiffCache.producer<Value>({ limits });
    const consumer = DiffCache.consumer<Value>({ limits });
    consumer.update(producer.set('k', before).encode());
    for (const value of [after, before, after]) {
      const bytes = producer.set('k', value).encode();
      expect(bytes.length).toBeLessThan(200);
      consumer.update(bytes);
      expect(consumer.get('k')).toEqual(value);
    }
    expect(consumer.verify(producer.head())).toBe(true);
  });
});

describe('More beyond a gap than may be kept', () => {
  it('P14 L2 F2 is let go; the frame from the version held is then a gap that says resync', () => {
    for (const aheadMax of [0, 2]) {
      const producer = DiffCache.producer<Value>();
      const consumer = DiffCache.consumer<Value>({ limits: { aheadMax } });
      consumer.update(producer.set('a', 1));
      producer.set('lost', 1);
      for (let i = 0; i < 5; i++) consumer.update(producer.set(`k${i}`, i).encode());
      expect([consumer.version, consumer.size]).toEqual([1, 6]);
      const error = errorOf(() => consumer.apply(producer.frame(1).encode()));
      expect([error.code, error.recovery]).toEqual(['gap', 'resync']);
      consumer.apply(producer.frame(0).encode());
      expect(consumer.verify(producer.head())).toBe(true);
      consumer.update(producer.set('a', 2));
      expect(consumer.version).toBe(producer.version);
    }
  });

  it('L2 M7 an equal head settles it too', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>({ limits: { aheadMax: 1 } });
    producer.set('a', 1);
    for (const key of ['b', 'c', 'd']) consumer.update(producer.set(key, 1));
    consumer.update(producer.retran('a'));
    expect(consumer.version).toBe(0);
    expect([consumer.verify(producer.head()), consumer.version]).toEqual([true, 4]);
  });

  it('L2 retrans alone are bounded as well', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>({ limits: { aheadMax: 3 } });
    for (let i = 0; i < 10; i++) producer.set(`k${i}`, i);
    for (let i = 0; i < 10; i++) consumer.update(producer.retran(`k${i}`).encode());
    const { ahead } = consumer as unknown as { ahead: { replaced: ReadonlyMap<string, unknown> } };
    expect(ahead.replaced.size).toBeLessThanOrEqual(3);
    expect(catchUp(producer, consumer)).toBe(0);
  });
});

describe('Keys', () => {
  it('L4 V9 BI-110 longer than keyBytesMax are refused at both ends', () => {
    const limits = { keyBytesMax: 6 };
    const narrow = DiffCache.producer<Value>({ limits });
    const wide = DiffCache.producer<Value>();
    for (const key of ['1234567', '\u20ac\u20ac\u20ac', '\u{1f600}\u{1f600}']) {
      for (const call of [
        () => narrow.set(key, 1),
        () => narrow.update({ key }),
        () => narrow.batch((tx) => tx.set(key, 1)),
        () => narrow.delete(key),
        () => narrow.retran(key),
      ]) {
        expect(errorOf(call).code).toBe('bad-key');
      }
      const consumer = DiffCache.consumer<Value>({ limits });
      const bytes = wide.set(key, wide.version).encode();
      expect(errorOf(() => consumer.update(bytes)).code).toBe('limit-exceeded');
      expect(errorOf(() => consumer.apply(wide.frame(0).encode())).code).toBe('limit-exceeded');
    }
    expect(narrow.set('\u20ac\u20ac', 1).key).toBe('\u20ac\u20ac');
  });

  it('C3 L4 BI-110 are measured whole where they lean on the key before them', () => {
    const producer = DiffCache.producer<Value>();
    const frame = producer.batch((tx) => {
      tx.set('\u20ac\u20ac', 1);
      tx.set('\u20ac\u20ac\u20ac', 1);
    });
    expect(errorOf(() => Frame.decode(frame.encode(), { keyBytesMax: 8 })).code).toBe(
      'limit-exceeded',
    );
    expect(Frame.decode(frame.encode(), { keyBytesMax: 9 }).changes.length).toBe(2);
  });

  it('V2 V5 V9 are well-formed strings or safe integers, and -0 is 0', () => {
    const producer = DiffCache.producer<Value>();
    const wrong = [1.5, Number.NaN, 2 ** 53, '\ud800', null, undefined, {}, true, 1n, Symbol('s')];
    for (const key of wrong) {
      expect(errorOf(() => producer.set(key as string, 1)).code).toBe('bad-key');
    }
    expect(producer.set(-0, 'zero').key).toBe(0);
    expect([producer.get(0), producer.get(-0), producer.size]).toEqual(['zero', 'zero', 1]);
  });

  it('V6 a key member that cannot be read is refused, with the cause', () => {
    const producer = DiffCache.producer<object>();
    const cause = new RangeError('no');
    const failing = {
      get key(): never {
        throw cause;
      },
    };
    const error = errorOf(() => producer.update(failing));
    expect([error.code, error.cause]).toEqual(['bad-value', cause]);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(errorOf(() => producer.update(proxy)).code).toBe('bad-value');
  });
});

describe('Limits of what arrives', () => {
  it('L4 are checked before anything changes', () => {
    const producer = DiffCache.producer<Value>();
    const message = producer.set('key', { list: [1, 2, 3, [4]], text: 'a longer text' });
    const frame = producer.batch((tx) => {
      for (const key of ['a', 'b', 'c']) tx.set(key, { n: [1] });
    });
    const tight: Partial<Limits>[] = [
      { frameBytesMax: 20 },
      { stringBytesMax: 3 },
      { nodesMax: 3 },
      { depthMax: 2 },
      { keyBytesMax: 0 },
    ];
    for (const limits of tight) {
      const consumer = DiffCache.consumer<Value>({ limits });
      const error = errorOf(() => consumer.update(message.encode()));
      expect([error.code, error.recovery]).toEqual(['limit-exceeded', 'give-up']);
      expect(errorOf(() => consumer.apply(producer.frame(0).encode())).code).toBe('limit-exceeded');
      expect(consumer.head()).toBeUndefined();
    }
    const deep = DiffCache.consumer<Value>({ limits: { depthMax: 3 } });
    expect(deep.update(message.encode())[0]).toBe('new');
    const few = DiffCache.consumer<Value>({ limits: { changesMax: 2 } });
    expect(errorOf(() => few.apply(frame.encode())).code).toBe('limit-exceeded');
    expect(errorOf(() => DataMsg.decode(message.encode(), { frameBytesMax: 1 })).code).toBe(
      'limit-exceeded',
    );
  });

  it('C3 BI-12 a count that the bytes cannot hold is refused before memory is taken', () => {
    const bytes = DiffCache.producer({ epoch: '1.0000000000000000' })
      .batch(() => undefined)
      .encode();
    // The count of changes stands before the four bytes of the check.
    const count = bytes.length - 5;
    const lying = Uint8Array.of(...bytes.slice(0, count), 0xff, 0xff, 0x7f, ...bytes.slice(-4));
    expect(errorOf(() => Frame.decode(lying)).code).toBe('malformed');
  });

  it('C3 BI-12 a length that the bytes cannot hold is damage, whatever limit it is above', () => {
    const producer = DiffCache.producer<string>({ epoch: '1.0000000000000000' });
    const message = producer.set('key', 'text');
    const flipped = message.encode().slice();
    // The length of the key, above the limit of 1024 and the bytes there are.
    flipped[1] = 0x83;
    // Behind mark, epoch, from and span stands the number of changes.
    const head = producer.frame(0).encode().slice(0, 12);
    const counted = Uint8Array.of(...head, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0);
    expect(errorOf(() => DataMsg.decode(flipped)).recovery).toBe('reconnect');
    expect(errorOf(() => Frame.decode(counted)).recovery).toBe('reconnect');
    const long = new DataMsg<string>({ ...message.parts, key: 'x'.repeat(2000) }).encode();
    expect(errorOf(() => DataMsg.decode(long)).recovery).toBe('give-up');
  });

  it('C5 BI-79 a version of 2^53 - 1 is a version like any other', () => {
    const producer = DiffCache.producer<Value>();
    const { parts } = producer.set('a', 1);
    const far = new DataMsg<Value>({ ...parts, version: Number.MAX_SAFE_INTEGER });
    const consumer = DiffCache.consumer<Value>();
    expect(consumer.update(far.encode())[0]).toBe('new');
    expect(consumer.version).toBe(0);
    deliver(producer, consumer, producer.set('b', 1).encode());
    expect(consumer.get('b')).toBe(1);
  });

  it('L1 a limit that does not exist or bounds nothing is refused at once', () => {
    for (const limits of [
      { keyBytes: 1 },
      { keyBytesMax: -1 },
      { depthMax: 129 },
      { nodesMax: 0.5 },
    ]) {
      expect(errorOf(() => DiffCache.consumer({ limits })).code).toBe('bad-argument');
      expect(errorOf(() => DiffCache.producer({ limits })).code).toBe('bad-argument');
    }
  });

  it('L1 a limit left undefined has its default', () => {
    const open = { depthMax: undefined, keyBytesMax: 4 } as unknown as Partial<Limits>;
    expect(resolveLimits(open)).toEqual({ ...defaultLimits, keyBytesMax: 4 });
    expect(resolveLimits(undefined)).toEqual(defaultLimits);
  });
});
