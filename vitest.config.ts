import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    coverage: {
      provider: 'v8',
      include: ['core', 'cache', 'protocol', 'dense'].map((folder) => `src/${folder}/**/*.ts`),
      reporter: ['text', 'html'],
      // What is proved here has to be reached by tests: each folder by itself, not on average.
      thresholds: {
        'src/core/**': { branches: 95 },
        'src/cache/**': { branches: 95 },
        'src/protocol/**': { branches: 95 },
        'src/dense/**': { branches: 95 },
      },
    },
  },
});
