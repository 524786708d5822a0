import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connect } from '../../src/client/index.ts';
import { serve } from '../../src/server/index.ts';
import { Cleanup } from './wait.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const ended = (server: Server): Server => {
  cleanup.add({
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  });
  return server;
};
const listening = async (server: Server): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
};

/** A WebSocket of the application's own at `/chat`, and what it says first. */
function addChat(server: Server): void {
  const chat = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== '/chat') return;
    chat.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('hello'));
  });
}

async function firstWord(port: number): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`);
  const [data] = await once(socket, 'message');
  socket.terminate();
  return String(data);
}

describe('A hub at a server that was there already', () => {
  it('says where it is, also where the server begins to listen later', async () => {
    const server = ended(createServer());
    const hub = cleanup.add(await serve({ server }));
    expect(hub.url).toBe('ws://127.0.0.1:0');
    const port = await listening(server);
    expect([hub.port, hub.url]).toEqual([port, `ws://127.0.0.1:${port}`]);
  });

  it('leaves a WebSocket to a listener that came first and took it', async () => {
    const server = ended(createServer());
    addChat(server);
    const hub = cleanup.add(await serve({ server }));
    hub.stream('rows').update({ key: 1 });
    const port = await listening(server);
    expect(await firstWord(port)).toBe('hello');
    const replica = cleanup.add(connect(`ws://127.0.0.1:${port}/rows`));
    await replica.ready;
    expect(hub.sessions()).toHaveLength(1);
  });

  it('gets upgrades that are handed over to a server of its own', async () => {
    const server = ended(createServer());
    const live = createServer();
    const hub = cleanup.add(await serve({ server: live }));
    server.on('upgrade', (request, socket, head) => {
      if (!request.url?.startsWith('/live/')) return;
      request.url = request.url.slice('/live'.length);
      live.emit('upgrade', request, socket, head);
    });
    addChat(server);
    hub.stream('rows').update({ key: 1 });
    const port = await listening(server);
    const replica = cleanup.add(connect(`ws://127.0.0.1:${port}/live/rows`));
    await replica.ready;
    expect([replica.get(1), await firstWord(port)]).toEqual([{ key: 1 }, 'hello']);
  });

  it('A1 of TLS is where the url of the hub says so', async () => {
    const server = ended(createTlsServer());
    const hub = cleanup.add(await serve({ server }));
    const port = await listening(server);
    expect(hub.url).toBe(`wss://127.0.0.1:${port}`);
  });
});
