import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { CollectionDigest } from '../../src/cache/collection-digest.ts';
import type { PlannedRun } from '../../src/lab/experiment/experiment.ts';
import { readExperiment } from '../../src/lab/experiment/read-experiment.ts';
import { labReport } from '../../src/lab/report/report.ts';
import { isKept, RESULT_VERSION, rounded } from '../../src/lab/result.ts';
import type { LabResult, RunResult } from '../../src/lab/result.ts';
import { playRun } from '../../src/lab/simulated/play-run.ts';
import type { Trace } from '../../src/lab/workload/trace.ts';
import { workloadKinds } from '../../src/lab/workload/roster.ts';
import { ROOT } from '../support/source.ts';
import { instead } from '../simulator/plant.ts';

const PATIENCE_MS = 60_000;
const goOn = (): boolean => true;

function runsOf(json: unknown): readonly PlannedRun[] {
  return readExperiment(json).runs;
}

async function play(json: unknown, trace?: Trace): Promise<readonly RunResult[]> {
  const results: RunResult[] = [];
  for (const run of runsOf(json)) results.push(rounded(await playRun(run, trace, goOn)));
  return results;
}

async function playOne(json: unknown, trace?: Trace): Promise<RunResult> {
  const [result] = await play(json, trace);
  if (result === undefined) throw new Error('no run');
  return result;
}

/** All but what is of this machine. */
function deterministic(result: RunResult): string {
  return JSON.stringify({ ...result, machine: undefined });
}

function labResult(runs: readonly RunResult[]): LabResult {
  return {
    kind: 'diffstream-lab',
    version: RESULT_VERSION,
    ...{ name: 'test', question: 'Does it?', mode: 'simulated', runs, planned: runs.length },
    machine: { node: 'v0', platform: 'test', processor: 'test', cores: 1, seconds: 1 },
  };
}

const rough = {
  networks: 'hostile:cutEveryMs=1500:corruptEveryBytes=4000:silenceEveryMs=4000',
  rate: 60,
  for: '6s',
};

describe('a simulated run', () => {
  it(
    'gives the same figures from the same seed, and others from another',
    async () => {
      const small = { ...rough, workloads: { name: 'auctions', size: 40 }, codecs: 'dense' };
      const [one, same] = [await playOne(small), await playOne(small)];
      const other = await playOne({ ...small, seed: 2 });
      expect(one.broken).toBeNull();
      expect(one.figures.recoveries.count).toBeGreaterThan(10);
      expect(deterministic(same)).toBe(deterministic(one));
      expect(deterministic(other)).not.toBe(deterministic(one));
      expect(other.trace).not.toBe(one.trace);
    },
    PATIENCE_MS,
  );

  it.each(readdirSync(join(ROOT, 'lab', 'experiments')))(
    'of the experiment %s keeps every promise, in a short form',
    async (file) => {
      const text = readFileSync(join(ROOT, 'lab', 'experiments', file), 'utf8');
      const { runs } = readExperiment(JSON.parse(text), { for: '1s', rate: 8 });
      const kinds = new Set<string>();
      for (const run of runs) {
        // One of each kind: with all of them the test would last as long as the experiment.
        const { workload, codec, network, size, change } = run.settings;
        const kind = [workload, codec, network.name, run.varied?.of].join(' ');
        if (kinds.has(kind) || size > 5000 || change > 1000) continue;
        kinds.add(kind);
        const result = await playRun(run, undefined, goOn);
        expect([run.id, result.broken]).toEqual([run.id, null]);
        expect(result.figures.updates).toBeGreaterThan(0);
      }
    },
    PATIENCE_MS,
  );

  it.each(workloadKinds.map(({ name }) => name))(
    'keeps every promise with %s over a hostile network',
    async (name) => {
      const result = await playOne({ ...rough, workloads: { name, size: 30, change: 2 } });
      expect(result.broken).toBeNull();
      expect(result.proof).toMatchObject({ replicas: 4, equal: 4, differences: [] });
      expect(result.figures.recoveries.unfinished).toBe(0);
      expect(result.figures.ratio).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  it('plays a recorded feed, deletions included, and ends with it', async () => {
    const records = [
      ...[1, 2, 3].map((key) => ({ key, value: { n: key } })),
      { key: 1, value: { n: 10 } },
      { key: 2, value: undefined },
      { key: 9, value: undefined },
      { key: 'x', value: [1, null] },
    ];
    const json = { workloads: { trace: 'feed.ndjson' }, rate: 10, for: '60s' };
    const result = await playOne(json, { name: 'feed.ndjson', records });
    expect(result.broken).toBeNull();
    expect(result.title).toBe('feed.ndjson');
    // What deletes a key that is not there changes nothing.
    expect(result.figures).toMatchObject({ updates: 3, entries: 3, distinctKeys: 3 });
  });

  it('tells slow consumers from the others, and does not let them delay those', async () => {
    const json = { networks: 'lan', for: '8s', rate: 20, workloads: { name: 'ticker', size: 20 } };
    const [none, two] = [await playOne(json), await playOne({ ...json, slow: 2 })];
    expect(none.figures.slowLag.count).toBe(0);
    expect(two.figures.slowLag.p50Ms).toBeGreaterThan(500);
    expect(two.figures.lag.p99Ms).toBe(none.figures.lag.p99Ms);
  });

  it('can be ended before its time, and still proves what is there', async () => {
    const [run] = runsOf({ for: '10s', rate: 20 });
    if (run === undefined) throw new Error('no run');
    const result = await playRun(run, undefined, (part) => part < 0.3);
    expect(result.isPartial).toBe(true);
    expect(result.broken).toBeNull();
    expect(result.proof?.equal).toBe(4);
    expect(result.figures.intervals.at(-1)?.atMs).toBeLessThan(4000);
    const [counted] = runsOf({ for: '10s', rate: 20, codecs: 'json' });
    if (counted === undefined) throw new Error('no run');
    const half = await playRun(counted, undefined, (part) => part < 0.5);
    expect(half.isPartial).toBe(true);
    expect(half.figures.updates).toBeLessThan(150);
  });

  it('says what is wrong where a line is so slow that a copy takes too long', async () => {
    const workloads = { name: 'auctions', size: 20_000 };
    const shape = { consumers: 1, rate: 1, for: '2s' };
    const thin = { networks: 'thin:bytesPerSecond=1000', workloads, ...shape };
    const { broken } = await playOne(thin);
    expect(broken).toMatchObject({ promise: 'P6' });
    expect(broken?.what).toContain('not all were live after 600000 ms');
  });

  it(
    'over a line of 1 kB/s gets its copies through',
    async () => {
      const result = await playOne({
        networks: 'slow:bytesPerSecond=1000:delayMs=50',
        workloads: { name: 'auctions', size: 400 },
        codecs: 'auto',
        consumers: 2,
        rate: 1,
        for: '5s',
      });
      expect(result.broken).toBeNull();
      expect(result.proof).toMatchObject({ replicas: 2, equal: 2 });
    },
    PATIENCE_MS,
  );

  it(
    'that breaks a promise says which, and so do result and report',
    async () => {
      const takeOut = instead(CollectionDigest, 'check', () => () => 7)();
      let result: RunResult;
      try {
        result = await playOne({ ...rough, networks: 'bad:corruptEveryBytes=700' });
      } finally {
        takeOut();
      }
      expect(result.broken?.promise).toMatch(/^P\d+$/);
      const whole = labResult([result]);
      expect(isKept(whole)).toBe(false);
      const about = { command: 'c', dataFile: 'd.json', generated: 'now' };
      const html = labReport(whole, about);
      expect(html).toContain('Promises were broken in 1 run of 1.');
      expect(html).toContain(`${result.id}: ${result.broken?.promise}`);
    },
    PATIENCE_MS,
  );
});

describe('whole values', () => {
  it('are counted at the same updates as runs, with and without a deflate context', async () => {
    const results = await play({
      ...{ workloads: 'order-book', networks: 'lan', rate: 30, for: '4s' },
      codecs: ['json', 'json-deflate', 'compact'],
    });
    const [json, deflated, compact] = results.map(({ figures }) => figures);
    expect(results.map(({ mode }) => mode)).toEqual(['counted', 'counted', 'simulated']);
    expect(json?.originalBytes).toBe(compact?.originalBytes);
    expect(json?.updates).toBe(compact?.updates);
    expect(json?.distinctKeys).toBe(compact?.distinctKeys);
    // Headers of WebSocket messages are all that there is beside the values.
    expect(json?.sentBytes).toBe((json?.originalBytes ?? 0) + 4 * 4 * (json?.updates ?? 0));
    expect(deflated?.sentBytes).toBeLessThan((json?.sentBytes ?? 0) / 5);
    expect(compact?.sentBytes).toBeLessThan(deflated?.sentBytes ?? 0);
  });

  it('have no lag where connections fail: it would leave out what that costs', async () => {
    const [lan, hostile] = await play({ ...rough, codecs: 'json', networks: ['lan', 'hostile'] });
    expect(lan?.figures.lag.count).toBeGreaterThan(0);
    expect(hostile?.figures.lag.count).toBe(0);
  });
});

describe('the report', () => {
  it(
    'shows the very figures that stand in its data, interval by interval summing up',
    async () => {
      const runs = await play({
        ...{ ...rough, codecs: ['json', 'auto'], workloads: { name: 'ticker', size: 20 } },
        vary: [{ of: 'size', values: [5, 50], networks: 'lan', codecs: 'auto' }],
      });
      const result = labResult(runs);
      const about = { command: 'diffstream lab test', dataFile: 'test.json', generated: 'now' };
      const html = labReport(result, about);
      const json = /id="report-data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(result)));
      for (const { figures, id, command } of runs) {
        const sum = (of: 'sentBytes' | 'upBytes' | 'originalBytes' | 'updates'): number =>
          figures.intervals.reduce((total, one) => total + one[of], 0);
        for (const name of ['sentBytes', 'upBytes', 'originalBytes', 'updates'] as const) {
          expect(sum(name)).toBe(figures[name]);
        }
        expect(html).toContain(`value="${figures.sentBytes}"`);
        expect(html).toContain(id);
        expect(html).toContain(command.slice(0, 40));
      }
      expect(html).not.toMatch(/undefined|NaN/);
    },
    PATIENCE_MS,
  );
});
