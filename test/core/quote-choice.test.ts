/** What a writer of quotes copies, at the limits of its search too, and what it gives up. */
import { describe, expect, it } from 'vitest';

import { BaseText } from '../../src/core/base-text.ts';
import {
  BASE_UNITS_MAX,
  NEW_UNITS_MAX,
  newUnitsMax,
  stepsMax,
} from '../../src/core/quote-coder.ts';
import { QuoteIndex } from '../../src/core/quote-index.ts';
import { readQuotes } from '../../src/core/quote-reader.ts';
import { writeQuotes } from '../../src/core/quote-writer.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { fingerprint, HeldFingerprints } from '../support/fingerprint.ts';

const HELD = new HeldFingerprints(new URL('quote-choice.json', import.meta.url));
const WORDS = ['alpha', 'beta ', 'Über', '次の項目', '\u{10000}\u{10001}', '","', ':{"id":', ' '];

function text(random: SeededRandom, words: number): string {
  let made = '';
  for (let i = 0; i < words; i++) {
    made += WORDS[random.below(WORDS.length)] ?? '';
    if (random.below(3) === 0) made += random.below(1000);
  }
  return made;
}

/** A text of pieces of another, and of some of its own. */
function resembling(random: SeededRandom, base: string, pieces: number): string {
  let made = '';
  for (let i = 0; i < pieces; i++) {
    const from = random.below(base.length + 1);
    made += base.slice(from, from + random.below(70)).toWellFormed();
    made += text(random, random.below(3));
    if (random.below(4) === 0) made += made.slice(-random.below(40)).toWellFormed();
  }
  return made;
}

/** The copies that a writer makes; `-` for a unit by itself. */
function found(base: string, target: string): (string | number)[] {
  const index = new QuoteIndex(base, target);
  const seen: (string | number)[] = [];
  let expected = 0;
  for (let at = 0; at < target.length;) {
    const copy = index.find(at, expected);
    if (copy === undefined) seen.push('-');
    else seen.push(copy.from, copy.length, copy.saved);
    at += copy?.length ?? 1;
    expected = copy === undefined ? expected + 1 : copy.from + copy.length;
  }
  return seen;
}

const quotes = (base: string, texts: readonly string[]): Uint8Array | undefined =>
  writeQuotes(BaseText.ofText(base), texts);

describe('P25 copies that are found in a base', () => {
  it('are what they were in small bases, or are looked at', () => {
    const random = new SeededRandom('copies');
    const outcomes = Array.from({ length: 400 }, () => {
      const base = text(random, random.below(60));
      return found(base, resembling(random, base, 1 + random.below(8)));
    });
    expect(fingerprint(outcomes)).toBe('400 41e4da191ae2');
  });

  it('are what they were in bases of which not every place is known', () => {
    const random = new SeededRandom('strides');
    const part = text(random, 16_000).slice(0, 65_536);
    const outcomes = [65_530, 65_535, 65_536].map((length) => {
      const base = part.slice(0, length);
      return found(base, resembling(random, base, 12));
    });
    const long = `${part}${text(random, 20_000)}`;
    outcomes.push(found(long, resembling(random, long, 12)));
    expect(fingerprint(outcomes)).toBe('4 803de8061c1e');
  });

  it('are the cheapest of those that begin alike, the nearest first', () => {
    const base = '[{"id":1,"name":"one"},{"id":2,"name":"two"},{"id":3,"name":"three"}]';
    expect(found(base, '{"id":4,"name":"four"}\n').join(' ')).toBe('1 6 12 - 8 9 26 - - - - - - -');
    expect(found(base, 'xyxyxyxyxyxyxyxy\n').join(' ')).toBe('- - - - - - 69 10 24 -');
    expect(found('', 'ababababababab').join(' ')).toBe('- - - - - - 0 8 22');
    expect(found('ab', 'ab').join(' ')).toBe('0 2 2');
    expect(found('abc', 'xxab').join(' ')).toBe('- - - -');
  });
});

describe('P25 the bytes of quotes', () => {
  it('are what they were, and are read, for bases around the length that is learned', () => {
    const random = new SeededRandom('learned');
    const whole = text(random, 1600);
    const outcomes = [0, 1, 2, 3, 700, 2047, 2048, 2049, 2050, 2053, 6001].flatMap((length) => {
      const base = whole.slice(0, length).toWellFormed();
      return [1, 2, 3].map((pieces) => {
        const texts = [resembling(random, base, pieces), '', resembling(random, base, 6)];
        const bytes = quotes(base, texts);
        if (bytes === undefined) return 'none';
        expect(readQuotes(BaseText.ofText(base), bytes, 3)).toEqual(texts);
        return Buffer.from(bytes).toString('hex');
      });
    });
    expect(fingerprint(outcomes)).toBe(HELD.of('learned', outcomes));
  });

  it('are what they were, and are read, for letters of every kind', () => {
    const random = new SeededRandom('letters');
    const alphabets = [
      'abcdef',
      'AZ09az ~',
      'éÿ\u0080\u0100',
      'жза ',
      '次の項目',
      '\u{10000}a',
      '\u0000\u007f@[`{/:',
    ];
    const letters = (alphabet: string, count: number): string => {
      const all = Array.from(alphabet);
      return Array.from({ length: count }, () => all[random.below(all.length)]).join('');
    };
    const outcomes = ['', ...alphabets].flatMap((known) => {
      const base = letters(known === '' ? 'x' : known, known === '' ? 0 : 400);
      return alphabets.map((alphabet) => {
        // As many as it takes until the weights of letters are halved, and some more.
        const texts = [letters(alphabet, 60 + random.below(400))];
        const bytes = quotes(base, texts);
        if (bytes === undefined) return 'none';
        expect(readQuotes(BaseText.ofText(base), bytes, 1)).toEqual(texts);
        return Buffer.from(bytes).toString('hex');
      });
    });
    expect(fingerprint(outcomes)).toBe(HELD.of('letters', outcomes));
  });

  it('P26 are left where there are more steps than they pay for', () => {
    // Copies from where they are expected, always as long, and one unit between them: all cheap.
    const random = new SeededRandom('steps');
    const letters = Array.from({ length: 6000 }, () => 35 + random.below(57));
    const base = String.fromCharCode(...letters);
    const told = (count: number, singles: number): string => {
      const copied = Array.from({ length: count }, (_, i) => base.slice(17 * i, 17 * i + 16));
      return `${copied.join('!')}${'!'.repeat(singles)}`;
    };
    /** How many more steps it might take; what is left, where it is too many. */
    const spare = (count: number, singles: number): number | string => {
      const bytes = quotes(base, [told(count, singles)]);
      if (bytes === undefined) return 'left';
      expect(readQuotes(BaseText.ofText(base), bytes, 1)).toEqual([told(count, singles)]);
      return stepsMax(bytes.length) - (2 * count + singles);
    };
    const counts = Array.from({ length: 30 }, (_, i) => 80 + i);
    const seen = counts.flatMap((count) => [1, 2, 3].map((singles) => spare(count, singles)));
    expect(new Set(seen)).toContain('left');
    expect(seen.filter((left) => left !== 'left' && Number(left) < 0)).toEqual([]);
    expect(fingerprint(seen)).toBe(HELD.of('steps', seen));
  });

  it('are left above 512 single units, of which half have to be copied', () => {
    const random = new SeededRandom('singles');
    const strange = (count: number): string =>
      String.fromCharCode(...Array.from({ length: count }, () => 0x4e00 + random.below(20_000)));
    const base = 'a piece that is copied, and once more: '.repeat(30);
    const told = (singles: number, copied: number): boolean =>
      quotes(base, [`${strange(singles - 1)}${base.slice(0, copied)}`]) !== undefined;
    expect([told(511, 0), told(512, 0), told(513, 0)]).toEqual([true, true, false]);
    expect([told(600, 299), told(600, 300), told(600, 301)]).toEqual([false, true, true]);
    expect([told(601, 300), told(601, 301)]).toEqual([false, true]);
  });

  it('are of 65,536 single units at most', () => {
    const random = new SeededRandom('many singles');
    const units = Array.from({ length: 65_536 }, () => 0x4e00 + random.below(20_000));
    const strange = units.map((unit) => String.fromCharCode(unit)).join('');
    const base = 'x'.repeat(40_000);
    expect(quotes(base, [base + strange.slice(0, 65_535)])).toBeDefined();
    expect(quotes(base, [base + strange])).toBeUndefined();
  });

  it('are given up after 4,096 single units, with less than a quarter of them copied', () => {
    const random = new SeededRandom('in vain');
    const units = Array.from({ length: 4096 }, () => 0x4e00 + random.below(20_000));
    const strange = units.map((unit) => String.fromCharCode(unit)).join('');
    const base = 'x'.repeat(10_000);
    const known = (count: number): string => 'x'.repeat(count);
    expect(quotes(base, [strange.slice(0, 4095) + base])).toBeDefined();
    expect(quotes(base, [strange + base])).toBeUndefined();
    expect(quotes(base, [known(1024) + strange + base])).toBeDefined();
    expect(quotes(base, [known(1016) + strange + base])).toBeUndefined();
  });

  it('are of so many new units, and of a base of so many', () => {
    const base = 'x'.repeat(100);
    // Of one letter a few bytes may tell 65,536, 64 for each byte, and as many as the base has.
    const told = (units: number): number | undefined =>
      quotes(base, ['x'.repeat(units - 1)])?.length;
    expect(told(65_536)).toBeLessThan(12);
    const refused = Array.from({ length: 40 }, (_, i) => 65_536 + 32 * i).filter(
      (units) => told(units) === undefined,
    );
    const [first = 0] = refused;
    expect(refused).toHaveLength((65_536 + 32 * 40 - first) / 32);
    const last = first - 32;
    expect(newUnitsMax(told(last) ?? 0, base.length)).toBeGreaterThanOrEqual(last);
    // With enough that has to be told, as many as there may be at all.
    const random = new SeededRandom('many copies');
    const long = text(random, 9000);
    let all = '';
    while (all.length < NEW_UNITS_MAX) {
      const from = random.below(long.length - 60);
      all += long.slice(from, from + 60);
    }
    expect(quotes(long, [all.slice(0, NEW_UNITS_MAX - 1)])).toBeDefined();
    expect(quotes(long, [all.slice(0, NEW_UNITS_MAX)])).toBeUndefined();
    expect([NEW_UNITS_MAX, BASE_UNITS_MAX]).toEqual([524_288, 4_194_304]);
    expect(quotes('x'.repeat(BASE_UNITS_MAX), ['xxx'])).toBeDefined();
    expect(quotes('x'.repeat(BASE_UNITS_MAX + 1), ['xxx'])).toBeUndefined();
  });
});
