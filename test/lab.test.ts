import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MEASURE = fileURLToPath(new URL('../lab/measure.mjs', import.meta.url));

interface Figure {
  readonly what: string;
  readonly figure: unknown;
  readonly goal: string;
  readonly ok?: boolean;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function measure(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MEASURE, ...args], (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

/** The figures that miss their goal, of those that have one. */
async function missed(...args: readonly string[]): Promise<readonly Figure[]> {
  const { stdout, stderr } = await measure(...args, '--json');
  expect(stderr).toBe('');
  const { figures } = JSON.parse(stdout) as { figures: readonly Figure[] };
  expect(figures.filter(({ goal }) => goal !== '').length).toBeGreaterThan(0);
  return figures.filter(({ ok }) => ok === false);
}

describe.concurrent('the measurements', () => {
  it('P14 stalled sessions share what they have not read', async () => {
    expect(await missed('stalled-sessions', '--updates', '900')).toEqual([]);
  });

  it('P10 a resume costs what changed, in one round trip', async () => {
    expect(await missed('resume', '--entries', '200')).toEqual([]);
    expect(await missed('resume', '--seed', '2', '--bids-each', '0')).toEqual([]);
  });

  it('P10 an unknown past costs the difference', async () => {
    expect(await missed('unknown-past', '--short')).toEqual([]);
  });

  it('P7 every fault on the wire is noticed, healed, counted, and never shown', async () => {
    expect(await missed('heal', '--short')).toEqual([]);
  });

  it('S4 a turn costs one diff, one encode and a write for each consumer', async () => {
    expect(await missed('turn-cost')).toEqual([]);
  });

  it('print a table', async () => {
    const { code, stdout } = await measure('turn-cost', '--consumers', '3', '--changes', '2');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^turn-cost: .*\n {2}consumers=3 changes=2 /);
    expect(stdout).toMatch(/C=3: writes +3 +3? *= 3 {2}pass/);
  });
});
