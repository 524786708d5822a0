/** Repairs and new epochs, put into a copy by hand. */
import { describe, expect, it } from 'vitest';
import { CollectionDigest, seedOf } from '../../src/cache/collection-digest.ts';
import { ConsumerCache } from '../../src/cache/consumer.ts';
import type { Change } from '../../src/cache/change.ts';
import type { Epoch } from '../../src/cache/epoch.ts';
import { parseEpoch } from '../../src/cache/epoch.ts';
import { Frame } from '../../src/cache/frame.ts';
import { ProducerCache } from '../../src/cache/producer.ts';
import { valueDigest } from '../../src/core/digest.ts';
import type { Key, Value } from '../../src/index.ts';
import { contents, errorOf } from './support/healing.ts';

const EPOCH = parseEpoch('1000.9f3c2a1b00d4e5f6');
const OLDER = parseEpoch('999.9f3c2a1b00d4e5f6');
const NEWER = parseEpoch('1001.9f3c2a1b00d4e5f6');
const TWIN = parseEpoch('1000.0f3c2a1b00d4e5f6');
const ROOT = { level: 0, index: 0 };

function following(): { producer: ProducerCache<Value>; consumer: ConsumerCache<Value> } {
  const producer = new ProducerCache<Value>({ epoch: EPOCH });
  const consumer = new ConsumerCache<Value>();
  for (const key of ['a', 'b', 'c']) producer.set(key, { n: 1 });
  consumer.apply(producer.frame(0));
  return { producer, consumer };
}

/** A repair that leads to these entries, as a hub would seal it. */
function repair(
  outcome: readonly (readonly [Key, Value])[],
  changes: readonly Change[],
  to: number,
  epoch: Epoch = EPOCH,
): Frame {
  const digest = new CollectionDigest(seedOf(''));
  for (const [key, value] of outcome) digest.add(key, valueDigest(value));
  return new Frame(epoch, { from: 2, to }, changes, digest.check(epoch, 2, to));
}

describe('A repair', () => {
  const outcome: (readonly [Key, Value])[] = [
    ['a', { n: 2 }],
    ['c', { n: 1 }],
  ];
  const put: Change = { kind: 'put', key: 'a', value: { n: 2 } };

  it('R3 drops and puts whatever is held, and what it drops need not be there', () => {
    const { consumer } = following();
    const applied = consumer.mend(repair(outcome, [put], 9), ['b', 'never held']);
    expect(applied).toEqual([
      ['delete', 'b', undefined],
      ['update', 'a', { n: 2 }],
    ]);
    expect([consumer.version, contents(consumer)]).toEqual([9, '"a" {"n":2}\n"c" {"n":1}']);
  });

  it('P3 F3 F7 is refused whole where it leads back, holds a patch or proves wrong', () => {
    const patch: Change = { kind: 'patch', key: 'a', op: { kind: 'set', value: { n: 2 } } };
    const wrong: [Frame, Key[], string][] = [
      [repair(outcome, [put], 2), ['b'], 'gap'],
      [repair(outcome, [patch], 9), ['b'], 'malformed'],
      [repair(outcome, [put], 9), [], 'digest-mismatch'],
      [repair(outcome, [put], 9), ['b', 'c'], 'digest-mismatch'],
      [repair(outcome, [put], 9, OLDER), ['b'], 'stale-epoch'],
      [repair(outcome, [put], 9, TWIN), ['b'], 'epoch-conflict'],
    ];
    for (const [frame, dropped, code] of wrong) {
      const { consumer } = following();
      const before = [consumer.head(), contents(consumer)];
      expect(errorOf(() => consumer.mend(frame, dropped)).code).toBe(code);
      expect([consumer.head(), contents(consumer)]).toEqual(before);
    }
  });

  it('R3 of a newer epoch counts at its version, even one below the old', () => {
    const { consumer } = following();
    consumer.mend(repair(outcome, [put], 2, NEWER), ['b']);
    expect([consumer.version, consumer.currentEpoch]).toEqual([2, NEWER]);
  });

  it('R3 is not made where the journal does not reach back to the comparison', () => {
    const limits = { journalEntriesMax: 2 };
    const producer = new ProducerCache<Value>({ epoch: EPOCH, limits });
    for (let n = 0; n < 5; n++) producer.set(`k${n}`, n);
    const claims = [{ node: ROOT, items: new Uint32Array(0) }];
    expect(producer.mend(claims, 2)).toBeUndefined();
    expect(producer.mend(claims, 3)?.frame.changes).toHaveLength(5);
  });

  it('R3 holds what was committed since the comparison began, deletions too', () => {
    const { producer } = following();
    producer.set('d', 4);
    producer.delete('b');
    const { frame, dropped } = producer.mend([], 3) ?? { frame: undefined, dropped: undefined };
    expect(frame?.changes).toEqual([
      { kind: 'put', key: 'd', value: 4 },
      { kind: 'delete', key: 'b' },
    ]);
    expect(dropped).toEqual([]);
  });
});

describe('An epoch with equal content', () => {
  it('P3 P9 is taken over if it is newer, or the same and no version behind', () => {
    const { consumer } = following();
    const before = contents(consumer);
    for (const [epoch, version] of [
      [EPOCH, 2],
      [OLDER, 9],
      [TWIN, 9],
    ] as const) {
      expect(consumer.adopt(epoch, version)).toBe(false);
      expect([consumer.version, consumer.currentEpoch]).toEqual([3, EPOCH]);
    }
    expect(consumer.adopt(EPOCH, 3)).toBe(true);
    expect(consumer.adopt(EPOCH, 5)).toBe(true);
    expect(consumer.version).toBe(5);
    expect(consumer.adopt(NEWER, 1)).toBe(true);
    expect([consumer.version, consumer.currentEpoch]).toEqual([1, NEWER]);
    expect(contents(consumer)).toBe(before);
  });

  it('M10 M12 is not held against deletions of the old one: its versions begin anew', () => {
    const { producer, consumer } = following();
    for (let n = 0; n < 5; n++) consumer.update(producer.set('a', { n: 1 + n }));
    consumer.update(producer.delete('b'));
    const restarted = new ProducerCache<Value>({ epoch: NEWER });
    restarted.batch((tx) => {
      for (const [key, value] of consumer) tx.set(key, value);
    });
    expect(consumer.adopt(NEWER, restarted.version)).toBe(true);
    expect(consumer.update(restarted.set('b', 'again'))).toEqual(['new', 'b', 'again']);
    expect(consumer.update(restarted.set('a', 'too'))).toEqual(['update', 'a', 'too']);
    expect(consumer.verify(restarted.head())).toBe(true);
    expect(consumer.version).toBe(restarted.version);
  });

  it('M10 M12 by a repair does not hold them against it either', () => {
    const { producer, consumer } = following();
    for (let n = 0; n < 5; n++) consumer.update(producer.set('a', { n: 1 + n }));
    consumer.update(producer.delete('b'));
    const restarted = new ProducerCache<Value>({ epoch: NEWER });
    restarted.batch((tx) => tx.set('c', { n: 1 }));
    const { frame } = restarted.mend([], 1) as { frame: Frame };
    consumer.mend(frame, ['a']);
    expect(consumer.update(restarted.set('b', 'again'))).toEqual(['new', 'b', 'again']);
    expect(consumer.update(restarted.set('c', 'too'))).toEqual(['update', 'c', 'too']);
    expect([consumer.version, consumer.verify(restarted.head())]).toEqual([3, true]);
  });
});
