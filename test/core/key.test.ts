import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ByteReader, ByteWriter } from '../../src/core/bytes.ts';
import { checkKey } from '../../src/core/caller-key.ts';
import { keyText, readIntegerKey, readStringKey } from '../../src/core/key.ts';
import { writeIntegerKey } from '../../src/core/key.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { edgeNumbers, edgeTexts, runs, textValues } from '../support/arbitrary-values.ts';
import { fromHex, tryDecode } from '../support/damaged-bytes.ts';

const integers = fc.oneof(
  fc.constantFrom(...edgeNumbers.filter((number) => Number.isSafeInteger(number))),
  fc.maxSafeInteger(),
  fc.integer(),
);

function encoded(key: number): Uint8Array {
  const writer = new ByteWriter();
  writeIntegerKey(writer, key);
  return writer.take();
}

function decoded(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes);
  const key = readIntegerKey(reader);
  reader.finish();
  return key;
}

describe('a key', () => {
  it('C5 V9 that is an integer goes through its bytes, over all boundaries', () => {
    fc.assert(
      fc.property(integers, (integer) => {
        const key = checkKey(integer, defaultLimits) as number;
        expect(Object.is(key, integer === 0 ? 0 : integer)).toBe(true);
        expect(Object.is(decoded(encoded(key)), key)).toBe(true);
        expect(encoded(key).length).toBeLessThanOrEqual(9);
      }),
      runs(2000),
    );
    for (const power of [31, 32, 50, 51, 52, 53]) {
      for (let off = -3; off <= 3; off++) {
        for (const key of [2 ** power + off, -(2 ** power) + off]) {
          if (!Number.isSafeInteger(key)) continue;
          expect(decoded(encoded(key))).toBe(key);
        }
      }
    }
  });

  it('C1 that is an integer has one form in bytes', () => {
    const bytes = fc
      .array(fc.oneof(fc.constantFrom(0, 1, 2, 3, 15, 16, 0x7f, 0x80, 0xff), fc.nat(255)), {
        maxLength: 10,
      })
      .map((all) => Uint8Array.from(all));
    fc.assert(
      fc.property(bytes, (given) => {
        const key = tryDecode(() => decoded(given));
        if (key === undefined) return;
        expect(encoded(key)).toEqual(given);
      }),
      runs(5000),
    );
    expect(tryDecode(() => decoded(fromHex('00ffffffffffffff0f')))).toBeUndefined();
  });

  it('C5 V9 that is a string goes through its bytes', () => {
    fc.assert(
      fc.property(textValues, (key) => {
        fc.pre(key.length < 300);
        expect(checkKey(key, defaultLimits)).toBe(key);
        const writer = new ByteWriter(4);
        writer.text(key);
        const reader = new ByteReader(writer.take());
        expect(readStringKey(reader, defaultLimits)).toBe(key);
        reader.finish();
      }),
      runs(1000),
    );
  });

  it('V5 V9 is a string or a safe integer and nothing else', () => {
    const bad = [1.5, Number.NaN, Infinity, 2 ** 53, -(2 ** 53), undefined, null, true, 1n, {}, []];
    for (const key of [...bad, '\ud800', 'a\udc00', Symbol('s'), () => 1]) {
      expect(() => checkKey(key, defaultLimits)).toThrow(
        expect.objectContaining({ code: 'bad-key' }),
      );
    }
  });

  it('L4 V9 has at most as many bytes as keyBytesMax', () => {
    const limits = { ...defaultLimits, keyBytesMax: 6 };
    for (const key of ['123456', '\u20ac\u20ac', '\u{1f600}ab']) {
      expect(checkKey(key, limits)).toBe(key);
    }
    for (const key of ['1234567', '\u20ac\u20ac1', '\u{1f600}abc']) {
      expect(() => checkKey(key, limits)).toThrow(/7 bytes exceeds the limit keyBytesMax = 6/);
      const writer = new ByteWriter();
      writer.text(key);
      const reader = new ByteReader(writer.take());
      expect(() => readStringKey(reader, limits)).toThrow(/keyBytesMax = 6/);
    }
  });

  it('V9 as text forges no line and tells 1 from "1"', () => {
    expect(keyText(1)).toBe('1');
    expect(keyText('1')).toBe('"1"');
    for (const key of edgeTexts) expect(keyText(key)).not.toMatch(/[\n\r]/);
    expect(keyText('a\n[error] b')).toBe('"a\\n[error] b"');
  });
});
