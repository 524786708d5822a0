import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

import { checkFaults, newFaultCounters } from './faults.ts';
import type { FaultCounters, Faults } from './faults.ts';
import { FaultyConnection } from './faulty-connection.ts';
import type { CutKind } from './faulty-connection.ts';
import { SeededRandom } from './seeded-random.ts';

export type FaultProxyOptions = {
  /** Where connections are passed on to; `host` is 127.0.0.1 if left out. */
  readonly target: { readonly host?: string; readonly port: number };
  /** Seed of all faults. */
  readonly seed: number | string;
  /** Faults from the start; none if left out. */
  readonly faults?: Faults;
  /** Where to listen: 127.0.0.1 and any free port if left out. */
  readonly host?: string;
  readonly port?: number;
  /**
   * Leave what each side says first, up to `\r\n\r\n` (16 KiB at most), free of damage, and of
   * cuts, stalls and silence on schedule; delay and throttle it all the same. True if left out,
   * which suits WebSockets; a protocol without such a preamble wants false.
   */
  readonly spareHandshake?: boolean;
};

/**
 * Starts a TCP proxy that does to the bytes of its connections what a bad network does.
 *
 * The schedule of the k-th connection (k counts the connections joined to the target) depends on
 * the seed and k only. Damage strikes at byte positions, so the same bytes are damaged in the same
 * places however TCP cuts them; cuts, stalls and silence strike at times, so that what they hit
 * varies. Rejects with the listener's error, for instance if the port is taken, and with a
 * `RangeError` for faults out of range, or a target that is no place to connect to.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const faults = checkFaults(options.faults ?? {});
  checkTarget(options.target);
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return new FaultProxy(server, { ...options, faults });
}

/** Else the first connection would show it, by an error that nobody can catch. */
function checkTarget(target: FaultProxyOptions['target'] | undefined): void {
  const { host = '', port } = (target ?? {}) as { host?: unknown; port?: unknown };
  const isPort = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
  if (isPort && typeof host === 'string') return;
  const got = `host ${JSON.stringify(host)} and port ${JSON.stringify(port)}`;
  throw new RangeError(`the target is a host, if any, and a port from 1 to 65535; got ${got}`);
}

/** A running proxy, made by `startFaultProxy`. After `close()` its methods do nothing. */
export class FaultProxy {
  /** The port it listens on. */
  readonly port: number;
  readonly #host: string;
  readonly #server: Server;
  readonly #options: FaultProxyOptions;
  readonly #random: SeededRandom;
  readonly #counters = newFaultCounters();
  readonly #connections = new Set<FaultyConnection>();
  readonly #sockets = new Set<Socket>();
  #faults: Faults;
  #stalledUntilMs = 0;
  #refusing = false;
  #closed: Promise<void> | undefined;

  constructor(server: Server, options: FaultProxyOptions & { readonly faults: Faults }) {
    const address = server.address() as AddressInfo;
    this.port = address.port;
    this.#host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    this.#server = server;
    this.#options = options;
    this.#faults = options.faults;
    this.#random = new SeededRandom(options.seed);
    server.on('connection', (client) => this.#onClient(client));
    // Failing to accept (no file descriptors left) ends that connection, not the process.
    server.on('error', () => this.#counters.refused++);
  }

  /** What happened so far. A live view: it changes as the proxy runs. */
  get counters(): Readonly<FaultCounters> {
    return this.#counters;
  }

  /** The address through the proxy: `ws://127.0.0.1:1234/path`. The path begins with a slash. */
  url(path = '/', scheme = 'ws'): string {
    return `${scheme}://${this.#host}:${this.port}${path}`;
  }

  /**
   * From now on exactly these faults, for connections that exist and for new ones; faults left out
   * end. A fault whose rate stays the same keeps its schedule; a stall or silence under way goes on
   * for its time. Throws a `RangeError`, and changes nothing, for faults out of range.
   */
  set(faults: Faults): void {
    const checked = checkFaults(faults);
    if (this.#closed !== undefined) return;
    this.#faults = checked;
    for (const connection of this.#connections) connection.retune(checked);
  }

  /**
   * No faults from now on, and new connections are accepted. What stalls or is delayed passes at
   * once; silent connections are reset, since bytes of theirs are lost.
   */
  heal(): void {
    this.set({});
    this.#refusing = false;
    this.#stalledUntilMs = 0;
    for (const connection of [...this.#connections]) connection.heal();
  }

  /** Cuts every connection now, silent ones too: by RST, by FIN, or as the seed says. */
  cutAll(kind?: CutKind): void {
    for (const connection of [...this.#connections]) connection.cut(kind);
  }

  /** On every connection, one bit of the bytes that pass next to the client arrives flipped. */
  corruptAll(): void {
    for (const connection of this.#connections) connection.corrupt();
  }

  /**
   * Nothing passes on any connection, either way, for `ms` from now, new connections included.
   * Calls do not add up: the latest end counts. Counted once per connection.
   */
  stall(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`stall(ms) got ${ms}`);
    if (this.#closed !== undefined) return;
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, performance.now() + ms);
    for (const connection of this.#connections) connection.stall(ms);
  }

  /**
   * Whether to turn new connections away. They are reset as soon as they are accepted, before they
   * reach the target: a client may see a connection for an instant. Others stay as they are.
   */
  refuse(on: boolean): void {
    this.#refusing = on;
  }

  /**
   * Destroys all connections and stops listening. Resolves when every socket is closed; a second
   * call gives the same promise. Never rejects.
   */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    const closings = [...this.#sockets].map((socket) => {
      return new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    await Promise.all(closings);
  }

  #onClient(client: Socket): void {
    this.#adopt(client);
    if (this.#closed !== undefined || this.#refusing) {
      this.#turnAway(client);
      return;
    }
    const { host = '127.0.0.1', port } = this.#options.target;
    const target = connect({ host, port, allowHalfOpen: true, noDelay: true });
    this.#adopt(target);
    const onClientClosed = (): void => {
      target.destroy();
    };
    const onTargetClosed = (): void => this.#turnAway(client);
    client.once('close', onClientClosed);
    target.once('close', onTargetClosed);
    target.once('connect', () => {
      client.off('close', onClientClosed);
      target.off('close', onTargetClosed);
      this.#join(client, target);
    });
  }

  #adopt(socket: Socket): void {
    this.#sockets.add(socket);
    // Errors are what this proxy is for; 'close' follows each of them and says all that matters.
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #turnAway(client: Socket): void {
    // A client that left by itself was not refused.
    if (client.destroyed) return;
    this.#counters.refused++;
    client.resetAndDestroy();
  }

  #join(client: Socket, target: Socket): void {
    this.#counters.connections++;
    const connection = new FaultyConnection({
      client,
      target,
      random: this.#random.fork(`connection ${this.#counters.connections}`),
      counters: this.#counters,
      faults: this.#faults,
      spareHandshake: this.#options.spareHandshake ?? true,
      onClosed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    const stallMs = this.#stalledUntilMs - performance.now();
    if (stallMs > 0) connection.stall(stallMs);
  }
}
