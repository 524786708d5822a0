import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { DiffStreamError } from '../../src/core/errors.ts';
import type { Accept, Connection, ConnectionEvents, Dial } from '../../src/transport/connection.ts';
import { PublisherDriver } from '../../src/driver/drive-publisher.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { defaultSessionLimits } from '../../src/protocol/session-limits.ts';
import { MemoryNetwork } from '../../src/transport/memory.ts';
import type { StandardSocketClass } from '../../src/transport/web-socket.ts';
import { standardDial } from '../../src/transport/web-socket.ts';
import { nodeDial } from '../../src/transport/ws-dial.ts';
import type { WsListenerOptions } from '../../src/transport/ws-listener.ts';
import { listenWs } from '../../src/transport/ws-listener.ts';
import { HELLO, newProducer } from '../protocol/session-rig.ts';
import type { Ground } from './contract.ts';
import { runTransportTests, until } from './contract.ts';

const OPTIONS: WsListenerOptions = {
  port: 0,
  host: '127.0.0.1',
  messageBytesMax: 4096,
  unsentBytesMax: 4_000_000,
  connectionsMax: 100,
  connectionsPerAddressMax: 100,
};
const VISITOR = { query: '', headers: {}, address: '' };
const wsClass = WebSocket as unknown as StandardSocketClass;

function socketGround(dial: Dial): Ground {
  return {
    dial,
    nowhere: 'ws://127.0.0.1:1/nobody',
    messageBytesMax: 512 * 1024 + 1,
    async listen(accept) {
      const listener = await listenWs(OPTIONS, accept);
      const url = `ws://127.0.0.1:${listener.port}`;
      return { url, close: () => listener.close() };
    },
  };
}

runTransportTests('memory', () => {
  const network = new MemoryNetwork((work) => setImmediate(work));
  return {
    dial: network.dial,
    nowhere: 'memory://elsewhere/nobody',
    messageBytesMax: 1_000_000,
    listen(accept) {
      const end = network.listen('memory://hub', accept);
      return Promise.resolve({ url: 'memory://hub', close: () => Promise.resolve(end()) });
    },
  };
});
runTransportTests('ws on both sides', () => socketGround(nodeDial));
runTransportTests('a WebSocket class of the standard', () => socketGround(standardDial(wsClass)));

/** Listens, and counts what is told. */
function countingAccept(): { accept: Accept; told: string[]; paths: string[] } {
  const told: string[] = [];
  const paths: string[] = [];
  const events: ConnectionEvents = {
    opened: () => told.push('opened'),
    received: () => told.push('received'),
    receivedText: () => told.push('text'),
    closed: () => told.push('closed'),
  };
  const accept: Accept = (path) => {
    paths.push(path);
    return events;
  };
  return { accept, told, paths };
}

async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (piece) => (answer += piece.toString('latin1')));
  socket.on('error', () => {});
  socket.write(text, 'latin1');
  await until(() => answer !== '' || socket.destroyed);
  socket.destroy();
  return answer;
}

const upgrade = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

describe('listening for WebSockets', () => {
  it('T3 BI-15 takes any path that an HTTP request may hold', async () => {
    const { accept, paths } = countingAccept();
    const listener = await listenWs(OPTIONS, accept);
    const asked = ['//', '//[', '/%', '/a//b', '///', 'http://[', '/\u00e9', '*', '/a?b#c', '?x'];
    for (const path of asked) await raw(listener.port, upgrade(path));
    await raw(listener.port, upgrade('/end'));
    expect(paths.at(-1)).toBe('/end');
    expect(paths).toContain('//');
    await listener.close();
  });

  it('T3 BI-15 answers other requests, and those that are none, by HTTP', async () => {
    const { accept, paths } = countingAccept();
    const listener = await listenWs(OPTIONS, accept);
    expect(await raw(listener.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toContain('426');
    expect(await raw(listener.port, '\u0000\u0001\u0002\r\n\r\n')).toContain('400');
    expect(await raw(listener.port, upgrade('/x').replace('13', '99'))).toContain('400');
    expect(paths).toEqual([]);
    await listener.close();
  });

  it('T1 writes once for all messages of a turn', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const writes: number[] = [];
    server.on('upgrade', (_, socket) => {
      const writev = socket._writev?.bind(socket);
      Object.assign(socket, {
        _writev: (...[chunks, done]: Parameters<NonNullable<typeof writev>>) => {
          writes.push(chunks.length);
          return writev?.(chunks, done);
        },
      });
    });
    let connection: Connection | undefined;
    const listener = await listenWs({ ...OPTIONS, server }, (_, accepted) => {
      connection = accepted;
      return countingAccept().accept('', accepted, VISITOR);
    });
    const socket = new WebSocket(`ws://127.0.0.1:${listener.port}/a`);
    const got: number[] = [];
    socket.on('message', (data: Buffer) => got.push(data[0] as number));
    await once(socket, 'open');
    writes.length = 0;
    for (let i = 0; i < 6; i++) connection?.send(Uint8Array.of(i), i % 3 < 2);
    await until(() => got.length === 6);
    // Each message is a header and its bytes.
    expect([got, writes]).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 6],
    ]);
    socket.terminate();
    await listener.close();
    server.close();
  });

  it('T1 is told of each message whether another follows that may leave with it', () => {
    const producer = newProducer();
    producer.set('a', { key: 'a', n: 1 });
    const publisher = new Publisher(producer, defaultSessionLimits);
    const turns: (() => void)[] = [];
    const clock = {
      nowMs: () => 0,
      wallMs: () => 0,
      at: () => () => {},
      endOfTurn: (f: () => void) => turns.push(f),
    };
    let ids = 0;
    const hooks = { nextId: () => ++ids, onError: () => {} };
    const driver = new PublisherDriver(publisher, clock, hooks);
    const sent: string[] = [];
    const sessions = ['a', 'b'].map((name) => {
      const send = (_bytes: Uint8Array, more?: boolean): unknown =>
        sent.push(name + (more === true ? '+' : ''));
      return driver.accept({ send, close: () => {} });
    });
    // To each an answer and a frame; then a frame to each.
    for (const session of sessions) session.received(encodeMessage(HELLO));
    producer.set('a', { key: 'a', n: 2 });
    driver.committed();
    for (const turn of turns) turn();
    expect(sent).toEqual(['a+', 'a', 'b+', 'b', 'a', 'b']);
  });

  it('T3 BI-109 turns away who comes beyond the limit of connections', async () => {
    const { accept } = countingAccept();
    const listener = await listenWs({ ...OPTIONS, connectionsMax: 1 }, accept);
    const socket = new WebSocket(`ws://127.0.0.1:${listener.port}/a`);
    await once(socket, 'open');
    expect(await raw(listener.port, upgrade('/b'))).toContain('503');
    socket.terminate();
    let answer = '';
    for (let i = 0; i < 100 && !answer.includes('101'); i++) {
      answer = await raw(listener.port, upgrade('/c'));
    }
    expect(answer).toContain('101');
    await listener.close();
  });

  it('T3 BI-16 BI-21 tells of text, and ends connections with messages too large', async () => {
    const { accept, told } = countingAccept();
    const listener = await listenWs(OPTIONS, accept);
    const socket = new WebSocket(`ws://127.0.0.1:${listener.port}/a`);
    await once(socket, 'open');
    socket.send('text');
    socket.send(Buffer.alloc(4097));
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1009);
    await until(() => told.length === 2);
    expect(told).toEqual(['text', 'closed']);
    await listener.close();
  });

  it('T3 BI-25 pings are answered, and a flood of them ends the connection', async () => {
    const told: (string | undefined)[] = [];
    const listener = await listenWs(OPTIONS, () => ({
      opened: () => {},
      received: () => {},
      receivedText: () => {},
      closed: (why) => told.push(why?.code),
    }));
    const webSocket = new WebSocket(`ws://127.0.0.1:${listener.port}/a`);
    await once(webSocket, 'open');
    webSocket.ping('hello');
    const [pong] = (await once(webSocket, 'pong')) as [Buffer];
    expect(pong.toString()).toBe('hello');
    webSocket.terminate();
    const flood = connect(listener.port, '127.0.0.1');
    flood.on('error', () => {});
    let answer = '';
    flood.on('data', (piece) => (answer += piece.toString('latin1')));
    flood.write(upgrade('/a'));
    const ping = Buffer.alloc(131);
    ping.set([0x89, 0x80 | 125]);
    flood.write(Buffer.concat(Array.from({ length: 100_000 }, () => ping)));
    await until(() => flood.destroyed && told.length === 2);
    expect(told).toEqual([undefined, 'limit-exceeded']);
    expect(answer).toContain('pings and pongs');
    await listener.close();
  });

  it('P14 drops a consumer that takes nothing, whatever it acknowledges', async () => {
    const told: string[] = [];
    const sends: ((bytes: Uint8Array) => void)[] = [];
    const listener = await listenWs(
      { ...OPTIONS, unsentBytesMax: 100_000 },
      (_path, connection) => {
        sends.push((bytes) => connection.send(bytes));
        const tell = (what: string) => () => void told.push(what);
        return {
          opened: tell('opened'),
          received: tell('received'),
          receivedText: tell('text'),
          closed: tell('closed'),
        };
      },
    );
    const socket = connect(listener.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write(upgrade('/a'));
    await until(() => sends.length === 1);
    // The kernel takes some megabytes before anything waits here.
    const part = new Uint8Array(64 * 1024);
    for (let i = 0; i < 2000 && !told.includes('closed'); i++) {
      sends[0]?.(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(told).toEqual(['closed']);
    socket.destroy();
    await listener.close();
  });

  it('a port in use, and one that is no port, are told apart', async () => {
    const { accept } = countingAccept();
    const listener = await listenWs(OPTIONS, accept);
    const { port } = listener;
    const failure = async (options: Partial<WsListenerOptions>): Promise<DiffStreamError> =>
      (await listenWs({ ...OPTIONS, ...options }, accept).catch(
        (error: unknown) => error,
      )) as DiffStreamError;
    const taken = await failure({ port });
    expect(taken).toMatchObject({ code: 'address-in-use', name: 'DiffStreamError' });
    expect(taken.message).toContain(String(port));
    for (const wrong of [70_000, -1, 1.5, Number.NaN]) {
      expect(await failure({ port: wrong })).toMatchObject({ code: 'bad-argument' });
    }
    expect(await failure({ host: 'no such host' })).toMatchObject({ code: 'bad-argument' });
    await listener.close();
  });

  it('shares an HTTP server that is there, and leaves it running', async () => {
    const { accept, paths } = countingAccept();
    const server = createServer((_request, response) => response.end('mine'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const listener = await listenWs({ ...OPTIONS, server }, accept);
    const page = async (): Promise<string> =>
      (await fetch(`http://127.0.0.1:${listener.port}/`)).text();
    expect(await page()).toBe('mine');
    expect(await raw(listener.port, upgrade('/a'))).toContain('101');
    expect(paths).toEqual(['/a']);
    await listener.close();
    expect(await page()).toBe('mine');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('S13 closes also while somebody is connected who never answers', async () => {
    const { accept } = countingAccept();
    const listener = await listenWs(OPTIONS, (path, connection, visitor) => {
      setTimeout(() => connection.close(1001, 'over'), 10);
      return accept(path, connection, visitor);
    });
    const socket = connect(listener.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(upgrade('/a'));
    const silent = connect(listener.port, '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    await once(socket, 'data');
    await listener.close();
    await until(() => socket.destroyed && silent.destroyed);
    expect(await raw(listener.port, upgrade('/a'))).toBe('');
  });
});

describe('dialling', () => {
  it('T3 tells text apart, and ends at a message that is too large', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.send('text');
      socket.send(Buffer.alloc(2 * 1024 * 1024));
    });
    const { port } = server.address() as { port: number };
    const told: string[] = [];
    let why: DiffStreamError | undefined;
    nodeDial(`ws://127.0.0.1:${port}/`, {
      opened: () => told.push('opened'),
      received: () => told.push('received'),
      receivedText: () => told.push('text'),
      closed: (error) => {
        why = error;
        told.push('closed');
      },
    });
    await until(() => told.includes('closed'));
    expect(told).toEqual(['opened', 'text', 'closed']);
    expect(why).toMatchObject({ code: 'unreachable' });
    expect(why?.message).toContain('payload');
    server.close();
  });

  it('T2 a class that makes no socket for a URL is told of, not thrown', async () => {
    let why: DiffStreamError | undefined;
    const events = { opened: () => {}, received: () => {}, receivedText: () => {} };
    const closed = (error: DiffStreamError | undefined): void => void (why = error);
    const connection = standardDial(wsClass)('ftp://nowhere', { ...events, closed });
    connection.send(new Uint8Array(1));
    expect(why).toBeUndefined();
    await until(() => why !== undefined);
    expect(why).toMatchObject({ code: 'bad-argument' });
    connection.close(1000, '');
  });
});
