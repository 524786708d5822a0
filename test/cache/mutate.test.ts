import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DiffCache } from '../../src/index.ts';
import type { ProducerOptions } from '../../src/index.ts';
import { runs, soakTimeoutMs } from '../support/arbitrary-values.ts';
import { contents, errorOf } from './support/healing.ts';

interface Item {
  id: number;
  name?: string;
  inner?: { n: number };
}
interface Doc {
  list: Item[];
  numbers: number[];
  map: Record<string, Item>;
  other?: unknown;
  untouched: { deep: { deeper: number[] } };
}

const doc = (): Doc => ({
  list: [
    { id: 3, inner: { n: 3 } },
    { id: 1, inner: { n: 1 } },
    { id: 2, inner: { n: 2 } },
  ],
  numbers: [5, 3, 4],
  map: { a: { id: 10 }, b: { id: 11 } },
  untouched: { deep: { deeper: [1, 2, 3] } },
});

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
  'an element is defined, and one comes from an accessor': (d) => {
    Object.defineProperty(d.numbers, 1, { value: 6, enumerable: true, writable: true });
    Object.defineProperty(d.list, 1, { get: () => ({ id: 6 }), enumerable: true });
    d.list[0] = { id: 7 };
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

describe('V13 What a recipe must not do', () => {
  /** The code of the refusal, after which all is as it was. */
  function refusal(recipe: (draft: Doc) => unknown): string {
    const producer = DiffCache.producer<Doc>();
    const consumer = DiffCache.consumer<Doc>();
    consumer.update(producer.set('k', doc()));
    const before = producer.get('k');
    const { code } = errorOf(() => producer.mutate('k', recipe));
    expect(producer.get('k')).toBe(before);
    expect(JSON.stringify(before)).toBe(JSON.stringify(doc()));
    expect(consumer.verify(producer.head())).toBe(true);
    producer.mutate('k', (d) => {
      d.numbers = [];
    });
    expect(producer.version).toBe(2);
    return code;
  }

  it('be async', () => {
    expect(
      refusal(async (d) => {
        d.numbers = [];
        await Promise.resolve();
      }),
    ).toBe('bad-argument');
    // oxlint-disable-next-line unicorn/no-thenable
    expect(refusal(() => ({ then: () => undefined }))).toBe('bad-argument');
  });

  it('put in what is not JSON', () => {
    const wrong = [() => 1, Symbol('s'), 1n, Number.NaN, new Date(0), new Map(), '\ud800'];
    for (const value of wrong) {
      expect(
        refusal((d) => {
          d.other = value;
        }),
      ).toBe('bad-value');
      expect(
        refusal((d) => {
          d.other = [d.list, { value }];
        }),
      ).toBe('bad-value');
    }
    expect(
      refusal((d) => {
        Object.defineProperty(d, 'other', { get: () => 1, enumerable: true, configurable: true });
      }),
    ).toBe('bad-value');
  });

  it('leave a hole in an array', () => {
    expect(
      refusal((d) => {
        // oxlint-disable-next-line typescript/no-array-delete
        delete d.list[1];
      }),
    ).toBe('bad-value');
    expect(
      refusal((d) => {
        d.numbers[10] = 1;
      }),
    ).toBe('bad-value');
    for (const name of ['01', '', '-0', '1.0', 'name']) {
      expect(
        refusal((d) => {
          d.numbers[1] = 7;
          Reflect.set(d.numbers, name, 1);
        }),
      ).toBe('bad-value');
    }
  });

  it('make a value that contains itself', () => {
    expect(
      refusal((d) => {
        d.other = d;
      }),
    ).toBe('bad-value');
    expect(
      refusal((d) => {
        d.other = { list: [d] };
      }),
    ).toBe('bad-value');
    expect(
      refusal((d) => {
        const own: { self?: unknown; d?: unknown } = { d: d.list[0] };
        own.self = own;
        d.other = own;
      }),
    ).toBe('bad-value');
  });

  it('nest deeper than a value may', () => {
    expect(
      refusal((d) => {
        let deep: unknown = d.list[0];
        for (let i = 0; i < 100_000; i++) deep = [deep];
        d.other = deep;
      }),
    ).toBe('bad-value');
  });

  it('write through the producer while it is at work', () => {
    const producer = DiffCache.producer<Doc>();
    producer.set('k', doc());
    const writes = [
      () => producer.set('k', doc()),
      () => producer.delete('k'),
      () => producer.mutate('k', () => undefined),
      () => producer.batch(() => undefined),
      () => producer.replaceAll([]),
    ];
    for (const write of writes) {
      expect(errorOf(() => producer.mutate('k', () => void write())).code).toBe('bad-argument');
    }
    expect([producer.version, producer.size]).toEqual([1, 1]);
  });

  it('keep its draft: it cannot be used afterwards, and changes nothing', () => {
    const producer = DiffCache.producer<Doc>();
    producer.set('k', doc());
    const kept: Doc[] = [];
    producer.mutate('k', (d) => {
      d.numbers.push(1);
      kept.push(d);
    });
    const [draft] = kept as [Doc];
    const text = JSON.stringify(producer.get('k'));
    for (const use of [
      () => draft.list,
      () => (draft.other = 1),
      () => delete draft.other,
      () => Object.defineProperty(draft, 'x', { value: 1 }),
    ]) {
      expect(errorOf(use).code).toBe('bad-argument');
    }
    expect(JSON.stringify(producer.get('k'))).toBe(text);
  });

  it('change a scalar or an entry that does not exist', () => {
    const producer = DiffCache.producer();
    for (const value of [null, 1, 'text', true]) {
      producer.set('k', value);
      expect(errorOf(() => producer.mutate('k', () => undefined)).code).toBe('bad-argument');
    }
    expect(errorOf(() => producer.mutate('none', () => undefined)).code).toBe('unknown-key');
  });

  it('leave holes in a list of its own: refused, with drafts among its elements too', () => {
    const producer = DiffCache.producer<Doc>();
    producer.set('k', doc());
    const holes = (d: Doc): void => {
      const [first] = d.list;
      d.other = Object.assign(Array.from({ length: 0 }), { 1: first });
    };
    expect(errorOf(() => producer.mutate('k', holes)).code).toBe('bad-value');
    expect(contents(producer)).toBe(`"k" ${JSON.stringify(doc())}`);
  });

  it('throw half-way and leave a trace: all is as it was', () => {
    const producer = DiffCache.producer<Doc>();
    producer.set('k', doc());
    const before = producer.get('k');
    const fail = (d: Doc): void => {
      d.list.length = 0;
      delete d.map['a'];
      throw new RangeError('the recipe fails');
    };
    expect(() => producer.mutate('k', fail)).toThrow(RangeError);
    expect(producer.get('k')).toBe(before);
    expect(producer.version).toBe(1);
    const batch = (): unknown =>
      producer.batch((tx) => {
        tx.set('other', doc());
        tx.mutate('k', fail);
      });
    expect(batch).toThrow(RangeError);
    expect(contents(producer)).toBe(`"k" ${JSON.stringify(doc())}`);
  });

  it('V13 shows drafts alone, through descriptors too, and cannot be frozen', () => {
    const producer = DiffCache.producer({ freeze: false });
    producer.set('k', { x: { y: 1 } });
    producer.mutate('k', (draft) => {
      const own = Object.getOwnPropertyDescriptor(draft, 'x')?.value as { y: number };
      own.y = 2;
      expect(() => Object.freeze(draft)).toThrow('cannot be frozen');
    });
    expect(producer.version).toBe(2);
    expect(producer.get('k')).toEqual({ x: { y: 2 } });
  });
});
