/** What the coder of dense frames is made of. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { squash, stretch, STRETCH_MAX } from '../../src/core/logistic.ts';
import { MatchModel } from '../../src/dense/match-model.ts';
import { PlaceMemory } from '../../src/dense/place-memory.ts';
import { RangeDecoder } from '../../src/core/range-decoder.ts';
import { RangeEncoder } from '../../src/core/range-encoder.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { errorOf } from '../cache/support/healing.ts';
import { runs } from '../support/arbitrary-values.ts';

/** A bit with the probability of a 1 that it is coded with, of 65536. */
type Weighed = readonly [bit: number, p: number];

function encoded(bits: readonly Weighed[]): Uint8Array {
  const encoder = new RangeEncoder();
  for (const [bit, p] of bits) encoder.bit(bit, p);
  return encoder.finish();
}

function decoded(bytes: Uint8Array, bits: readonly Weighed[]): number[] {
  const decoder = new RangeDecoder(bytes);
  const read = bits.map(([, p]) => decoder.bit(0, p));
  decoder.finish();
  return read;
}

/** What the bits are worth by their probabilities, in bytes. */
function entropyOf(bits: readonly Weighed[]): number {
  const worth = bits.map(([bit, p]) => -Math.log2((bit === 1 ? p : 65_536 - p) / 65_536));
  return worth.reduce((sum, one) => sum + one, 0) / 8;
}

const probabilities = fc.oneof(
  fc.constantFrom(16, 17, 100, 32_767, 32_768, 65_519, 65_520),
  fc.integer({ min: 16, max: 65_520 }),
);
const someBits = fc.array(fc.tuple(fc.nat(1), probabilities), { maxLength: 400 });

describe('coded bits', () => {
  it('C7 come out as they went in, at any probability', () => {
    fc.assert(
      fc.property(someBits, (bits) => {
        expect(decoded(encoded(bits), bits)).toEqual(bits.map(([bit]) => bit));
      }),
      runs(500),
    );
  });

  it('C7 take at most two bytes more than they are worth', () => {
    const random = new SeededRandom('entropy');
    for (let n = 0; n < 300; n++) {
      const bits = Array.from({ length: random.below(2000) }, (): Weighed => {
        const p = random.pick([16, 3000, 32_768, 60_000, 65_520, 16 + random.below(65_505)]);
        // Mostly what was to be expected, now and then anything.
        const share = n % 3 === 0 ? 0.5 : p / 65_536;
        return [random.chance(share) ? 1 : 0, p];
      });
      const { length } = encoded(bits);
      expect(length).toBeLessThanOrEqual(entropyOf(bits) + 2);
      expect(length).toBeGreaterThan(entropyOf(bits) - 2);
    }
  });

  it('C7 take next to nothing where all is as expected, and two bytes for one surprise', () => {
    const dull = Array.from({ length: 4000 }, (): Weighed => [1, 65_520]);
    expect(encoded(dull).length).toBeLessThanOrEqual(2);
    expect(encoded([]).length).toBe(0);
    const surprising = dull.with(2000, [0, 65_520]);
    expect(encoded(surprising).length).toBeLessThanOrEqual(4);
    expect(decoded(encoded(surprising), surprising)[2000]).toBe(0);
  });

  it('C2 are refused where they are cut off, or go on behind their end', () => {
    const random = new SeededRandom('ends');
    const even = Array.from({ length: 800 }, (): Weighed => [random.below(2), 32_768]);
    const bytes = encoded(even);
    expect(bytes.length).toBe(100);
    for (let length = 0; length < bytes.length; length++) {
      expect(errorOf(() => decoded(bytes.slice(0, length), even)).code).toBe('malformed');
    }
    for (const more of [[0], [0, 0, 0], [1], [1, 2, 3, 4, 5]]) {
      const longer = Uint8Array.from([...bytes, ...more]);
      expect(errorOf(() => decoded(longer, even)).code).toBe('malformed');
    }
  });
});

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('log odds', () => {
  it('C8 rise with the probability, and the probability with them', () => {
    const squashed = range(-STRETCH_MAX, STRETCH_MAX).map(squash);
    expect(squashed).toEqual(squashed.toSorted((a, b) => a - b));
    const stretched = range(0, 65_535).map(stretch);
    expect(stretched).toEqual(stretched.toSorted((a, b) => a - b));
    for (const far of [1e9, STRETCH_MAX + 1]) {
      expect([squash(far), squash(-far)]).toEqual([squash(STRETCH_MAX), squash(-STRETCH_MAX)]);
    }
  });

  it('C8 are the inverse of the probability, as near as whole numbers go', () => {
    // By 16 of 65536 a probability is rounded, and a step of log odds is as coarse in the middle.
    const off = range(16, 65_520).map((p) => Math.abs(squash(stretch(p)) - p));
    expect(off.filter((error) => error > 80)).toEqual([]);
    const back = range(-1500, 1500).map((x) => Math.abs(stretch(squash(x)) - x));
    expect(back.filter((error) => error > 24)).toEqual([]);
  });

  it('C8 are those of the logistic function', () => {
    for (let x = -STRETCH_MAX; x <= STRETCH_MAX; x += 7) {
      const exact = 65_536 / (1 + Math.exp(-x / 256));
      expect(Math.abs(squash(x) - exact)).toBeLessThan(400);
      const symmetric = squash(x) + squash(-x);
      expect(symmetric).toBe(65_536);
    }
  });
});

/** Bytes as they pass, with what each is expected to be; how many were right. */
function passing(model: MatchModel, text: string): number {
  model.begin();
  let four = 0;
  let right = 0;
  for (const [i, byte] of new TextEncoder().encode(text).entries()) {
    if (model.length > 0 && model.expected === byte) right++;
    four = (four << 8) | byte;
    model.follow(byte, four, Math.min(i + 1, 32));
    model.append(byte, four);
  }
  return right;
}

describe('the memory of texts', () => {
  const text = 'a text that comes again, and again with other words';

  it('C10 finds what stood before, of the newest bytes only', () => {
    const model = new MatchModel(8);
    expect(passing(model, text)).toBeLessThan(10);
    expect(passing(model, text)).toBeGreaterThan(text.length - 6);
    const random = new SeededRandom('noise');
    const noise = Array.from({ length: 300 }, () => String.fromCharCode(random.below(128)));
    passing(model, noise.join(''));
    expect(passing(model, text)).toBeLessThan(10);
  });

  it('C9 C10 forgets at a reset, and knows only what was loaded last', () => {
    const model = new MatchModel(8);
    passing(model, text);
    model.reset();
    expect([model.size, model.length]).toEqual([0, 0]);
    expect(passing(model, text)).toBeLessThan(10);
    model.load(new TextEncoder().encode('something else altogether'));
    expect(passing(model, text)).toBeLessThan(10);
    model.load(new TextEncoder().encode(text.repeat(9)));
    expect(model.size).toBe(256);
    expect(passing(model, text)).toBeGreaterThan(text.length - 6);
    model.clear();
    expect(passing(model, text)).toBeLessThan(10);
  });
});

describe('the memory of places', () => {
  /** What is held: places and values, and characters in them. */
  function heldBy(memory: PlaceMemory): { entries: number; chars: number } {
    const { places, successors } = memory as unknown as {
      places: ReadonlyMap<number, { recent: readonly unknown[]; names: readonly string[] }>;
      successors: ReadonlyMap<number, unknown>;
    };
    let chars = 0;
    const count = (one: unknown): void => void (chars += typeof one === 'string' ? one.length : 0);
    for (const { recent, names } of places.values()) {
      recent.forEach(count);
      names.forEach(count);
    }
    successors.forEach(count);
    const entries = places.size + successors.size;
    return { entries, chars };
  }

  it.each([
    ['entries', 40, 100_000],
    ['characters', 10_000, 2000],
  ])('C10 is bounded in %s', (what, entriesMax, charsMax) => {
    const random = new SeededRandom('places');
    const texts = ['', 'x', 'a word', 'y'.repeat(200), 'z'.repeat(257), 'w'.repeat(5000)];
    const memory = new PlaceMemory(entriesMax, charsMax);
    let [entriesMost, charsMost] = [0, 0];
    for (let n = 0; n < 20_000; n++) {
      const path = random.below(40);
      // Places where nothing comes again remember less.
      if (random.chance(0.5)) memory.place(path).hits = 0;
      const value = random.chance(0.5) ? random.below(50) : random.pick(texts) + random.below(9);
      memory.remember(path, random.below(4), value);
      if (random.chance(0.1)) memory.shape(path, [random.pick(texts), `name ${random.below(9)}`]);
      const { entries, chars } = heldBy(memory);
      entriesMost = Math.max(entriesMost, entries);
      charsMost = Math.max(charsMost, chars);
    }
    expect(entriesMost).toBeLessThanOrEqual(entriesMax);
    expect(charsMost).toBeLessThanOrEqual(charsMax);
    const isNear = what === 'entries' ? entriesMost > entriesMax / 2 : charsMost > charsMax / 2;
    expect(isNear).toBe(true);
  });

  it('C10 counts names and values no more once others are in their place', () => {
    const memory = new PlaceMemory(100, 1000);
    memory.remember(1, 'red', 'green');
    for (let n = 0; n < 1000; n++) {
      memory.shape(2, [`name ${n}`]);
      memory.remember(3, 'before', `after ${n}`);
    }
    expect(memory.successor(1, 'red')).toBe('green');
    expect(memory.place(2).names).toEqual(['name 999']);
  });

  it('C9 remembers what followed what, until a reset', () => {
    const memory = new PlaceMemory(100, 1000);
    memory.remember(1, 'red', 'green');
    memory.remember(1, 'green', 'amber');
    expect([memory.successor(1, 'red'), memory.successor(2, 'red')]).toEqual(['green', undefined]);
    expect(memory.place(1).recent).toEqual(['amber', 'green']);
    memory.reset();
    expect([memory.successor(1, 'red'), memory.place(1).recent]).toEqual([undefined, []]);
  });
});
