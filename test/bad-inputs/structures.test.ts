import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/core/bytes.ts';
import { TAG } from '../support/tags.ts';
import { ValueReader } from '../../src/core/value-reader.ts';
import { resolveLimits } from '../../src/core/limits.ts';
import { DataMsg, DiffCache, digestOf, Frame, Patch } from '../../src/index.ts';
import type { Value } from '../../src/index.ts';
import { withSeal } from '../../src/protocol/seal.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { errorOf } from '../cache/support/healing.ts';
import { nested } from '../support/arbitrary-values.ts';
import { bytesOf, HubBench, readValue, someText, someValue } from './support/benches.ts';
import { feed } from './support/feed-text.ts';
import { underLaw, VARIANTS } from './support/general-law.ts';
import { bytesAround, carried, ingested, within } from './support/ways-in.ts';

const handled = { handled: VARIANTS };
const refused = { malformed: VARIANTS };

const odd: readonly (readonly [string, () => unknown])[] = [
  ['a sparse array', () => Object.assign(new Array<number>(3), { 0: 1, 2: 3 })],
  ['an array with members', () => Object.assign([1, 2], { total: 3 })],
  ['a typed array', () => new Uint8Array(3)],
  ['a buffer', () => Buffer.from('x')],
  ['a date', () => new Date(0)],
  ['a map', () => new Map([[1, 2]])],
  ['a set', () => new Set([1])],
  ['a BigInt', () => 1n],
  ['a symbol', () => Symbol('s')],
  ['a function', () => () => 1],
  ['a boxed number', () => Object(1) as unknown],
  ['a regular expression', () => /x/],
  ['an error', () => new Error('x')],
  ['a promise', () => Promise.resolve(1)],
  [
    'an instance',
    () =>
      new (class Point {
        x = 1;
      })(),
  ],
  ['an object of an object', () => Object.create({ a: 1 }) as unknown],
  [
    'an accessor',
    () => ({
      get a() {
        return 1;
      },
    }),
  ],
  [
    'a getter that throws',
    () => ({
      get a(): never {
        throw new TypeError('no');
      },
    }),
  ],
  [
    'a proxy that throws',
    () =>
      new Proxy(
        { a: 1 },
        {
          get: () => {
            throw new Error('no');
          },
        },
      ),
  ],
  [
    'a proxy without keys',
    () =>
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
  ],
  ['a revoked proxy', () => revoked()],
  ['an undefined element', () => [1, undefined]],
];

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Names that mean something to JavaScript itself, or to those who read JSON. */
const special = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
const awkward = ['toJSON', 'then', 'length', '$ref', '-', '0', '01', '4294967295', '4294967294'];

/** An object of these names, as JSON.parse makes it: own members, whatever they are called. */
function objectOf(random: SeededRandom, names: readonly string[]): Value {
  const members = random.pick([names, [...names].reverse()]).map((name) => {
    const value = random.pick(['1', '{"polluted":1}', '[]', '"x"', '{"__proto__":{"polluted":2}}']);
    return `${JSON.stringify(name)}:${value}`;
  });
  return JSON.parse(`{${members.slice(random.below(members.length)).join()}}`) as Value;
}

describe('members', () => {
  it('BI-40 a name or key that comes twice is refused, in JSON text too', () => {
    const outcomes = underLaw('BI-40', (random, n) => {
      const name = `${someText(random, 6)}n`;
      if (n % 4 === 0) {
        const inner = `{${JSON.stringify(name)}:1,"other":[],${JSON.stringify(name)}:2}`;
        const text = JSON.stringify({ key: 'k', a: within(random, 'HERE') }).replace(
          '"HERE"',
          inner,
        );
        return () => feed(text);
      }
      const once = bytesOf((_out, values) => values.name(name));
      if (n % 4 === 1) {
        // A second name of the same text, by its number or in full.
        const second = random.pick([[1], [...once]]);
        const full = Uint8Array.from([TAG.newShape, 2, ...once, ...second, 5, 6]);
        return () => void readValue(full);
      }
      if (n % 4 === 2) {
        const base = { [name]: 1, z: 2 };
        const add = Uint8Array.from([1, 16 * random.below(3) + 8 + 6, ...once, 7]);
        return () => void applied(base, add);
      }
      const epoch = { term: 1, incarnation: '0'.repeat(16) };
      const put = { kind: 'put', key: name, value: 1 } as const;
      const frame = new Frame(epoch, { from: 0, to: 1 }, [put, put], 0);
      const consumer = DiffCache.consumer();
      return () => void consumer.apply(frame.encode());
    });
    expect(outcomes).toEqual({ 'refused bad-input': 250, malformed: 500, 'patch-conflict': 250 });
  });

  it('BI-41 names of the prototypes are plain data, all the way and in patches', () => {
    const outcomes = underLaw('BI-41', (random) => {
      const values = [1, 2, 3].map(() => within(random, objectOf(random, special)));
      return () => carried(random.pick(special), ...values, 1);
    });
    expect(outcomes).toEqual(handled);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('BI-42 names that others read as commands, lengths or places are plain data', () => {
    const outcomes = underLaw('BI-42', (random) => {
      const values = [1, 2, 3].map(() => within(random, objectOf(random, awkward)));
      return () => carried(random.pick(awkward), ...values, 1);
    });
    expect(outcomes).toEqual(handled);
  });

  it('BI-43 names that read as numbers stand in the order of the engine, on both sides', () => {
    const outcomes = underLaw('BI-43', (random, n) => {
      const names = ['b', '10', 'a', '2', '01', '1.5', '-1', '4294967294', '4294967295'];
      for (let i = names.length - 1; i > 0; i--) {
        const j = random.below(i + 1);
        [names[i], names[j]] = [names[j] as string, names[i] as string];
      }
      const one = Object.fromEntries(names.map((name) => [name, 1]));
      const numbers = ['2', '10', '4294967294'];
      if (n % 2 === 1) {
        // Against the order: no engine could show it.
        const falling = numbers.toSorted((a, b) => Number(b) - Number(a)).slice(0, 2);
        const bytes = bytesOf((out, values) => {
          out.byte(TAG.newShape);
          out.varint(2);
          for (const name of random.pick([falling, ['x', '7']])) values.name(name);
          values.value([1]);
          values.value(1);
        });
        return () => void readValue(bytes);
      }
      const rest = names.filter((name) => !numbers.includes(name));
      const two = Object.fromEntries([...rest, ...numbers].map((name) => [name, 1]));
      return () => (digestOf(one) === digestOf(two) ? carried('k', one, { z: two }, two) : 'other');
    });
    expect(outcomes['malformed']).toBe(500);
    expect(outcomes['handled']).toBe(500);
  });
});

describe('sizes', () => {
  it('BI-44 128 levels pass, 129 and a million are refused at both ends', () => {
    const outcomes = underLaw('BI-44', (random, n) => {
      const bits = random.next();
      const array = (level: number): boolean => ((bits >> (level % 31)) & 1) === 1;
      if (n % 4 === 0) return () => carried('k', nested(128, 1, array), nested(127, [2], array));
      const depth = n % 100 === 1 ? 1_000_000 : 129 + random.below(300);
      if (n % 4 === 1) {
        const value = nested(depth, 1, array);
        return { act: () => ingested(random, value), bytes: depth };
      }
      const bytes = bytesOf((out) => {
        const shape = [TAG.newShape, 1, 2, 0x61];
        const [first, step] = random.pick([
          [[TAG.shortArray + 1], TAG.shortArray + 1],
          [shape, TAG.shape],
        ] as const);
        for (const byte of first) out.byte(byte);
        for (let level = 0; level < depth; level++) out.byte(step);
        out.byte(0);
      });
      if (n % 4 === 2) return () => void readValue(bytes);
      const patch = Uint8Array.from([1, ...Array<number>(depth).fill(9)]);
      return () => void Patch.decode(patch);
    });
    expect(outcomes).toEqual({ handled: 250, 'bad-value': 250, 'limit-exceeded': 500 });
  });

  it('BI-45 as many parts as the limit pass, one more is refused at both ends', () => {
    const outcomes = underLaw('BI-45', (random, n) => {
      const nodesMax = 2 + random.below(200);
      const inner = random.below(nodesMax);
      const parts = nodesMax + (n % 2);
      // The array's own elements and those of what it holds.
      const value = random.chance(0.5)
        ? Array.from({ length: parts }, (_, i) => i)
        : [Array.from({ length: inner }, () => 0), ...Array<number>(parts - inner - 1).fill(1)];
      const bytes = DiffCache.producer<Value>().set('k', value).encode();
      return () => {
        const producer = DiffCache.producer<Value>({ limits: { nodesMax } });
        if (n % 2 === 0) {
          DataMsg.decode(bytes, { nodesMax });
          producer.set('k', value);
          return 'handled';
        }
        const codes = [errorOf(() => producer.set('k', value)).code];
        codes.push(errorOf(() => DataMsg.decode(bytes, { nodesMax })).code);
        return codes.join(' ');
      };
    });
    expect(outcomes).toEqual({ handled: 500, 'bad-value limit-exceeded': 500 });
    const million = Array.from({ length: 1_000_000 }, () => 0);
    const message = DiffCache.producer<Value>().set('k', million).encode();
    expect(DataMsg.decode<Value>(message).parts.value).toHaveLength(1_000_000);
  });

  it('BI-46 objects that lean on one shape are counted member by member', () => {
    const limits = resolveLimits({ nodesMax: 5000 });
    const outcomes = underLaw('BI-46', (random) => {
      const width = 20 + random.below(40);
      // Each byte behind the shape is an object of that many members, or one of these.
      const bytes = bytesOf((out, values) => {
        const names = Array.from({ length: width }, (_, i) => `n${i}`);
        out.byte(TAG.array);
        out.varint(3000);
        values.value(Object.fromEntries(names.map((name) => [name, 0])));
        for (let i = 0; i < 3000; i++) {
          const bomb = random.chance(0.05) && i < 2000;
          out.byte(bomb ? TAG.shape : random.below(64));
        }
        for (let i = 0; i < 20_000; i++) out.byte(TAG.shape);
      });
      return { act: () => void readValue(bytes, limits), bytes: bytes.length };
    });
    expect(Object.keys(outcomes)).toEqual(['limit-exceeded']);
  });

  it('BI-47 a value that contains itself is refused', () => {
    const outcomes = underLaw('BI-47', (random) => {
      const ring: Record<string, unknown> = { a: 1 };
      const row: unknown[] = [1];
      let inner: unknown = random.pick<unknown>([ring, row]);
      for (let depth = random.below(5); depth > 0; depth--) inner = within(random, inner);
      ring['b'] = inner;
      row.push(inner, ring);
      return () => ingested(random, within(random, random.pick<unknown>([ring, row])));
    });
    expect(outcomes).toEqual({ 'bad-value': VARIANTS });
  });

  it('BI-48 parts that are shared are kept as often as they show, and counted so', () => {
    const outcomes = underLaw('BI-48', (random, n) => {
      let shared: unknown = someValue(random, 2);
      const levels = n % 2 === 0 ? 1 + random.below(4) : 20 + random.below(80);
      for (let level = 0; level < levels; level++) {
        shared = random.chance(0.5) ? [shared, shared] : { a: shared, b: shared };
      }
      if (n % 2 === 1) return () => ingested(random, shared);
      return () => carried('k', shared, [shared], { a: shared });
    });
    expect(outcomes).toEqual({ handled: 500, 'bad-value': 500 });
  });
});

describe('what a caller hands over', () => {
  it('BI-49 what is no JSON is refused wherever it stands, whatever it does when read', () => {
    const outcomes = underLaw('BI-49', (random, n) => {
      const [, make] = odd[n % odd.length] as (typeof odd)[number];
      const value = within(random, make());
      return () => ingested(random, value);
    });
    expect(outcomes).toEqual({ 'bad-value': VARIANTS });
  });

  it('BI-50 an undefined member is absent, an undefined element is refused', () => {
    const outcomes = underLaw('BI-50', (random, n) => {
      if (n % 2 === 0) {
        const value = within(
          random,
          [someValue(random, 2), undefined].toSorted(() => 1),
        );
        return () => ingested(random, value);
      }
      const members = Array.from({ length: 6 }, (_, i): [string, unknown] => [
        `m${i}`,
        random.chance(0.5) ? undefined : someValue(random, 2),
      ]);
      const value = Object.fromEntries(members);
      return () => carried('k', value, { ...value, m1: undefined, m9: 1 }, [{ a: undefined }]);
    });
    expect(outcomes).toEqual({ 'bad-value': 500, handled: 500 });
  });

  it('BI-51 what a caller does to its own value afterwards does not show', () => {
    const outcomes = underLaw('BI-51', (random) => {
      const value = { key: 'k', list: [1, { deep: [someValue(random, 2)] }], other: {} };
      return () => {
        const producer = DiffCache.producer<typeof value>();
        producer.update(value);
        const text = JSON.stringify(producer.get('k'));
        const head = producer.head();
        (value.list[1] as { deep: unknown[] }).deep.push(Number.NaN);
        value.list.length = random.below(3);
        Object.assign(value.other, { more: 1n });
        if (JSON.stringify(producer.get('k')) !== text) return 'it shows';
        expect(producer.head()).toEqual(head);
        const held = producer.get('k') as unknown as { list: number[] };
        expect(() => held.list.push(1)).toThrow(TypeError);
        return 'handled';
      };
    });
    expect(outcomes).toEqual(handled);
  });

  it('BI-52 frozen and sealed values are taken like others', () => {
    const closings = [Object.freeze, Object.seal, Object.preventExtensions];
    const close = (random: SeededRandom, value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      for (const part of Object.values(value)) close(random, part);
      return random.pick(closings)(value);
    };
    const outcomes = underLaw('BI-52', (random) => {
      const values = [1, 2, 3].map(() => close(random, within(random, someValue(random))));
      return () => carried('k', ...values);
    });
    expect(outcomes).toEqual(handled);
  });
});

/** What a patch's bytes make of a base. */
function applied(base: Value, patch: Uint8Array): unknown {
  const consumer = DiffCache.consumer<Value>();
  const producer = DiffCache.producer<Value>({ epoch: '1.0123456789abcdef' });
  const first = producer.set('k', base);
  consumer.update(first);
  const { op } = Patch.decode(patch);
  const parts = { ...first.parts, cmd: 'update', base: 1, version: 2, op } as const;
  return consumer.update(new DataMsg<Value>(parts));
}

describe('numbers of names and shapes, and forms that are none', () => {
  it('BI-53 a name or shape that is not defined, or defined again, is malformed', () => {
    const outcomes = underLaw('BI-53', (random, n) => {
      const name = bytesOf((_out, values) => values.name(`${someText(random, 5)}x`));
      const bytes = bytesAround(random, (out) => {
        const undefinedShape = [TAG.shape + 20 + random.below(42)];
        const farShape = [TAG.farShape, random.below(128)];
        const undefinedName = [TAG.newShape, 1, 1 + 2 * (20 + random.below(40)), 0];
        const again = [
          TAG.shortArray + 2,
          TAG.newShape,
          1,
          ...name,
          0,
          TAG.newShape,
          1,
          ...name,
          0,
        ];
        for (const byte of [undefinedShape, farShape, undefinedName, again][n % 4] as number[]) {
          out.byte(byte);
        }
      });
      return () => void readValue(bytes);
    });
    expect(outcomes).toEqual(refused);
  });

  it('BI-54 a shape of the future or of itself is malformed; so is one out of range', () => {
    const outcomes = underLaw('BI-54', (random, n) => {
      const count = 1 + random.below(5);
      const one = (i: number): number[] => [TAG.newShape, 1, 2, 0x61 + i, 0];
      const defined = Array.from({ length: count }, (_, i) => one(i)).flat();
      // Of the shape being defined, whose number exists from its last name on, and the one after.
      const itself = [TAG.newShape, 2, 2, 0x7a, 1 + 2 * (count + 1), 0];
      const future = [TAG.shape + count, 0, ...one(count)];
      const far = [TAG.farShape, ...bytesOf((out) => out.varint(random.next() * 2 ** 20))];
      const last = [itself, future, far][n % 3] as number[];
      const bytes = Uint8Array.from([TAG.shortArray + count + 2, ...defined, ...last, 0]);
      return () => void readValue(bytes);
    });
    expect(outcomes).toEqual(refused);
  });

  it('BI-55 a number in a longer form than it needs is malformed', () => {
    const outcomes = underLaw('BI-55', (random, n) => {
      const whole = random.below(2 ** 31) * random.pick([1, 2 ** 21, -1]);
      const bytes = bytesAround(random, (out) => {
        if (n % 3 < 2) {
          out.byte(TAG.float);
          out.f64(n % 3 === 0 ? whole : (whole % 1e6) / 10 ** (1 + random.below(4)));
        } else {
          // A mantissa that ends in a zero has a place too many.
          const tag = random.pick([TAG.decimal, TAG.negativeDecimal]);
          out.byte(tag + 1 + random.below(15));
          out.varint(10 * random.below(1e6));
        }
      });
      return () => void readValue(bytes);
    });
    expect(outcomes).toEqual(refused);
  });

  it('BI-56 a flag that is neither yes nor no is malformed', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-56', (random, n) => {
      const nonce = Array.from({ length: 8 }, () => random.below(256));
      if (n % 3 === 0) {
        const content = [2, ...nonce, 12 + random.below(244)];
        return () => hub.attack([withSeal(Uint8Array.from(content))], { greet: true });
      }
      const type = random.pick([0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f]);
      if (n % 3 === 1) {
        const bytes = bytesAround(random, (out) => out.byte(type));
        return () => void readValue(bytes);
      }
      const head = Uint8Array.of(16 + random.below(240), ...nonce);
      const frame = [0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, ...head, 0, 0, 0, 0];
      return () => void Frame.decode(Uint8Array.from(frame));
    });
    expect(outcomes).toEqual({ '1002 malformed': 334, malformed: 666 });
    hub.expectUnharmed();
    const reader = new ValueReader(new ByteReader(Uint8Array.of(0x81, 0x82)), resolveLimits({}));
    expect([reader.value(0), reader.value(0)]).toEqual([false, true]);
  });
});
