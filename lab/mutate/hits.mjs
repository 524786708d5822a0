// Set-up of each test file in the run that finds out which functions it runs.
// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';

const folder = /** @type {string} */ (process.env['MUTATE_HITS']);
const hits = (/** @type {any} */ (globalThis).__mutateHits = /** @type {Set<string>} */ (
  new Set()
));

afterAll(() => {
  const { testPath } = expect.getState();
  mkdirSync(folder, { recursive: true });
  const name = `${String(testPath).replaceAll(/[^\w.]/g, '_')}.json`;
  writeFileSync(join(folder, name), JSON.stringify({ testPath, hits: [...hits] }));
});
