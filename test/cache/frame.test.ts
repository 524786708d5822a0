import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Change } from '../../src/cache/change.ts';
import { CollectionDigest, seedOf } from '../../src/cache/collection-digest.ts';
import { parseEpoch } from '../../src/cache/epoch.ts';
import { valueDigest } from '../../src/core/digest.ts';
import { DiffCache, DiffStreamError, Frame } from '../../src/index.ts';
import type { ConsumerCache, Key, ProducerCache, Value } from '../../src/index.ts';
import { depthOf, edited, runs, soakTimeoutMs, values } from '../support/arbitrary-values.ts';
import { damaged, tryDecode, toHex } from '../support/damaged-bytes.ts';
import { attempt, catchUp, contents, errorOf, flips } from './support/healing.ts';

const EPOCH = '1795305600000.9f3c2a1b00d4e5f6';
const producerOf = (): ProducerCache<Value> => DiffCache.producer<Value>({ epoch: EPOCH });

const keys: readonly Key[] = [1, '1', 'key-a', 'key-ab', 'key-b', -5, '\u{1f600}x', '\u{1f600}y'];

interface Command {
  readonly what: number;
  readonly key: Key;
  readonly choices: readonly number[];
  readonly value: Value;
}

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.record({
    what: fc.nat(9),
    key: fc.constantFrom(...keys),
    choices: fc.array(fc.nat(997), { minLength: 2, maxLength: 12 }),
    value: values,
  }),
  { minLength: 1, maxLength: 14 },
);

/** One command, whatever it can mean now; a commit or nothing. */
function run(producer: ProducerCache<Value>, { what, key, choices, value }: Command): void {
  const held = producer.get(key);
  if (what === 0 && held !== undefined) producer.delete(key);
  else if (what === 1)
    producer.replaceAll(keys.slice((choices[0] as number) % 8).map((k) => [k, k]));
  else if (what === 2) {
    producer.batch((tx) => {
      for (const k of keys.slice(0, 4)) if (tx.has(k)) tx.delete(k);
      tx.set(key, value);
    });
  } else if (held === undefined) producer.set(key, value);
  else {
    const next = edited(held, choices, [value]);
    if (depthOf(next) <= 128) producer.set(key, next);
  }
}

describe('A frame', () => {
  it(
    'P1 P4 P10 F1 from every version of a history leads to the present one',
    () => {
      fc.assert(
        fc.property(commands, (all) => {
          const producer = producerOf();
          const readers: ConsumerCache<Value>[] = [];
          for (const command of all) {
            run(producer, command);
            const reader = DiffCache.consumer<Value>();
            reader.apply(producer.frame(0).encode());
            readers.push(reader);
          }
          for (const reader of readers) {
            const { version } = reader;
            const frame = producer.frame(version);
            expect([frame.from, frame.to]).toEqual([version, producer.version]);
            reader.apply(frame.encode());
            expect(contents(reader)).toBe(contents(producer));
            expect(reader.verify(producer.head())).toBe(true);
            expect(reader.head()).toEqual(producer.head());
            expect(reader.apply(frame.encode())).toEqual([]);
          }
        }),
        runs(150),
      );
    },
    soakTimeoutMs,
  );

  it('F4 tells once what changed, with the values as they are now', () => {
    const producer = producerOf();
    const consumer = DiffCache.consumer<Value>();
    consumer.apply(
      producer.batch((tx) => {
        for (const key of ['a', 'b', 'c']) tx.set(key, { n: 1 });
      }),
    );
    producer.set('a', { n: 2 });
    producer.set('a', { n: 3 });
    producer.set('b', { n: 2 });
    producer.set('b', { n: 1 });
    producer.delete('c');
    producer.set('d', 1);
    producer.set('e', 1);
    producer.delete('e');
    expect(consumer.apply(producer.frame(1).encode())).toEqual([
      ['update', 'a', { n: 3 }],
      ['delete', 'c', undefined],
      ['new', 'd', 1],
    ]);
  });

  it('F6 from 0 keeps the very objects that are held already', () => {
    const producer = producerOf();
    const consumer = DiffCache.consumer<Value>();
    consumer.apply(producer.batch((tx) => tx.set('a', { n: 1 })));
    producer.set('a', { n: 1 });
    consumer.update(producer.set('b', { n: 2 }));
    const held = consumer.get('a');
    producer.set('c', 1);
    expect(consumer.apply(producer.frame(0).encode())).toEqual([['new', 'c', 1]]);
    expect(consumer.get('a')).toBe(held);
  });

  it('M11 names its epoch and version as a token', () => {
    const producer = producerOf();
    const frame = producer.batch((tx) => tx.set('a', 1));
    expect(frame.token).toEqual({ epoch: EPOCH, version: 1 });
    expect(Frame.decode(frame.encode()).token).toEqual(frame.token);
  });

  it('F1 is asked for only from versions that exist', () => {
    const producer = producerOf();
    producer.set('a', 1);
    for (const from of [-1, 2, 0.5, Number.NaN, 2 ** 53]) {
      expect(errorOf(() => producer.frame(from)).code).toBe('bad-argument');
    }
  });
});

/** A producer at version 9 and consumers of its versions 0 to 9. */
function versions(): [ProducerCache<Value>, ConsumerCache<Value>[]] {
  const producer = producerOf();
  const readers = [DiffCache.consumer<Value>()];
  for (let n = 1; n < 10; n++) {
    if (n === 5) producer.delete('key-1');
    else producer.set(`key-${n % 3}`, { n, list: [n, n + 1], text: 'what stays' });
    const reader = DiffCache.consumer<Value>();
    reader.apply(producer.frame(0));
    readers.push(reader);
  }
  return [producer, readers];
}

describe('A frame that does not fit', () => {
  it('P7 F2 BI-77 from another version than the one held is a gap, and changes nothing', () => {
    const [producer] = versions();
    for (let from = 1; from < 10; from++) {
      const frame = producer.frame(from).encode();
      const [, readers] = versions();
      for (const [version, reader] of readers.entries()) {
        if (version === from) continue;
        const before = contents(reader);
        const outcome = attempt(() => reader.apply(frame));
        const refused = outcome instanceof DiffStreamError ? outcome.code : outcome;
        expect(refused).toEqual(version === 9 ? [] : 'gap');
        expect(contents(reader)).toBe(before);
        expect(reader.version).toBe(version);
      }
    }
  });

  it('P4 F3 BI-19 BI-75 with any one bit flipped changes nothing; the genuine one applies', () => {
    const [producer, readers] = versions();
    const expected = contents(producer);
    for (const [version, reader] of readers.entries()) {
      if (version === 9) continue;
      const bytes = producer.frame(version).encode();
      const before = contents(reader);
      const head = reader.head();
      for (const flipped of flips(bytes)) {
        const outcome = attempt(() => reader.apply(flipped));
        expect(outcome instanceof DiffStreamError ? [] : outcome).toEqual([]);
        expect(contents(reader)).toBe(before);
        expect(reader.head()).toEqual(head);
      }
      reader.apply(bytes);
      expect(contents(reader)).toBe(expected);
    }
  });

  it('C2 BI-3 BI-4 cut short or with a byte too many is malformed', () => {
    const [producer, readers] = versions();
    const bytes = producer.frame(4).encode();
    const reader = readers[4] as ConsumerCache<Value>;
    for (let length = 0; length < bytes.length; length++) {
      expect(errorOf(() => reader.apply(bytes.slice(0, length))).code).toBe('malformed');
    }
    expect(errorOf(() => reader.apply(Uint8Array.of(...bytes, 0))).code).toBe('malformed');
    reader.apply(bytes);
    expect(reader.verify(producer.head())).toBe(true);
  });

  it(
    'C1 C4 damaged in any way is refused with a typed error or means what it says',
    () => {
      const [producer] = versions();
      const frames = [0, 1, 4, 8].map((from) => producer.frame(from).encode());
      const arbitrary = fc.constantFrom(...frames).chain((bytes) => damaged(bytes));
      fc.assert(
        fc.property(arbitrary, (bytes) => {
          const frame = tryDecode(() => Frame.decode(bytes));
          if (frame === undefined || frame.changes.some(({ kind }) => kind === 'patch')) return;
          expect(toHex(frame.encode())).toBe(toHex(bytes));
        }),
        runs(3000),
      );
    },
    soakTimeoutMs,
  );
});

const epoch = parseEpoch(EPOCH);

/** A frame as no producer makes it, but with a right check over what it leads to. */
function forged(
  span: { from: number; to: number },
  changes: readonly Change[],
  after: Iterable<readonly [Key, Value]>,
): Uint8Array {
  const digest = new CollectionDigest(seedOf(''));
  for (const [key, value] of after) digest.add(key, valueDigest(value));
  return new Frame(epoch, span, changes, digest.check(epoch, span.from, span.to)).encode();
}

describe('A frame that no producer makes', () => {
  it('F7 with a key twice is malformed', () => {
    const put = (value: Value): Change => ({ kind: 'put', key: 'k', value });
    const consumer = DiffCache.consumer<Value>();
    const snapshot = forged({ from: 0, to: 1 }, [put(1), put(2)], [['k', 2]]);
    expect(errorOf(() => consumer.apply(snapshot)).code).toBe('malformed');
    consumer.apply(forged({ from: 0, to: 1 }, [put(1)], [['k', 1]]));
    for (const second of [put(2), { kind: 'delete', key: 'k' } as const]) {
      const after: [Key, Value][] = second.kind === 'put' ? [['k', 2]] : [];
      const twice = forged({ from: 1, to: 2 }, [put(3), second], after);
      expect(errorOf(() => consumer.apply(twice)).code).toBe('malformed');
    }
    expect([consumer.get('k'), consumer.version]).toEqual([1, 1]);
  });

  it('C4 to a version beyond 2^53 - 1 is malformed', () => {
    const from = 2 ** 53 - 3;
    const frameTo = (to: number): Uint8Array =>
      new Frame(parseEpoch(EPOCH), { from, to }, [], 1).encode();
    expect(Frame.decode(frameTo(2 ** 53 - 1)).to).toBe(2 ** 53 - 1);
    expect(errorOf(() => Frame.decode(frameTo(2 ** 53))).code).toBe('malformed');
  });

  it('F2 with a change within one version is malformed, and without one a repeat', () => {
    const consumer = DiffCache.consumer<Value>();
    const put: Change = { kind: 'put', key: 'k', value: 1 };
    for (const version of [0, 1, 3]) {
      const frame = forged({ from: version, to: version }, [put], [['k', 1]]);
      expect(errorOf(() => consumer.apply(frame)).code).toBe('malformed');
    }
    expect(consumer.apply(forged({ from: 0, to: 0 }, [], []))).toEqual([]);
    expect(consumer.head()).toBeUndefined();
    consumer.apply(forged({ from: 0, to: 3 }, [put], [['k', 1]]));
    expect(consumer.apply(forged({ from: 3, to: 3 }, [], [['k', 1]]))).toEqual([]);
    const changed = forged({ from: 3, to: 3 }, [{ ...put, value: 2 }], [['k', 2]]);
    expect(errorOf(() => consumer.apply(changed)).code).toBe('malformed');
    expect([consumer.get('k'), consumer.version]).toEqual([1, 3]);
  });

  it('F7 with a patch or a delete in a snapshot is malformed', () => {
    const consumer = DiffCache.consumer<Value>();
    const changes: Change[] = [
      { kind: 'patch', key: 'k', op: { kind: 'set', value: 1 } },
      { kind: 'delete', key: 'k' },
    ];
    for (const change of changes) {
      const frame = forged({ from: 0, to: 1 }, [change], []);
      expect(errorOf(() => consumer.apply(frame)).code).toBe('malformed');
    }
    expect(consumer.head()).toBeUndefined();
  });

  it('F2 BI-71 BI-75 with a patch of a key that is not held is refused whole', () => {
    const consumer = DiffCache.consumer<Value>();
    const a: Change = { kind: 'put', key: 'a', value: 1 };
    consumer.apply(forged({ from: 0, to: 1 }, [a], [['a', 1]]));
    const changes: Change[] = [
      { kind: 'put', key: 'a', value: 2 },
      { kind: 'patch', key: 'b', op: { kind: 'set', value: 1 } },
    ];
    const frame = forged({ from: 1, to: 2 }, changes, [
      ['a', 2],
      ['b', 1],
    ]);
    const error = errorOf(() => consumer.apply(frame));
    expect([error.code, error.recovery]).toEqual(['patch-conflict', 'resume']);
    expect([consumer.get('a'), consumer.version]).toEqual([1, 1]);
  });

  it('F3 BI-18 whose outcome is not what it promises is refused whole', () => {
    const consumer = DiffCache.consumer<Value>();
    const put: Change = { kind: 'put', key: 'a', value: 1 };
    const error = errorOf(() => consumer.apply(forged({ from: 0, to: 1 }, [put], [['a', 2]])));
    expect([error.code, error.recovery]).toEqual(['digest-mismatch', 'resume']);
    expect(consumer.size).toBe(0);
  });

  it('F3 G5 of another stream is refused, though epoch and version fit', () => {
    const producer = DiffCache.producer<Value>({ epoch: EPOCH, name: 'one' });
    const frame = producer.batch((tx) => tx.set('a', 1));
    const other = DiffCache.consumer<Value>({ name: 'two' });
    const error = errorOf(() => other.apply(frame));
    expect([error.code, error.message]).toEqual([
      'digest-mismatch',
      expect.stringMatching(/stream by another name$/),
    ]);
    expect(other.verify(producer.head())).toBe(false);
    const same = DiffCache.consumer<Value>({ name: 'one' });
    same.apply(frame);
    expect(same.verify(producer.head())).toBe(true);
  });
});

describe('Frames and stand-alone messages together', () => {
  it(
    'P3 P6 F8 whatever messages came beyond a gap, the frame from the version held closes it',
    () => {
      const fates = fc.array(fc.tuple(fc.nat(5), fc.nat(2), fc.nat(9)), { maxLength: 20 });
      fc.assert(
        fc.property(fates, fc.nat(12), (all, start) => {
          const producer = producerOf();
          const consumer = DiffCache.consumer<Value>();
          for (const [i, [key, fate, what]] of all.entries()) {
            const name = `key-${key}`;
            const message =
              what < 3 && producer.has(name)
                ? producer.delete(name)
                : producer.set(name, { i, text: 'what stays', what });
            if (i === start) consumer.apply(producer.frame(0).encode());
            if (fate === 0 || i <= start) continue;
            try {
              consumer.update(message.encode());
            } catch {
              if (producer.has(name)) consumer.update(producer.retran(name).encode());
            }
          }
          if (producer.version === 0) return;
          const frames = catchUp(producer, consumer);
          expect(frames).toBeLessThanOrEqual(1);
          expect(contents(consumer)).toBe(contents(producer));
          expect(consumer.version).toBe(producer.version);
        }),
        runs(1500),
      );
    },
    soakTimeoutMs,
  );

  it('P3 F8 a frame that ends before what messages brought is a gap, not a step back', () => {
    const [producer] = versions();
    const consumer = DiffCache.consumer<Value>();
    consumer.apply(producer.frame(0).encode());
    producer.set('x', 1);
    const short = producer.frame(9);
    const ahead = producer.set('y', 1);
    consumer.update(ahead.encode());
    const error = errorOf(() => consumer.apply(short.encode()));
    expect([error.code, error.recovery]).toEqual(['gap', 'resume']);
    expect([consumer.version, consumer.get('y')]).toEqual([9, 1]);
    consumer.apply(producer.frame(9).encode());
    expect(consumer.verify(producer.head())).toBe(true);
  });
});
