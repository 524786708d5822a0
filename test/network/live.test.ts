import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connect } from '../../src/client/index.ts';
import type { Replica, Status } from '../../src/client/index.ts';
import type { DiffStreamError } from '../../src/core/errors.ts';
import { serve } from '../../src/server/index.ts';
import { createAuctions } from '../../src/testing/auctions.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { startFaultProxy } from '../../src/testing/fault-proxy.ts';
import type { FaultProxy } from '../../src/testing/fault-proxy.ts';
import type { Faults } from '../../src/testing/faults.ts';
import { Cleanup, pause, portOf, stateOf, until } from './wait.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const QUICK = { backoffMinMs: 20, backoffMaxMs: 200, heartbeatMs: 100, ackDelayMs: 50 };
const HUB = { session: { ...QUICK, idleTimeoutMs: 3000 } };

interface Row {
  readonly key: string;
  readonly n: number;
}

async function hubWithRows(): Promise<Awaited<ReturnType<typeof serve>>> {
  const hub = cleanup.add(await serve(HUB));
  const rows = hub.stream<Row>('rows');
  for (let n = 0; n < 20; n++) rows.update({ key: `row ${n}`, n });
  return hub;
}

function join<T = Row>(url: string): Replica<T> {
  return cleanup.add(connect<T>(url, { session: { ...QUICK, answerTimeoutMs: 1000 } }));
}

/** Bids through a faulty network, then none; the replicas have to be equal at the end. */
async function weather(seed: string, faults: Faults, act?: (proxy: FaultProxy) => void) {
  const hub = cleanup.add(await serve(HUB));
  const producer = hub.stream('auctions');
  const auctions = createAuctions({ seed: 1, count: 40 });
  for (const auction of auctions.initial()) producer.update(auction);
  const proxy = cleanup.add(await startFaultProxy({ target: portOf(hub), seed }));
  const replicas = [1, 2, 3].map(() => join(proxy.url('/auctions')));
  await Promise.all(replicas.map(({ ready }) => ready));
  const shown = new Set<string>([stateOf(producer)]);
  const wrong: string[] = [];
  for (const replica of replicas) {
    replica.subscribe(({ to }) => {
      if (!shown.has(stateOf(replica))) wrong.push(`a state that never was, at version ${to}`);
    });
  }
  proxy.set(faults);
  for (let i = 0; i < 120; i++) {
    producer.update(auctions.next(1e12 + i));
    shown.add(stateOf(producer));
    if (i % 30 === 29) act?.(proxy);
    await pause(8);
  }
  const { counters } = proxy;
  proxy.heal();
  await until(
    () => replicas.every((one) => one.status === 'live' && one.version === producer.version),
    'all live at the end',
  );
  for (const replica of replicas) expect(stateOf(replica)).toBe(stateOf(producer));
  expect(wrong).toEqual([]);
  return { counters, replicas };
}

describe('a hub and its replicas', () => {
  it('P2 updates arrive in order, each seen or within a frame whose versions say so', async () => {
    const hub = await hubWithRows();
    const producer = hub.stream<Row>('rows');
    const replica = join(`${hub.url}/rows`);
    await replica.ready;
    const spans: [number, number][] = [];
    replica.subscribe(({ from, to }) => spans.push([from, to]));
    const first = producer.version;
    for (let n = 0; n < 200; n++) {
      producer.update({ key: 'row 1', n: 1000 + n });
      if (n % 3 === 0) await pause(0);
    }
    const { token } = producer.update({ key: 'row 2', n: -1 });
    await replica.atLeast(token);
    expect(replica.get('row 2')).toEqual({ key: 'row 2', n: -1 });
    expect(spans[0]?.[0]).toBe(first);
    for (let i = 1; i < spans.length; i++) expect(spans[i]?.[0]).toBe(spans[i - 1]?.[1]);
    expect(spans.length).toBeLessThan(200);
    expect(stateOf(replica)).toBe(stateOf(producer));
  });

  it('an update does not wait for a heartbeat to be seen', async () => {
    const hub = cleanup.add(await serve());
    const producer = hub.stream<Row>('rows');
    producer.update({ key: 'row 1', n: 0 });
    const replica = cleanup.add(connect<Row>(`${hub.url}/rows`));
    await replica.ready;
    const waits: number[] = [];
    for (let n = 0; n < 50; n++) {
      const startMs = performance.now();
      await replica.atLeast(producer.update({ key: 'row 1', n: 5000 + n }).token);
      waits.push(performance.now() - startMs);
    }
    expect(waits.sort((a, b) => a - b)[25]).toBeLessThan(400);
  });

  it('a snapshot of many megabytes arrives over a fast line', async () => {
    const hub = cleanup.add(await serve());
    const producer = hub.stream<{ key: string; text: string }>('big');
    // Random digits, so that packing takes away a half and no more.
    const random = new SeededRandom('digits');
    const text = (): string => Array.from({ length: 1200 }, () => random.next()).join('');
    producer.batch((tx) => {
      for (let n = 0; n < 2500; n++) tx.update({ key: `key ${n}`, text: text() });
    });
    const replica = cleanup.add(connect<{ text: string }>(`${hub.url}/big`));
    const errors: DiffStreamError[] = [];
    replica.on('error', (error) => errors.push(error));
    await replica.ready;
    expect(errors).toEqual([]);
    expect(replica.stats.wireBytes).toBeGreaterThan(10_000_000);
    expect(replica.size).toBe(2500);
  });

  it('P6 R1 comes back after cuts with a resume for each, not a snapshot', async () => {
    const { replicas } = await weather('cuts', {}, (proxy) => proxy.cutAll());
    for (const { stats } of replicas) {
      expect(stats.resumes).toBeGreaterThanOrEqual(3);
      expect(stats.snapshots).toBe(1);
    }
  });

  it('P1 P6 P7 bits that flip and bytes that vanish are found, and healed', async () => {
    const { counters } = await weather('damage', {
      corruptEveryBytes: 1500,
      dropEveryBytes: 20_000,
      duplicateEveryBytes: 20_000,
    });
    expect(counters.corruptions).toBeGreaterThan(3);
  });

  it('P6 P12 R7 stalls and connections that fall silent are noticed, and left', async () => {
    const { counters } = await weather(
      'silence',
      { halfOpenEveryMs: 400, stallEveryMs: 200, stallMs: 100 },
      (proxy) => proxy.stall(200),
    );
    expect(counters.halfOpens).toBeGreaterThan(0);
    expect(counters.stalls).toBeGreaterThan(3);
  });

  it('P7 M6 a new hub on the same port with other data is followed', async () => {
    const hub = await hubWithRows();
    const { port, url } = hub;
    const replica = join(`${url}/rows`);
    await replica.ready;
    const statuses: Status[] = [];
    replica.on('status', (status) => statuses.push(status));
    await hub.close();
    await until(() => replica.status === 'stale');
    expect(replica.size).toBe(20);
    // The hub is back before its stream is: nobody gives up.
    const next = cleanup.add(await serve({ ...HUB, port }));
    await pause(150);
    const rows = next.stream<Row>('rows');
    rows.batch((tx) => {
      tx.update({ key: 'row 1', n: 77 });
      tx.update({ key: 'new', n: 78 });
    });
    await until(() => replica.status === 'live');
    expect(stateOf(replica)).toBe(stateOf(rows));
    expect(statuses).toEqual(['stale', 'live']);
  });

  it('S13 hub.close sends what is unsent, ends all sessions, and resolves again', async () => {
    const hub = await hubWithRows();
    const replica = join(`${hub.url}/rows`);
    await replica.ready;
    const errors: string[] = [];
    replica.on('error', ({ code }) => errors.push(code));
    hub.stream<Row>('rows').update({ key: 'last', n: 1 });
    await Promise.all([hub.close(), hub.close({ drainMs: 100 })]);
    await until(() => replica.status === 'stale');
    expect(replica.has('last')).toBe(true);
    expect(hub.sessions()).toEqual([]);
    expect(() => hub.stream('other')).toThrow(expect.objectContaining({ code: 'closed' }));
    await until(() => errors.includes('unreachable'));
  });

  it('S13 hub.close waits for nobody who has not even said hello', async () => {
    const hub = await hubWithRows();
    const socket = new WebSocket(`${hub.url}/rows`);
    cleanup.add({ close: () => socket.terminate() });
    await once(socket, 'open');
    await until(() => hub.sessions().length === 1);
    expect(hub.sessions()).toMatchObject([{ state: 'greeting', lagVersions: 20 }]);
    // Far beyond the time that a test may take.
    await hub.close({ drainMs: 600_000 });
    expect(hub.sessions()).toEqual([]);
  });

  it('S13 hub.close ends also while replicas come back again and again', async () => {
    const hub = await hubWithRows();
    const eager = { backoffMinMs: 1, backoffMaxMs: 2 };
    const many = Array.from({ length: 20 }, () =>
      cleanup.add(connect(`${hub.url}/rows`, { session: eager })),
    );
    await Promise.all(many.map(({ ready }) => ready));
    await hub.close();
    expect(hub.sessions()).toEqual([]);
  });

  it('P14 S6 a consumer that reads nothing costs its window, and no more', async () => {
    const hub = cleanup.add(await serve({ session: { windowBytes: 20_000, partBytes: 4000 } }));
    const producer = hub.stream<{ key: number; text: string }>('rows');
    producer.update({ key: 0, text: '' });
    const proxy = cleanup.add(await startFaultProxy({ target: portOf(hub), seed: 1 }));
    const slow = join<{ text: string }>(proxy.url('/rows'));
    const quick = join<{ text: string }>(`${hub.url}/rows`);
    await Promise.all([slow.ready, quick.ready]);
    proxy.stall(60_000);
    for (let n = 0; n < 300; n++) {
      producer.update({ key: n % 10, text: String(n).repeat(400) });
      await pause(0);
      for (const { bytesUnacknowledged } of hub.sessions()) {
        expect(bytesUnacknowledged).toBeLessThanOrEqual(20_000 + 4001);
      }
    }
    await until(() => quick.version === producer.version);
    expect(slow.version).toBeLessThan(producer.version);
    proxy.heal();
    await until(() => slow.version === producer.version && slow.status === 'live');
    expect(stateOf(slow)).toBe(stateOf(producer));
  });
});
