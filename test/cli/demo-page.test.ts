import { afterEach, describe, expect, it } from 'vitest';
import { CommitDigests } from '../../src/cli/demo/commit-digests.ts';
import { DemoPage } from '../../src/cli/demo/demo-page.ts';
import { byHandText, DemoNetwork } from '../../src/cli/demo/network.ts';
import type { ReplicaSnapshot, Snapshot } from '../../src/cli/demo/snapshot.ts';
import { Cleanup } from '../network/wait.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const replica = (part: Partial<ReplicaSnapshot>): ReplicaSnapshot => ({
  ...{ number: 1, pid: 1, status: 'live', version: 1, digest: '', behind: 0, resumes: 0 },
  ...{ repairs: 0, snapshots: 0, wireBytes: 0, restarts: 0, ...part },
});

async function rig(): Promise<{
  page: DemoPage;
  network: DemoNetwork;
  digests: CommitDigests;
  told: string[];
  replicas: ReplicaSnapshot[];
  act: (request: unknown) => unknown;
  rows: () => Map<string, object>;
}> {
  const names = ['1', '2', 'browser'];
  const network = cleanup.add(await DemoNetwork.start({ port: 1, seed: 's', names }));
  const page = new DemoPage();
  const digests = new CommitDigests();
  const told: string[] = [];
  const replicas: ReplicaSnapshot[] = [];
  const snapshot = (): Snapshot => ({
    ...{ elapsedMs: 1, forMs: 2, phase: 'updates', version: 9, entries: 1, updates: 9 },
    ...{ updatesPerSecond: 1, lagMs: { p50: Number.NaN, p99: 1.23456 } },
    joining: { jsonBytes: 0, sentBytes: 0 },
    updating: { jsonBytes: 0, sentBytes: 0 },
    ...{ faults: network.counters, byHand: network.byHand, replicas },
  });
  page.begin({
    ...{ stream: 'demo', network, snapshot, digestAt: (version) => digests.at(version) },
    onAct: (name, what) => told.push(`${name} ${what}`),
    onTrouble: (name, what) => told.push(`${name} ${what}`),
  });
  const { act = () => undefined, rows = () => [] } = page.options;
  return { page, network, digests, told, replicas, act, rows: () => new Map(rows()) };
}

const report = {
  ...{ kind: 'report', status: 'live', epoch: '1.a', version: 7, digest: 'seven', resumes: 1 },
  ...{ repairs: 0, snapshots: 1, wireBytes: 99, lastError: '' },
};

function reportWith(name: string, value: unknown): object {
  return { ...report, [name]: value };
}

describe('the page of a demo', () => {
  it('hurts the replica that was named, counts it, and stops when the network heals', async () => {
    const { act, network, told, rows } = await rig();
    expect(act({ kind: 'act', replica: '2', act: 'delay' })).toBe('delay');
    expect([network.isDelayed('1'), network.isDelayed('2')]).toEqual([false, true]);
    for (const one of ['delay', 'cut', 'corrupt', 'stall'])
      act({ kind: 'act', replica: '1', act: one });
    expect(told).toEqual(['2 delay', '1 delay', '1 cut', '1 corrupt', '1 stall']);
    act({ kind: 'act', replica: '1', act: 'delay' });
    expect(told.at(-1)).toBe('1 delay taken back');
    expect(byHandText(network.byHand)).toBe('1 cut, 3 changes of delay, 1 corruption, 1 stall');
    expect(rows().get('demo')).toMatchObject({ lagP50Ms: null, lagP99Ms: 1.2, proof: '' });
    network.heal();
    expect(network.isDelayed('2')).toBe(false);
    expect(() => act({ kind: 'act', replica: '1', act: 'cut' })).toThrow('the demo is over');
    expect(network.byHand.cut).toBe(1);
  });

  it('refuses whatever else is sent to it', async () => {
    const { act, told } = await rig();
    const bad: unknown[] = [
      ...[null, 1, 'act', [], {}, { kind: 'act' }, { kind: 'act', replica: '1', act: 'explode' }],
      ...[
        { kind: 'act', replica: 1, act: 'cut' },
        { kind: 'act', replica: '3', act: 'cut' },
      ],
      { kind: 'act', replica: '__proto__', act: 'cut' },
      { kind: 'act', replica: '1', act: 'constructor' },
      ...['version', 'resumes', 'wireBytes'].map((name) => reportWith(name, -1)),
      ...['version', 'repairs'].map((name) => reportWith(name, '1')),
      ...['status', 'digest', 'lastError'].map((name) => reportWith(name, { a: 1 })),
    ];
    for (const request of bad)
      expect(() => act(request)).toThrow(expect.objectContaining({ code: 'bad-argument' }));
    expect(told).toEqual([]);
    expect(() => new DemoPage().options.act?.(report)).toThrow('not begun');
  });

  it('holds every digest against that of the producer at the same version', async () => {
    const { act, rows, digests, replicas, page, told } = await rig();
    digests.record(7, 'seven');
    replicas.push(replica({ number: 1, version: 7, digest: 'seven', behind: 2 }));
    replicas.push(replica({ number: 2, version: 7, digest: 'another' }));
    expect(page.browser).toBeUndefined();
    expect(rows().has('replica/browser')).toBe(false);
    act({ ...report, lastError: 'gap: x'.padEnd(5000, 'y') });
    expect(rows().get('replica/1')).toMatchObject({
      provenVersion: 7,
      isEqual: true,
      lagVersions: 2,
    });
    expect(rows().get('replica/2')).toMatchObject({ provenVersion: 7, isEqual: false });
    expect(rows().get('replica/browser')).toMatchObject({ isEqual: true, lagVersions: 2 });
    expect(told[0]?.length).toBeLessThan(250);
    // A version that nobody remembers proves nothing; what was proved before stays.
    replicas[0] = replica({ number: 1, version: 8, digest: 'eight' });
    expect(rows().get('replica/1')).toMatchObject({ version: 8, provenVersion: 7, isEqual: true });
  });

  it('remembers so many digests and no more', () => {
    const digests = new CommitDigests(4);
    for (let version = 1; version <= 6; version++) digests.record(version, String(version));
    expect([0, 2, 3, 6, 7].map((version) => digests.at(version))).toEqual([
      ...[undefined, undefined, '3', '6', undefined],
    ]);
  });
});
