/**
 * Who tests the tester: each planted bug is found by the seeds that find bugs in the real code.
 * One that escapes is a gap in the simulator.
 */
import { describe, expect, it } from 'vitest';
import { simulate } from '../../src/testing/index.ts';
import type { SimulationReport } from '../../src/testing/index.ts';
import { plantedBugs } from './planted-bugs.ts';

/** Where some are hard to meet, the first seeds that do are named, so that the tests stay short. */
const HARD: Readonly<Record<string, number>> = {};
const SEEDS_MAX = 60;

function firstFailure(from: number): SimulationReport | undefined {
  for (let seed = from; seed < from + SEEDS_MAX; seed++) {
    const report = simulate({ seed });
    if (report.violation !== undefined) return report;
  }
  return undefined;
}

describe('the simulator finds', () => {
  it.each(plantedBugs.map((bug) => [bug.name, bug] as const))('P7 that %s', (name, bug) => {
    const takeOut = bug.plant();
    let found: SimulationReport | undefined;
    try {
      found = firstFailure(HARD[name] ?? 1);
    } finally {
      takeOut();
    }
    expect(found?.violation?.promise, bug.effect).toBeDefined();
    // Without the bug the same run is right.
    expect(simulate({ seed: found?.seed ?? 1 }).violation).toBeUndefined();
  });
});
