import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/cache/change.ts';
import { CollectionDigest, seedOf } from '../../src/cache/collection-digest.ts';
import { parseEpoch } from '../../src/cache/epoch.ts';
import { valueDigest } from '../../src/core/digest.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import { DataMsg, DiffCache, Frame } from '../../src/index.ts';
import type { Value } from '../../src/index.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { contents } from '../cache/support/healing.ts';
import { someText, someValue } from './support/benches.ts';
import { must, underLaw, VARIANTS } from './support/general-law.ts';

const EPOCH = '1795305600000.9f3c2a1b00d4e5f6';
const conflicts = { 'patch-conflict': VARIANTS };

const set: Op = { kind: 'set', value: 1 };
const inObject = (...edits: Edit[]): Op => ({ kind: 'object', edits });
const inArray = (...edits: Edit[]): Op => ({ kind: 'array', edits });
const change = (keep: number, op: Op): Edit => ({ kind: 'change', keep, op });
const add = (keep: number): Edit => ({ kind: 'add', keep, name: '', value: 1 });
const number = (delta: number): Op => ({ kind: 'number', delta, scale: undefined });

/** A frame as no producer makes it, with a right check over what `after` says it leads to. */
function forged(changes: readonly Change[], after: Iterable<readonly [string, Value]>): Uint8Array {
  const digest = new CollectionDigest(seedOf(''));
  for (const [key, value] of after) digest.add(key, valueDigest(value));
  const epoch = parseEpoch(EPOCH);
  const span = { from: 2, to: 3 };
  return new Frame(epoch, span, changes, digest.check(epoch, 2, 3)).encode();
}

describe('a patch that was made for something else', () => {
  /** A producer and a copy at version 2 with the keys `a` and `b`. */
  function pair(first: Value, second: Value) {
    const producer = DiffCache.producer<Value>({ epoch: EPOCH });
    const consumer = DiffCache.consumer<Value>();
    consumer.update(producer.set('a', first).encode());
    consumer.update(producer.set('b', second).encode());
    return { producer, consumer };
  }

  /** The error of an update, after which the key in full makes the copy equal. */
  function healed(ends: ReturnType<typeof pair>, key: string, bytes: Uint8Array): string {
    const { producer, consumer } = ends;
    const before = contents(consumer);
    let code = 'handled';
    try {
      consumer.update(bytes);
    } catch (error) {
      const told = error as { code: string; recovery: string; key: string };
      must(told.recovery === 'retran-key' && told.key === key, 'another key is asked for');
      ({ code } = told);
      must(contents(consumer) === before, 'applied in part');
      consumer.update(producer.retran(key).encode());
    }
    return consumer.verify(producer.head()) ? code : 'not equal in the end';
  }

  it('BI-71 an update of a key that was deleted asks for it, and brings nothing back', () => {
    const outcomes = underLaw('BI-71', (random) => {
      const ends = pair(someValue(random), { n: 1, t: someText(random) });
      const { producer, consumer } = ends;
      const late = producer.set('b', { n: 2, t: someText(random) }).encode();
      consumer.update(producer.delete('b').encode());
      if (random.chance(0.5)) return () => consumer.update(late)[0];
      consumer.apply(producer.frame(2).encode());
      const { parts } = producer.set('b', { n: 3 });
      const op = inObject(change(0, number(1)));
      const update = { ...parts, cmd: 'update', base: 3, version: 6, op } as const;
      return () => healed(ends, 'b', new DataMsg<Value>(update).encode());
    });
    expect(Object.keys(outcomes).toSorted()).toEqual(['ignored', 'unknown-key']);
  });

  it('BI-72 a patch that does not come to the value it promises is refused by its key', () => {
    const outcomes = underLaw('BI-72', (random) => {
      const ends = pair({ n: random.below(99), list: [1] }, 1);
      const message = ends.producer.set('a', { n: 1000 + random.below(99), list: [1, 2] });
      const lying = { ...message.parts, op: at2(random) };
      return () => healed(ends, 'a', new DataMsg<Value>(lying).encode());
    });
    expect(outcomes).toEqual({ 'digest-mismatch': VARIANTS });
  });

  const at2 = (random: SeededRandom): Op =>
    inObject(change(random.below(2), { kind: 'set', value: someValue(random) }));

  it('BI-73 a patch for another base than the one held is refused by its key', () => {
    const outcomes = underLaw('BI-73', (random) => {
      const ends = pair({ n: random.below(99), text: someText(random) }, 1);
      const { producer } = ends;
      for (let i = 1 + random.below(3); i > 0; i--) {
        producer.set('a', { n: random.below(99), text: `${someText(random)}${i}` });
      }
      const update = producer.set('a', { n: 1000, text: `${someText(random)}0` }).encode();
      return () => healed(ends, 'a', update);
    });
    expect(outcomes).toEqual(conflicts);
  });

  it('BI-75 where one change of a frame does not fit none is made', () => {
    const outcomes = underLaw('BI-75', (random) => {
      const { consumer } = pair({ n: 1 }, [1, 2]);
      const good: Change[] = Array.from({ length: 1 + random.below(6) }, (_, i) => ({
        kind: 'put',
        key: `new ${i}`,
        value: someValue(random),
      }));
      const wrong = random.pick<Change>([
        { kind: 'patch', key: 'a', op: inObject(change(3, set)) },
        { kind: 'patch', key: 'b', op: inArray(add(9)) },
        { kind: 'patch', key: 'none', op: set },
      ]);
      const changes = good.toSpliced(random.below(good.length + 1), 0, wrong);
      const bytes = forged(changes, []);
      return () => {
        const before = contents(consumer);
        const head = consumer.head();
        try {
          consumer.apply(bytes);
        } finally {
          expect(contents(consumer)).toBe(before);
          expect(consumer.head()).toEqual(head);
        }
        return 'handled';
      };
    });
    expect(outcomes).toEqual(conflicts);
  });
});
