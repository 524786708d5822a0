import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';

import { endAll, gone, isRunning, run, start } from './support/command.ts';
import type { Command } from './support/command.ts';

afterEach(endAll);

async function pidsOf(demo: Command): Promise<number[]> {
  const [, pids = ''] = await demo.prints('stdout', /replica processes ([\d, ]+) connect/);
  return pids.split(', ').map(Number);
}

interface Summary {
  readonly ok: boolean;
  readonly updates: number;
  readonly replicas: readonly { readonly isEqual: boolean; readonly restarts: number }[];
}

function summaryOf(stdout: string): Summary {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Summary;
}

describe('the demo', () => {
  it('proves that all replicas are equal after a run over a bad network', async () => {
    const { code, stdout } = await run('demo', '--for', '3s', '--json');
    expect(stdout).toContain('equal: 3 of 3 replicas, 3,000 entries compared');
    expect(code).toBe(0);
    const summary = summaryOf(stdout);
    expect(summary.ok).toBe(true);
    expect(summary.updates).toBeGreaterThan(100);
    expect(summary.replicas.map(({ isEqual }) => isEqual)).toEqual([true, true, true]);
  });

  it('fails, and names the entry, when one replica was altered on purpose', async () => {
    const { code, stdout } = await run(
      ...['demo', '--for', '1s', '--replicas', '2', '--auctions', '50', '--sabotage'],
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/replica 1 {2}equal/);
    expect(stdout).toMatch(/replica 2 {2}DIFFERENT: .*digest.*1 entry differs/);
    expect(stdout).toMatch(/entry "[0-9a-f]{32}"\n +producer {2}.*\n +replica {3}.*\n/);
    expect(stdout).toContain('NOT EQUAL: 1 of 2 replicas');
  });

  it('fails when it was to alter something on purpose, and there was nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'diffstream-demo-'));
    try {
      const file = join(folder, 'empty.ndjson');
      await writeFile(file, '');
      const { code, stdout } = await run(
        ...['demo', '--file', file, '--for', '1s', '--replicas', '1', '--sabotage'],
      );
      expect(stdout).toContain('NOT EQUAL: 1 of 1 replicas');
      expect(code).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('runs on a recorded feed, keeps its last state, and tells of refused lines', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'diffstream-demo-'));
    try {
      const line = (n: number): string => JSON.stringify({ id: n % 7, n, text: 'x'.repeat(n) });
      const lines = Array.from({ length: 200 }, (_, n) => line(n)).join('\n');
      const file = join(folder, 'feed.ndjson.br');
      await writeFile(file, brotliCompressSync(`${lines}\nbad\n`));
      const { code, stdout, stderr } = await run(
        ...['demo', '--file', file, '--key', 'id', '--rate', '0', '--for', '1s'],
        ...['--replicas', '1', '--faults', 'light'],
      );
      expect(stderr).toContain('line 201: not JSON');
      expect(stdout).toContain('version 200, 7 entries');
      expect(code).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('starts a replica process that dies again, once', async () => {
    const demo = start('demo', '--for', '3s', '--replicas', '2', '--faults', 'none', '--json');
    const [first = 0] = await pidsOf(demo);
    await demo.prints('stdout', /live live/);
    process.kill(first, 'SIGKILL');
    await demo.prints('stderr', new RegExp(`process ${first}\\) died: SIGKILL; started again`));
    expect(await demo.end()).toBe(0);
    const { replicas } = summaryOf(demo.stdout);
    expect(replicas.map(({ restarts, isEqual }) => [restarts, isEqual])).toEqual([
      [1, true],
      [0, true],
    ]);
  });

  it('ends with all its processes when interrupted', async () => {
    const demo = start('demo', '--for', '60s');
    const pids = await pidsOf(demo);
    await demo.prints('stdout', /live live live/);
    expect(pids.map(isRunning)).toEqual([true, true, true]);
    demo.signal('SIGINT');
    expect(await demo.end()).toBe(130);
    expect(pids.map(isRunning)).toEqual([false, false, false]);
    expect(demo.stderr).toContain('interrupted: nothing was proved');
  });

  it('leaves no process behind when it is killed', async () => {
    const demo = start('demo', '--for', '60s', '--replicas', '2');
    const pids = await pidsOf(demo);
    await demo.prints('stdout', /live live/);
    demo.signal('SIGKILL');
    await gone(pids);
    expect(await demo.end()).toBe('SIGKILL');
  });
});
