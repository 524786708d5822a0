import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { DiffStreamError } from '../core/errors.ts';
import type { HttpLimits } from './http-limits.ts';
import { OldestFirst } from './oldest-first.ts';

/** Milliseconds between two looks for requests that are too slow. */
const CHECK_MS = 1_000;

/** An HTTP server whose connections are bounded in number and time until they are WebSockets. */
export class WsServer {
  readonly http: Server;
  /** Those that are no WebSocket. */
  private readonly waiting: OldestFirst<Duplex>;

  constructor(limits: HttpLimits, connectionsMax: number, answer: RequestListener) {
    const { waitingMax, headersTimeoutMs, requestTimeoutMs, keepAliveMs } = limits;
    this.http = createServer(
      {
        headersTimeout: headersTimeoutMs,
        requestTimeout: requestTimeoutMs,
        keepAliveTimeout: keepAliveMs,
        maxHeaderSize: limits.headerBytesMax,
        connectionsCheckingInterval: CHECK_MS,
      },
      answer,
    );
    // Never reached in peace: who is over a bound is ended below, and takes a moment to be gone.
    this.http.maxConnections = connectionsMax + 2 * waitingMax;
    this.waiting = new OldestFirst(waitingMax);
    this.http.on('connection', (socket: Duplex) => this.waiting.add(socket));
  }

  /** A connection has become a WebSocket, and counts as one. */
  upgraded(socket: Duplex): void {
    this.waiting.remove(socket);
  }

  /** Rejects with `address-in-use`, `bad-argument`. */
  listen(port: number, host: string): Promise<void> {
    const server = this.http;
    return new Promise((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException): void => {
        const taken = cause.code === 'EADDRINUSE';
        const what = taken
          ? `port ${port} of ${host} is in use: choose another, or 0 for any free one`
          : `cannot listen at ${host}:${port}: ${cause.message}`;
        reject(new DiffStreamError(taken ? 'address-in-use' : 'bad-argument', what, { cause }));
      };
      server.once('error', fail);
      const listening = (): void => {
        server.removeAllListeners('error');
        server.on('error', () => {});
        resolve();
      };
      try {
        server.listen(port, host, listening);
      } catch (cause) {
        // A port that is no port is thrown, not told.
        fail(cause as NodeJS.ErrnoException);
      }
    });
  }

  /** Ends listening, and every connection. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.http.close(() => resolve());
      this.http.closeAllConnections();
    });
  }
}
