import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { CpuInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiffCache } from '../../src/index.ts';
import { newTally } from '../../src/cli/feed-publisher.ts';
import { readInterfaces, readMemory, readProcess } from '../../src/cli/system-proc.ts';
import { checkedEvery, publishSystem } from '../../src/cli/system-publisher.ts';
import { SystemSource } from '../../src/cli/system-source.ts';
import { endAll, start } from './support/command.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'diffstream-proc-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await endAll();
});

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

interface FakeProcess {
  readonly pid: number;
  readonly name?: string;
  readonly ticks?: number;
  readonly started?: number;
  readonly pages?: number;
}

function writeProcess({
  pid,
  name = 'node',
  ticks = 0,
  started = 1,
  pages = 10,
}: FakeProcess): void {
  const before = `S 1 2 3 0 -1 4 5 6 7 8 ${ticks} 0 0 0 20 0 3 0`;
  write(
    `${pid}/stat`,
    `${pid} (${name}) ${before} ${started} 999 ${pages} 18446744073709551615 1\n`,
  );
}

const DEVICES = `Inter-|   Receive                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
    lo: 100 2 0 0 0 0 0 0 100 2 0 0 0 0 0 0
  eth0:5000 40 0 0 0 0 0 0 7000 50 0 0 0 0 0 0
 bad0: some words
`;

function cpu(user: number, idle: number): CpuInfo {
  return { model: 'm', speed: 2400, times: { user, nice: 0, sys: 0, irq: 0, idle } };
}

/** A machine whose figures and clock the test sets. */
function machine(cpus: CpuInfo[] = []): { source: SystemSource; pass: (ms: number) => void } {
  let nowMs = 1000;
  const os = {
    cpus: () => cpus,
    totalmem: () => 1000,
    freemem: () => 250,
    loadavg: () => [0.123, 1, 2],
    networkInterfaces: () => ({}),
    uptime: () => 77.7,
  };
  const options = { procFolder: folder, os, nowMs: () => nowMs, pageBytes: 4096 };
  return { source: new SystemSource(options), pass: (ms) => void (nowMs += ms) };
}

describe('what /proc says', () => {
  it('has interfaces, whatever the spaces, and leaves out what are no counters', () => {
    const found = readInterfaces(DEVICES);
    expect([...found.keys()]).toEqual(['lo', 'eth0']);
    expect(found.get('eth0')).toEqual({
      ...{ receivedBytes: 5000, receivedPackets: 40, sentBytes: 7000, sentPackets: 50 },
    });
    expect(readInterfaces('').size).toBe(0);
  });

  it('has memory in kB, and other lines besides', () => {
    const found = readMemory('MemTotal:  8 kB\nHugePages_Total:   0\nnonsense\nMemFree: 2 kB\n');
    expect([...found]).toEqual([
      ['MemTotal', 8192],
      ['MemFree', 2048],
    ]);
  });

  it('has processes, though a name holds brackets, spaces and line ends', () => {
    writeProcess({ pid: 5 });
    const line = '7 (a) b (c\n) d) R 1 7 7 0 -1 4 0 0 0 0 30 12 0 0 20 0 9 0 55 999 21 18 1\n';
    expect(readProcess(line)).toEqual({
      ...{ name: 'a) b (c\n) d', state: 'R', parent: 1, threads: 9, ticks: 42 },
      ...{ startTicks: 55, residentPages: 21 },
    });
    for (const bad of [
      '',
      '7',
      '7 (x',
      '7 )x( R 1',
      '7 (x) R',
      '7 (x) R 1 a b c d e f g h i j k',
    ]) {
      expect(readProcess(bad)).toBeUndefined();
    }
  });
});

describe('the figures of a machine', () => {
  it('are entries for processors, memory, interfaces and processes', () => {
    write('net/dev', DEVICES);
    write('meminfo', 'MemTotal: 100 kB\nMemFree: 10 kB\nMemAvailable: 60 kB\nCached: 5 kB\n');
    writeProcess({ pid: 12, name: 'nginx', pages: 3 });
    const sample = machine([cpu(25, 75)]).source.sample();
    const keys = ['cpu/0', 'load', 'uptime', 'memory', 'net/eth0', 'net/lo', 'process/12'];
    expect([...sample.keys()]).toEqual(keys);
    expect(sample.get('cpu/0')).toEqual({ busyPercent: 25, megahertz: 2400 });
    expect(sample.get('memory')).toMatchObject({ totalBytes: 102_400, usedPercent: 40 });
    expect(sample.get('net/eth0')).toMatchObject({ receivedBytes: 5000, receivedPerSecond: 0 });
    expect(sample.get('process/12')).toEqual({
      ...{ name: 'nginx', state: 'S', parent: 1, threads: 3, cpuPercent: 0 },
      residentBytes: 12_288,
    });
  });

  it('tell rates and shares since the sample before', () => {
    const cpus = [cpu(10, 90)];
    const { source, pass } = machine(cpus);
    write('net/dev', DEVICES);
    writeProcess({ pid: 12, ticks: 100 });
    source.sample();
    pass(2000);
    cpus[0] = cpu(20, 120);
    write('net/dev', DEVICES.replace('eth0:5000', 'eth0:9000'));
    writeProcess({ pid: 12, ticks: 150 });
    const sample = source.sample();
    expect(sample.get('cpu/0')).toMatchObject({ busyPercent: 25 });
    expect(sample.get('net/eth0')).toMatchObject({ receivedPerSecond: 2000, sentPerSecond: 0 });
    expect(sample.get('process/12')).toMatchObject({ cpuPercent: 25 });
    // Counters that begin anew, and a number that is another process by now, have no rate.
    pass(1000);
    write('net/dev', DEVICES);
    writeProcess({ pid: 12, ticks: 900, started: 7 });
    const after = source.sample();
    expect(after.get('net/eth0')).toMatchObject({ receivedPerSecond: 0 });
    expect(after.get('process/12')).toMatchObject({ cpuPercent: 0 });
  });

  it('hold the processes that use most, at most two hundred, with harmless names', () => {
    for (let pid = 1; pid <= 230; pid++) writeProcess({ pid, pages: pid });
    writeProcess({ pid: 3, name: `\u001b[31m${'x'.repeat(100)}\n`, pages: 9999 });
    const { source, pass } = machine();
    source.sample();
    writeProcess({ pid: 2, ticks: 50, pages: 1 });
    pass(1000);
    const sample = source.sample();
    const pids = [...sample.keys()].filter((key) => key.startsWith('process/'));
    expect(pids).toHaveLength(200);
    expect(pids.slice(0, 3)).toEqual(['process/2', 'process/3', 'process/230']);
    const { name } = sample.get('process/3') as { name: string };
    expect(name).toMatch(/^\\u001b\[31mx+…$/);
    expect(name.length).toBeLessThan(80);
  });

  it('are less, and right, where there is no /proc', () => {
    const sample = machine([cpu(1, 1)]).source.sample();
    expect(sample.get('memory')).toMatchObject({
      totalBytes: 1000,
      freeBytes: 250,
      usedPercent: 75,
    });
    expect([...sample.keys()].filter((key) => key.startsWith('process/'))).toEqual([
      `process/${process.pid}`,
    ]);
  });

  it('of this very machine are all values that a stream takes', () => {
    const producer = DiffCache.producer();
    for (const [key, value] of new SystemSource().sample()) producer.set(key, value);
    expect(producer.get('memory')).toMatchObject({ totalBytes: expect.any(Number) as number });
    expect(producer.has('cpu/0')).toBe(true);
  });
});

describe('publishing them', () => {
  it('changes what has changed, and deletes what is gone', async () => {
    writeProcess({ pid: 1 });
    writeProcess({ pid: 2 });
    const producer = DiffCache.producer();
    const interrupt = new AbortController();
    const { source } = machine();
    const tally = newTally();
    const target = {
      get version() {
        return producer.version;
      },
      set: (key: string | number, value: unknown) => producer.set(key, value),
      delete: (key: string | number) => {
        producer.delete(key);
        interrupt.abort();
      },
    };
    const publishing = publishSystem({
      source,
      target,
      everyMs: 50,
      signal: interrupt.signal,
      tally,
    });
    expect(producer.has('process/2')).toBe(true);
    rmSync(join(folder, '2'), { recursive: true });
    await publishing;
    expect([...producer.keys()]).toEqual(['load', 'uptime', 'memory', 'process/1']);
    expect(tally.applied).toBe(producer.version);
    expect(tally.unchanged).toBeGreaterThan(0);
  });

  it('is not done so often that it costs more than it tells', () => {
    expect(checkedEvery(50)).toBe(50);
    expect(() => checkedEvery(49)).toThrow('at least 50ms');
  });

  it('is what serve and demo do when asked to, with a page where that is asked for', async () => {
    const serving = start('serve', '--source', 'system', '--every', '100ms', '--page', '--json');
    const [line] = await serving.prints('stdout', /.*"serving".*/);
    const { page, url } = JSON.parse(line) as { page: string; url: string };
    expect((await fetch(page)).headers.get('content-type')).toContain('text/html');
    const watching = start('watch', url, '--once');
    await watching.prints('stdout', /memory/);
    serving.signal('SIGINT');
    expect(await serving.end()).toBe(0);
    const demo = start(
      ...['demo', '--source', 'system', '--for', '1s', '--replicas', '1', '--json'],
    );
    expect(await demo.end()).toBe(0);
    expect(demo.stdout).toContain('figures of this machine, a sample every 500ms');
    const both = start('demo', '--source', 'system', '--file', 'x');
    expect(await both.end()).toBe(2);
    const loop = start('serve', 'x', '--source', 'system');
    expect(await loop.end()).toBe(2);
  });
});
