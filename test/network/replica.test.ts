import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProducerCache } from '../../src/cache/producer.ts';
import { connect } from '../../src/client/index.ts';
import type { ConnectOptions, Replica } from '../../src/client/index.ts';
import { DiffStreamError } from '../../src/core/errors.ts';
import { serve } from '../../src/server/index.ts';
import type { Hub } from '../../src/server/index.ts';
import { Cleanup, pause, until } from './wait.ts';

interface Row {
  readonly key: string;
  readonly n: number;
}

const cleanup = new Cleanup();
let hub: Hub;
let producer: ProducerCache<Row>;

beforeEach(async () => {
  hub = cleanup.add(await serve());
  producer = hub.stream<Row>('rows');
  for (const key of ['a', 'b', 'c']) producer.update({ key, n: 0 });
});
afterEach(() => cleanup.run());

function join(options: ConnectOptions = {}, name = 'rows'): Replica<Row> {
  return cleanup.add(connect<Row>(`${hub.url}/${name}`, options));
}

async function joined(): Promise<Replica<Row>> {
  const replica = join();
  await replica.ready;
  return replica;
}

const put = async (replica: Replica<Row>, key: string, n: number): Promise<void> =>
  replica.atLeast(producer.update({ key, n }).token);

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof DiffStreamError ? error.code : String(error)),
  );

describe('a replica', () => {
  it('P12 A4 is a ReadonlyMap with a status and figures', async () => {
    const replica = join();
    expect([replica.status, replica.size, replica.version]).toEqual(['connecting', 0, 0]);
    expect(replica.head()).toBeUndefined();
    expect(replica.stats.ageMs).toBeNaN();
    await replica.ready;
    expect(replica.status).toBe('live');
    expect([...replica.keys()].map(String).sort()).toEqual(['a', 'b', 'c']);
    expect([...replica].length + [...replica.entries()].length).toBe(6);
    expect([...replica.values()].map(({ n }) => n)).toEqual([0, 0, 0]);
    const seen: unknown[] = [];
    replica.forEach((value, key, map) => seen.push([value.n, key, map === replica]));
    expect(seen).toContainEqual([0, 'a', true]);
    expect([replica.has('a'), replica.has('x'), replica.get('x')]).toEqual([
      true,
      false,
      undefined,
    ]);
    expect(Object.isFrozen(replica.get('a'))).toBe(true);
    expect(replica.head()).toEqual(producer.head());
    expect(replica.stats).toMatchObject({ frames: 1, snapshots: 1, changes: 3, lagVersions: 0 });
    expect(replica.stats.ageMs).toBeGreaterThanOrEqual(0);
    const kept = replica.get('a');
    await put(replica, 'b', 1);
    expect(replica.get('a')).toBe(kept);
    await replica.close();
    expect([replica.status, replica.size]).toEqual(['closed', 3]);
  });

  it('P13 atLeast waits for a write, and rejects for one that cannot come', async () => {
    const replica = await joined();
    await replica.atLeast({ epoch: producer.head().epoch, version: 1 });
    const later = replica.atLeast({ epoch: producer.head().epoch, version: 5 });
    const short = producer.update({ key: 'a', n: 1 }).token;
    await replica.atLeast(short);
    expect(replica.version).toBe(4);
    producer.update({ key: 'a', n: 2 });
    await later;
    expect(replica.get('a')?.n).toBe(2);
    const past = { epoch: '1.0000000000000000', version: 1 };
    expect(await codeOf(replica.atLeast(past))).toBe('stale-epoch');
    const future = { epoch: '9000000000000.0000000000000000', version: 1 };
    const never = codeOf(replica.atLeast(future));
    await replica.close();
    expect(await never).toBe('closed');
    expect(await codeOf(replica.atLeast(short))).toBe('closed');
  });

  it.each([Number.NaN, -1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, '3', 3n, undefined])(
    'P13 atLeast refuses the version %s, which is none',
    async (version) => {
      const replica = await joined();
      const token = { epoch: producer.head().epoch, version: version as number };
      expect(await codeOf(replica.atLeast(token))).toBe('bad-argument');
      const named = { epoch: 'yesterday', version: 1 };
      expect(await codeOf(replica.atLeast(named))).toBe('bad-argument');
    },
  );

  it('P13 atLeast ends by its signal, before and while it waits', async () => {
    const replica = await joined();
    const token = { epoch: producer.head().epoch, version: 99 };
    const control = new AbortController();
    const waiting = codeOf(replica.atLeast(token, { signal: control.signal }));
    control.abort(new Error('no time'));
    expect(await waiting).toBe('aborted');
    expect(await codeOf(replica.atLeast(token, { signal: control.signal }))).toBe('aborted');
  });

  it('A3 no listener behind the one that closes it is told any more', async () => {
    const replica = await joined();
    const told: string[] = [];
    replica.subscribe(() => {
      told.push('frame');
      void replica.close();
    });
    replica.subscribe(() => void told.push('frame, after closed'));
    replica.subscribe('a', () => void told.push('key, after closed'));
    replica.on('status', (status) => void told.push(status));
    producer.update({ key: 'a', n: 2 });
    await until(() => replica.status === 'closed');
    expect(told).toEqual(['frame', 'closed']);
  });

  it('A3 ready rejects with the reason when it is closed before', async () => {
    const replica = join();
    await replica.close();
    expect(await codeOf(replica.ready)).toBe('closed');
    const control = new AbortController();
    control.abort();
    const aborted = join({ signal: control.signal });
    expect(aborted.status).toBe('closed');
    expect(await codeOf(aborted.ready)).toBe('closed');
  });

  it('A3 an aborted signal closes it, once, and a closed one forgets its signal', async () => {
    const control = new AbortController();
    const replica = join({ signal: control.signal });
    await replica.ready;
    const statuses: string[] = [];
    replica.on('status', (status) => statuses.push(status));
    control.abort();
    expect(replica.status).toBe('closed');
    await replica.close();
    expect(statuses).toEqual(['closed']);
    await until(() => hub.sessions().length === 0);
  });

  it('A3 S13 a listener that closes it twice keeps nobody from hearing that it is', async () => {
    const replica = join();
    const statuses: string[] = [];
    const loop = replica.changes().next();
    replica.on('status', (status) => {
      statuses.push(status);
      void replica.close();
      void replica.close();
    });
    expect(await codeOf(replica.ready)).toBe('closed');
    expect([statuses, (await loop).done]).toEqual([['catching-up', 'closed'], true]);
  });

  it('R8 a stream that is not there is told of, and waited for', async () => {
    const replica = join({ session: { backoffMinMs: 1, backoffMaxMs: 50 } }, 'later');
    const errors: DiffStreamError[] = [];
    replica.on('error', (error) => errors.push(error));
    await until(() => errors.length > 1);
    expect(errors[0]).toMatchObject({ code: 'unknown-stream', recovery: 'reconnect' });
    expect(errors[0]?.message).toContain('"later"');
    expect(replica.status).toBe('connecting');
    hub.stream<Row>('later').update({ key: 'x', n: 1 });
    await replica.ready;
    expect(replica.get('x')).toEqual({ key: 'x', n: 1 });
  });

  it.each(['http://hub/a', 'ws:/hub', 'ws://', 'ws://[', 'ws://hub:99999/a', 'ws://hub/a#b', ''])(
    'refuses the URL %j at once',
    (url) => {
      expect(() => connect(url)).toThrow(expect.objectContaining({ code: 'bad-argument' }));
    },
  );

  it('takes a URL with a query, another form of the same path, and upper case', async () => {
    for (const path of ['/rows?x=1', '/./rows', '/x/../rows', '\\rows']) {
      const url = `${hub.url.replace('ws:', 'WS:')}${path}`;
      const replica = cleanup.add(connect<Row>(url));
      await replica.ready;
      expect(replica.head()).toEqual(producer.head());
    }
  });
});

describe('listeners', () => {
  it('A1 subscribe hears each frame, or those that touch a key, until it ends', async () => {
    const replica = await joined();
    const frames: [number, number][] = [];
    const ofA: unknown[] = [];
    const endFrames = replica.subscribe(({ from, to }) => frames.push([from, to]));
    const endA = replica.subscribe('a', ([cmd, key, data]) => ofA.push([cmd, key, data?.n]));
    await put(replica, 'a', 1);
    await put(replica, 'b', 1);
    await replica.atLeast(producer.delete('a').token);
    await put(replica, 'a', 2);
    endFrames();
    endA();
    await put(replica, 'a', 3);
    expect(frames).toEqual([
      [3, 4],
      [4, 5],
      [5, 6],
      [6, 7],
    ]);
    expect(ofA).toEqual([
      ['update', 'a', 1],
      ['delete', 'a', undefined],
      ['new', 'a', 2],
    ]);
  });

  it('A1 one function subscribed twice is two, and ending twice ends only its own', async () => {
    const replica = await joined();
    let calls = 0;
    const count = (): void => void calls++;
    const first = replica.subscribe('a', count);
    replica.subscribe('a', count);
    await put(replica, 'a', 1);
    expect(calls).toBe(2);
    first();
    first();
    await put(replica, 'a', 2);
    expect(calls).toBe(3);
    const other = replica.subscribe('b', count);
    other();
    replica.subscribe('b', count);
    other();
    await put(replica, 'b', 1);
    expect(calls).toBe(4);
  });

  it('A1 a listener that replaces itself is called once a frame', async () => {
    const replica = await joined();
    let calls = 0;
    let end = (): void => {};
    const listen = (): void => {
      calls++;
      end();
      end = replica.subscribe(listen);
    };
    end = replica.subscribe(listen);
    await put(replica, 'a', 1);
    await put(replica, 'a', 2);
    expect(calls).toBe(2);
  });

  it('A1 one that throws harms no other, and its error surfaces', async () => {
    const replica = await joined();
    const surfaced: unknown[] = [];
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => surfaced.push(error));
    try {
      let calls = 0;
      const oops = new Error('oops');
      const fail = (): void => {
        throw oops;
      };
      replica.subscribe(fail);
      replica.subscribe('a', fail);
      replica.subscribe(() => calls++);
      replica.subscribe('a', () => calls++);
      await put(replica, 'a', 1);
      await put(replica, 'a', 2);
      expect(calls).toBe(4);
      await until(() => surfaced.length === 4);
      expect(new Set(surfaced)).toEqual(new Set([oops]));
      expect(replica.status).toBe('live');
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of before) process.on('uncaughtException', listener);
    }
  });

  it.each(['changes', 'status', 'key', 'error'])(
    'A3 nothing is told after closed to a replica closed by its listener of %s',
    async (kind) => {
      const replica = join(kind === 'error' ? { session: { missedHeadsMax: 1 } } : {});
      const told: string[] = [];
      const close = (): void => {
        told.push(kind);
        void replica.close();
      };
      if (kind === 'changes') replica.subscribe(close);
      if (kind === 'key') replica.subscribe('a', close);
      if (kind === 'status') replica.on('status', (status) => status !== 'closed' && close());
      if (kind === 'error') replica.on('error', close);
      replica.on('status', (status) => told.push(status));
      replica.subscribe(() => told.push('frame'));
      if (kind === 'error') {
        await replica.ready;
        await hub.close();
      }
      await until(() => replica.status === 'closed' && told.includes('closed'));
      await pause(20);
      expect(told.indexOf('closed')).toBe(told.length - 1);
      expect(told.filter((what) => what === 'closed')).toHaveLength(1);
      // Not even what had been decided before.
      expect(told.includes('live')).toBe(kind === 'error');
      await until(() => hub.sessions().length === 0);
    },
  );

  it('A1 a write and a subscription from within a listener are fine', async () => {
    const replica = await joined();
    const seen: number[] = [];
    replica.subscribe('a', (change) => {
      const n = change[2]?.n ?? 0;
      seen.push(n);
      if (n < 5) producer.update({ key: 'a', n: n + 1 });
    });
    producer.update({ key: 'a', n: 1 });
    await until(() => seen.length === 5);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('changes()', () => {
  it('A2 gives each frame to a loop that keeps up', async () => {
    const replica = await joined();
    const stream = replica.changes();
    const seen: unknown[] = [];
    for (let n = 1; n <= 3; n++) {
      producer.update({ key: 'a', n });
      const { value } = await stream.next();
      seen.push([value?.from, value?.to, value?.changes.map(([cmd, key]) => `${cmd} ${key}`)]);
    }
    expect(seen).toEqual([
      [3, 4, ['update a']],
      [4, 5, ['update a']],
      [5, 6, ['update a']],
    ]);
  });

  it('P2 A2 merges what a slow loop has not taken, one net change for each key', async () => {
    const replica = await joined();
    const stream = replica.changes();
    for (let n = 1; n <= 100; n++) await put(replica, 'a', n);
    await put(replica, 'new', 1);
    await put(replica, 'new', 2);
    await put(replica, 'gone', 1);
    await replica.atLeast(producer.delete('gone').token);
    await replica.atLeast(producer.delete('b').token);
    await put(replica, 'b', 9);
    await replica.atLeast(producer.delete('c').token);
    const { value } = await stream.next();
    expect([value?.from, value?.to]).toEqual([3, producer.version]);
    const changes = value?.changes.map(([cmd, key, data]) => `${cmd} ${key} ${data?.n}`).sort();
    expect(changes).toEqual(['delete c undefined', 'new new 2', 'update a 100', 'update b 9']);
  });

  it('A2 ends with the replica, after what is pending, and each of its waits ends', async () => {
    const replica = await joined();
    const stream = replica.changes();
    await put(replica, 'a', 1);
    const idle = replica.changes();
    const waits = [idle.next(), idle.next()];
    await replica.close();
    expect((await stream.next()).value).toMatchObject({ from: 3, to: 4 });
    const over = { done: true, value: undefined };
    expect(await stream.next()).toEqual(over);
    expect(await Promise.all(waits)).toEqual([over, over]);
    expect(await replica.changes().next()).toEqual({ done: true, value: undefined });
  });

  it('A2 two calls of next get two frames', async () => {
    const replica = await joined();
    const stream = replica.changes();
    const both = [stream.next(), stream.next()];
    await put(replica, 'a', 1);
    await put(replica, 'a', 2);
    const values = (await Promise.all(both)).map(({ value }) => [value?.from, value?.to]);
    expect(values).toEqual([
      [3, 4],
      [4, 5],
    ]);
  });

  it('A2 a loop that breaks off is forgotten', async () => {
    const replica = await joined();
    setTimeout(() => producer.update({ key: 'a', n: 1 }), 1);
    let frames = 0;
    for await (const { to } of replica.changes()) {
      frames += to - to + 1;
      break;
    }
    expect(frames).toBe(1);
    await put(replica, 'a', 2);
    await replica[Symbol.asyncDispose]();
    expect(replica.status).toBe('closed');
  });
});

describe('the hub', () => {
  it('refuses names that are no segment of a URL, and gives the same producer again', () => {
    for (const name of ['', 'a/b', 'a b', 'é', '../x', 'x'.repeat(129), '%41']) {
      expect(() => hub.stream(name)).toThrow(expect.objectContaining({ code: 'bad-argument' }));
    }
    expect(hub.stream('rows')).toBe(producer);
  });

  it('L1 refuses limits that bound nothing, and takes those left undefined', async () => {
    const wrong: object[] = [
      { windowBytes: 0 },
      { windowBytes: Number.NaN },
      { windowBytes: 5n },
      { heartbeatMs: -1 },
      { partBytes: 1024 * 1024 },
      { toString: 5 },
      { nonsense: 5 },
    ];
    for (const session of wrong) expect(await codeOf(serve({ session }))).toBe('bad-argument');
    const fine = { windowBytes: undefined } as unknown as object;
    cleanup.add(await serve({ session: fine }));
  });

  it('a port in use is told with the port and what to do', async () => {
    const error = await serve({ port: hub.port }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'address-in-use', recovery: 'fix-the-call' });
    expect((error as Error).message).toContain(`${hub.port}`);
    expect(await codeOf(serve({ port: 70_000 }))).toBe('bad-argument');
  });

  it('shows its sessions and counters', async () => {
    const replica = await joined();
    await put(replica, 'a', 1);
    expect(hub.sessions()).toMatchObject([
      { stream: 'rows', cursor: 4, lagVersions: 0, frames: 2, snapshots: 1 },
    ]);
    const text = hub.metrics();
    expect(text).toContain('diffstream_frames_encoded_total{stream="rows"} 1\n');
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) diffstream_\w+ .+|diffstream_\w+\{stream="rows"\} \d+)$/,
      );
    }
  });
});
