import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { Differ } from '../../src/core/diff.ts';
import { valueDigest } from '../../src/core/digest.ts';
import { applyPatch, diff, Patch } from '../../src/core/patch.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { Pair } from '../support/edited-documents.ts';
import { EDITED_DOCUMENTS, largePair } from '../support/edited-documents.ts';

/**
 * Which of many right patches is made is up to the encoder; readers do not care. But whoever
 * changes a heuristic has to see what it does to bytes: `WRITE_VECTORS=1 npx vitest run` of this
 * file writes the choice anew, to be looked at as a difference.
 */
const FILE = new URL('encoder-choice.json', import.meta.url);
const PAIRS = 100;

interface Choice {
  readonly bytes: number;
  /** The beginning of the SHA-256 of all patches, one behind the other. */
  readonly sha256: string;
}

function choiceFor(pairs: readonly Pair[], encode: (base: unknown, target: unknown) => Uint8Array) {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const [base, target] of pairs) {
    const encoded = encode(base, target);
    expect(JSON.stringify(applyPatch(base, Patch.decode(encoded)))).toBe(JSON.stringify(target));
    bytes += encoded.length;
    hash.update(encoded);
  }
  return { bytes, sha256: hash.digest('hex').slice(0, 16) };
}

const plain = (base: unknown, target: unknown): Uint8Array =>
  (diff(base, target) ?? new Patch(undefined)).encode();

/** As a producer does it, which knows the digest of what it holds. */
function held(base: unknown, target: unknown): Uint8Array {
  const own = new Differ('copy', false).take(base);
  valueDigest(own);
  return new Patch(new Differ('copy', true).diff(own, target)).encode();
}

function choices(): Record<string, Choice> {
  const found = Object.entries(EDITED_DOCUMENTS).map(([kind, make]) => {
    const random = new SeededRandom(`choice of ${kind}`);
    return [
      kind,
      choiceFor(
        Array.from({ length: PAIRS }, () => make(random)),
        plain,
      ),
    ] as const;
  });
  const large = [largePair(new SeededRandom('large'))];
  return { ...Object.fromEntries(found), large: choiceFor(large, held) };
}

describe('The choice among right patches', () => {
  it('is what it was, or is looked at', () => {
    const now = choices();
    if (process.env['WRITE_VECTORS'] === '1') {
      writeFileSync(FILE, `${JSON.stringify(now, null, 2)}\n`);
    }
    expect(now).toEqual(JSON.parse(readFileSync(FILE, 'utf8')));
  });
});
