import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connect } from '../../src/client/index.ts';
import type { Replica } from '../../src/client/index.ts';
import { DiffStreamError } from '../../src/core/errors.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { serve } from '../../src/server/index.ts';
import type { Hub } from '../../src/server/index.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { Cleanup, pause, stateOf, until } from './wait.ts';

interface Row {
  readonly key: string;
  readonly n: number;
}

const cleanup = new Cleanup();
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', onUnhandled);
});
afterEach(async () => {
  await cleanup.run();
  process.off('unhandledRejection', onUnhandled);
  const polluted = Object.keys(Object.prototype);
  const harm = [...unhandled, ...polluted];
  if (harm.length > 0) throw new Error(`left behind: ${harm.map(String).join()}`);
});

const QUICK = { backoffMinMs: 5, backoffMaxMs: 50 };

describe('the hub, thrown at', () => {
  let hub: Hub;
  let replicas: Replica<Row>[];
  const complaints: unknown[] = [];

  beforeEach(async () => {
    hub = cleanup.add(await serve());
    const rows = hub.stream<Row>('rows');
    for (let n = 0; n < 20; n++) rows.update({ key: `row ${n}`, n });
    replicas = Array.from({ length: 5 }, () => {
      const replica = cleanup.add(connect<Row>(`${hub.url}/rows`));
      replica.on('status', (status) => status !== 'live' && complaints.push(status));
      replica.on('error', (error) => complaints.push(error.code));
      return replica;
    });
    await Promise.all(replicas.map(({ ready }) => ready));
    complaints.length = 0;
  });

  /** The replicas must neither notice nor fall behind. */
  async function expectUnharmed(): Promise<void> {
    const rows = hub.stream<Row>('rows');
    const { token } = rows.update({ key: 'row 1', n: rows.version + 1000 });
    await Promise.all(replicas.map((replica) => replica.atLeast(token)));
    for (const replica of replicas) {
      expect(replica.status).toBe('live');
      expect(stateOf(replica)).toBe(stateOf(rows));
    }
    expect(complaints).toEqual([]);
  }

  const hello = (random: SeededRandom): Uint8Array =>
    encodeMessage({
      kind: 'hello',
      protocol: PROTOCOL_VERSION,
      nonce: [random.next(), random.next()],
      frameBytesMax: 1e6,
      dense: false,
      token: 'token',
      position: { ...standing(), version: 1 + random.below(30) },
      trust: random.pick(['position', 'compare', 'nothing'] as const),
    });
  const standing = (): { epoch: { term: number; incarnation: string }; digest: number[] } => {
    const [term, incarnation] = hub.stream('rows').head().epoch.split('.') as [string, string];
    return { epoch: { term: Number(term), incarnation }, digest: [1, 2, 3, 4] };
  };

  function damaged(random: SeededRandom, valid: Uint8Array): Uint8Array {
    const bytes = Uint8Array.from(valid);
    const at = random.below(bytes.length);
    switch (random.below(4)) {
      case 0:
        return bytes.subarray(0, at);
      case 1:
        bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        return bytes;
      case 2:
        return Uint8Array.from({ length: random.below(100) }, () => random.below(256));
      default:
        return Uint8Array.from([...bytes, ...bytes.subarray(at)]);
    }
  }

  it('P14 S9 BI-19 damaged messages by the thousand reach nobody else', async () => {
    const random = new SeededRandom('hostile messages');
    const errors: DiffStreamError[] = [];
    hub.onSessionError((error) => errors.push(error));
    let ended = 0;
    const attack = async (): Promise<void> => {
      const socket = new WebSocket(`${hub.url}/${random.chance(0.9) ? 'rows' : 'none'}`);
      socket.on('error', () => {});
      await once(socket, 'open');
      if (random.chance(0.5)) socket.send(hello(random));
      const valid = [
        hello(random),
        encodeMessage({ kind: 'ack', bytes: random.below(1000), version: random.below(40) }),
        encodeMessage({ kind: 'resume', nonce: [1, 1], position: undefined, trust: 'nothing' }),
      ];
      for (let i = 0; i < 25 && socket.readyState === WebSocket.OPEN; i++) {
        socket.send(damaged(random, random.pick(valid)));
        if (i % 5 === 4) await pause(0);
      }
      socket.close();
      if (random.chance(0.5)) socket.terminate();
      ended++;
    };
    for (let round = 0; round < 12; round++) {
      await Promise.all(Array.from({ length: 20 }, attack));
      await expectUnharmed();
    }
    expect(ended).toBe(240);
    expect(errors.length).toBeGreaterThan(100);
    expect(errors.every((error) => error instanceof DiffStreamError)).toBe(true);
    await until(() => hub.sessions().length === 5);
  });

  it('P14 S9 T3 BI-15 bytes that are no WebSocket, and broken frames, reach nobody', async () => {
    const random = new SeededRandom('hostile bytes');
    const upgrade =
      'GET /rows HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
    const attack = async (): Promise<void> => {
      const socket = connectTcp(hub.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      await once(socket, 'connect');
      if (random.chance(0.8)) socket.write(upgrade);
      const noise = Array.from({ length: 1 + random.below(2000) }, () => random.below(256));
      // A frame that promises more than it holds, and perhaps than there can be.
      if (random.chance(0.5)) noise.splice(0, 2, 0x82, 0x80 | random.below(128));
      socket.write(Buffer.from(noise));
      await pause(random.below(10));
      if (random.chance(0.5)) socket.resetAndDestroy();
      else socket.destroy();
    };
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 40 }, attack));
      await expectUnharmed();
    }
    await until(() => hub.sessions().length === 5);
    expect(hub.metrics()).toContain('diffstream_sessions{stream="rows"} 5\n');
  });

  it('S9 BI-16 text, silence and listeners that throw or write end one session each', async () => {
    const surfaced: unknown[] = [];
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => surfaced.push(error));
    try {
      const oops = new Error('oops');
      hub.onSessionError(() => {
        throw oops;
      });
      hub.onSessionError(() => void hub.stream<Row>('rows').update({ key: 'blame', n: 1 }));
      const closes: number[] = [];
      for (const message of ['text', Uint8Array.of(9), new Uint8Array(4096), new Uint8Array(0)]) {
        const socket = new WebSocket(`${hub.url}/rows`);
        await once(socket, 'open');
        socket.send(message);
        const [code] = (await once(socket, 'close')) as [number];
        closes.push(code);
      }
      expect(closes).toEqual([1003, 1002, 1002, 1002]);
      await until(() => surfaced.length === 4);
      expect(new Set(surfaced)).toEqual(new Set([oops]));
      await expectUnharmed();
      expect(replicas[0]?.has('blame')).toBe(true);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of before) process.on('uncaughtException', listener);
    }
  });

  it('S13 hub.close from within a listener ends it in order', async () => {
    hub.onSessionError(() => void hub.close());
    const socket = new WebSocket(`${hub.url}/rows`);
    await once(socket, 'open');
    hub.stream<Row>('rows').update({ key: 'last', n: 1 });
    socket.send(Uint8Array.of(9));
    await once(socket, 'close');
    await hub.close();
    await until(() => replicas.every(({ status }) => status === 'stale'));
    for (const replica of replicas) expect(replica.has('last')).toBe(true);
    expect(new Set(complaints)).toEqual(new Set(['stale']));
  });
});

describe('a replica, thrown at', () => {
  /** A hub that answers everything with what it likes, and then ends or stays. */
  async function fakeHub(reply: (socket: WebSocket, round: number) => void): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    let round = 0;
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.once('message', () => reply(socket, round++));
    });
    cleanup.add({
      close: () => {
        for (const socket of server.clients) socket.terminate();
        server.close();
      },
    });
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/rows`;
  }

  function join(url: string): { replica: Replica<unknown>; codes: string[] } {
    const replica = cleanup.add(connect(url, { session: { ...QUICK, answerTimeoutMs: 1000 } }));
    const codes: string[] = [];
    replica.on('error', (error) => {
      expect(error).toBeInstanceOf(DiffStreamError);
      codes.push(error.code);
    });
    return { replica, codes };
  }

  const replies: readonly (readonly [string, (socket: WebSocket) => void, string])[] = [
    ['text', (socket) => socket.send('hello'), 'unexpected-message'],
    ['an empty message', (socket) => socket.send(new Uint8Array(0)), 'malformed'],
    ['garbage', (socket) => socket.send(Uint8Array.of(0xff, 0xfe)), 'malformed'],
    ['2 MB', (socket) => socket.send(new Uint8Array(2_000_000)), 'unreachable'],
    ['a close as if all were done', (socket) => socket.close(1000), 'unreachable'],
    ['a close', (socket) => socket.close(4321, 'go away'), 'unreachable'],
    ['a reset', (socket) => socket.terminate(), 'unreachable'],
    ['silence', () => {}, 'timeout'],
  ];

  it.each(replies)(
    'BI-1 by %s reports a typed error, and comes again',
    async (_what, reply, code) => {
      const { replica, codes } = join(await fakeHub(reply));
      await until(() => codes.length >= 3);
      expect(new Set(codes)).toEqual(new Set([code]));
      expect(['connecting', 'catching-up']).toContain(replica.status);
      expect(replica.size).toBe(0);
      await replica.close();
      const { length } = codes;
      await pause(60);
      expect(codes).toHaveLength(length);
    },
  );

  it('BI-19 by random bytes for hundreds of rounds survives', async () => {
    const random = new SeededRandom('hostile hub');
    let rounds = 0;
    const url = await fakeHub((socket) => {
      rounds++;
      for (let i = 0; i < 10; i++) {
        const bytes = Uint8Array.from({ length: 1 + random.below(80) }, () => random.below(256));
        if (random.chance(0.8)) bytes[0] = 0x41 + random.below(5);
        socket.send(bytes);
      }
    });
    const crowd = Array.from({ length: 10 }, () => join(url));
    await until(() => rounds >= 400 || crowd.every(({ replica }) => replica.status === 'closed'));
    for (const { replica } of crowd) expect(replica.size).toBe(0);
    expect(crowd.flatMap(({ codes }) => codes).length).toBeGreaterThan(100);
  });

  it('R8 by one that takes connections and says nothing is left, and tried anew', async () => {
    const mute = new Set<Socket>();
    const server = createServer((socket) => void mute.add(socket.on('error', () => {}).resume()));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanup.add({
      close: () => {
        for (const socket of mute) socket.destroy();
        server.close();
      },
    });
    const { replica, codes } = join(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
    await until(() => codes.length >= 2 && mute.size >= 3);
    expect(new Set(codes)).toEqual(new Set(['unreachable']));
    expect([...mute].filter(({ closed }) => !closed)).toHaveLength(1);
    await replica.close();
  });

  it('T2 by a server that is none reports unreachable with its cause', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanup.add(server);
    const { port } = server.address() as AddressInfo;
    const replica = cleanup.add(connect(`ws://127.0.0.1:${port}/x`, { session: QUICK }));
    const errors: DiffStreamError[] = [];
    replica.on('error', (error) => errors.push(error));
    await until(() => errors.length > 2);
    expect(errors[0]).toMatchObject({ code: 'unreachable', recovery: 'reconnect' });
    expect(errors[0]?.message).toContain('404');
    expect(errors[0]?.cause).toBeInstanceOf(Error);
    await replica.close();
  });

  it('T2 by TLS where there is none reports unreachable on a single line', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanup.add(server);
    const { port } = server.address() as AddressInfo;
    const replica = cleanup.add(connect(`wss://127.0.0.1:${port}/x`, { session: QUICK }));
    const errors: DiffStreamError[] = [];
    replica.on('error', (error) => errors.push(error));
    await until(() => errors.length > 0);
    expect(errors[0]).toMatchObject({ code: 'unreachable' });
    expect(errors[0]?.message).toMatch(/^wss:.*wrong version number.*$/);
    await replica.close();
  });

  it.each(['127.0.0.1', 'localhost', 'no-such-host.invalid'])(
    'T2 R8 by nobody at %s reports unreachable with its cause, and keeps trying',
    async (host) => {
      const replica = cleanup.add(connect(`ws://${host}:1/x`, { session: QUICK }));
      const errors: DiffStreamError[] = [];
      replica.on('error', (error) => errors.push(error));
      await until(() => errors.length > 2);
      expect(errors[0]).toMatchObject({ code: 'unreachable' });
      expect(errors[0]?.message).toMatch(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/);
      expect(replica.status).toBe('connecting');
      await replica.close();
      const { length } = errors;
      await pause(60);
      expect(errors).toHaveLength(length);
    },
  );
});
