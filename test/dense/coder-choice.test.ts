import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import type { ModelSize } from '../../src/dense/dense-model.ts';
import { FRESH_SIZE, SMALL_SIZE, STREAM_SIZE } from '../../src/dense/dense-model.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { Pair } from '../support/edited-documents.ts';
import { EDITED_DOCUMENTS } from '../support/edited-documents.ts';
import { CoderEnds, taken, TINY_SIZE } from './coder-ends.ts';

/**
 * All that a dense frame is predicted from is part of the protocol: two ends that expect anything
 * else cannot read each other. Whoever changes a prediction changes these bytes:
 * `WRITE_VECTORS=1 npx vitest run` of this file writes them anew, to be looked at as a difference.
 */
const FILE = new URL('coder-choice.json', import.meta.url);
/** Of each kind, over so many keys. */
const PAIRS = 8;
const KEYS = ['first', 2, 'κλειδί'] as const;

interface Choice {
  readonly bytes: number;
  /** The beginning of the SHA-256 of all frames, one behind the other. */
  readonly sha256: string;
}

/** A size, and whether the memory is left behind before each frame. */
const coders: Readonly<Record<string, readonly [size: ModelSize, isFresh: boolean]>> = {
  stream: [STREAM_SIZE, false],
  small: [SMALL_SIZE, false],
  tiny: [TINY_SIZE, false],
  fresh: [FRESH_SIZE, true],
};

/** What documents of everyday kinds come by seldom. */
const SELDOM: Readonly<Record<string, (random: SeededRandom) => Pair>> = {
  control(random) {
    const letters = ['\0', '\u0001', '\u0002', 'a', 'é', '𐀀'];
    const text = (): string => Array.from({ length: 40 }, () => random.pick(letters)).join('');
    const [kept, odd] = [text(), text()];
    return [
      { '': kept, list: [odd, kept] },
      {
        '': `${Array.from(kept).slice(0, 9).join('')}${odd}`,
        [text()]: kept,
        list: [kept, text()],
      },
    ];
  },
  clocks(random) {
    const atMs = 1_700_000_000_000 + random.below(1_000_000_000);
    const row = (ms: number): unknown => [ms, new Date(ms).toISOString(), ms / 1000, ms % 2 === 0];
    return [
      { atMs, row: row(atMs), before: null },
      { atMs: atMs + 500, row: row(atMs + 500), before: atMs },
    ];
  },
  shapes(random) {
    const value = (): unknown =>
      random.pick([null, true, false, 0, -1, 1e300, '', 'x', [], {}, [[]], { a: {} }]);
    const shape = (): object =>
      Object.fromEntries(
        Array.from({ length: random.below(90) }, () => [`m${random.below(200)}`, value()]),
      );
    const [one, two] = [shape(), shape()];
    return [
      { one, two, list: [one, two, value()] },
      { two: one, one: { ...two, ...shape() }, list: [two, value(), one, one] },
    ];
  },
  'a text behind many parts': (random) => {
    const zeros = Array.from({ length: 17_000 }, () => 0);
    const [near, far] = [random.next(), random.next()].map((n) => `text ${n} `.repeat(9));
    return [
      { near, zeros, far },
      { near, zeros, far, new: `${far?.slice(0, 50)} and ${near?.slice(50)}` },
    ];
  },
};

/** Creations, changes and deletions, each a frame; what comes out is compared on the way. */
function choiceFor(pairs: readonly Pair[], [size, isFresh]: readonly [ModelSize, boolean]): Choice {
  const ends = new CoderEnds(size);
  const hash = createHash('sha256');
  let bytes = 0;
  const pass = (...next: Parameters<CoderEnds['pass']>): void => {
    if (isFresh) ends.reset();
    const frame = ends.pass(...next);
    bytes += frame.length;
    hash.update(frame);
  };
  for (const [n, [base, target]] of pairs.entries()) {
    const key = KEYS[n % KEYS.length] as (typeof KEYS)[number];
    pass([[key, taken(base)]]);
    pass([[key, taken(target)]]);
    if (n % 4 === 3) pass([[key, undefined]]);
  }
  return { bytes, sha256: hash.digest('hex').slice(0, 16) };
}

function choices(): Record<string, Choice> {
  const kinds = { ...EDITED_DOCUMENTS, ...SELDOM };
  const found = Object.entries(kinds).flatMap(([kind, make]) => {
    const random = new SeededRandom(`frames of ${kind}`);
    const pairs = Array.from({ length: kind.includes('many') ? 1 : PAIRS }, () => make(random));
    return Object.entries(coders).map(
      ([name, coder]) => [`${kind}, ${name}`, choiceFor(pairs, coder)] as const,
    );
  });
  return Object.fromEntries(found);
}

describe('dense frames', () => {
  it('C7 C8 of documents of many kinds are what they were', () => {
    const found = choices();
    if (process.env['WRITE_VECTORS'] === '1') {
      writeFileSync(FILE, `${JSON.stringify(found, null, 2)}\n`);
    }
    expect(found).toEqual(JSON.parse(readFileSync(FILE, 'utf8')));
  });
});
