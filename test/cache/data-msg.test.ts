import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DataMsg, DiffCache, DiffStreamError } from '../../src/index.ts';
import type { ConsumerCache, Key, ProducerCache, Value } from '../../src/index.ts';
import { runs, soakTimeoutMs, values } from '../support/arbitrary-values.ts';
import { damaged, toHex, tryDecode } from '../support/damaged-bytes.ts';
import { attempt, catchUp, contents, deliver, errorOf, flips } from './support/healing.ts';

const EPOCH = '1795305600000.9f3c2a1b00d4e5f6';

const producerOf = (): ProducerCache<Value> => DiffCache.producer<Value>({ epoch: EPOCH });

/** A few lives of an entry: each two values, with a patch of another kind between them. */
const lives: readonly (readonly [Key, Value, Value])[] = [
  [1, { key: 1, n: 1.25, s: 'text' }, { key: 1, n: 1.5, s: 'text' }],
  ['k', { items: [1, 2, 3], more: null }, { items: [1, 3, 2], more: null }],
  [-1, 'a text of some length', 'a text of another length'],
  [2 ** 53 - 1, [{ id: 1 }, { id: 2 }, { id: 3 }], [{ id: 2 }, { id: 3, x: true }, { id: 1 }]],
  ['\u{1f600}', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['', 0, null],
];

/** All four commands of one life, in the order of their versions. */
function messagesOf([key, first, second]: (typeof lives)[number]): DataMsg<Value>[] {
  const producer = producerOf();
  return [
    producer.set(key, first),
    producer.set(key, second),
    producer.set(key, second),
    producer.retran(key),
    producer.delete(key),
    producer.retran(key),
  ];
}

describe('A message as bytes', () => {
  it('tells command, key and versions as text', () => {
    const producer = DiffCache.producer();
    const made = [producer.set('a', 1), producer.set('a', 2), producer.delete('a')];
    expect(made.map(String)).toEqual(['new "a" 0->1', 'update "a" 1->2', 'delete "a" 0->3']);
  });

  it('C1 C5 decodes to what was encoded, for all commands', () => {
    for (const life of lives) {
      for (const message of messagesOf(life)) {
        const copy = DataMsg.decode<Value>(message.encode());
        expect(toHex(copy.encode())).toBe(toHex(message.encode()));
        for (const name of ['cmd', 'key', 'base', 'version', 'digest'] as const) {
          expect(copy[name]).toBe(message[name]);
        }
        expect(JSON.stringify(copy.parts.value)).toBe(JSON.stringify(message.parts.value));
        expect(String(copy)).toBe(String(message));
      }
    }
  });

  it(
    'V1 C5 carries any value under any key, to equal JSON text',
    () => {
      const keys = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme', maxLength: 30 }));
      fc.assert(
        fc.property(keys, values, values, (key, first, second) => {
          const producer = producerOf();
          const consumer = DiffCache.consumer<Value>();
          for (const value of [first, second, first]) {
            consumer.update(producer.set(key, value).encode());
            expect(JSON.stringify(consumer.get(key))).toBe(JSON.stringify(value));
          }
          expect(consumer.verify(producer.head())).toBe(true);
          consumer.update(producer.delete(key).encode());
          expect(consumer.verify(producer.head())).toBe(true);
          expect(consumer.version).toBe(producer.version);
        }),
        runs(150),
      );
    },
    soakTimeoutMs,
  );

  it('C4 with a version beyond 2^53 - 1 is malformed', () => {
    const { parts } = messagesOf(lives[0] as (typeof lives)[number])[1] as DataMsg<Value>;
    const span = (version: number): Uint8Array =>
      new DataMsg<Value>({ ...parts, base: 2 ** 53 - 3, version }).encode();
    expect(DataMsg.decode(span(2 ** 53 - 1)).version).toBe(2 ** 53 - 1);
    expect(errorOf(() => DataMsg.decode(span(2 ** 53))).code).toBe('malformed');
  });

  it('C2 M2 an update that changes nothing is one within a version, and no other is', () => {
    const [, update, empty] = messagesOf(lives[0] as (typeof lives)[number]);
    const { parts } = update as DataMsg<Value>;
    const nothing = (empty as DataMsg<Value>).parts;
    const wrong = [
      { ...parts, base: parts.version },
      { ...nothing, base: nothing.version - 1 },
    ];
    for (const one of wrong) {
      expect(errorOf(() => DataMsg.decode(new DataMsg(one).encode())).code).toBe('malformed');
    }
    expect(DataMsg.decode(new DataMsg(nothing).encode()).base).toBe(nothing.version);
  });

  it('M11 names the epoch by its tag where the epoch itself is not in it', () => {
    const message = producerOf().set('k', 1);
    expect(message.token).toEqual({ epoch: EPOCH, version: 1 });
    const { token } = DataMsg.decode(message.encode());
    expect(token.epoch).toMatch(/^[0-9a-f]{12}$/);
    expect(token.version).toBe(1);
  });

  it('C2 BI-3 BI-4 cut short or with a byte too many it is malformed, and nothing changes', () => {
    for (const life of lives) {
      const consumer = DiffCache.consumer<Value>();
      for (const message of messagesOf(life)) {
        const bytes = message.encode();
        const before = contents(consumer);
        for (let length = 0; length < bytes.length; length++) {
          const error = errorOf(() => consumer.update(bytes.slice(0, length)));
          expect([error.code, error.blame]).toEqual(['malformed', 'remote']);
        }
        expect(errorOf(() => consumer.update(Uint8Array.of(...bytes, 0))).code).toBe('malformed');
        expect(contents(consumer)).toBe(before);
        consumer.update(bytes);
      }
    }
  });

  it(
    'C1 C4 any damage is refused with a typed error, or decodes to what encodes to the same bytes',
    () => {
      const messages = lives.flatMap((life) => messagesOf(life));
      fc.assert(
        fc.property(
          fc.constantFrom(...messages).chain((message) => damaged(message.encode())),
          (bytes) => {
            const message = tryDecode(() => DataMsg.decode(bytes));
            if (message === undefined || message.cmd === 'update') return;
            expect(toHex(message.encode())).toBe(toHex(bytes));
          },
        ),
        runs(3000),
      );
    },
    soakTimeoutMs,
  );
});

/** Hands over a damaged message; nothing that readers see may change. */
function expectHarmless(consumer: ConsumerCache<Value>, bytes: Uint8Array): void {
  const before = contents(consumer);
  const { version } = consumer;
  const outcome = attempt(() => consumer.update(bytes));
  expect(outcome instanceof DiffStreamError ? 'ignored' : outcome[0]).toBe('ignored');
  expect(contents(consumer)).toBe(before);
  expect(consumer.version).toBe(version);
}

describe('A message with a flipped bit', () => {
  it('P1 M5 BI-19 changes no value, and the genuine one is still taken after it', () => {
    for (const life of lives) {
      const messages = messagesOf(life);
      for (const [at, message] of messages.entries()) {
        for (const flipped of flips(message.encode())) {
          const consumer = DiffCache.consumer<Value>();
          for (const earlier of messages.slice(0, at)) consumer.update(earlier);
          expectHarmless(consumer, flipped);
          const applied = consumer.update(message.encode());
          const held = consumer.get(life[0]);
          expect(applied[2]).toBe(held);
          const after = [life[1], life[2], life[2], life[2]][at];
          expect(held).toEqual(after);
        }
      }
    }
  });

  it('P7 M5 as a late repeat it does not stand for a message that is still missing', () => {
    const producer = producerOf();
    const history = [
      producer.set('a', { n: 1 }),
      producer.set('b', { n: 1 }),
      producer.set('b', { n: 2 }),
      producer.set('a', { n: 2 }),
      producer.set('c', [1]),
      producer.set('a', { n: 3 }),
      producer.retran('a'),
    ];
    const missing = history[2] as DataMsg<Value>;
    for (const repeat of history) {
      for (const flipped of flips(repeat.encode())) {
        const consumer = DiffCache.consumer<Value>();
        for (const message of history) if (message !== missing) consumer.update(message.encode());
        expectHarmless(consumer, flipped);
        expect(consumer.version).toBe(2);
        consumer.update(missing.encode());
        expect(consumer.version).toBe(6);
        expect(consumer.verify(producer.head())).toBe(true);
      }
    }
  });

  it('P7 M5 after a lost one it is refused or healed, and the copy ends equal', () => {
    for (const life of lives) {
      const producer = producerOf();
      const other = producer.set('other', [life[1]]);
      producer.set(life[0], life[1]);
      const message = producer.set(life[0], life[2]);
      for (const flipped of flips(message.encode())) {
        const consumer = DiffCache.consumer<Value>();
        consumer.update(other);
        deliver(producer, consumer, flipped);
        deliver(producer, consumer, message.encode());
        catchUp(producer, consumer);
        expect(contents(consumer)).toBe(contents(producer));
      }
    }
  });
});

describe('a consumer that is handed something else', () => {
  it.each([new ArrayBuffer(8), 'abc', undefined, { cmd: 'new' }])(
    'M4 says what it takes: %s',
    (wrong) => {
      const consumer = DiffCache.consumer();
      const code = 'bad-argument';
      expect(() => consumer.update(wrong as never)).toThrow(expect.objectContaining({ code }));
      expect(() => consumer.apply(wrong as never)).toThrow(expect.objectContaining({ code }));
    },
  );
});
