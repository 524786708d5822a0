/**
 * Who tests the tester: each planted bug is found by the seeds that find bugs in the real code.
 * One that escapes is a gap in the simulator.
 */
import { describe, expect, it } from 'vitest';
import { simulate } from '../../src/testing/index.ts';
import type { SimulationReport } from '../../src/testing/index.ts';
import { plantedBugs } from './planted-bugs.ts';
import { bugsInDense } from './planted-in-dense.ts';

/** Where some are hard to meet, a seed shortly before one that does: the tests stay short. */
const HARD: Readonly<Record<string, number>> = {
  'a repair leaves out what was committed meanwhile': 60,
  'a frame that was cut off goes on after a resume': 10,
  'any snapshot that was begun is gone on with': 29,
  'any answer is taken for the own': 10,
  'an older snapshot is taken': 9,
  // A flipped length is no limit; what is left are a few flips of coded bits and of manifests.
  'limits are believed at once': 363,
  'a snapshot that comes late makes live': 110,
  'any snapshot inflated is the one that is waited for': 155,
  'every failure leads to a resume, none to a repair': 188,
  'the digest tree keeps what was removed': 62,
  // The first seed whose frames are dense.
  ...Object.fromEntries(bugsInDense.map(({ name }) => [name, 4])),
};
const SEEDS_MAX = 60;
/** Some bugs make a run go on for ever, until its bound on events. */
const PATIENCE_MS = 120_000;

function firstFailure(from: number): SimulationReport | undefined {
  for (let seed = from; seed < from + SEEDS_MAX; seed++) {
    const report = simulate({ seed });
    if (report.violation !== undefined) return report;
  }
  return undefined;
}

describe('the simulator finds', () => {
  it.each(plantedBugs.map((bug) => [bug.name, bug] as const))(
    'P7 that %s',
    (name, bug) => {
      const takeOut = bug.plant();
      let found: SimulationReport | undefined;
      try {
        found = firstFailure(HARD[name] ?? 1);
      } finally {
        takeOut();
      }
      // Not `crash`: a plant that does not fit the code any more would be taken for a bug found.
      expect(found?.violation?.promise ?? `missed: ${bug.effect}`).toMatch(/^P\d+$/);
      // Without the bug the same run is right.
      expect(simulate({ seed: found?.seed ?? 1 }).violation).toBeUndefined();
    },
    PATIENCE_MS,
  );
});
