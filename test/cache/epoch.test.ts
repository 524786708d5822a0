import { describe, expect, it } from 'vitest';

import {
  checkEpoch,
  compareTags,
  epochTag,
  epochText,
  parseEpoch,
  tagText,
} from '../../src/cache/epoch.ts';
import { DiffCache, DiffStreamError, Frame } from '../../src/index.ts';
import type { ConsumerCache, Head, ProducerCache, Value } from '../../src/index.ts';
import { attempt, catchUp, contents, deliver, errorOf, flips } from './support/healing.ts';

const OLD = '1795305600000.9f3c2a1b00d4e5f6';
const NEW = '1795305600001.013c2a1b00d4e5f6';
/** The same term as OLD, another writer. */
const TWIN = '1795305600000.113c2a1b00d4e5f6';

const producerOf = (epoch: string): ProducerCache<Value> => DiffCache.producer<Value>({ epoch });

/** A consumer that follows a producer of the old epoch, at version 3. */
function following(old: ProducerCache<Value>): ConsumerCache<Value> {
  const consumer = DiffCache.consumer<Value>();
  for (const key of ['a', 'b', 'c']) consumer.update(old.set(key, { n: 1 }).encode());
  return consumer;
}

describe('An epoch', () => {
  it('M12 without the option each producer begins its own, and its text reads back', () => {
    const [one, two] = [DiffCache.producer(), DiffCache.producer()];
    expect(epochText(one.epoch)).not.toBe(epochText(two.epoch));
    expect(parseEpoch(one.head().epoch)).toEqual(one.epoch);
    expect(checkEpoch(two.epoch)).toEqual(two.epoch);
  });

  it('M12 what is not an epoch is refused', () => {
    for (const text of ['', '1', '1.', '.0', '01.0000000000000000', '-1.0000000000000000']) {
      expect(errorOf(() => producerOf(text)).code).toBe('bad-argument');
    }
    for (const term of [-1, 1.5, Number.NaN, 2 ** 53, 1e21]) {
      const epoch = { term, incarnation: '0000000000000000' };
      expect(errorOf(() => DiffCache.producer({ epoch })).code).toBe('bad-argument');
    }
  });
});

describe('A restarted producer', () => {
  it('M6 its first messages are taken, not held for repeats', () => {
    const consumer = following(producerOf(OLD));
    const restarted = producerOf(NEW);
    const applied = consumer.update(restarted.set('a', { n: 2 }).encode());
    expect(applied).toEqual(['new', 'a', { n: 2 }]);
    expect(consumer.get('a')).toEqual({ n: 2 });
  });

  it('P7 M13 what only the old one had stays readable, but no version vouches for it', () => {
    const consumer = following(producerOf(OLD));
    const restarted = producerOf(NEW);
    consumer.update(restarted.set('a', { n: 2 }).encode());
    consumer.update(restarted.set('b', { n: 2 }).encode());
    expect([consumer.get('c'), consumer.version]).toEqual([{ n: 1 }, 0]);
    expect(consumer.verify(restarted.head())).toBe(false);
    consumer.apply(restarted.frame(consumer.version).encode());
    expect(consumer.verify(restarted.head())).toBe(true);
    expect([consumer.has('c'), consumer.version]).toEqual([false, 2]);
  });

  it('M13 once it has spoken of all that is held, its versions count again', () => {
    const consumer = following(producerOf(OLD));
    const restarted = producerOf(NEW);
    for (const key of ['a', 'b', 'c']) consumer.update(restarted.set(key, { n: 2 }).encode());
    expect(consumer.version).toBe(3);
    consumer.update(restarted.set('a', { n: 3 }).encode());
    expect([consumer.version, consumer.verify(restarted.head())]).toEqual([4, true]);
  });

  it('M7 M13 an equal head settles what is left over', () => {
    const consumer = following(producerOf(OLD));
    const restarted = producerOf(NEW);
    restarted.batch((tx) => {
      for (const key of ['a', 'b', 'c']) tx.set(key, { n: 1 });
    });
    consumer.update(restarted.retran('a').encode());
    expect(consumer.version).toBe(0);
    expect(consumer.verify(restarted.head())).toBe(true);
    expect(consumer.version).toBe(1);
    consumer.update(restarted.set('b', { n: 5 }).encode());
    expect([consumer.version, consumer.verify(restarted.head())]).toEqual([2, true]);
  });

  it('M4 M6 its update of a key of the old epoch asks for the key, whatever the versions', () => {
    const consumer = following(producerOf(OLD));
    const restarted = producerOf(NEW);
    restarted.set('a', { n: 1 });
    const error = deliver(restarted, consumer, restarted.set('a', { n: 2 }).encode());
    expect([error?.code, error?.recovery]).toEqual(['patch-conflict', 'retran-key']);
    expect(consumer.get('a')).toEqual({ n: 2 });
  });

  it('M6 its delete is taken as the first of its messages', () => {
    const consumer = following(producerOf(OLD));
    const restarted = producerOf(NEW);
    restarted.set('a', 1);
    expect(consumer.update(restarted.delete('a').encode())[0]).toBe('delete');
    expect(consumer.has('a')).toBe(false);
  });

  it('P9 M6 late messages of the old one are refused and change nothing', () => {
    const old = producerOf(OLD);
    const consumer = following(old);
    const late = [old.set('a', { n: 9 }), old.delete('b'), old.retran('c'), old.set('d', 1)];
    const restarted = producerOf(NEW);
    consumer.update(restarted.set('a', { n: 2 }).encode());
    const before = contents(consumer);
    for (const message of late) {
      const error = errorOf(() => consumer.update(message.encode()));
      expect([error.code, error.recovery]).toEqual(['stale-epoch', 'ignore']);
    }
    for (const from of [0, 3]) {
      expect(errorOf(() => consumer.apply(old.frame(from).encode())).code).toBe('stale-epoch');
    }
    expect(contents(consumer)).toBe(before);
    expect(consumer.verify(old.head())).toBe(false);
  });

  it('F6 a frame of it is taken only from 0, and the error says so', () => {
    const consumer = following(producerOf(OLD));
    const restarted = producerOf(NEW);
    for (const n of [1, 2, 3, 4]) restarted.set('x', n);
    const error = errorOf(() => consumer.apply(restarted.frame(3).encode()));
    expect([error.code, error.recovery]).toEqual(['gap', 'resync']);
    expect(consumer.size).toBe(3);
    const applied = consumer.apply(restarted.frame(0).encode());
    expect(applied.map(([cmd, key]) => `${cmd} ${key}`).sort()).toEqual([
      'delete a',
      'delete b',
      'delete c',
      'new x',
    ]);
    expect(consumer.head()).toEqual(restarted.head());
  });

  it('P4 S3 before its first commit it empties no copy', () => {
    const consumer = following(producerOf(OLD));
    const restarted = producerOf(NEW);
    expect(consumer.apply(restarted.frame(0).encode())).toEqual([]);
    expect([consumer.size, consumer.version]).toEqual([3, 3]);
    restarted.replaceAll([]);
    consumer.apply(restarted.frame(0).encode());
    expect([consumer.size, consumer.version]).toEqual([0, 1]);
  });

  it('P3 F3 F6 a refused frame of it leaves the consumer with the old one', () => {
    const old = producerOf(OLD);
    const consumer = following(old);
    const restarted = producerOf(NEW);
    restarted.set('a', 1);
    const before = contents(consumer);
    for (const flipped of flips(restarted.frame(0).encode())) {
      const outcome = attempt(() => consumer.apply(flipped));
      // One flip makes it a frame to version 0, which is no state and so no news.
      const refused = outcome instanceof DiffStreamError || Frame.decode(flipped).to === 0;
      expect(refused).toBe(true);
      expect(contents(consumer)).toBe(before);
    }
    consumer.update(old.set('a', { n: 2 }).encode());
    expect(consumer.verify(old.head())).toBe(true);
  });

  it('P6 heals by the ladder wherever the consumer stood', () => {
    for (let held = 0; held < 4; held++) {
      const old = producerOf(OLD);
      const consumer = DiffCache.consumer<Value>();
      for (const key of ['a', 'b', 'c'].slice(0, held)) consumer.update(old.set(key, 1));
      const restarted = producerOf(NEW);
      for (const key of ['a', 'x']) deliver(restarted, consumer, restarted.set(key, 2).encode());
      catchUp(restarted, consumer);
      expect(contents(consumer)).toBe(contents(restarted));
    }
  });
});

describe('Two writers', () => {
  it('P9 M12 with equal terms conflict, by messages, frames and heads', () => {
    const consumer = following(producerOf(OLD));
    const twin = producerOf(TWIN);
    const message = twin.set('a', { n: 7 }).encode();
    for (const call of [
      () => consumer.update(message),
      () => consumer.apply(twin.frame(0).encode()),
    ]) {
      const error = errorOf(call);
      expect([error.code, error.recovery]).toEqual(['epoch-conflict', 'give-up']);
    }
    expect(consumer.verify(twin.head())).toBe(false);
    expect(consumer.get('a')).toEqual({ n: 1 });
  });

  it('M12 a full epoch tells two apart whose tags are equal', () => {
    const first = producerOf('5.0000000000000000');
    const second = producerOf('5.0000000000000001');
    const consumer = DiffCache.consumer<Value>();
    consumer.apply(first.batch((tx) => tx.set('a', 1)).encode());
    const frame = second.batch((tx) => tx.set('a', 2));
    expect(errorOf(() => consumer.apply(frame.encode())).code).toBe('epoch-conflict');
  });

  it('M12 small whole numbers make good terms: 0, 1, 2 follow each other', () => {
    const consumer = DiffCache.consumer<Value>();
    for (const term of [0, 1, 2, 255, 256]) {
      const producer = producerOf(`${term}.00000000000000ff`);
      expect(consumer.update(producer.set('a', term).encode())).toEqual(['new', 'a', term]);
    }
    const old = producerOf('255.ffffffffffffffff').set('a', 0);
    expect(errorOf(() => consumer.update(old.encode())).code).toBe('stale-epoch');
  });

  it('M12 the tag of a term goes round, and the order holds across the seam', () => {
    const tag = (term: number): number => epochTag({ term, incarnation: '0000000000000000' });
    const seam = 2 ** 40 * 3;
    for (const by of [1, 1000, 2 ** 39 - 1]) {
      expect(compareTags(tag(seam - 1), tag(seam - 1 + by))).toBe('newer');
      expect(compareTags(tag(seam - 1 + by), tag(seam - 1))).toBe('older');
    }
    expect(compareTags(tag(seam), tag(seam))).toBe('same');
    const consumer = DiffCache.consumer<Value>();
    consumer.update(
      producerOf(`${seam - 1}.00000000000000ff`)
        .set('a', 1)
        .encode(),
    );
    const next = producerOf(`${seam}.00000000000000ff`);
    expect(consumer.update(next.set('a', 2).encode())[0]).toBe('new');
    expect(consumer.verify(next.head())).toBe(true);
  });
});

describe('A head', () => {
  it('M7 M11 M12 holds for its own epoch only, named in full or by its tag', () => {
    const [producer, twin] = [producerOf(OLD), producerOf(TWIN)];
    const sibling = producerOf(`${OLD.slice(0, -1)}7`);
    const [byTag, inFull] = [following(producer), DiffCache.consumer<Value>()];
    for (const other of [twin, sibling]) following(other);
    inFull.apply(producer.frame(0));
    const [tagged, full] = [byTag.head(), inFull.head()] as [Head, Head];
    expect(tagged.epoch).toBe(tagText(epochTag(producer.epoch)));
    expect(full.epoch).toBe(OLD);
    for (const head of [tagged, full, producer.head()]) {
      expect([byTag.verify(head), inFull.verify(head)]).toEqual([true, true]);
    }
    expect([byTag.verify(twin.head()), inFull.verify(twin.head())]).toEqual([false, false]);
    // Tags are equal here: only who knows the epoch in full can tell.
    expect([byTag.verify(sibling.head()), inFull.verify(sibling.head())]).toEqual([true, false]);
    for (const epoch of ['', 'nonsense', tagged.epoch.slice(1), `${OLD}0`]) {
      expect(byTag.verify({ ...tagged, epoch })).toBe(false);
    }
  });
});

describe('The full epoch', () => {
  it('F3 M12 is learned from a frame that leads nowhere new, if its check is right', () => {
    const producer = producerOf(OLD);
    const consumer = following(producer);
    const tag = consumer.head()?.epoch;
    expect(tag).toMatch(/^[0-9a-f]{12}$/);
    for (const flipped of flips(producer.frame(0).encode())) {
      const outcome = attempt(() => consumer.apply(flipped));
      expect(outcome instanceof DiffStreamError ? [] : outcome).toEqual([]);
      expect([tag, OLD]).toContain(consumer.head()?.epoch);
    }
    expect(consumer.apply(producer.frame(0).encode())).toEqual([]);
    expect(consumer.head()).toEqual(producer.head());
    producer.set('a', 5);
    consumer.apply(producer.frame(3).encode());
    expect(consumer.head()).toEqual(producer.head());
  });
});
