import { describe, expect, it } from 'vitest';

import { DiffCache } from '../../src/index.ts';
import { contents, errorOf } from './support/healing.ts';
import type { Doc } from './support/recipe-doc.ts';
import { doc } from './support/recipe-doc.ts';

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

  it('make another value in place of changing the draft', () => {
    expect(refusal((d) => ({ ...d, numbers: [] }))).toBe('bad-argument');
    expect(refusal(() => [])).toBe('bad-argument');
    // What it returns beside a change, or of the draft itself, is not used.
    const producer = DiffCache.producer<Doc>();
    const recipes: ((draft: Doc) => unknown)[] = [
      (d) => d.numbers.push(1),
      (d) => Object.assign(d, { numbers: [] }),
      (d) => ({ now: (d.numbers = [2]) }),
      (d) => d.list,
      () => new Map(),
      () => 7,
    ];
    producer.set('k', doc());
    for (const recipe of recipes) producer.mutate('k', recipe);
    expect([producer.version, producer.get('k')?.numbers]).toEqual([4, [2]]);
  });

  it('put a member beside the elements of a list', () => {
    for (const name of ['-1', '1.5', '1e-7', '4294967295', 'name']) {
      const put = (list: unknown): void => {
        (list as Record<string, unknown>)[name] = 1;
      };
      const recipes: ((draft: Doc) => unknown)[] = [
        (d) => put(d.numbers),
        (d) => [(d.numbers[0] = 7), put(d.numbers)],
        (d) => [d.numbers.push(7), put(d.numbers)],
        (d) => [Array.from({ length: 30 }, (_, n) => (d.numbers[n] = n)), put(d.numbers)],
        (d) => [Reflect.deleteProperty(d.numbers, 0), (d.numbers[0] = 1), put(d.numbers)],
      ];
      for (const recipe of recipes) expect(refusal(recipe)).toBe('bad-value');
    }
  });

  it('leave such a member to a later recipe of one batch', () => {
    const producer = DiffCache.producer<Doc>();
    producer.set('k', doc());
    const error = errorOf(() =>
      producer.batch((tx) => {
        tx.mutate('k', (d) => void (d.numbers[-1] = 1));
        tx.mutate('k', (d) => void (d.other = 2));
      }),
    );
    expect([error.code, producer.version]).toEqual(['bad-value', 1]);
    expect(JSON.stringify(producer.get('k'))).toBe(JSON.stringify(doc()));
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

  it('V6 put in what cannot be read, be it a proxy or an accessor, of drafts too', () => {
    const { proxy: gone, revoke } = Proxy.revocable<unknown[]>([], {});
    revoke();
    const loud = (): never => {
      throw new RangeError('not to be read');
    };
    for (const odd of [gone, new Proxy({}, { ownKeys: loud }), new Proxy([1], { get: loud })]) {
      expect(refusal((d) => void (d.other = odd))).toBe('bad-value');
      expect(refusal((d) => void (d.other = [d.list, { odd }]))).toBe('bad-value');
    }
    for (const name of ['other', 'list']) {
      expect(
        refusal((d) => {
          Object.defineProperty(d, name, { get: loud, enumerable: true, configurable: true });
        }),
      ).toBe('bad-value');
      const late = refusal((d) => {
        const get = (): unknown => d.map;
        Object.defineProperty(d, name, { get, enumerable: true, configurable: true });
      });
      expect(late).toMatch(/^bad-(?:value|argument)$/);
    }
    expect(
      refusal((d) => {
        Object.defineProperty(d, 'other', { value: d.list, enumerable: true });
      }),
    ).toBe('bad-value');
  });

  it('V6 V9 make the member that holds the key one that cannot be read', () => {
    const producer = DiffCache.producer<{ key: string }>();
    producer.update({ key: 'k' });
    const get = (): never => {
      throw new RangeError('not to be read');
    };
    const hide = (d: object): void => void Object.defineProperty(d, 'key', { get });
    expect(errorOf(() => producer.mutate('k', hide)).code).toBe('bad-value');
    expect(contents(producer)).toBe('"k" {"key":"k"}');
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

  it('keep their draft when they fail, or turn out to be async', () => {
    const producer = DiffCache.producer<Doc>();
    producer.set('k', doc());
    const kept: Doc[] = [];
    const fails = (draft: Doc): void => {
      kept.push(draft);
      throw new RangeError('the recipe fails');
    };
    const goesOn = (draft: Doc): unknown => {
      kept.push(draft);
      return Promise.resolve();
    };
    expect(() => producer.mutate('k', fails)).toThrow(RangeError);
    expect(() => producer.mutate('k', goesOn)).toThrow('async');
    for (const draft of kept) expect(errorOf(() => draft.list).code).toBe('bad-argument');
    expect([kept.length, producer.version]).toEqual([2, 1]);
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
