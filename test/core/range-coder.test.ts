/** Bits as bytes: by how likely they are, in whole numbers that are the same everywhere. */
import { describe, expect, it } from 'vitest';

import { squash, stretch, STRETCH_MAX } from '../../src/core/logistic.ts';
import { middleOf, tailOf } from '../../src/core/range-coder.ts';
import { RangeDecoder } from '../../src/core/range-decoder.ts';
import { RangeEncoder } from '../../src/core/range-encoder.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { fingerprint } from '../support/fingerprint.ts';

/** A bit, and how likely a 1 was thought, of 65536. */
type Bit = readonly [bit: number, p: number];

function coded(bits: readonly Bit[]): Uint8Array {
  const encoder = new RangeEncoder();
  for (const [bit, p] of bits) expect(encoder.bit(bit, p)).toBe(bit);
  return encoder.finish();
}

/** Whether the bytes are those of the bits, to their very end. */
function isRead(bytes: Uint8Array, bits: readonly Bit[]): boolean {
  try {
    const decoder = new RangeDecoder(bytes);
    const same = bits.every(([bit, p]) => decoder.bit(1 - bit, p) === bit);
    decoder.finish();
    return same;
  } catch {
    return false;
  }
}

function bitsOf(random: SeededRandom, count: number): Bit[] {
  const odds = [48, 300, 20_000, 32_768, 60_000, 65_488];
  return Array.from({ length: count }, () => {
    const p = odds[random.below(odds.length)] as number;
    return [random.below(65_536) < p ? 1 : 0, p];
  });
}

describe('C6 C11 coded bits', () => {
  it('are what they were, and come back', () => {
    const random = new SeededRandom('bits');
    const outcomes = Array.from({ length: 1500 }, (_, i) => {
      const bits = bitsOf(random, i % 60);
      const bytes = coded(bits);
      expect(isRead(bytes, bits)).toBe(true);
      return Buffer.from(bytes).toString('hex');
    });
    expect(fingerprint(outcomes)).toBe('1500 f668c0afca12');
  });

  it('come back where there are thousands', () => {
    const random = new SeededRandom('many bits');
    for (const count of [2040, 2048, 5000]) {
      const bits = Array.from({ length: count }, (): Bit => [random.below(2), 32_768]);
      const bytes = coded(bits);
      expect(bytes.length).toBeGreaterThan(count / 8 - 1);
      expect(isRead(bytes, bits)).toBe(true);
    }
  });

  it('C1 end in one way alone', () => {
    const random = new SeededRandom('ends');
    const lengths = new Set<number>();
    for (let i = 0; i < 600; i++) {
      const bits = bitsOf(random, 1 + (i % 40));
      const bytes = coded(bits);
      lengths.add(bytes.length);
      expect(isRead(Uint8Array.of(...bytes, 0), bits)).toBe(false);
      expect(isRead(Uint8Array.of(...bytes, 1), bits)).toBe(false);
      for (let at = 0; at < bytes.length; at++) {
        expect(isRead(bytes.with(at, (bytes[at] as number) ^ (1 << (i % 8))), bits)).toBe(false);
      }
      expect(bytes.length > 0 && isRead(bytes.subarray(0, -1), bits)).toBe(false);
    }
    expect(lengths.size).toBeGreaterThan(4);
  });

  it('are not read for ever behind their end', () => {
    const decoder = new RangeDecoder(new Uint8Array());
    let read = 0;
    expect(() => {
      for (; read < 100; read++) decoder.bit(0, 32_768);
    }).toThrow('end too early');
    expect(read).toBe(7);
  });

  it('divide an interval exactly', () => {
    const random = new SeededRandom('intervals');
    for (let i = 0; i < 3000; i++) {
      const [a, b] = [random.next(), random.next() >>> random.below(32)];
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const p = 1 + random.below(65_535);
      const part = ((BigInt(high) - BigInt(low)) * BigInt(p)) >> 16n;
      // Bounds are signed words: the same bits.
      expect(BigInt(middleOf(low | 0, high | 0, p) >>> 0)).toBe(BigInt(low) + part);
    }
    expect(middleOf(0, -1, 32_768)).toBe(0x7fff_ffff);
    expect(middleOf(-1, -1, 32_768)).toBe(-1);
  });

  it('end with as few bytes as tell an interval', () => {
    expect(tailOf(0, -1)).toEqual([]);
    expect(tailOf(-256, -1)).toEqual([0xff, 0xff, 0xff]);
    expect(tailOf(1, 0xffff_ffff)).toEqual([0xff]);
    expect(tailOf(0x1000_0001, 0x10ff_ffff)).toEqual([0x10, 0xff]);
    expect(tailOf(0x1000_0000, 0x10ff_ffff)).toEqual([0x10]);
    expect(tailOf(0x1200_0001, 0x1200_01ff)).toEqual([0x12, 0x00, 0x01]);
    expect(tailOf(0x1234_5601, 0x1234_56ff)).toEqual([0x12, 0x34, 0x56, 0xff]);
    expect(tailOf(0x1234_5601, 0x1234_5601)).toEqual([0x12, 0x34, 0x56, 0x01]);
    expect(tailOf(0x00ff_0000, 0x0200_0000)).toEqual([0x02]);
  });
});

describe('C11 log odds', () => {
  it('rise with the probability, alike on either side of one half', () => {
    for (let x = 0; x <= STRETCH_MAX; x++) {
      expect(squash(x) + squash(-x)).toBe(65_536);
      expect(squash(x)).toBeGreaterThanOrEqual(squash(x - 1));
    }
    expect([squash(0), squash(STRETCH_MAX), squash(-STRETCH_MAX)]).toEqual([32_768, 65_535, 1]);
    for (const beyond of [1, 2, 5000]) {
      expect(squash(STRETCH_MAX + beyond)).toBe(squash(STRETCH_MAX));
      expect(squash(-STRETCH_MAX - beyond)).toBe(squash(-STRETCH_MAX));
    }
    for (let p = 16; p < 65_536; p += 16)
      expect(stretch(p)).toBeGreaterThanOrEqual(stretch(p - 16));
  });

  it('are near to what they approximate, and the same everywhere', () => {
    for (let x = -2000; x <= 2000; x += 7) {
      expect(Math.abs(squash(x) / 65_536 - 1 / (1 + Math.exp(-x / 256)))).toBeLessThan(0.006);
    }
    const all = [
      Array.from({ length: 2 * STRETCH_MAX + 3 }, (_, i) => squash(i - STRETCH_MAX - 1)),
      Array.from({ length: 65_536 }, (_, p) => stretch(p)),
    ];
    expect(fingerprint(all)).toBe('2 e0d0309eef9f');
  });
});
