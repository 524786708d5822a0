/**
 * The hub's listener at the level of bytes, without a network: requests and frames go in as
 * pieces, and what it answers is read back. Everything between is the real thing.
 */
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import type { DiffStreamError } from '../../../src/core/errors.ts';
import { defaultSessionLimits } from '../../../src/protocol/session-limits.ts';
import { listenWs } from '../../../src/transport/ws-listener.ts';

/** A request to be a WebSocket at a path. */
export function upgradeTo(path: string): IncomingMessage {
  const headers = {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  return { method: 'GET', url: path, headers } as unknown as IncomingMessage;
}

/** A connection in memory to a server that takes upgrades. */
export class Line extends Duplex {
  readonly written: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }

  /** What came behind the answer to the request. */
  get answer(): Buffer {
    const whole = Buffer.concat(this.written);
    return whole.subarray(whole.indexOf('\r\n\r\n') + 4);
  }

  /** The first line of the answer to the request. */
  get status(): string {
    return Buffer.concat(this.written).toString('latin1').split('\r\n', 1)[0] ?? '';
  }
}

/** What came of a connection. */
export interface WireOutcome {
  /** The code in the close frame sent; 0: none was. */
  readonly code: number;
  readonly messages: number;
  readonly texts: number;
  readonly why: DiffStreamError | undefined;
  /** Bytes that wait to be sent, or were. */
  readonly answered: number;
}

/** A listener with the hub's settings, spoken to in memory. */
export class Wire {
  private readonly server = createServer();
  private messages = 0;
  private texts = 0;
  private why: DiffStreamError | undefined;
  private ended = false;

  static async open(): Promise<Wire> {
    const wire = new Wire();
    const options = {
      port: 0,
      host: '127.0.0.1',
      server: wire.server,
      messageBytesMax: defaultSessionLimits.requestBytesMax,
      unsentBytesMax: 4_000_000,
      connectionsMax: 10,
      connectionsPerAddressMax: 10,
    };
    await listenWs(options, () => ({
      opened: () => {},
      received: () => void wire.messages++,
      receivedText: () => void wire.texts++,
      closed: (why) => {
        wire.why = why;
        wire.ended = true;
      },
    }));
    return wire;
  }

  /** One connection that sends these bytes, and what came of it. */
  async send(pieces: readonly Uint8Array[]): Promise<WireOutcome> {
    this.messages = 0;
    this.texts = 0;
    this.why = undefined;
    this.ended = false;
    const line = new Line();
    this.server.emit('upgrade', upgradeTo('/rows'), line, Buffer.alloc(0));
    for (const piece of pieces) {
      if (line.destroyed) break;
      line.push(piece);
      await turn();
    }
    await turn();
    const { answer } = line;
    const outcome = {
      code: closeCodeIn(answer),
      messages: this.messages,
      texts: this.texts,
      answered: answer.length,
    };
    line.destroy();
    for (let i = 0; i < 100 && !this.ended; i++) await turn();
    if (!this.ended) throw new Error('the connection never ended');
    return { ...outcome, why: this.why };
  }
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Unmasked frames, each with its kind and payload. */
export function* framesIn(bytes: Buffer): Generator<{ op: number; payload: Buffer }> {
  for (let at = 0; at + 2 <= bytes.length;) {
    const op = (bytes[at] as number) & 0x0f;
    let length = (bytes[at + 1] as number) & 0x7f;
    if (length === 127) throw new Error('so long a frame was not expected');
    at += length === 126 ? 4 : 2;
    if (length === 126) length = bytes.readUInt16BE(at - 2);
    yield { op, payload: bytes.subarray(at, at + length) };
    at += length;
  }
}

/** The code of the close frame among frames; 0 where there is none. */
function closeCodeIn(bytes: Buffer): number {
  for (const { op, payload } of framesIn(bytes)) {
    if (op === OP.close) return payload.length < 2 ? 0 : payload.readUInt16BE(0);
  }
  return 0;
}

const MASK = [0x37, 0xfa, 0x21, 0x3d];

/** A frame as a consumer sends it: masked, of any kind and flags. */
export function wsFrame(first: number, payload: Uint8Array, announced = payload.length): Buffer {
  const head = [first];
  if (announced < 126) head.push(0x80 | announced);
  else if (announced < 65_536) head.push(0x80 | 126, announced >> 8, announced & 255);
  else {
    head.push(0x80 | 127);
    for (let shift = 7; shift >= 0; shift--) head.push(Math.floor(announced / 256 ** shift) % 256);
  }
  const masked = payload.map((byte, i) => byte ^ (MASK[i & 3] as number));
  return Buffer.concat([Buffer.from(head), Buffer.from(MASK), masked]);
}

export const FIN = 0x80;
export const OP = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
