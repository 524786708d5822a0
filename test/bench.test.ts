import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const BENCH = fileURLToPath(new URL('../bench/bench.mjs', import.meta.url));

interface Row {
  readonly name: string;
  readonly ours: boolean;
  readonly whole: boolean;
  readonly stopped?: string;
  readonly changes: number;
  readonly bytesPerChange: number;
  readonly wrong: number;
  readonly error: number;
  readonly firstError?: string;
}

interface Results {
  readonly conditions: { readonly node: string; readonly machine: string };
  readonly feeds: readonly {
    readonly counts: { readonly changed: number };
    rows: readonly Row[];
  }[];
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function bench(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BENCH, ...args], (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

/** One round of everyone over the generated feed. */
async function smoke(): Promise<{ outcome: Outcome; results: Results }> {
  const folder = mkdtempSync(join(tmpdir(), 'diffstream-bench-'));
  try {
    const file = join(folder, 'results.json');
    const outcome = await bench('--smoke', '--out', file);
    expect(outcome.stderr).toBe('');
    return { outcome, results: JSON.parse(readFileSync(file, 'utf8')) as Results };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the comparison with peers', () => {
  it('D2 V1 every update comes out as its text, whichever way DiffStream sends it', async () => {
    const { outcome, results } = await smoke();
    expect(outcome.code).toBe(0);
    expect(results.conditions.node).toBe(process.version);
    const [feed] = results.feeds;
    const played = feed?.rows.filter((row) => row.stopped === undefined) ?? [];
    const changed = feed?.counts.changed ?? 0;
    expect(changed).toBeGreaterThan(20);
    const own = played
      .filter((row) => row.ours)
      .map(({ name, changes, wrong }) => [name, changes, wrong]);
    for (const name of ['diffstream patch', 'diffstream message', 'diffstream frame']) {
      expect(own).toContainEqual([name, changed, 0]);
    }
    expect(own.every(([, , wrong]) => wrong === 0)).toBe(true);
    // Peers may lose the order of members or a null, but their interfaces are used rightly.
    expect(played.filter((row) => row.firstError !== undefined)).toEqual([]);
    expect(played.filter((row) => row.whole && row.wrong > 0)).toEqual([]);
    expect(played.length).toBeGreaterThanOrEqual(21);
    expect(outcome.stdout).toMatch(/^generated: 60 records, .* changes/);
  });
});
