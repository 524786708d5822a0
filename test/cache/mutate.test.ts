import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DiffCache } from '../../src/index.ts';
import type { ProducerOptions } from '../../src/index.ts';
import { runs, soakTimeoutMs } from '../support/arbitrary-values.ts';
import { errorOf } from './support/healing.ts';
import type { Doc, Item } from './support/recipe-doc.ts';
import { doc } from './support/recipe-doc.ts';

type Recipe = (draft: Doc) => void;

/** What a recipe makes of a draft, as text; the same at a consumer, and nothing else touched. */
function drafted(recipe: Recipe, options: ProducerOptions = {}): string {
  const producer = DiffCache.producer<Doc>(options);
  const consumer = DiffCache.consumer<Doc>();
  const start = doc();
  consumer.update(producer.set('k', start).encode());
  const before = producer.get('k');
  const message = producer.mutate('k', recipe);
  const after = JSON.stringify(producer.get('k'));
  expect(JSON.stringify(before)).toBe(JSON.stringify(doc()));
  expect(producer.get('k')?.untouched).toBe(before?.untouched);
  consumer.update(message.encode());
  expect(JSON.stringify(consumer.get('k'))).toBe(after);
  expect(consumer.verify(producer.head())).toBe(true);
  return after;
}

/** What a recipe makes of an object of its own, as text. */
function plain(recipe: Recipe): string {
  const own = doc();
  recipe(own);
  return JSON.stringify(own);
}

const recipes: Record<string, Recipe> = {
  'a member is set': (d) => {
    d.other = 1;
  },
  'a deep member is set': (d) => {
    (d.list[1] as Item).name = 'x';
  },
  'a member is deleted': (d) => {
    delete d.map['a'];
  },
  push: (d) => {
    d.list.push({ id: 4 });
  },
  unshift: (d) => {
    d.list.unshift({ id: 0 });
  },
  pop: (d) => {
    d.list.pop();
  },
  shift: (d) => {
    d.list.shift();
  },
  splice: (d) => {
    d.list.splice(1, 1, { id: 7 }, { id: 8 });
  },
  'sort of objects': (d) => {
    d.list.sort((a, b) => a.id - b.id);
  },
  'sort of numbers': (d) => {
    d.numbers.sort((a, b) => a - b);
  },
  reverse: (d) => {
    d.list.reverse();
  },
  copyWithin: (d) => {
    d.list.copyWithin(0, 1);
  },
  fill: (d) => {
    d.numbers.fill(0);
  },
  'a prototype is looked at': (d) => {
    const { list } = d;
    d.other = Object.hasOwn(Reflect.get(list, '__proto__') as object, 'push');
  },
  'a shorter length': (d) => {
    d.list.length = 1;
  },
  'filter, put back': (d) => {
    d.list = d.list.filter(({ id }) => id !== 1);
  },
  'map with spread, put back': (d) => {
    d.list = d.list.map((item) => ({ ...item, name: `n${item.id}` }));
  },
  'spread of an array': (d) => {
    d.list = [...d.list, { id: 9 }, ...d.list];
  },
  'spread of an object': (d) => {
    d.map = { z: { id: 0 }, ...d.map };
  },
  'drafts deep in new containers': (d) => {
    d.other = { wrap: [{ again: d.list[0] }, [d.map['a']]], scalar: 1 };
  },
  'entries and fromEntries': (d) => {
    d.map = Object.fromEntries(Object.entries(d.map).reverse());
  },
  'a draft is moved': (d) => {
    d.other = d.list[0];
    d.list.shift();
  },
  'a draft stands in two places': (d) => {
    d.other = d.list[0];
  },
  'a draft changed before it is put in a second place': (d) => {
    const [head] = d.list as [Item];
    (head.inner as { n: number }).n = 99;
    d.other = head;
  },
  'a draft changed after it was put in a second place': (d) => {
    const [head] = d.list as [Item];
    d.other = { head };
    (head.inner as { n: number }).n = 99;
  },
  'two drafts change places': (d) => {
    [d.map['a'], d.map['b']] = [d.map['b'] as Item, d.map['a'] as Item];
  },
  'an own object is changed after it was put in': (d) => {
    const own: Item = { id: 1 };
    d.list.push(own);
    own.name = 'later';
    (d.list.at(-1) as Item).id = 2;
  },
  'members are put in another order': (d) => {
    const { list } = d;
    delete (d as Partial<Doc>).list;
    d.list = list;
  },
  'names that mean something elsewhere': (d) => {
    const own = JSON.parse('{"__proto__":{"x":1},"constructor":2,"toJSON":3,"then":4}') as object;
    d.other = own;
    (d.map as Record<string, unknown>)['length'] = { hasOwnProperty: 1 };
  },
  'a plain member named __proto__ that holds a draft': (d) => {
    const own = JSON.parse('{"__proto__":{"x":1}}') as Record<string, unknown>;
    Object.defineProperty(own, '__proto__', { value: d.list[0], enumerable: true, writable: true });
    d.other = own;
  },
  'integer-like names': (d) => {
    d.map['10'] = { id: 1 };
    d.map['9'] = { id: 2 };
  },
  'elements are set, last one first, some as they were': (d) => {
    d.numbers[2] = 9;
    d.numbers[0] = 5;
    d.numbers[1] = 8;
    d.numbers[2] = 4;
    d.numbers[1] = 7;
  },
  'an element is set and deep ones too': (d) => {
    const last = d.list.at(-1) as Item;
    last.inner = { n: 20 };
    last.id = -0;
    d.list[0] = { id: 30, inner: { n: 30 } };
  },
  'a changed list stands in two places': (d) => {
    d.numbers[1] = 30;
    d.other = { numbers: d.numbers, again: d.numbers };
    d.numbers[2] = 40;
  },
  'a changed list takes the place of another': (d) => {
    d.other = d.numbers;
    d.numbers[0] = 6;
    d.numbers = d.untouched.deep.deeper.map((n) => n + 1);
  },
  'a changed list stands in a new place before its own': (d) => {
    d.numbers[1] = 30;
    d.list[0] = { id: 1, ...{ numbers: d.numbers, more: [d.numbers] } };
  },
  'an element is defined, and one comes from an accessor': (d) => {
    Object.defineProperty(d.numbers, 1, { value: 6, enumerable: true, writable: true });
    Object.defineProperty(d.list, 1, { get: () => ({ id: 6 }), enumerable: true });
    d.list[0] = { id: 7 };
  },
  'a list with an iterator of its own': (d) => {
    d.numbers[0] = 6;
    Object.assign(d.numbers, { [Symbol.iterator]: () => [9].values() });
    const own = [d.list[0], 1];
    own[Symbol.iterator] = () => [8].values();
    d.other = own;
  },
  'a draft in a member that is read-only': (d) => {
    const options = { enumerable: true, configurable: true };
    Object.defineProperty(d.map, 'x', { ...options, value: d.list });
    Object.defineProperty(d.list, 1, { ...options, value: d.map['a'] });
  },
  'what inherits from a draft is changed, and what wraps one': (d) => {
    const heir = Object.create(d.map) as Record<string, unknown>;
    heir['a'] = 5;
    const wrapped = new Proxy(d.numbers, {});
    wrapped[0] = 8;
    wrapped.push(9);
    d.other = { ...heir };
  },
  'a list of another prototype': (d) => {
    Object.setPrototypeOf(d.numbers, Object.create(Array.prototype));
    Reflect.set(d.numbers, 0, 1);
  },
  'Object.assign and defineProperty': (d) => {
    Object.assign(d.map, { c: d.map['a'] });
    Object.defineProperty(d.map, 'd', {
      value: 1,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  },
  'what is undefined is absent': (d) => {
    d.other = undefined;
    (d.list[0] as { inner?: unknown }).inner = undefined;
  },
};

describe('V13 A recipe', () => {
  it('comes to what it comes to on a plain object, whatever it does', () => {
    for (const [name, recipe] of Object.entries(recipes)) {
      for (const options of [{}, { copy: false }, { freeze: false }]) {
        expect(`${name}: ${drafted(recipe, options)}`).toBe(`${name}: ${plain(recipe)}`);
      }
    }
  });

  it(
    'comes to the same as on a plain object for several steps one after the other',
    () => {
      const steps = Object.values(recipes);
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...steps), { maxLength: 5 }), (all) => {
          const run: Recipe = (d) => {
            for (const step of all) {
              if (d.list.length > 1 && d.list[0]?.inner !== undefined && 'a' in d.map) step(d);
            }
          };
          expect(drafted(run)).toBe(plain(run));
          expect(drafted(run, { copy: false })).toBe(plain(run));
        }),
        runs(300),
      );
    },
    soakTimeoutMs,
  );

  it('that sets what was there already changes nothing, and the version stays', () => {
    const producer = DiffCache.producer<Doc>();
    producer.set('k', doc());
    const before = producer.get('k');
    const message = producer.mutate('k', (d) => {
      d.numbers[0] = 5;
      d.list = [...d.list];
      d.map = { ...d.map };
    });
    expect([message.cmd, message.base, message.version]).toEqual(['update', 1, 1]);
    expect(producer.get('k')).toBe(before);
  });

  it('of a list that the value holds twice changes the one that it means', () => {
    for (const recipe of [
      (d: { x: number[][]; y: number[][] }) => void ((d.x[0] as number[])[1] = 5),
      (d: { x: number[][]; y: number[][] }) => {
        (d.x[0] as number[])[1] = 5;
        d.y = d.x;
      },
      (d: { x: number[][]; y: number[][] }) => {
        (d.y[1] as number[])[0] = 5;
        d.x[0] = d.y[1] as number[];
      },
    ]) {
      for (const options of [{}, { copy: false }, { copy: false, freeze: false }]) {
        const twin = [1, 2, 3];
        const list = [twin, twin];
        const producer = DiffCache.producer<{ x: number[][]; y: number[][] }>(options);
        const consumer = DiffCache.consumer();
        consumer.update(producer.set('k', { x: list, y: list }));
        consumer.update(producer.mutate('k', recipe).encode());
        const own = { x: [[...twin], [...twin]], y: [[...twin], [...twin]] };
        recipe(own);
        expect(JSON.stringify(producer.get('k'))).toBe(JSON.stringify(own));
        expect(consumer.verify(producer.head())).toBe(true);
      }
    }
  });

  it('reads without a change cost no change', () => {
    const producer = DiffCache.producer<Doc>({ strict: true });
    producer.set('k', doc());
    const read = (d: Doc): void => {
      for (const item of d.list) JSON.stringify(item);
    };
    expect(errorOf(() => producer.mutate('k', read)).code).toBe('no-change');
  });
});
