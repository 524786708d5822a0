/** Bytes that are nearly right, and what a decoder may do with them. */
import * as fc from 'fast-check';

import { DiffStreamError } from '../../src/core/errors.ts';

const interesting = [0, 1, 2, 5, 7, 8, 15, 0x3f, 0x40, 0x7f, 0x80, 0x85, 0x87, 0x88, 0xc0, 0xff];
const someByte = fc.oneof(fc.constantFrom(...interesting), fc.nat(255));

type Damage = (bytes: readonly number[]) => number[];

/** One flip, cut, insertion, exchange or repetition, at a place given as a share of the length. */
const damage: fc.Arbitrary<Damage> = fc
  .tuple(fc.nat(6), fc.double({ min: 0, max: 1, noNaN: true }), someByte, fc.nat(12))
  .map(([kind, share, byte, count]): Damage => (bytes) => {
    const at = Math.floor(share * bytes.length);
    switch (kind) {
      case 0:
        return bytes.map((old, i) => (i === at ? old ^ (1 << (byte & 7)) : old));
      case 1:
        return bytes.slice(0, at);
      case 2:
        return bytes.toSpliced(at, 0, byte);
      case 3:
        return bytes.toSpliced(at, count);
      case 4:
        return bytes.map((old, i) => (i === at ? byte : old));
      case 5:
        return bytes.toSpliced(at, 0, ...bytes.slice(at, at + count));
      default:
        return bytes.map((old, i) => (i === at ? (old + count - 6) & 0xff : old));
    }
  });

/** Bytes that came of some valid ones by damage, now and then made up altogether. */
export function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    {
      arbitrary: fc
        .array(damage, { minLength: 1, maxLength: 3 })
        .map((all) => Uint8Array.from(all.reduce<number[]>((now, one) => one(now), [...bytes]))),
      weight: 6,
    },
    {
      arbitrary: fc.array(someByte, { maxLength: 40 }).map((all) => Uint8Array.from(all)),
      weight: 1,
    },
    {
      // Small numbers are tokens, tags and lengths more often than not.
      arbitrary: fc
        .array(fc.oneof(fc.nat(31), someByte), { maxLength: 16 })
        .map((all) => Uint8Array.from(all)),
      weight: 2,
    },
  );
}

/** What `decode` gives; undefined where it refuses as it may, anything else goes on as it is. */
export function tryDecode<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DiffStreamError) {
      if (error.code === 'malformed' || error.code === 'limit-exceeded') return undefined;
    }
    throw error;
  }
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
