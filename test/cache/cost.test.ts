/** What is shared, frozen, skipped and counted: the promises about cost. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Entry } from '../../src/cache/entry.ts';
import { DiffCache } from '../../src/index.ts';
import type { Value } from '../../src/index.ts';
import { histories, runs, soakTimeoutMs } from '../support/arbitrary-values.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { errorOf } from './support/healing.ts';

function entriesOf(cache: object): ReadonlyMap<unknown, Entry> {
  return (cache as { store: ReadonlyMap<unknown, Entry> }).store;
}

function isFrozenDeep(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozenDeep);
}

describe('Lengths of JSON texts', () => {
  it(
    'are kept right at both ends through any history, by messages and by frames',
    () => {
      fc.assert(
        fc.property(histories, (history) => {
          const producer = DiffCache.producer<Value>();
          const byMessage = DiffCache.consumer<Value>();
          const byFrame = DiffCache.consumer<Value>();
          for (const [i, value] of history.entries()) {
            byMessage.update(producer.set('k', value).encode());
            if (i % 2 === 1) continue;
            byFrame.apply(producer.frame(byFrame.version).encode());
            const bytes = Buffer.byteLength(JSON.stringify(value));
            expect(entriesOf(producer).get('k')?.jsonBytes).toBe(bytes);
            expect([byMessage.jsonBytes('k'), byFrame.jsonBytes('k')]).toEqual([bytes, bytes]);
          }
          expect(byMessage.jsonBytes('none')).toBe(0);
        }),
        runs(250),
      );
    },
    soakTimeoutMs,
  );
});

describe('Values', () => {
  it('V10 are frozen at both ends, whichever way they came', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>();
    const steps: (() => unknown)[] = [
      () => consumer.update(producer.set('a', { list: [{ n: 1 }], deep: { er: {} } }).encode()),
      () => consumer.update(producer.set('a', { list: [{ n: 2 }, {}], deep: { er: {} } }).encode()),
      () =>
        consumer.update(
          producer.mutate('a', (d) => Object.assign(d as object, { x: [{}] })).encode(),
        ),
      () => consumer.apply(producer.batch((tx) => tx.set('b', [[{ a: [] }]])).encode()),
      () => consumer.apply(producer.replaceAll([['b', [[{ a: [1] }]]]]).encode()),
      () => consumer.update(producer.retran('b').encode()),
    ];
    for (const step of steps) {
      step();
      expect([...producer.values(), ...consumer.values()].every(isFrozenDeep)).toBe(true);
    }
    expect(() => ((consumer.get('b') as unknown[])[0] = 1)).toThrow(TypeError);
  });

  it('V10 are not frozen with freeze: false, and an equal value is still no change', () => {
    const producer = DiffCache.producer<Value>({ freeze: false });
    producer.set('a', { n: 1, list: [1] });
    expect(Object.isFrozen(producer.get('a'))).toBe(false);
    expect(producer.set('a', { n: 1, list: [1] }).version).toBe(1);
  });

  it('V11 share what an update leaves alone, at both ends', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>();
    const value = (n: number): Value => ({ n, same: { deep: [1, { x: 2 }] } });
    type Shape = { same: unknown };
    consumer.update(producer.set('a', value(1)).encode());
    const before = [producer.get('a'), consumer.get('a')] as Shape[];
    consumer.update(producer.set('a', value(2)).encode());
    const after = [producer.get('a'), consumer.get('a')] as Shape[];
    for (const end of [0, 1]) expect(after[end]?.same).toBe(before[end]?.same);
  });

  it('V10 that a read returns stay as they were when the entry changes', () => {
    const producer = DiffCache.producer<Value>();
    const consumer = DiffCache.consumer<Value>();
    consumer.update(producer.set('a', { n: 1 }));
    const [mine, theirs] = [producer.get('a'), consumer.get('a')];
    consumer.update(producer.set('a', { n: 2 }));
    expect([mine, theirs]).toEqual([{ n: 1 }, { n: 1 }]);
  });
});

/** A plain value whose members count how often they are read. */
function counted(value: object, count: { reads: number }): object {
  return new Proxy(value, {
    get(target, name, receiver): unknown {
      count.reads++;
      return Reflect.get(target, name, receiver);
    },
    ownKeys(target): (string | symbol)[] {
      count.reads++;
      return Reflect.ownKeys(target);
    },
  });
}

/** A value of some heavy parts, each of which counts its reads. */
function heavy(parts: number): { value: Record<string, object>; count: { reads: number } } {
  const count = { reads: 0 };
  const value: Record<string, object> = {};
  for (let i = 0; i < parts; i++) {
    const list = Array.from({ length: 100 }, (_, n) => ({ n, text: `part ${i}` }));
    value[`part${i}`] = counted({ list, i }, count);
  }
  return { value, count };
}

describe('The cost of a change', () => {
  it('V12 with copy: false identical parts are not looked into', () => {
    const { value, count } = heavy(50);
    const producer = DiffCache.producer<object>({ copy: false, freeze: false });
    producer.set('k', value);
    const consumer = DiffCache.consumer<object>();
    consumer.apply(producer.frame(0).encode());
    count.reads = 0;
    const messages = [
      producer.set('k', { ...value, part7: { list: [], i: -1 } }),
      producer.mutate('k', (d) => Object.assign(d, { more: 1 })),
      producer.set('k', producer.get('k') as object),
      producer.delete('k'),
    ];
    // The one part that was replaced may be measured and hashed; no other is touched.
    expect(count.reads).toBeLessThan(10);
    for (const message of messages.slice(0, 2)) consumer.update(message.encode());
    expect(count.reads).toBeLessThan(10);
    expect(consumer.get('k')).toMatchObject({ more: 1, part7: { i: -1 } });
  });

  it('G3 P4 a batch that is refused for its size costs the values beside it nothing', () => {
    const count = { reads: 0 };
    const rows = Array.from({ length: 500 }, (_, i) => counted({ i, text: `row ${i}` }, count));
    const limits = { valueBytesMax: 100_000 };
    const producer = DiffCache.producer<Value>({ copy: false, freeze: false, limits });
    producer.set('k', rows as Value);
    producer.set('k', rows.with(3, { i: -1 }) as Value);
    count.reads = 0;
    for (let i = 0; i < 5; i++) {
      const batch = (): unknown =>
        producer.batch((tx) => {
          tx.set('k', rows.with(7, { i: -i }) as Value);
          tx.set('other', 'x'.repeat(200_000));
        });
      expect(errorOf(batch).code).toBe('limit-exceeded');
    }
    producer.set('k', rows.with(3, { i: -2 }) as Value);
    // To digest all rows anew, once, takes five reads of each.
    expect(count.reads).toBeLessThan(2 * rows.length);
  });

  it('V12 with copy: false what is handed over next is kept too, however it differs', () => {
    const producer = DiffCache.producer<Value>({ copy: false });
    const [same, row] = [{ c: [1, 2, 3] }, { id: 1 }];
    const states: Value[] = [
      { a: 1, b: same },
      { a: 2, b: same },
      { a: 3, b: same, more: true },
      { b: same, a: 4 },
      { b: [row, { id: 2 }], a: 4 },
      { b: [{ id: 2, n: 5 }, row], a: 4 },
      { b: [{ id: 2, n: 6 }, row], a: 4 },
      [1, 2, row],
      [1, 3, row, { deep: [true] }],
      'text',
    ];
    for (const state of states) {
      producer.set('k', state);
      expect(producer.get('k')).toBe(state);
    }
    // What is equal and stands there already is shared with the value before instead.
    producer.set('k', { a: 1, b: same });
    producer.set('k', { a: 2, b: structuredClone(same) });
    expect(producer.get('k')).toHaveProperty('b', same);
    expect((producer.get('k') as { b: unknown }).b).toBe(same);
  });

  it('V2 V12 with copy: false only nodes in which something had to be changed are copies', () => {
    const producer = DiffCache.producer<Value>({ copy: false });
    const at = { x: 1 };
    // The first is taken in, the others are compared with it, member by member or by names.
    const states: Value[] = [
      { n: [-0], at, m: -0 },
      { n: [1, -0], at, m: -0 },
      { n: [1, -0, 2], at, m: 7 },
      { n: [1, -0, 2], at, m: -0, z: [-0, { a: -0 }] },
      { z: [-0, { a: -0, b: 1 }], n: [-0, 3], at, m: -0 },
    ];
    for (const state of states) {
      producer.set('k', state);
      const held = producer.get('k') as { n: number[]; at: object };
      expect(held).toEqual(JSON.parse(JSON.stringify(state)));
      expect(held.at).toBe(at);
    }
    producer.set('k', { at, gone: undefined } as unknown as Value);
    expect(Object.keys(producer.get('k') as object)).toEqual(['at']);
  });

  it('V13 a recipe costs the nodes on its way, however wide and deep the rest is', () => {
    const { value, count } = heavy(50);
    const producer = DiffCache.producer<{ inner: { n: number } }>({ copy: false, freeze: false });
    producer.set('k', { ...value, inner: { n: 1 } });
    count.reads = 0;
    const message = producer.mutate('k', (d) => {
      d.inner.n++;
    });
    expect([producer.get('k')?.inner, count.reads]).toEqual([{ n: 2 }, 0]);
    expect(message.encode().length).toBeLessThan(30);
  });

  it('P10 F1 a frame costs what changed since, not what there is', () => {
    const { value, count } = heavy(50);
    const producer = DiffCache.producer<object>({ copy: false, freeze: false });
    for (const [name, part] of Object.entries(value)) producer.set(name, { part, n: 0 });
    const from = producer.version;
    for (const n of [1, 2, 3]) {
      producer.set('part3', { part: value['part3'], n });
      producer.set('part4', { part: value['part4'], n });
    }
    count.reads = 0;
    const frame = producer.frame(from);
    expect(frame.changes.length).toBe(2);
    expect(frame.encode().length).toBeLessThan(60);
    expect(count.reads).toBe(0);
  });

  it('S4 an encoded message is made once, and so is the body of a frame', () => {
    const producer = DiffCache.producer<Value>();
    const message = producer.set('a', { n: 1 });
    expect(message.encode()).toBe(message.encode());
    const frame = producer.frame(0);
    expect(frame.body()).toBe(frame.body());
  });
});

describe('Values that are no JSON', () => {
  it('V3 are refused with the place named, and nothing has changed', () => {
    const producer = DiffCache.producer();
    producer.set('k', { list: [{ a: 1 }] });
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const wrong: [unknown, string][] = [
      [{ list: [{ a: Number.NaN }] }, '$.list[0].a'],
      [{ list: [{ a: 1 }, undefined] }, '$.list[1]'],
      [{ x: { 'odd name': () => 1 } }, '$.x["odd name"]'],
      [{ list: [{ a: new Date(0) }] }, '$.list[0].a'],
      [{ x: '\udc00' }, '$.x'],
      [cycle, '$.self'],
      [1n, '$'],
      [undefined, '$'],
    ];
    for (const [value, place] of wrong) {
      const error = errorOf(() => producer.set('k', value));
      expect(error.code).toBe('bad-value');
      expect(error.message).toContain(` at ${place}`);
      expect(errorOf(() => producer.set('new', value)).code).toBe('bad-value');
    }
    expect([producer.version, producer.size, producer.get('k')]).toEqual([
      1,
      1,
      { list: [{ a: 1 }] },
    ]);
  });

  it('P14 a line that was cut out of a long text does not keep all of it', () => {
    const text = (i: number): string => `${i} is a line\n`.repeat(40_000);
    const producer = DiffCache.producer<string>({ limits: { journalEntriesMax: 0 } });
    const consumer = DiffCache.consumer<string>();
    for (let i = 0; i < 30; i++) consumer.update(producer.set(i, text(i)).encode());
    const before = heldBytes();
    for (let i = 0; i < 30; i++) {
      const line = Buffer.from(text(i).slice(i % 2 === 0 ? 0 : -300)).subarray(0, 300);
      consumer.update(producer.set(i, line.toString()).encode());
    }
    // At each end 30 texts of half a megabyte are gone.
    expect(before - heldBytes()).toBeGreaterThan(25_000_000);
    expect(consumer.verify(producer.head())).toBe(true);
  });
});
