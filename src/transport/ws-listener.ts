import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import type { WebSocket, WebSocketServer } from 'ws';
import { DiffStreamError } from '../core/errors.ts';
import { AddressCount } from './address-count.ts';
import { closeReason } from './close-reason.ts';
import type { Accept, Connection, ConnectionEvents } from './connection.ts';
import type { HttpLimits } from './http-limits.ts';
import { resolveHttpLimits } from './http-limits.ts';
import { WsServer } from './ws-server.ts';

export interface WsListenerOptions {
  readonly port: number;
  readonly host: string;
  /** An HTTP server that is there already; then `port` and `host` are its business. */
  readonly server?: Server | undefined;
  /** One message from a consumer, in bytes. */
  readonly messageBytesMax: number;
  /** What a consumer has not taken yet, in bytes; beyond it the connection is dropped. */
  readonly unsentBytesMax: number;
  /** Connections at one time; more are turned away with status 503. */
  readonly connectionsMax: number;
  /** The same of one address; more get status 429. */
  readonly connectionsPerAddressMax: number;
  /** Bounds of the listener's own server. */
  readonly http?: Partial<HttpLimits> | undefined;
  /** Answers requests that are no WebSocket's, if the server is the listener's own. */
  readonly answer?: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Whether a request for a path may become a connection; else it gets status 403. */
  readonly admits?: ((path: string, request: IncomingMessage) => boolean) | undefined;
  /** Told of who was turned away, by the status of the answer. */
  readonly onTurnedAway?: ((status: TurnedAway) => void) | undefined;
}

export interface WsListener {
  /** `wss` where the server that was passed speaks TLS. */
  readonly scheme: 'ws' | 'wss';
  readonly port: number;
  /** Ends listening; connections are the caller's to close first. */
  close(): Promise<void>;
}

/** Why connections are turned away before they are any, by the status of the answer. */
export type TurnedAway = 403 | 429 | 503;

const ANSWERS: Record<TurnedAway, string> = {
  403: '403 Forbidden',
  429: '429 Too Many Requests\r\nRetry-After: 5',
  503: '503 Service Unavailable\r\nRetry-After: 5',
};

/** Milliseconds that a consumer has for its answer to a close. */
const CLOSE_TIMEOUT_MS = 1_000;
/** Pings are not answered while this much waits to be sent, in bytes. */
const PONGS_UNSENT_BYTES_MAX = 64 * 1024;
/** Pings and pongs of one consumer in a second: more is a flood that no limit of messages sees. */
const CONTROLS_PER_SECOND_MAX = 128;
/** No honest message comes in so many pieces; each costs a hundred bytes besides its own. */
const piecesMax = { maxFragments: 1024, maxBufferedChunks: 8192 };
/** WebSocket close code of a broken limit (RFC 6455 §7.4). */
const POLICY = 1008;

/** Listens for WebSockets. Rejects with `address-in-use`, `missing-dependency`. */
export async function listenWs(options: WsListenerOptions, accept: Accept): Promise<WsListener> {
  const { WebSocketServer } = await loadWs();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.messageBytesMax,
    perMessageDeflate: false,
    ...piecesMax,
    clientTracking: false,
    autoPong: false,
  });
  const { server, own } = serverOf(options);
  let connections = 0;
  const addresses = new AddressCount(options.connectionsPerAddressMax);
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const turnAway = (status: TurnedAway): void => {
      socket.once('finish', () => socket.destroy());
      socket.end(`HTTP/1.1 ${ANSWERS[status]}\r\nConnection: close\r\n\r\n`);
      options.onTurnedAway?.(status);
    };
    if (connections >= options.connectionsMax) return turnAway(503);
    // Not by `new URL`, which throws for some of what an HTTP request may hold.
    const [, path = '/', query = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(request.url ?? '/') ?? [];
    if (options.admits?.(path, request) === false) return turnAway(403);
    if (socket.destroyed) return;
    const address = (socket as Partial<Socket>).remoteAddress ?? '';
    const leave = addresses.admit(address);
    if (leave === undefined) return turnAway(429);
    // Also where it never becomes a WebSocket.
    socket.once('close', leave);
    let isOurs = false;
    const enter = (webSocket: WebSocket): void => {
      isOurs = true;
      connections++;
      own?.upgraded(socket);
      webSocket.once('close', () => connections--);
      const connection = new WsConnection(webSocket, socket, options.unsentBytesMax);
      const visitor = { query, headers: request.headers, address };
      serveSocket(webSocket, connection, accept(path, connection, visitor));
    };
    try {
      sockets.handleUpgrade(request, socket, head, enter);
    } catch (error) {
      // Another listener of a server that was passed has made it a WebSocket of its own.
      if (isOurs || own !== undefined) throw error;
    }
  };
  server.on('upgrade', upgrade);
  await own?.listen(options.port, options.host);
  let port = 0;
  return {
    scheme: server instanceof TlsServer ? 'wss' : 'ws',
    // A server that was passed may begin to listen later, and one that has ended has no address.
    get port() {
      const address = server.address();
      if (typeof address === 'object' && address !== null) ({ port } = address);
      return port;
    },
    close: async () => {
      server.off('upgrade', upgrade);
      sockets.close();
      await own?.close();
    },
  };
}

/** `own`: undefined where the server is somebody else's, who bounds it. */
function serverOf(options: WsListenerOptions): { server: Server; own: WsServer | undefined } {
  const { server, http, connectionsMax, answer } = options;
  if (server !== undefined) return { server, own: undefined };
  const own = new WsServer(resolveHttpLimits(http), connectionsMax, (request, response) => {
    if (answer?.(request, response) !== true) explain(request, response);
  });
  return { server: own.http, own };
}

async function loadWs(): Promise<{ WebSocketServer: typeof WebSocketServer }> {
  try {
    return await import('ws');
  } catch (cause) {
    throw new DiffStreamError(
      'missing-dependency',
      "serving needs the package ws: run 'npm install ws'",
      { cause },
    );
  }
}

function explain(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' });
  response.end('This is a DiffStream hub. Connect with a WebSocket to /<stream>.\n');
}

function serveSocket(
  webSocket: WebSocket,
  connection: WsConnection,
  events: ConnectionEvents,
): void {
  webSocket.on('message', (data, isBinary) => {
    if (connection.ended) return;
    if (isBinary) events.received(data as Buffer);
    else events.receivedText();
  });
  let why: DiffStreamError | undefined;
  const controls = new ControlCount();
  const control = (): boolean => {
    if (connection.ended) return false;
    if (controls.admit()) return true;
    why = new DiffStreamError(
      'limit-exceeded',
      `more pings and pongs in a second than ${CONTROLS_PER_SECOND_MAX}`,
    );
    connection.close(POLICY, why.message);
    // What is still on its way is not even read.
    webSocket.pause();
    return false;
  };
  // Not by itself: whoever sends pings and never reads would fill the memory with pongs.
  webSocket.on('ping', (data) => {
    if (!control() || webSocket.bufferedAmount >= PONGS_UNSENT_BYTES_MAX) return;
    webSocket.pong(data, false, () => {});
  });
  webSocket.on('pong', control);
  // The close event follows, and tells the owner.
  webSocket.on('error', (cause) => (why ??= brokenBy(cause)));
  webSocket.once('close', () => {
    connection.ended = true;
    events.closed(why);
  });
}

/** Control frames of the present second. */
class ControlCount {
  private count = 0;
  private sinceMs = 0;

  /** Counts one; false: they are a flood. */
  admit(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.sinceMs >= 1000) {
      this.sinceMs = nowMs;
      this.count = 0;
    }
    return ++this.count <= CONTROLS_PER_SECOND_MAX;
  }
}

/** What `ws` found wrong with a consumer's frames. */
function brokenBy(cause: Error & { readonly code?: unknown }): DiffStreamError {
  const tooMuch = /(?:MESSAGE|DATA_PAYLOAD)_LENGTH|TOO_MANY/.test(String(cause.code));
  const what = `frames of no WebSocket: ${cause.message}`;
  return new DiffStreamError(tooMuch ? 'limit-exceeded' : 'malformed', what, { cause });
}

class WsConnection implements Connection {
  private readonly webSocket: WebSocket;
  /** What the WebSocket writes to. */
  private readonly socket: Duplex;
  private readonly unsentBytesMax: number;
  /** Whether what was written waits for more. */
  private held = false;
  ended = false;

  constructor(webSocket: WebSocket, socket: Duplex, unsentBytesMax: number) {
    this.webSocket = webSocket;
    this.socket = socket;
    this.unsentBytesMax = unsentBytesMax;
  }

  send(bytes: Uint8Array, more = false): void {
    if (this.webSocket.readyState !== this.webSocket.OPEN) return this.release();
    // The window keeps honest consumers below it: this one acknowledges what it has not read.
    if (this.webSocket.bufferedAmount > this.unsentBytesMax) return this.webSocket.terminate();
    if (more && !this.held) {
      this.held = true;
      this.socket.cork();
    }
    // The callback only keeps an error from being thrown: the close event tells of it.
    this.webSocket.send(bytes, () => {});
    if (!more) this.release();
  }

  private release(): void {
    if (!this.held) return;
    this.held = false;
    this.socket.uncork();
  }

  close(code: number, reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.release();
    this.webSocket.close(code, closeReason(reason));
    const timer = setTimeout(() => this.webSocket.terminate(), CLOSE_TIMEOUT_MS).unref();
    this.webSocket.once('close', () => clearTimeout(timer));
  }
}
