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
  const found = Object.entries(EDITED_DOCUMENTS).flatMap(([kind, make]) => {
    const random = new SeededRandom(`frames of ${kind}`);
    const pairs = Array.from({ length: PAIRS }, () => make(random));
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
