/** Connections that are no WebSocket: how many there can be, and for how long. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { serve } from '../../src/server/index.ts';
import type { ServeOptions } from '../../src/server/index.ts';
import { defaultHttpLimits, resolveHttpLimits } from '../../src/transport/http-limits.ts';
import { Cleanup, until } from '../network/wait.ts';
import { createServer } from 'node:http';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const rows = { connectionsMax: 2, http: { waitingMax: 5 } } as const;

async function openedPort(options: ServeOptions): Promise<number> {
  const hub = cleanup.add(await serve(options));
  hub.stream('rows').batch(() => {});
  return hub.port;
}

async function connected(port: number): Promise<Socket> {
  const socket = connectTcp(port, '127.0.0.1');
  cleanup.add({ close: () => socket.destroy() });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** What a connection was answered until its end. */
async function answerOf(socket: Socket): Promise<string> {
  let answer = '';
  socket.on('data', (piece) => (answer += piece.toString('latin1')));
  await once(socket, 'close');
  return answer;
}

describe('connections that are no WebSocket', () => {
  it('T3 are ended, the oldest first, where there are too many; and keep nobody out', async () => {
    const port = await openedPort(rows);
    const idle: Socket[] = [];
    for (let n = 0; n < 8; n++) idle.push(await connected(port));
    await until(() => idle.filter(({ closed }) => closed).length === 3);
    expect(idle.map(({ closed }) => closed).lastIndexOf(true)).toBe(2);
    for (let n = 0; n < 2; n++) {
      const consumer = new WebSocket(`ws://127.0.0.1:${port}/rows`);
      cleanup.add({ close: () => consumer.terminate() });
      await once(consumer, 'open');
    }
    // The first of them took the place of an idle one, and left it when it was a WebSocket.
    await until(() => idle.filter(({ closed }) => closed).length === 4);
    await connected(port);
    await expect(fetch(`http://127.0.0.1:${port}/`)).resolves.toMatchObject({ status: 426 });
    expect(idle.filter(({ closed }) => closed)).toHaveLength(5);
  });

  it('end when headers, or what follows them, are too long in coming', async () => {
    const http = { headersTimeoutMs: 200, requestTimeoutMs: 300 };
    const port = await openedPort({ http });
    const silent = await connected(port);
    const unfinished = await connected(port);
    unfinished.write('GET /rows HTTP/1.1\r\nHost: x\r\nX: ');
    const bodiless = await connected(port);
    bodiless.write('POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n');
    const answers = await Promise.all([silent, unfinished, bodiless].map(answerOf));
    expect(answers.map((answer) => answer.slice(0, 12))).toEqual([
      ...['HTTP/1.1 408', 'HTTP/1.1 408', 'HTTP/1.1 426'],
    ]);
  });

  it('are ended by these times only until they are WebSockets', async () => {
    const http = { headersTimeoutMs: 100, requestTimeoutMs: 100, keepAliveMs: 100 };
    const port = await openedPort({ http });
    const consumer = new WebSocket(`ws://127.0.0.1:${port}/rows`);
    cleanup.add({ close: () => consumer.terminate() });
    await once(consumer, 'open');
    // One that came later and does nothing is ended; this one is not.
    await answerOf(await connected(port));
    expect(consumer.readyState).toBe(WebSocket.OPEN);
  });

  it('cannot have headers beyond the limit', async () => {
    const port = await openedPort({ http: { headerBytesMax: 500 } });
    const socket = await connected(port);
    socket.write(`GET /rows HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(600)}\r\n\r\n`);
    expect(await answerOf(socket)).toContain('431');
  });

  it('L1 have limits that make sense, or the hub says what does not', async () => {
    expect(resolveHttpLimits()).toEqual(defaultHttpLimits);
    expect(() => resolveHttpLimits({ waitingMax: 0 })).toThrow("limit 'waitingMax' must be");
    expect(() => resolveHttpLimits({ headersTimeoutMs: 20_000 })).toThrow("'requestTimeoutMs'");
    await expect(serve({ http: { waiting: 1 } as object })).rejects.toMatchObject({
      code: 'bad-argument',
    });
    const server = createServer();
    await expect(serve({ server, http: {} })).rejects.toMatchObject({ code: 'bad-argument' });
  });
});
