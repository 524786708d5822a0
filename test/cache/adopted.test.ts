import { describe, expect, it } from 'vitest';

import { DiffCache } from '../../src/index.ts';
import type { Value } from '../../src/index.ts';
import { codeOf } from '../support/error-code.ts';
import { errorOf } from './support/healing.ts';

/** With an accessor in the place of a member, which says what the member said, for now. */
function withAccessor(
  value: object,
  name: string,
): { value: object; say: (next: unknown) => void } {
  let said: unknown = (value as Record<string, unknown>)[name];
  Object.defineProperty(value, name, { get: () => said, enumerable: true, configurable: true });
  return { value, say: (next) => (said = next) };
}

/** With a `toJSON` that no loop over its members shows. */
function withHidden<T extends object>(value: T): T {
  return Object.defineProperty(value, 'toJSON', { value: () => 'something else' });
}

function adopting() {
  return DiffCache.producer({ copy: false, freeze: false });
}

describe('What is taken over without a copy', () => {
  it('V6 V12 keeps no accessor that was equal beside a change', () => {
    for (const shape of [
      { a: 1, b: 2 },
      { b: 2, a: 1, more: true },
    ]) {
      const producer = adopting();
      producer.set('k', { a: 1, b: 1 });
      const { value, say } = withAccessor({ ...shape }, 'a');
      producer.set('k', value);
      const text = JSON.stringify(shape);
      expect(JSON.stringify(producer.get('k'))).toBe(text);
      say('changed behind its back');
      expect(JSON.stringify(producer.get('k'))).toBe(text);
      expect(producer.get('k')).not.toBe(value);
    }
  });

  it('V6 V12 refuses an accessor among what is new, and keeps none in an array', () => {
    const producer = adopting();
    const { value } = withAccessor({ a: 1 }, 'a');
    expect(errorOf(() => producer.set('k', value)).code).toBe('bad-value');
    const list = withAccessor([1, 2, 3], '1');
    producer.set('k', list.value);
    list.say(9);
    expect(producer.get('k')).toEqual([1, 2, 3]);
    const next = withAccessor([1, 2, 4], '1');
    producer.set('k', next.value);
    const longer = withAccessor([1, 2, 4, 5], '1');
    producer.set('k', longer.value);
    next.say(9);
    longer.say(9);
    expect(producer.get('k')).toEqual([1, 2, 4, 5]);
  });

  it('V1 V12 keeps no list of another prototype, whose code would run at each look', () => {
    class Own extends Array<number> {
      override *[Symbol.iterator](): ArrayIterator<number> {
        yield 9;
      }
    }
    for (const odd of [Own.from({ length: 9 }, (_, i) => i), Object.setPrototypeOf([1, 2], null)]) {
      const producer = adopting();
      const consumer = DiffCache.consumer();
      const text = JSON.stringify([...Array(odd.length as number).keys()].map((i) => odd[i]));
      consumer.update(producer.set('k', { odd: [] }).encode());
      consumer.update(producer.set('k', { odd }).encode());
      expect(JSON.stringify(producer.get('k'))).toBe(`{"odd":${text}}`);
      expect(consumer.verify(producer.head())).toBe(true);
    }
  });

  it('V1 G1 V12 keeps no order of members that only a proxy can show', () => {
    const members = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`n${i}`, i]));
    const ownKeys = (all: object): string[] => Object.keys(all).sort();
    const sorted = (more: object): object => new Proxy({ ...members, ...more }, { ownKeys });
    const [nine, both] = [{ 9: 'y' }, { 10: 'x', 9: 'y' }];
    expect(Object.keys(sorted(both)).slice(0, 2)).toEqual(['10', '9']);
    const states = [sorted(nine), sorted(both), { ...members, ...both }, [sorted(both), 1]];
    for (const producer of [adopting(), DiffCache.producer()]) {
      const consumer = DiffCache.consumer();
      for (const state of [...states, members, sorted(both), [2, sorted(both), sorted(nine)]]) {
        consumer.update(producer.set('k', state).encode());
        const value = producer.get('k');
        expect(JSON.stringify(consumer.get('k'))).toBe(JSON.stringify(value));
        const fresh = DiffCache.producer();
        fresh.set('k', JSON.parse(JSON.stringify(value)));
        expect(producer.head().digest).toBe(fresh.head().digest);
        const joiner = DiffCache.consumer();
        joiner.apply(producer.frame(0).encode());
        expect(joiner.verify(producer.head())).toBe(true);
      }
    }
  });

  it('V12 V13 keeps no draft, of a recipe that is at work or of one that is done', () => {
    type Entry = Record<string, Value>;
    for (const freeze of [true, false]) {
      const producer = DiffCache.producer<Entry>({ copy: false, freeze });
      producer.set('a', { part: { list: [1] }, none: {} });
      producer.set('b', {});
      producer.batch((tx) => {
        tx.mutate('a', (a) => {
          const { part, none } = a;
          tx.set('c', part as Entry);
          tx.mutate('b', (b) => void Object.assign(b, { part, none }));
          (part as Entry)['list'] = [2];
        });
      });
      expect(JSON.stringify([...producer])).toBe(
        '[["a",{"part":{"list":[2]},"none":{}}],["b",{"part":{"list":[1]},"none":{}}],' +
          '["c",{"list":[1]}]]',
      );
      const kept: Entry[] = [];
      producer.mutate('a', (a) => void kept.push(a, a['none'] as Entry));
      const { version } = producer;
      for (const draft of kept) {
        const put = (b: Entry): void => void Object.assign(b, { draft });
        for (const call of [() => producer.set('b', draft), () => producer.mutate('b', put)]) {
          expect(codeOf(call)).toMatch(/^bad-(argument|value)$/);
        }
      }
      expect(producer.version).toBe(version);
    }
  });

  it('V12 V13 keeps no iterator of a list, whoever gave it one', () => {
    const odd = (): number[] =>
      Object.assign(
        Array.from({ length: 12 }, (_, i) => i),
        { [Symbol.iterator]: () => [9].values() },
      );
    for (const producer of [adopting(), DiffCache.producer()]) {
      const consumer = DiffCache.consumer();
      const list = Array.from({ length: 12 }, (_, i) => i);
      consumer.update(producer.set('k', { odd: [] }).encode());
      consumer.update(producer.set('k', { odd: odd(), list }).encode());
      const add = (d: { odd: number[]; list: number[] }): void => {
        d.odd[1] = 7;
        d.list[1] = 7;
        Object.assign(d.list, { [Symbol.iterator]: () => [9].values() });
      };
      consumer.update(producer.mutate('k', add as (draft: unknown) => void).encode());
      consumer.update(producer.mutate('k', add as (draft: unknown) => void).encode());
      const after = [0, 7, ...list.slice(2)];
      expect(JSON.stringify(producer.get('k'))).toBe(JSON.stringify({ odd: after, list: after }));
      expect(Reflect.ownKeys((producer.get('k') as { list: object }).list)).toHaveLength(13);
      expect(consumer.verify(producer.head())).toBe(true);
    }
  });

  it('V1 V12 keeps nothing that does not show, such as a toJSON of its own', () => {
    class Loud extends Array<number> {
      toJSON(): string {
        return 'something else';
      }
    }
    const states = [
      withHidden({ n: 1 }),
      withHidden({ n: 2 }),
      withHidden({ n: 2, more: [withHidden({ deep: 1 }), withHidden([1])] }),
      withHidden([1, 2]),
      withHidden([1, 3]),
      withHidden([0, 1, 3]),
      Loud.from([0, 1, 4]),
      { ...{ n: 3 }, [Symbol('hidden')]: 1 },
    ];
    const producer = adopting();
    const copying = DiffCache.producer();
    const consumer = DiffCache.consumer();
    for (const state of states) {
      consumer.update(producer.set('k', state).encode());
      copying.set('k', state);
      const text = JSON.stringify(copying.get('k'));
      expect(JSON.stringify(producer.get('k'))).toBe(text);
      expect(JSON.stringify(consumer.get('k'))).toBe(text);
      expect(Reflect.ownKeys(producer.get('k') as object)).toEqual(
        Reflect.ownKeys(copying.get('k') as object),
      );
    }
    expect(consumer.verify(producer.head())).toBe(true);
  });
});

describe('The member that holds the key', () => {
  it('V9 V13 cannot be changed by a recipe: the entry is as it was', () => {
    for (const copy of [true, false]) {
      const producer = DiffCache.producer<{ id?: unknown; n: number }>({ keyName: 'id', copy });
      producer.update({ id: 'a', n: 1 });
      const before = producer.get('a');
      const recipes: ((draft: { id?: unknown; n: number }) => void)[] = [
        (draft) => (draft.id = 'b'),
        (draft) => delete draft.id,
        (draft) => Object.assign(draft, { n: 2, id: 7 }),
      ];
      for (const recipe of recipes) {
        expect(errorOf(() => producer.mutate('a', recipe)).code).toBe('bad-key');
        const batch = (): unknown => producer.batch((tx) => tx.mutate('a', recipe));
        expect(errorOf(batch).code).toBe('bad-key');
      }
      expect([producer.version, producer.get('a')]).toEqual([1, before]);
      producer.mutate('a', (draft) => {
        draft.id = 'b';
        draft.id = 'a';
        draft.n++;
      });
      expect(producer.get('a')).toEqual({ id: 'a', n: 2 });
    }
  });

  it('V12 keeps no draft, whoever has lent it', () => {
    type Parts = Record<string, unknown>;
    for (const freeze of [true, false]) {
      const lender = DiffCache.producer<{ part: Parts; list: unknown[] }>();
      const keeper = DiffCache.producer<Parts>({ copy: false, freeze });
      lender.set('x', { part: { n: 1 }, list: [{ n: 1 }] });
      lender.mutate('x', (draft) => {
        draft.part['n'] = 2;
        keeper.set('whole', draft);
        keeper.set('in', { deep: [draft.part, draft.list] });
        draft.part['n'] = 3;
      });
      expect(keeper.get('whole')).toEqual({ part: { n: 2 }, list: [{ n: 1 }] });
      expect(keeper.get('in')).toEqual({ deep: [{ n: 2 }, [{ n: 1 }]] });
      const consumer = DiffCache.consumer<Parts>();
      consumer.apply(keeper.frame(0).encode());
      expect(consumer.verify(keeper.head())).toBe(true);
      expect(lender.get('x')?.part).toEqual({ n: 3 });
    }
  });

  it('V9 is like others where it does not hold the key', () => {
    const producer = DiffCache.producer<{ key: string }>();
    producer.set('entry', { key: 'something else' });
    producer.mutate('entry', (draft) => {
      draft.key = 'another';
    });
    expect(producer.get('entry')).toEqual({ key: 'another' });
  });

  it('L1 has a text as its name', () => {
    for (const keyName of [1, null, {}, ['id'], Symbol('id')]) {
      const make = (): unknown => DiffCache.producer({ keyName: keyName as string });
      expect(errorOf(make).code).toBe('bad-argument');
    }
    const producer = DiffCache.producer({ keyName: '' });
    expect(producer.update({ '': 'a' }).key).toBe('a');
  });
});
