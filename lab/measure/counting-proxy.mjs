// A TCP proxy that passes WebSocket connections through and counts what it passes, both ways,
// from the first byte after the upgrade. It can cut, refuse, lead elsewhere, and tamper.
import { connect, createServer } from 'node:net';
import { MESSAGE } from '../../dist/protocol/index.js';
import { FrameSplitter } from './web-socket-frames.mjs';

const END_OF_UPGRADE = '\r\n\r\n';
const CONTROL_OPCODES_MIN = 8;

/** One connection through the proxy. Bytes are those on the wire, frame headers included. */
class PassedConnection {
  bytes = { up: 0, down: 0 };
  /** One line a message: way, type (its first byte) and bytes on the wire. */
  log = [];
  #sockets;

  constructor(client, target, proxy) {
    this.#sockets = [client, target];
    this.#pipe('up', client, target, proxy);
    this.#pipe('down', target, client, proxy);
  }

  get total() {
    return this.bytes.up + this.bytes.down;
  }

  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  #pipe(way, source, sink, proxy) {
    const splitter = new FrameSplitter();
    let head = Buffer.alloc(0);
    const write = (bytes) => {
      if (bytes.length === 0 || sink.destroyed || sink.write(bytes)) return;
      source.pause();
      sink.once('drain', () => source.resume());
    };
    source.on('data', (chunk) => {
      let rest = chunk;
      if (head !== undefined) {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf(END_OF_UPGRADE);
        if (end < 0) return;
        write(head.subarray(0, end + END_OF_UPGRADE.length));
        rest = head.subarray(end + END_OF_UPGRADE.length);
        head = undefined;
      }
      for (const frame of splitter.push(rest)) {
        if (sink.destroyed) return;
        this.#pass(way, frame, write, proxy);
      }
    });
    source.on('end', () => sink.end());
    source.on('error', () => {});
    source.on('close', () => sink.destroy());
  }

  #pass(way, frame, write, proxy) {
    const isMessage = frame.opcode < CONTROL_OPCODES_MIN;
    const told = { way, ...frame, connection: this };
    const passing = isMessage ? proxy.tamper(told) : [frame.raw];
    for (const raw of passing) {
      this.bytes[way] += raw.length;
      if (isMessage) this.log.push({ way, type: frame.payload[0], bytes: raw.length });
      write(raw);
    }
    proxy.passed(this);
  }
}

/** See `startCountingProxy`. */
class CountingProxy {
  connections = [];
  refusing = false;
  /** What is passed on of a message: the frames as they go on the wire. */
  tamper = ({ raw }) => [raw];
  /** Told after each message. */
  passed = () => {};
  port = 0;
  #server;
  #sockets = new Set();

  constructor(server, targetPort) {
    this.#server = server;
    this.targetPort = targetPort;
    this.port = server.address().port;
    server.on('connection', (client) => this.#accept(client));
  }

  get latest() {
    return this.connections.at(-1);
  }

  url(path) {
    return `ws://127.0.0.1:${this.port}${path}`;
  }

  cutAll() {
    for (const connection of this.connections) connection.cut();
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(client) {
    client.on('error', () => {});
    if (this.refusing) {
      client.destroy();
      return;
    }
    const target = connect({ host: '127.0.0.1', port: this.targetPort, noDelay: true });
    for (const socket of [client, target]) {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    this.connections.push(new PassedConnection(client, target, this));
  }
}

export async function startCountingProxy(targetPort) {
  const server = createServer({ noDelay: true });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return new CountingProxy(server, targetPort);
}

/**
 * How often a consumer asked and the hub answered, the hello included. Acknowledgements ask for
 * nothing, and heads answer nothing.
 */
export function roundTrips(log) {
  let trips = 0;
  let asking = false;
  for (const { way, type } of log) {
    if (type === MESSAGE.ack || type === MESSAGE.head) continue;
    if (way === 'down' && asking) trips++;
    asking = way === 'up';
  }
  return trips;
}
