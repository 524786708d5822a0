import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ByteReader, ByteWriter } from '../../src/core/bytes.ts';
import { isIndexName } from '../../src/core/engine-order.ts';
import { ValueReader } from '../../src/core/value-reader.ts';
import { ValueWriter } from '../../src/core/value-writer.ts';
import { Differ } from '../../src/core/diff.ts';
import { DiffStreamError } from '../../src/core/errors.ts';
import { defaultLimits, resolveLimits } from '../../src/core/limits.ts';
import type { Limits } from '../../src/core/limits.ts';
import { Patch } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import {
  edgeNames,
  edgeNumbers,
  runs,
  soakTimeoutMs,
  values,
} from '../support/arbitrary-values.ts';
import { damaged, fromHex, tryDecode } from '../support/damaged-bytes.ts';

function encode(...all: Value[]): Uint8Array {
  const writer = new ValueWriter(new ByteWriter(16));
  for (const value of all) writer.value(value);
  return writer.out.take();
}

/** As many values as were written into one message. */
function decode(bytes: Uint8Array, count = 1, limits: Limits = defaultLimits): Value[] {
  const input = new ByteReader(bytes);
  const reader = new ValueReader(input, limits);
  const all: Value[] = [];
  for (let i = 0; i < count; i++) all.push(reader.value(0));
  input.finish();
  return all;
}

function errorOf(work: () => unknown): DiffStreamError {
  try {
    work();
  } catch (error) {
    if (error instanceof DiffStreamError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const ff7 = 'ff'.repeat(7);
/** 2^53 - 1 as a varint. */
const MOST = `${ff7}0f`;

describe('the bytes of a value', () => {
  it(
    'V1 C5 give the value again, member order included',
    () => {
      fc.assert(
        fc.property(values, values, (a, b) => {
          const own = new Differ('copy', true).take([a, b]) as [Value, Value];
          const back = decode(encode(...own, own[0]), 3);
          expect(JSON.stringify(back)).toBe(JSON.stringify([a, b, a]));
          expect(encode(...(back as [Value]))).toEqual(encode(...own, own[0]));
        }),
        runs(900),
      );
    },
    soakTimeoutMs,
  );

  it('C5 of a number give exactly that number', () => {
    for (const number of edgeNumbers) {
      const [back] = decode(encode(number));
      expect(back).toBe(number === 0 ? 0 : number);
      const [negated] = decode(encode(-number));
      expect(negated).toBe(number === 0 ? 0 : -number);
      expect(encode(number).length).toBeLessThanOrEqual(9);
    }
  });

  it('C1 of a negative decimal are those of its magnitude with another tag', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-9 }), (number) => {
        fc.pre(!Number.isInteger(number));
        expect(encode(-number).length).toBe(encode(number).length);
      }),
      runs(1200),
    );
    expect(encode(37207197.92661753).length).toBe(encode(-37207197.92661753).length);
  });

  it(
    'C1 C4 that are damaged give another value in its own bytes, or malformed',
    () => {
      fc.assert(
        fc.property(values.map((value) => encode(value)).chain(damaged), (bytes) => {
          const found = tryDecode(() => decode(bytes)[0] as Value);
          if (found === undefined) return;
          expect(encode(found)).toEqual(bytes);
          const text = JSON.stringify(found);
          expect(JSON.stringify(new Differ('copy', true).take(found))).toBe(text);
        }),
        runs(1500),
      );
    },
    soakTimeoutMs,
  );

  it(
    'C2 cut anywhere are malformed',
    () => {
      fc.assert(
        fc.property(values, (value) => {
          const bytes = encode(value);
          for (let length = 0; length < Math.min(bytes.length, 300); length++) {
            const error = errorOf(() => decode(bytes.subarray(0, length)));
            expect(error.code).toBe('malformed');
          }
          expect(errorOf(() => decode(Uint8Array.of(...bytes.slice(0, 9000), 0))).code).toBe(
            'malformed',
          );
        }),
        runs(100),
      );
    },
    soakTimeoutMs,
  );

  it.each([
    ['nothing at all', '', 'ends too early'],
    ['a varint without an end', `83${'80'.repeat(10)}`, 'longer than 8 bytes'],
    ['a varint in a longer form', '838000', 'a longer form'],
    ['a varint that a 32-bit shift would wrap', '878080808010', 'too few bytes'],
    ['a varint of 2^53', `83${'80'.repeat(7)}10`, 'above 2^53 - 1'],
    ['a whole number beyond 2^53 - 1', `83${MOST}`, 'beyond 2^53 - 1'],
    ['a negative number below -(2^53 - 1)', `84${MOST}`, 'beyond 2^53 - 1'],
    ['an unknown type', '8a', 'no value of type 8a'],
    ['a decimal of no places', '9005', 'without decimals'],
    ['a negative decimal of no places', 'a005', 'without decimals'],
    ['a decimal that is whole', '910a', 'a longer form'],
    ['a decimal that is zero', '9100', 'a longer form'],
    ['a decimal with a zero at its end', '9264', 'a longer form'],
    ['a float that is whole', '85000000000000f03f', 'a longer form'],
    ['a float that is a short decimal', '85000000000000e03f', 'a longer form'],
    ['a float that is -0', '850000000000000080', 'a longer form'],
    ['NaN', '85000000000000f87f', 'not finite'],
    ['Infinity', '85000000000000f07f', 'not finite'],
    ['-Infinity', '85000000000000f0ff', 'not finite'],
    ['a string longer than the message', '4361', 'beyond its end'],
    ['a long string longer than the message', `8605${'61'.repeat(68)}`, 'beyond its end'],
    ['an overlong UTF-8 sequence', '42c080', 'not UTF-8'],
    ['an encoded surrogate', '43eda080', 'not UTF-8'],
    ['a byte above f4', '44f8808080', 'not UTF-8'],
    ['a cut UTF-8 sequence', '41e2', 'not UTF-8'],
    ['an array longer than the message', 'b280', 'too few bytes'],
    ['a long array longer than the message', `87${MOST}`, 'too few bytes'],
    ['a shape that is not defined', 'c0', 'shape 0 is not defined'],
    ['a far shape that is not defined', 'ff00', 'shape 63 is not defined'],
    ['a shape far out of range', `ff${MOST}`, 'is not defined'],
    ['a shape within itself without an end', '88010261c0', 'too few bytes'],
    ['a shape without names', '8800', 'without names'],
    ['a shape with more names than bytes', `88${MOST}`, 'too few bytes'],
    ['a name that is not defined', '88010180', 'name 0 is not defined'],
    ['a name twice in a shape', '88020261018080', 'a name twice'],
    ['a name in full again', 'b28801026180880202610262', 'again in full'],
    ['a shape in full again', 'b2880102618088010180', 'defined before'],
    ['integer-like names out of order', '8802026202318080', 'out of order'],
  ])('C1 refuse %s', (_title, hex, what) => {
    const error = errorOf(() => decode(fromHex(hex)));
    expect(error.code).toBe('malformed');
    expect(error.message).toContain(what);
    expect(error.recovery).toBe('reconnect');
    expect(error.blame).toBe('remote');
  });

  it('C3 L4 beyond a limit are refused by the name of the limit', () => {
    const limits = resolveLimits({ nodesMax: 20, depthMax: 3, stringBytesMax: 70 });
    const cases: [string, Value][] = [
      ['nodesMax', Array.from({ length: 21 }, () => 0)],
      [
        'nodesMax',
        [
          [1, 2, 3, 4, 5, 6],
          [1, 2, 3, 4, 5, 6],
          [1, 2, 3, 4, 5, 6, 7],
        ],
      ],
      ['depthMax', [[[[]]]]],
      ['depthMax', { a: { a: { a: {} } } }],
      ['stringBytesMax', 'x'.repeat(71)],
      ['stringBytesMax', { ['x'.repeat(71)]: 1 }],
    ];
    for (const [name, value] of cases) {
      const error = errorOf(() => decode(encode(value), 1, limits));
      expect(error.code).toBe('limit-exceeded');
      expect(error.message).toContain(name);
      expect(decode(encode(value))).toEqual([value]);
    }
    const most = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`m${i}`, i]));
    expect(new Differ('copy', true, limits).take(most)).toEqual(most);
    expect(decode(encode(most), 1, limits)).toEqual([most]);
    expect(decode(encode([[['x'.repeat(70)]]]), 1, limits)).toHaveLength(1);
  });

  it('C6 of a name in many shapes cost no more memory or time than they are long', () => {
    const name = 'n'.repeat(1_000_000);
    const value = Array.from({ length: 3000 }, (_, i) => ({ [name]: 0, [`a${i}`]: 0 }));
    const bytes = encode(value);
    const start = performance.now();
    const back = decode(bytes)[0] as Value[];
    expect(back).toHaveLength(3000);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('V8 leave the prototypes as they are', () => {
    const before = JSON.stringify([
      Object.getOwnPropertyNames(Object.prototype),
      Object.getOwnPropertyNames(Array.prototype),
    ]);
    const evil = Object.fromEntries(edgeNames.map((name) => [name, { polluted: name }]));
    const [back] = decode(encode(JSON.parse(JSON.stringify(evil)) as Value)) as [object];
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(
      JSON.stringify([
        Object.getOwnPropertyNames(Object.prototype),
        Object.getOwnPropertyNames(Array.prototype),
      ]),
    ).toBe(before);
  });

  it('P23 know which names an engine sorts to the front', () => {
    const candidates = [...edgeNames, '1.5', '0.5', '1e3', '00', '+1', ' 1', '1 ', 'Infinity'];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constantFrom(...candidates),
          fc.double().map(String),
          fc.nat(2 ** 32).map(String),
          fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', 'e'), maxLength: 11 }),
        ),
        (name) => {
          fc.pre(name !== 'marker');
          const [first] = Object.keys(
            Object.fromEntries([
              ['marker', 0],
              [name, 1],
            ]),
          );
          expect(isIndexName(name)).toBe(first !== 'marker');
        },
      ),
      runs(1200),
    );
    const prices = { '2': 'two', '10': 'ten', '1.5': 'one and a half', '0.5': 'a half' };
    expect(JSON.stringify(decode(encode(prices))[0])).toBe(JSON.stringify(prices));
  });
});

describe('the writer', () => {
  it(
    'P21 takes back a value that is too long, with its names and shapes',
    () => {
      fc.assert(
        fc.property(values, values, fc.nat(80), (value, other, bytes) => {
          const [own, second] = new Differ('copy', true).take([value, other]) as [Value, Value];
          const length = encode(own).length;
          const writer = new ValueWriter(new ByteWriter(16));
          writer.value(second);
          const before = writer.out.length;
          const after = encode(second, own).length - before;
          expect(writer.tryValue(own, bytes)).toBe(after < bytes);
          expect(writer.out.length).toBe(after < bytes ? before + after : before);
          if (after >= bytes) writer.value(own);
          expect(writer.out.take()).toEqual(encode(second, own));
          expect(length).toBeGreaterThanOrEqual(1);
        }),
        runs(500),
      );
    },
    soakTimeoutMs,
  );

  it('C1 C5 and the reader agree on every varint', () => {
    const edges = edgeNumbers.filter((number) => Number.isSafeInteger(number) && number >= 0);
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...edges), fc.maxSafeNat()), (number) => {
        const writer = new ByteWriter(1);
        writer.varint(number);
        const reader = new ByteReader(writer.take());
        expect(reader.varint()).toBe(number === 0 ? 0 : number);
        reader.finish();
      }),
      runs(600),
    );
    expect(() => Patch.decode(fromHex('0083'))).toThrow(DiffStreamError);
  });
});
