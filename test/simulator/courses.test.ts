/**
 * Simulated runs that are what they were, call by call: what hubs and replicas say, count and wait
 * for. The promises alone leave room for much that nobody means, such as an acknowledgement too
 * many. Whoever changes what is sent, or when, runs this file with `WRITE_VECTORS=1` and looks at
 * the difference; the sums tell what it comes to.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { Swarm } from '../../src/testing/simulator/swarm.ts';
import { simulate } from '../../src/testing/index.ts';
import type { Sums } from './recorded-machines.ts';
import { recorded } from './recorded-machines.ts';

interface Courses {
  /** Of all machines in all courses: for people, to see what a change comes to. */
  readonly sums: Sums;
  /** By seed, the beginning of the SHA-256 of all calls and what came of them. */
  readonly courses: Readonly<Record<string, string>>;
}

/** Few that take little time and come to all that the simulator counts, with either codec. */
const SEEDS: readonly (readonly [swarm: Partial<Swarm>, ...seeds: number[]])[] = [
  [{}, 405, 149, 477, 245, 486, 46, 151, 253, 468, 484, 436, 447, 190, 213, 189, 281, 63, 414, 444],
  [{}, 276, 358, 44, 372, 139, 222, 70, 454, 167, 182, 269, 362, 305, 66, 150, 228, 156, 351, 169],
  [{ codec: 'auto', replicas: 3, commitEveryMs: 20 }, 501, 502],
];
const FAULTS_MS = 4000;
const FILE = new URL('courses.json', import.meta.url);
const isWritten = process.env['WRITE_VECTORS'] === '1';

const before = JSON.parse(readFileSync(FILE, 'utf8')) as Courses;
const sums: Sums = {};
const courses: Record<string, string> = {};
const listed = SEEDS.flatMap(([swarm, ...seeds]) =>
  seeds.map((seed) => [`course ${seed}`, swarm] as const),
);

describe('A course of a simulated run', () => {
  it.each(listed)('P6 P10 P12 is what it was, or is looked at: %s', (seed, swarm) => {
    const course = recorded(() => {
      const { violation } = simulate({ seed, swarm: { chaosMs: FAULTS_MS, ...swarm } });
      expect(violation).toBeUndefined();
    });
    courses[seed] = course.sha256;
    for (const [name, sum] of Object.entries(course.sums)) sums[name] = (sums[name] ?? 0) + sum;
    expect(course.sha256).toBe(isWritten ? course.sha256 : before.courses[seed]);
  });

  it('P10 comes to the same sums', () => {
    expect(isWritten ? before : { sums, courses }).toEqual(before);
  });

  afterAll(() => {
    if (isWritten) writeFileSync(FILE, `${JSON.stringify({ sums, courses }, null, 2)}\n`);
  });
});
