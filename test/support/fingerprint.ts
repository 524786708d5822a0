import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

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

/**
 * Fingerprints that stand in a file, for outcomes that change with every better guess of a model:
 * `WRITE_VECTORS=1 npx vitest run` of the test writes them anew.
 */
export class HeldFingerprints {
  private readonly file: URL;
  private readonly held: Record<string, string>;

  constructor(file: URL) {
    this.file = file;
    this.held = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
      : {};
  }

  /** The fingerprint that is held under a name, or the present one where all are written anew. */
  of(name: string, outcomes: readonly unknown[]): string | undefined {
    if (process.env['WRITE_VECTORS'] === '1') {
      this.held[name] = fingerprint(outcomes);
      writeFileSync(this.file, `${JSON.stringify(this.held, null, 2)}\n`);
    }
    return this.held[name];
  }
}
