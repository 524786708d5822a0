/** The ways by which a value comes in: from a caller, by messages, by frames, as bytes. */
import { expect } from 'vitest';
import type { ByteWriter } from '../../../src/core/bytes.ts';
import { TAG } from '../../support/tags.ts';
import { DataMsg, DiffCache } from '../../../src/index.ts';
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { errorOf } from '../../cache/support/healing.ts';
import { bytesOf, FRAME_BYTES, someValue } from './benches.ts';

const limits = { frameBytesMax: FRAME_BYTES, stringBytesMax: 4096, nodesMax: 2000 };

/** A value put somewhere into others, at random: at the root, in an array, as a member. */
export function within(random: SeededRandom, value: unknown): unknown {
  let whole = value;
  for (let depth = random.below(4); depth > 0; depth--) {
    const beside = Array.from({ length: random.below(4) }, () => someValue(random, 2) as unknown);
    const at = random.below(beside.length + 1);
    const parts = beside.toSpliced(at, 0, whole);
    whole = random.chance(0.5)
      ? parts
      : Object.fromEntries(parts.map((part, i) => [`m${i}`, part]));
  }
  return whole;
}

/** What a caller's value comes to at a producer that holds another already, which it keeps. */
export function ingested(random: SeededRandom, value: unknown): string {
  const copy = random.chance(0.7);
  const producer = DiffCache.producer({ limits, copy });
  const before = random.chance(0.5) ? someValue(random) : undefined;
  if (before !== undefined) producer.set('k', before);
  const head = producer.head();
  const error = errorOf(() => {
    if (random.chance(0.5)) producer.set('k', value);
    else
      producer.batch((tx) =>
        [1, 2].forEach((n) => tx.set(n === 1 ? 'other' : 'k', n === 1 ? 1 : value)),
      );
  });
  expect(producer.head()).toEqual(head);
  expect(JSON.stringify(producer.get('k'))).toBe(JSON.stringify(before));
  return error.code;
}

/** A value that goes all the way, by message and by frame; both ends hold the same text. */
export function carried(key: string | number, ...values: readonly unknown[]): string {
  const producer = DiffCache.producer({ limits });
  const consumer = DiffCache.consumer({ limits });
  for (const value of values) {
    consumer.update(DataMsg.decode(producer.set(key, value).encode(), limits));
    const text = JSON.stringify(value);
    if (JSON.stringify(consumer.get(key)) !== text) return `came as ${text}`;
  }
  const late = DiffCache.consumer({ limits });
  late.apply(producer.frame(0).encode());
  const right = late.verify(producer.head()) && consumer.verify(producer.head());
  return right ? 'handled' : 'another digest';
}

/** The bytes of a value that stands within others, with `write` in its place. */
export function bytesAround(random: SeededRandom, write: (out: ByteWriter) => void): Uint8Array {
  return bytesOf((out, values) => {
    for (let depth = random.below(4); depth > 0; depth--) {
      out.byte(TAG.shortArray + 2);
      values.value(someValue(random, 2));
    }
    write(out);
  });
}
