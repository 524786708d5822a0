import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** What the compiler finds wrong with a page's program that uses the built package. */
function complaints(module: string, moduleResolution: string): string {
  const compiler = 'node_modules/typescript/lib/tsc.js';
  const how = ['--module', module, '--moduleResolution', moduleResolution];
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', 'test/doors', ...how], {
    encoding: 'utf8',
  });
  return stdout;
}

describe('The types of the package', () => {
  it.each([
    ['esnext', 'bundler'],
    ['nodenext', 'nodenext'],
  ])(
    'serve a strict page that knows no Node: %s modules, found as for %s',
    (module, resolution) => {
      expect(complaints(module, resolution)).toBe('');
    },
  );
});
