/** Which splices a text's change comes to, at the limits of the search too. */
import { describe, expect, it } from 'vitest';

import { applyOp } from '../../src/core/apply.ts';
import { diffText, splitsPair } from '../../src/core/diff-text.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { fingerprint } from '../support/fingerprint.ts';

/** The splices as text, `keep-drop+insert`; `set` where the text is sent anew. */
function splices(base: string, target: string): string {
  const op = diffText(base, target);
  if (op === undefined) return 'equal';
  expect(applyOp(base, op)).toBe(target);
  if (op.kind !== 'text') return op.kind;
  return op.splices.map(({ keep, drop, insert }) => `${keep}-${drop}+${insert}`).join(' ');
}

const ALPHABETS = [
  'ab',
  'abcdefgh',
  'a\u{1f600}\u{1f601}\u{1fa00}\u{1f200}',
  'é東b\u{1f600}\u{1fa00} ',
  'xyz \n',
];

function letters(random: SeededRandom, alphabet: string[], length: number): string[] {
  return Array.from({ length }, () => alphabet[random.below(alphabet.length)] as string);
}

/** A text and the same edited: parts left out, put in, moved and repeated. */
function edited(random: SeededRandom, length: number, part: number): [string, string] {
  const alphabet = Array.from(ALPHABETS[random.below(ALPHABETS.length)] as string);
  const text = letters(random, alphabet, length);
  let next = [...text];
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(next.length + 1);
    const count = random.below(part);
    const kind = random.below(5);
    if (kind === 0) next.splice(at, count);
    else if (kind === 1) next.splice(at, 0, ...letters(random, alphabet, count));
    else if (kind === 2) next.splice(at, count, ...letters(random, alphabet, random.below(part)));
    else if (kind === 3) next.splice(random.below(next.length + 1), 0, ...next.splice(at, count));
    else next = [...next.slice(0, at), ...next.slice(Math.max(0, at - count))];
  }
  return [text.join(''), next.join('')];
}

function choices(seed: string, count: number, longest: number, part: number): string {
  const random = new SeededRandom(seed);
  return fingerprint(
    Array.from({ length: count }, () => splices(...edited(random, random.below(longest), part))),
  );
}

/** Different letters, as far as there are any: nothing in it recurs. */
const strange = (length: number, from = 0): string =>
  Array.from({ length }, (_, i) => String.fromCharCode(0x4e00 + from + i)).join('');

describe('D5 the splices between two texts', () => {
  it.each([
    ['', '', 'equal'],
    ['abc', '', 'set'],
    ['', 'abc', 'set'],
    ['abcdefghijklmnop', 'abcdefghijkmnop', '11-1+'],
    ['abcdefgh', 'abcdefghi', '8-0+i'],
    ['abcdefgh', 'iabcdefgh', '0-0+i'],
    ['abcdefgh', 'abcdXefgh', '4-0+X'],
    ['aaaaaaaa', 'aaaaaaa', '7-1+'],
    ['abc', 'abcd', 'set'],
    ['abcd', 'abcde', 'set'],
    ['abcde', 'abcdef', '5-0+f'],
    ['the first, the second', 'the second, the first', '4-11+ 6-0+, the first'],
  ])('from %j to %j', (base, target, expected) => {
    expect(splices(base, target)).toBe(expected);
  });

  it('D5 keep the halves of a character together', () => {
    const [a, b] = ['\u{1f600}', '\u{1f601}'];
    expect(splices(`text: ${a} and more`, `text: ${b} and more`)).toBe(`6-2+${b}`);
    expect(splices(`text: ${a}`, `text: ${b}`)).toBe(`6-2+${b}`);
    // The first halves of one and the second halves of the other are the same.
    const [c, d] = ['\u{1f400}', '\u{1f000}'];
    expect(splices(`text: ${c} and more`, `text: ${d} and more`)).toBe(`6-2+${d}`);
    const places = [...'xa\u{1f600}\u{1f601}b'.split('')].map((_, i, all) =>
      splitsPair(all.join(''), i),
    );
    expect(places).toEqual([false, false, false, true, false, true, false]);
    expect(splitsPair('\u{1f600}', 2)).toBe(false);
    expect([splitsPair('\udc00', 0), splitsPair('a\udc00', 1)]).toEqual([false, false]);
    expect([splitsPair('\ud800a', 1), splitsPair('\ud800\ud800', 1)]).toEqual([false, false]);
  });

  it('are not sought in short texts without common ends', () => {
    const found = (base: string, target: string): boolean => splices(base, target) !== 'set';
    const inner = strange(8);
    // Less than four units at the ends and less than sixteen in the shorter one are too few.
    expect(found(`ab1${inner}2c`, `ab3${inner}4c`)).toBe(false);
    expect(found(`ab1${inner}2cd`, `ab3${inner}4cd`)).toBe(true);
    expect(found(`1${inner}abcdef`, `2${inner}ghijkl`)).toBe(false);
    expect(found(`1${inner}abcdefg`, `2${inner}hijklm`)).toBe(false);
    expect(found(`1${inner}abcdef`, `2${inner}ghijklm`)).toBe(false);
    expect(found(`1${inner}abcdefg`, `2${inner}hijklmn`)).toBe(true);
  });

  it('copy the longer runs the more there is to look through, and to leave out', () => {
    /** Whether a run is copied that stands so far ahead in a middle of that length. */
    const isCopied = (length: number, ahead: number, run: number): boolean => {
      const rest = strange(length - ahead - run, 5000);
      const base = `at the start ${strange(ahead, 1000)}${strange(run)}${rest} at the end`;
      return splices(base, `at the start X${strange(run)}Y at the end`).includes(' ');
    };
    /** The shortest one. */
    const least = (length: number, ahead: number): number => {
      let run = 1;
      while (!isCopied(length, ahead, run)) run++;
      return run;
    };
    expect([0, 1, 15, 16, 31, 32, 64, 160, 200].map((ahead) => least(256, ahead)).join(' ')).toBe(
      '4 4 4 5 5 6 8 14 16',
    );
    expect(
      [0, 1, 2, 3, 16, 64, 110, 111, 112, 113, 170].map((ahead) => least(257, ahead)).join(' '),
    ).toBe('8 8 9 9 16 40 63 63 64 64 64');
  });

  it('are what they were for short texts, or are looked at', () => {
    expect(choices('short', 4000, 40, 8)).toBe('4000 67fd9c707d5e');
  });

  it('are what they were for texts around the length from which longer runs count', () => {
    expect(choices('middle', 500, 600, 60)).toBe('500 fa80dbfce13e');
    const random = new SeededRandom('just there');
    const outcomes = Array.from({ length: 200 }, () => {
      const [base, target] = edited(random, 256 + random.below(4), 20);
      return splices(`<${base}>`, `[${target}]`);
    });
    expect(fingerprint(outcomes)).toBe('200 9cbb054ba2fb');
  });

  it('are what they were for long texts, of which not every place is known', () => {
    expect(choices('long', 12, 6000, 900)).toBe('12 d5b2fb9f6ae2');
    const random = new SeededRandom('just long');
    const outcomes = Array.from({ length: 10 }, (_, i) => {
      const [base, target] = edited(random, 4090 + i, 300);
      return splices(`<${base}>`, `[${target}]`);
    });
    expect(fingerprint(outcomes)).toBe('10 43eaf0bc940d');
  });

  it('take the first of many places that look the same, as far as 1024 units on', () => {
    const phrase = 'over and over ';
    const more = (before: number): string =>
      splices(`A${phrase.repeat(300)}B`, `C${phrase.repeat(300).slice(before)}D`);
    expect([1, 14, 28, 1000, 1022, 1023, 1024, 1036, 1050].map(more)).toEqual([
      ...['0-2+C 4199-1+D', '0-1+C 4186-15+D', '0-1+C 4172-29+D'],
      ...['0-7+C 3200-995+D', '0-1+C 3178-1023+D', '0-2+C 3177-1023+D'],
      ...['0-3+C 3176-1023+D', '0-1+C 3164-1037+D', '0-1+C 3150-1051+D'],
    ]);
  });

  it('copy a run from its beginning, however much that is new stands before it', () => {
    const random = new SeededRandom('new text');
    const kept = strange(600);
    const base = `<${letters(random, ['p', 'q', 'r'], 6000).join('')}${kept}>`;
    for (const units of [65_530, 65_536, 66_000, 131_073, 500_000]) {
      const fresh = letters(random, Array.from('abcdefgh'), units).join('');
      const op = diffText(base, `[${fresh}${kept}]`);
      const [first, second] = op?.kind === 'text' ? op.splices : [];
      expect([units, first?.insert.length, second?.keep]).toEqual([units, units + 1, kept.length]);
    }
  });
});
