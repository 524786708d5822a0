import { createHash } from 'node:crypto';

/**
 * Stands for many outcomes in one short text: how many there are, and the beginning of the SHA-256
 * of all of them as JSON. For choices that are free but shall not change unseen: whoever changes
 * one on purpose looks at what it does to bytes (test/core/encoder-choice.test.ts) and writes the
 * new fingerprint down.
 */
export function fingerprint(outcomes: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const outcome of outcomes) hash.update(`${JSON.stringify(outcome)}\n`);
  return `${outcomes.length} ${hash.digest('hex').slice(0, 12)}`;
}
