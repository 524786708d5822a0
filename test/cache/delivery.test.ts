/** Stand-alone messages over a channel that loses, repeats and reorders. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DiffCache } from '../../src/index.ts';
import type { ConsumerCache, DataMsg, ProducerCache, Value } from '../../src/index.ts';
import { runs, soakTimeoutMs } from '../support/arbitrary-values.ts';
import { catchUp, contents, deliver, errorOf, permutations } from './support/healing.ts';

const EPOCH = '7.00000000000000aa';

function pair(): [ProducerCache<Value>, ConsumerCache<Value>] {
  return [DiffCache.producer<Value>({ epoch: EPOCH }), DiffCache.consumer<Value>()];
}

type Step = (producer: ProducerCache<Value>) => DataMsg<Value>;

const set =
  (key: string, n: number): Step =>
  (producer) =>
    producer.set(key, { n, text: 'what stays as it is' });
const remove =
  (key: string): Step =>
  (producer) =>
    producer.delete(key);

const histories: readonly (readonly Step[])[] = [
  [set('a', 1), set('a', 2), set('a', 3), set('a', 4), set('a', 5)],
  [set('a', 1), set('b', 1), set('a', 2), set('b', 2), set('a', 3)],
  [set('a', 1), remove('a'), set('a', 2), remove('a'), set('a', 3)],
  [set('a', 1), set('b', 1), remove('a'), set('b', 2), remove('b')],
  [set('a', 1), set('b', 1), set('c', 1), remove('b'), set('a', 2), set('c', 2)],
];

describe('Messages out of order', () => {
  it('P3 P5 M2 M4 in every order, healed by what the errors ask for, the copy ends equal', () => {
    for (const history of histories) {
      const [producer] = pair();
      const sent = history.map((step) => step(producer).encode());
      for (const order of permutations(sent)) {
        const consumer = DiffCache.consumer<Value>();
        let { version } = consumer;
        for (const bytes of order) {
          deliver(producer, consumer, bytes);
          expect(consumer.version).toBeGreaterThanOrEqual(version);
          ({ version } = consumer);
        }
        catchUp(producer, consumer);
        expect(contents(consumer)).toBe(contents(producer));
      }
    }
  });

  it('P6 M2 with nothing lost but the order, what concerns different keys needs no help', () => {
    const [producer] = pair();
    const sent = ['a', 'b', 'c', 'd', 'e'].map((key) => producer.set(key, [key]).encode());
    for (const order of permutations(sent)) {
      const consumer = DiffCache.consumer<Value>();
      for (const bytes of order) consumer.update(bytes);
      expect(consumer.version).toBe(5);
      expect(consumer.verify(producer.head())).toBe(true);
    }
  });

  it('P6 F8 after any loss one frame from the version held heals', () => {
    for (const history of histories) {
      for (let lost = 1; lost < 2 ** history.length; lost++) {
        const [producer, consumer] = pair();
        for (const [i, step] of history.entries()) {
          const bytes = step(producer).encode();
          if ((lost & (1 << i)) !== 0) continue;
          try {
            consumer.update(bytes);
          } catch {
            // The frame is to heal what a retran would.
          }
        }
        consumer.apply(producer.frame(consumer.version).encode());
        expect(consumer.verify(producer.head())).toBe(true);
        expect(consumer.version).toBe(producer.version);
        expect(contents(consumer)).toBe(contents(producer));
      }
    }
  });

  it('P7 M7 whatever is lost or late, verify says equal content, no more and no less', () => {
    for (const history of histories) {
      const [producer] = pair();
      const sent = history.map((step) => step(producer).encode());
      for (const order of permutations(sent)) {
        const consumer = DiffCache.consumer<Value>();
        for (const bytes of order.slice(1)) deliver(producer, consumer, bytes);
        const equal = contents(consumer) === contents(producer);
        expect(consumer.verify(producer.head())).toBe(equal);
      }
    }
  });
});

describe('A retran', () => {
  it('P6 F8 M8 beyond a gap does not stand in the way of the frame that closes it', () => {
    for (const history of histories.slice(0, 2)) {
      for (let lost = 1; lost < 2 ** history.length; lost++) {
        const [producer, consumer] = pair();
        for (const [i, step] of history.entries()) {
          const bytes = step(producer).encode();
          if ((lost & (1 << i)) === 0) deliver(producer, consumer, bytes);
        }
        const frame = producer.frame(consumer.version);
        consumer.apply(frame.encode());
        expect(consumer.verify(producer.head())).toBe(true);
        expect(consumer.version).toBe(producer.version);
        expect(consumer.apply(frame.encode())).toEqual([]);
      }
    }
  });
});

describe('Repeats', () => {
  it('P5 M3 a repeat of any earlier message is ignored and changes nothing', () => {
    for (const history of histories) {
      const [producer, consumer] = pair();
      const sent: Uint8Array[] = [];
      for (const step of history) {
        sent.push(step(producer).encode());
        consumer.update(sent.at(-1) as Uint8Array);
        for (const bytes of sent) {
          const [cmd, key, data] = consumer.update(bytes);
          expect(cmd).toBe('ignored');
          expect(data).toBe(consumer.get(key));
        }
        expect(consumer.version).toBe(producer.version);
        expect(consumer.verify(producer.head())).toBe(true);
      }
    }
  });

  it('P3 M3 an older retran changes nothing', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.set('a', 1));
    const old = producer.retran('a');
    consumer.update(producer.set('a', 2));
    expect(consumer.update(old)[0]).toBe('ignored');
    consumer.update(producer.delete('a'));
    expect(consumer.update(old)[0]).toBe('ignored');
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('P3 F8 a snapshot from before a retran is refused, and the key does not go back', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.set('a', 1));
    producer.set('b', 1);
    const old = producer.frame(0);
    producer.set('a', 2);
    consumer.update(producer.retran('a'));
    const error = errorOf(() => consumer.apply(old.encode()));
    expect([error.code, error.recovery]).toEqual(['gap', 'resume']);
    expect(consumer.get('a')).toBe(2);
    consumer.apply(producer.frame(consumer.version).encode());
    expect(consumer.verify(producer.head())).toBe(true);
  });
});

describe('Updates that change nothing', () => {
  it('M9 the version stays and the message is an empty patch on the version held', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.set('a', { n: [1, { x: -0 }] }));
    const message = producer.set('a', { n: [1, { x: 0 }] });
    expect([message.cmd, message.base, message.version]).toEqual(['update', 1, 1]);
    expect(producer.version).toBe(1);
    expect(consumer.update(message.encode())[0]).toBe('ignored');
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('P7 M9 such a message does not stand for the commit whose version it names', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.set('a', 1));
    producer.batch((tx) => {
      tx.set('a', 2);
      tx.set('b', 2);
    });
    const empty = producer.set('a', 2).encode();
    const error = errorOf(() => consumer.update(empty));
    expect([error.code, error.recovery]).toEqual(['patch-conflict', 'retran-key']);
    consumer.update(producer.retran('a').encode());
    consumer.update(empty);
    expect(consumer.version).toBe(1);
    expect(consumer.verify(producer.head())).toBe(false);
    consumer.apply(producer.frame(consumer.version).encode());
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('M4 M9 at a consumer without the key it asks for the key', () => {
    const [producer, consumer] = pair();
    producer.set('a', 1);
    const error = deliver(producer, consumer, producer.set('a', 1).encode());
    expect(error?.code).toBe('unknown-key');
    expect(consumer.verify(producer.head())).toBe(true);
  });
});

describe('Memory gone wrong', () => {
  /** Puts another value into a copy behind its back. */
  const spoil = (consumer: ConsumerCache<Value>, key: string, value: Value): void => {
    const { store } = consumer as unknown as { store: Map<string, { value: Value }> };
    store.set(key, { ...(store.get(key) as { value: Value }), value });
  };

  it('M2 M4 M8 the next update of the key finds it, and a retran mends it', () => {
    const [producer, consumer] = pair();
    consumer.update(producer.set('a', { n: 1, m: 1 }));
    spoil(consumer, 'a', { n: 1, m: 7 });
    const error = deliver(producer, consumer, producer.set('a', { n: 2, m: 1 }).encode());
    expect(error?.code).toBe('digest-mismatch');
    expect(contents(consumer)).toBe(contents(producer));
    expect(consumer.verify(producer.head())).toBe(true);
  });

  it('F1 a copy that differs at the head’s own version is mended by its snapshot', () => {
    const [producer, consumer] = pair();
    const [, other] = pair();
    consumer.apply(producer.batch((tx) => tx.set('a', 1)));
    other.apply(DiffCache.producer<Value>({ epoch: EPOCH }).batch((tx) => tx.set('a', 2)));
    expect(other.version).toBe(producer.version);
    expect(other.verify(producer.head())).toBe(false);
    expect(errorOf(() => other.apply(producer.frame(1))).code).toBe('digest-mismatch');
    expect(other.apply(producer.frame(0).encode())).toEqual([['update', 'a', 1]]);
    expect(other.verify(producer.head())).toBe(true);
    expect(other.apply(producer.frame(0).encode())).toEqual([]);
  });

  it('M7 M8 an entry too many or too few at the head’s own version is mended by a retran', () => {
    const [producer] = pair();
    producer.batch((tx) => tx.set('a', 1));
    const [twin, consumer] = pair();
    consumer.apply(twin.batch((tx) => tx.set('b', 1)));
    consumer.update(producer.retran('b').encode());
    consumer.update(producer.retran('a').encode());
    expect(consumer.verify(producer.head())).toBe(true);
  });
});

describe('Any history over any channel', () => {
  it(
    'P6 mixed with batches and frames, ends equal',
    () => {
      const commands = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(5), fc.nat(7)), {
        maxLength: 30,
      });
      fc.assert(
        fc.property(commands, (all) => {
          const [producer, consumer] = pair();
          for (const [what, key, n, fate] of all) {
            const name = 'abcd'[key] as string;
            const bytes =
              what === 0 && producer.has(name)
                ? producer.delete(name).encode()
                : what === 1
                  ? producer.batch((tx) => tx.set(name, n)).encode()
                  : producer.set(name, { n, key }).encode();
            if (fate < 2) continue;
            if (what === 1 && bytes[0] === 0x20) {
              if (fate === 7) consumer.apply(producer.frame(consumer.version));
            } else {
              deliver(producer, consumer, bytes);
            }
          }
          if (producer.version === 0) return;
          catchUp(producer, consumer);
          expect(contents(consumer)).toBe(contents(producer));
        }),
        runs(1500),
      );
    },
    soakTimeoutMs,
  );
});
