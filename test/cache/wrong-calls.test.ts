import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { applyPatch, DataMsg, diff, DiffCache, Frame, Patch } from '../../src/index.ts';
import type { ProducerCache } from '../../src/index.ts';
import { attempt } from './support/healing.ts';

const loaded = (): ProducerCache => {
  const producer = DiffCache.producer();
  producer.update({ key: 1, n: 1 });
  return producer;
};
/** What is told; arguments are `never`s, as a program without types passes anything. */
const told = (call: () => unknown): unknown => {
  const { code, recovery, message } = Object(attempt(call));
  return [code, recovery, message];
};

describe('A wrong call', () => {
  it.each([
    ['values alone', [{ key: 1 }], 'something else among them'],
    ['keys alone', ['ab'], 'something else among them'],
    ['an object', { a: 1 }, 'what cannot be iterated over'],
    ['nothing', undefined, 'what cannot be iterated over'],
  ])(
    'F5 of replaceAll with %s is told what it takes, and changes nothing',
    (_what, given, found) => {
      const producer = loaded();
      expect(told(() => producer.replaceAll(given as never))).toEqual([
        ...['bad-argument', 'fix-the-call'],
        `replaceAll takes pairs, [key, value], as of a Map or Object.entries, not ${found}`,
      ]);
      expect([producer.version, producer.size]).toEqual([1, 1]);
    },
  );

  it.each([[undefined], [null], ['text'], [7], [new ArrayBuffer(4)], [[1, 2]], [new Int8Array(2)]])(
    'C2 of decode with %j is none of the bytes',
    (given) => {
      for (const kind of [DataMsg, Frame, Patch] as const) {
        const [code, recovery, message] = told(() => kind.decode(given as never)) as string[];
        expect([code, recovery]).toEqual(['bad-argument', 'fix-the-call']);
        expect(message).toContain('Uint8Array');
      }
    },
  );

  it('C2 of decode is none with bytes of another realm, and of a Buffer', () => {
    const bytes = Patch.decode(diff(1, 2)?.encode() as Uint8Array).encode();
    const foreign = runInNewContext(`Uint8Array.from([${bytes.join()}])`) as Uint8Array;
    for (const given of [foreign, Buffer.from(bytes)]) {
      expect(applyPatch(1, Patch.decode(given))).toBe(2);
    }
  });

  it.each([[undefined], [null], [JSON.stringify({ epoch: 'a', version: 1, digest: 'b' })], [{}]])(
    'M7 of verify with %j is no difference, but the mistake that it is',
    (given) => {
      const consumer = DiffCache.consumer();
      expect(told(() => consumer.verify(given as never))).toEqual([
        'bad-argument',
        'fix-the-call',
        'verify takes what head() of the producer returned',
      ]);
    },
  );

  it('M7 of verify with a version that counts no commits does not move the consumer there', () => {
    const producer = loaded();
    const consumer = DiffCache.consumer();
    consumer.apply(producer.frame(0));
    const head = producer.head();
    for (const version of [Number('1e999'), 1.5, -1, Number.NaN, '1']) {
      const call = (): boolean => consumer.verify({ ...head, version: version as number });
      expect(Object(attempt(call))).toMatchObject({ code: 'bad-argument' });
    }
    consumer.update(producer.set(1, 'next'));
    expect([consumer.version, consumer.get(1)]).toEqual([2, 'next']);
  });

  it('F1 of frame with a version that is still text shows that it is', () => {
    const message = 'there is no version "0" to start from: the present one is 1';
    expect(told(() => loaded().frame('0' as never))).toEqual([
      'bad-argument',
      'fix-the-call',
      message,
    ]);
  });
});

describe('What is printed of a cache', () => {
  it('A4 is its entries, as of a Map', () => {
    expect(inspect(loaded())).toBe('DiffCache Map(1) { 1 => { key: 1, n: 1 } }');
    expect(inspect(DiffCache.consumer())).toBe('DiffCache Map(0) {}');
  });

  it('A4 as JSON is the pairs that another takes', () => {
    const text = JSON.stringify(loaded());
    expect(text).toBe('[[1,{"key":1,"n":1}]]');
    const again = DiffCache.producer();
    again.replaceAll(JSON.parse(text) as [number, unknown][]);
    expect([...again]).toEqual([...loaded()]);
  });
});
