import { DiffStreamError } from '../core/errors.ts';
import { closeReason } from './close-reason.ts';
import type { Connection, ConnectionEvents, Dial } from './connection.ts';

/** What is used of the standard WebSocket: browsers, Deno, Bun and Node 22 have it. */
interface StandardSocket {
  binaryType: string;
  readonly readyState: number;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: SocketEvent) => void): void;
}

interface SocketEvent {
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
  /** Node's sockets say what went wrong; browsers keep it to themselves. */
  readonly error?: unknown;
  readonly message?: string;
}

export type StandardSocketClass = new (url: string) => StandardSocket;

const OPEN = 1;

/** Dials with the platform's WebSocket, or one that is given. */
export function standardDial(Socket: StandardSocketClass): Dial {
  return (url, events) => {
    try {
      return new StandardConnection(new Socket(url), url, events);
    } catch (cause) {
      const what = `the platform makes no WebSocket for '${shownUrl(url)}'`;
      const why = new DiffStreamError('bad-argument', what, { cause });
      queueMicrotask(() => events.closed(why));
      return { send: () => {}, close: () => {} };
    }
  };
}

/** A URL without what may be secret in it: who is asking, and what stands behind the path. */
export function shownUrl(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, '//').replace(/[?#].*$/s, '');
}

class StandardConnection implements Connection {
  private readonly socket: StandardSocket;
  private opened = false;
  private closing = false;
  private cause: unknown;

  constructor(socket: StandardSocket, url: string, events: ConnectionEvents) {
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      this.opened = true;
      if (!this.closing) events.opened();
    });
    socket.addEventListener('message', ({ data }) => {
      if (this.closing) return;
      if (data instanceof ArrayBuffer) events.received(new Uint8Array(data));
      else if (data instanceof Uint8Array) events.received(data);
      else events.receivedText();
    });
    socket.addEventListener('error', (event) => {
      this.cause ??= event.error ?? event.message;
    });
    socket.addEventListener('close', ({ code, reason }) => {
      events.closed(this.closing ? undefined : this.why(shownUrl(url), code, reason));
    });
  }

  private why(url: string, code?: number, reason?: string): DiffStreamError | undefined {
    // What goes away says so. No hub closes with 1000: it is something else that answers there.
    if (code === 1001) return undefined;
    const cause = socketCause(this.cause);
    const because = cause === '' ? '' : `: ${cause}`;
    // The other end chose the words: they must not end a line of a log.
    const given = reason ? ` ${closeReason(reason)}` : '';
    const what = this.opened
      ? `the connection to ${url} was lost (${code ?? 1006}${given})${because}`
      : `${url} cannot be reached${because}`;
    return new DiffStreamError('unreachable', what, { cause: this.cause });
  }

  send(bytes: Uint8Array): void {
    if (this.socket.readyState === OPEN) this.socket.send(bytes);
  }

  close(code: number, reason: string): void {
    if (this.closing) return;
    this.closing = true;
    // A script may close with 1000 or its own codes only (WebSocket standard).
    const allowed = code === 1000 || (code >= 3000 && code <= 4999);
    this.socket.close(allowed ? code : 4000 + (code % 1000), closeReason(reason));
  }
}

function socketCause(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause === 'string' ? cause : '';
  // Node reports several addresses that were tried in vain by a code, without a message; OpenSSL
  // ends its own with a line break.
  return cause.message.trim() || ((cause as { code?: string }).code ?? '');
}
