import { defineConfig } from 'vitest/config';

/** The live page in a real browser: a run of its own, for where there is one. */
export default defineConfig({
  test: {
    include: ['test/page/**/*.browser.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
});
