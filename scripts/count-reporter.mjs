// A vitest reporter that writes the outcome of a run, as counts, to the file the caller names.
// @ts-check
import { writeFileSync } from 'node:fs';

/** @implements {Pick<import('vitest/reporters').Reporter, 'onTestRunEnd'>} */
export default class CountReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    // An error outside every test, and a file or suite that cannot load, count as one failure each.
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === 'pending' ? 'skipped' : state] += 1;
      }
    }
    const file = process.env['DIFFSTREAM_TEST_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}
