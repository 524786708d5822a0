import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const REAL = fileURLToPath(new URL('../lab/real.mjs', import.meta.url));

interface Figure {
  readonly what: string;
  readonly figure: number;
  readonly ok?: boolean;
}

interface Result {
  readonly code: number;
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [REAL, ...args], (error, out, err) => {
      const code = error === null ? 0 : Number(error.code ?? -1);
      resolve({ code, out, err });
    });
  });
}

async function play(...args: readonly string[]): Promise<Result> {
  const { code, out, err } = await run(...args, '--json');
  expect(err).toBe('');
  const { figures, notes } = JSON.parse(out) as Omit<Result, 'code'>;
  return { code, figures, notes };
}

function figure({ figures }: Result, what: string): number {
  return figures.find((one) => one.what === what)?.figure ?? 0;
}

const isWindows = process.platform === 'win32';

describe.skipIf(isWindows)('real processes', () => {
  it.concurrent('P1 P2 P3 P4 P6 P7 P9 P12 keep each promise through faults', async () => {
    const result = await play('--seconds', '1', '--chaos-ms', '4000', '--replicas', '3');
    expect(result.notes).toEqual([]);
    expect(result.code).toBe(0);
    expect(figure(result, 'rounds of faults and healing')).toBe(1);
    expect(figure(result, 'frames seen by replicas')).toBeGreaterThan(20);
    expect(figure(result, 'files written by watch')).toBeGreaterThan(0);
  });

  it.concurrent('P14 S9 S14 BI-19 hostile messages reach no replica, and are counted', async () => {
    const result = await play('--hostile', '--messages', '600', '--replicas', '5');
    expect(result.notes).toEqual([]);
    expect(result.figures.filter(({ ok }) => ok === false)).toEqual([]);
    expect(result.code).toBe(0);
    expect(figure(result, 'hostile messages')).toBeGreaterThanOrEqual(600);
    expect(figure(result, 'errors that the hub counted')).toBeGreaterThan(300);
  });
});
