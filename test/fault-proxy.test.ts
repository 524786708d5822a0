import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startFaultProxy } from '../src/testing/fault-proxy.ts';
import type { FaultProxy, FaultProxyOptions } from '../src/testing/fault-proxy.ts';
import type { Faults } from '../src/testing/faults.ts';
import { SeededRandom } from '../src/testing/seeded-random.ts';

/** Far more than any wait in here takes, and less than the runner's own limit. */
const PATIENCE_MS = 4000;

let echo: Server;
let echoSockets: Set<Socket>;
let proxies: FaultProxy[];
let clients: Client[];

beforeEach(async () => {
  echoSockets = new Set();
  proxies = [];
  clients = [];
  echo = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    echoSockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => echoSockets.delete(socket));
    socket.pipe(socket);
  });
  await once(echo.listen(0, '127.0.0.1'), 'listening');
});

afterEach(async () => {
  for (const client of clients) client.socket.destroy();
  await Promise.all(proxies.map((proxy) => proxy.close()));
  for (const socket of echoSockets) socket.destroy();
  await new Promise((resolve) => echo.close(resolve));
});

async function start(faults: Faults, more: Partial<FaultProxyOptions> = {}): Promise<FaultProxy> {
  const target = { port: (echo.address() as AddressInfo).port };
  const proxy = await startFaultProxy({ target, seed: 7, faults, spareHandshake: false, ...more });
  proxies.push(proxy);
  return proxy;
}

/** A socket that remembers what it read and how it ended. */
class Client {
  readonly socket: Socket;
  readonly pieces: Buffer[] = [];
  bytes = 0;
  ended = false;
  closed = false;
  error: string | undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (piece) => {
      this.pieces.push(piece);
      this.bytes += piece.length;
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code));
    this.socket.on('end', () => (this.ended = true));
    this.socket.on('close', () => (this.closed = true));
    clients.push(this);
  }

  get received(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`never: ${condition.toString()}`);
    await pause(2);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function noise(bytes: number, seed = 1): Buffer {
  const random = new SeededRandom(seed);
  const words = Uint32Array.from({ length: Math.ceil(bytes / 4) }, () => random.next());
  return Buffer.from(words.buffer, 0, bytes);
}

/** Sends everything, ends, and gives what came back until the other side ended. */
async function roundTrip(proxy: FaultProxy, sent: Buffer): Promise<Buffer> {
  const client = new Client(proxy.port);
  client.socket.end(sent);
  await until(() => client.closed);
  return client.received;
}

function flippedBits(a: Buffer, b: Buffer): number[] {
  const positions: number[] = [];
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? 0) ^ (b[at] ?? 0);
    for (let bit = 0; bit < 8; bit++) if ((difference >> bit) & 1) positions.push(at * 8 + bit);
  }
  return positions;
}

/** Whether `part` is `whole` with some bytes left out. */
function isSubsequence(part: Buffer, whole: Buffer): boolean {
  let at = 0;
  for (const byte of part) {
    at = whole.indexOf(byte, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

describe('fault proxy: bytes', () => {
  it('passes 5 MB exactly when there are no faults', async () => {
    const proxy = await start({});
    const sent = noise(5_000_000);
    expect((await roundTrip(proxy, sent)).equals(sent)).toBe(true);
    expect(proxy.counters).toMatchObject({
      connections: 1,
      bytesUp: sent.length,
      bytesDown: sent.length,
      cuts: 0,
      refused: 0,
    });
  });

  it('keeps the order under delay and jitter', async () => {
    const proxy = await start({ delayMs: 10, jitterMs: 20 });
    const client = new Client(proxy.port);
    const startMs = performance.now();
    const sent = noise(4000);
    for (let at = 0; at < sent.length; at += 200) {
      client.socket.write(sent.subarray(at, at + 200));
      await pause(1);
    }
    await until(() => client.bytes === sent.length);
    expect(client.received.equals(sent)).toBe(true);
    expect(performance.now() - startMs).toBeGreaterThan(18);
  });

  it('flips exactly the bits it counts, at places fixed by the seed', async () => {
    const sent = noise(300_000);
    const flips: number[][] = [];
    for (const seed of [1, 1, 2]) {
      const proxy = await start({ corruptEveryBytes: 1000, direction: 'down' }, { seed });
      const received = await roundTrip(proxy, sent);
      expect(received.length).toBe(sent.length);
      const positions = flippedBits(received, sent);
      expect(positions.length).toBe(proxy.counters.corruptions);
      expect(positions.length).toBeGreaterThan(200);
      expect(positions.length).toBeLessThan(400);
      flips.push(positions);
    }
    expect(flips[1]).toEqual(flips[0]);
    expect(flips[2]).not.toEqual(flips[0]);
  });

  it('damages the k-th connection in its own way, the same in each run', async () => {
    const sent = noise(20_000);
    const run = async (): Promise<number[][]> => {
      const proxy = await start({ corruptEveryBytes: 500 });
      const flips: number[][] = [];
      for (let k = 0; k < 3; k++) flips.push(flippedBits(await roundTrip(proxy, sent), sent));
      return flips;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(first[0]).not.toEqual(first[1]);
  });

  it('strikes at the same places however the stream is cut', async () => {
    const faults = { corruptEveryBytes: 50, dropEveryBytes: 80, duplicateEveryBytes: 70 };
    const sent = noise(6000);
    const whole = await roundTrip(await start(faults, { seed: 5 }), sent);
    const proxy = await start(faults, { seed: 5 });
    const client = new Client(proxy.port);
    const random = new SeededRandom(9);
    for (let at = 0; at < sent.length;) {
      const end = at + 1 + random.below(300);
      client.socket.write(sent.subarray(at, end));
      at = end;
      await pause(1);
    }
    client.socket.end();
    await until(() => client.closed);
    expect(client.received.equals(whole)).toBe(true);
  });

  it('drops as many bytes as it counts', async () => {
    const proxy = await start({ dropEveryBytes: 5000, direction: 'up' });
    const sent = noise(200_000);
    const received = await roundTrip(proxy, sent);
    const { drops, bytesDropped } = proxy.counters;
    expect(received.length).toBe(sent.length - bytesDropped);
    expect(drops).toBeGreaterThan(10);
    expect(bytesDropped).toBeGreaterThanOrEqual(drops);
    expect(bytesDropped).toBeLessThanOrEqual(drops * 64);
    expect(isSubsequence(received, sent)).toBe(true);
  });

  it('repeats as many bytes as it counts', async () => {
    const proxy = await start({ duplicateEveryBytes: 5000, direction: 'down' });
    const sent = noise(200_000);
    const received = await roundTrip(proxy, sent);
    const { duplicates, bytesDuplicated } = proxy.counters;
    expect(received.length).toBe(sent.length + bytesDuplicated);
    expect(duplicates).toBeGreaterThan(10);
    expect(bytesDuplicated).toBeGreaterThanOrEqual(duplicates);
    expect(isSubsequence(sent, received)).toBe(true);
  });

  it('spares the handshake of each direction, and not a byte more', async () => {
    const proxy = await start({ corruptEveryBytes: 1 }, { spareHandshake: true });
    const head = Buffer.from(`GET / HTTP/1.1\r\n${'x-filler: 1\r\n'.repeat(100)}\r\n`);
    const sent = Buffer.concat([head, noise(1000)]);
    const received = await roundTrip(proxy, sent);
    expect(received.subarray(0, head.length).equals(head)).toBe(true);
    expect(flippedBits(received, sent)[0]).toBeLessThan((head.length + 20) * 8);
  });
});

describe('fault proxy: time', () => {
  it('cuts by RST and by FIN, and the sockets close', async () => {
    const proxy = await start({ cutEveryMs: 1 });
    const many = Array.from({ length: 24 }, () => new Client(proxy.port));
    const sent = noise(50_000);
    for (const client of many) client.socket.write(sent);
    await until(() => many.every((client) => client.closed));
    const { cuts, resets } = proxy.counters;
    expect(cuts).toBe(many.length);
    expect(resets).toBeGreaterThan(0);
    expect(resets).toBeLessThan(cuts);
    expect(many.filter((client) => client.error === 'ECONNRESET').length).toBeGreaterThan(0);
    expect(many.filter((client) => client.ended && !client.error).length).toBeGreaterThan(0);
    await until(() => echoSockets.size === 0);
    for (const { received } of many) {
      expect(received.equals(sent.subarray(0, received.length))).toBe(true);
    }
  });

  it('cuts inside a piece', async () => {
    const proxy = await start({ cutEveryMs: 3 });
    let inside = 0;
    for (let k = 0; k < 10; k++) {
      const client = new Client(proxy.port);
      const timer = setInterval(() => client.socket.write(Buffer.alloc(1000)), 1);
      await until(() => client.closed);
      clearInterval(timer);
      if (client.bytes % 1000 !== 0) inside++;
    }
    expect(inside).toBeGreaterThan(0);
  });

  it('cuts all on demand, the way it is told to', async () => {
    const proxy = await start({});
    for (const kind of ['reset', 'end'] as const) {
      const pair = [new Client(proxy.port), new Client(proxy.port)];
      for (const client of pair) client.socket.write('x');
      await until(() => pair.every((client) => client.bytes === 1));
      proxy.cutAll(kind);
      await until(() => pair.every((client) => client.closed));
      for (const client of pair) {
        expect(client.error).toBe(kind === 'reset' ? 'ECONNRESET' : undefined);
      }
    }
    expect(proxy.counters).toMatchObject({ cuts: 4, resets: 2 });
  });

  it('stalls with bounded memory, then delivers everything', async () => {
    const proxy = await start({});
    const sent = noise(20_000_000);
    proxy.stall(60_000);
    const client = new Client(proxy.port);
    client.socket.end(sent);
    await until(() => proxy.counters.stalls === 1);
    await pause(60);
    expect([proxy.counters.bytesUp, client.bytes]).toEqual([0, 0]);
    // More than the kernel's buffers take: the sender is held back.
    expect(client.socket.writableLength).toBeGreaterThan(0);
    proxy.heal();
    await until(() => client.closed);
    expect(client.received.equals(sent)).toBe(true);
  });

  it('stalls on schedule and for the time it was told to', async () => {
    const proxy = await start({ stallEveryMs: 5, stallMs: 10 });
    const client = new Client(proxy.port);
    const sent = noise(20_000);
    for (let at = 0; at < sent.length; at += 1000) {
      client.socket.write(sent.subarray(at, at + 1000));
      await pause(2);
    }
    await until(() => proxy.counters.stalls > 2);
    proxy.set({});
    await until(() => client.bytes === sent.length);
    expect(client.received.equals(sent)).toBe(true);
  });

  it('throttles', async () => {
    const proxy = await start({ bytesPerSecond: 1_000_000, direction: 'up' });
    const startMs = performance.now();
    const sent = noise(200_000);
    expect((await roundTrip(proxy, sent)).equals(sent)).toBe(true);
    expect(performance.now() - startMs).toBeGreaterThan(150);
  });

  it('respects back-pressure of a reader that does not read', async () => {
    const proxy = await start({});
    const client = new Client(proxy.port);
    client.socket.pause();
    const sent = noise(30_000_000);
    client.socket.end(sent);
    let before = -1;
    await until(() => proxy.counters.bytesUp > 0);
    while (before !== proxy.counters.bytesDown) {
      before = proxy.counters.bytesDown;
      await pause(60);
    }
    expect(before).toBeLessThan(sent.length);
    client.socket.resume();
    await until(() => client.closed);
    expect(client.received.equals(sent)).toBe(true);
  });

  it('leaves a half-open connection silent, and resets it in the end', async () => {
    const proxy = await start({ halfOpenEveryMs: 1, halfOpenMs: 150 });
    const client = new Client(proxy.port);
    await until(() => proxy.counters.halfOpens === 1);
    const before = client.bytes;
    client.socket.write('anybody there?');
    for (const socket of echoSockets) socket.end('server leaves');
    await pause(40);
    expect([client.bytes, client.ended, client.closed]).toEqual([before, false, false]);
    await until(() => client.closed);
    expect(client.error).toBe('ECONNRESET');
    expect(proxy.counters).toMatchObject({ cuts: 0, halfOpens: 1 });
  });

  it('does not tell one end of a silent connection that the other is gone', async () => {
    const proxy = await start({ halfOpenEveryMs: 1 });
    const client = new Client(proxy.port);
    await until(() => proxy.counters.halfOpens === 1);
    client.socket.resetAndDestroy();
    await pause(40);
    expect(echoSockets.size).toBe(1);
    proxy.heal();
    await until(() => echoSockets.size === 0);
  });

  it('begins the schedule after the handshake', async () => {
    const proxy = await start({ cutEveryMs: 1 }, { spareHandshake: true });
    const client = new Client(proxy.port);
    client.socket.write('GET / HTTP/1.1\r\n');
    await until(() => client.bytes === 16);
    await pause(50);
    expect(proxy.counters.cuts).toBe(0);
    client.socket.write('\r\n');
    await until(() => client.closed);
    expect(proxy.counters.cuts).toBe(1);
  });
});

describe('fault proxy: control', () => {
  it('resets a connection in the turn in which an end passes, and closes', async () => {
    const proxy = await start({});
    const client = new Client(proxy.port);
    await until(() => proxy.counters.connections === 1);
    proxy.stall(60_000);
    client.socket.end();
    await pause(50);
    proxy.heal();
    proxy.cutAll('reset');
    await proxy.close();
    await until(() => client.closed && echoSockets.size === 0);
    expect(proxy.counters).toMatchObject({ cuts: 1, resets: 1 });
  });

  it('heals: what is delayed passes, and new connections are accepted again', async () => {
    const proxy = await start({ delayMs: 60_000 });
    const slow = new Client(proxy.port);
    slow.socket.write('late');
    await until(() => proxy.counters.connections === 1);
    proxy.refuse(true);
    const refused = new Client(proxy.port);
    await until(() => refused.closed);
    expect(proxy.counters.refused).toBe(1);
    // The bytes need not have reached the proxy yet: afterwards nothing delays them either.
    proxy.heal();
    await until(() => slow.received.toString() === 'late');
    const sent = noise(10_000);
    expect((await roundTrip(proxy, sent)).equals(sent)).toBe(true);
  });

  it('changes faults live', async () => {
    const proxy = await start({});
    const client = new Client(proxy.port);
    const sent = noise(1000);
    client.socket.write(sent);
    await until(() => client.bytes === 1000);
    proxy.set({ corruptEveryBytes: 10, direction: 'up' });
    client.socket.write(sent);
    await until(() => client.bytes === 2000);
    proxy.set({});
    client.socket.write(sent);
    await until(() => client.bytes === 3000);
    const received = client.received;
    expect(received.subarray(0, 1000).equals(sent)).toBe(true);
    expect(flippedBits(received.subarray(1000, 2000), sent).length).toBe(
      proxy.counters.corruptions,
    );
    expect(proxy.counters.corruptions).toBeGreaterThan(0);
    expect(received.subarray(2000).equals(sent)).toBe(true);
  });

  it('refuses faults out of range', async () => {
    const proxy = await start({});
    const wrong: object[] = [
      { cutEveryMs: 0 },
      { delayMs: -1 },
      { bytesPerSecond: NaN },
      { direction: 'left' },
      { dropEveryByte: 3 },
      { stallMs: Infinity },
    ];
    for (const faults of wrong) expect(() => proxy.set(faults)).toThrow(RangeError);
    await expect(start({ jitterMs: -1 })).rejects.toThrow('jitterMs');
  });

  it('refuses when nobody listens behind it', async () => {
    const proxy = await start({}, { target: { port: 1 } });
    const client = new Client(proxy.port);
    await until(() => client.closed);
    expect(proxy.counters).toMatchObject({ refused: 1, connections: 0 });
  });

  it('rejects when its port is taken', async () => {
    const { port } = await start({});
    await expect(start({}, { port })).rejects.toThrow('EADDRINUSE');
  });

  it('passes an abrupt end on', async () => {
    const proxy = await start({});
    const client = new Client(proxy.port);
    client.socket.write('x');
    await until(() => client.bytes === 1);
    for (const socket of echoSockets) socket.resetAndDestroy();
    await until(() => client.closed);
    expect(client.error).toBe('ECONNRESET');
    expect(proxy.counters.cuts).toBe(0);
  });

  it('names its address', async () => {
    const proxy = await start({});
    expect(proxy.url()).toBe(`ws://127.0.0.1:${proxy.port}/`);
    expect(proxy.url('/a?b', 'http')).toBe(`http://127.0.0.1:${proxy.port}/a?b`);
  });

  it('leaves no handle and no timer behind when closed', async () => {
    // Listeners of earlier tests stay in the list until they are collected: not counted.
    const active = (kind: string): number => {
      return process.getActiveResourcesInfo().filter((name) => name === kind).length;
    };
    await until(() => active('TCPSocketWrap') === 0);
    const timersBefore = active('Timeout');
    const proxy = await start({
      delayMs: 5000,
      cutEveryMs: 1e6,
      stallEveryMs: 1,
      stallMs: 1e6,
      halfOpenEveryMs: 300,
    });
    const many = Array.from({ length: 5 }, () => new Client(proxy.port));
    for (const client of many) client.socket.write(noise(100_000));
    await until(() => proxy.counters.connections === 5 && proxy.counters.stalls > 5);
    const silent = await start({ halfOpenEveryMs: 1, halfOpenMs: 1e6 });
    many.push(new Client(silent.port));
    await until(() => silent.counters.halfOpens === 1);
    await silent.close();
    const closed = proxy.close();
    expect(proxy.close()).toBe(closed);
    await closed;
    expect(active('Timeout')).toBeLessThanOrEqual(timersBefore);
    await until(() => many.every((client) => client.closed) && echoSockets.size === 0);
    proxy.heal();
    proxy.set({ cutEveryMs: 1 });
    proxy.cutAll();
    proxy.stall(10);
    proxy.refuse(true);
    await until(() => active('TCPSocketWrap') === 0);
    expect(active('Timeout')).toBeLessThanOrEqual(timersBefore);
    const late = new Client(proxy.port);
    await until(() => late.closed);
    expect(late.error).toBe('ECONNREFUSED');
  });
});
