import { DiffStreamError } from '../core/errors.ts';
import type { Connection, Dial } from './connection.ts';
import type { StandardSocketClass } from './web-socket.ts';
import { standardDial } from './web-socket.ts';

/** The hub sends nothing larger than a part and its header. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
/** Milliseconds that a hub has for its answer to a close. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Dials on Node: with `ws` where it is installed, else with the platform's own WebSocket,
 * which Node has from version 22.
 */
export const nodeDial: Dial = (url, events) => {
  let ended = false;
  let connection: Connection | undefined;
  const begin = async (): Promise<void> => {
    try {
      const Socket = await loadSocket();
      if (ended) events.closed(undefined);
      else connection = standardDial(Socket)(url, events);
    } catch (error) {
      events.closed(error as DiffStreamError);
    }
  };
  void begin();
  return {
    send: (bytes) => connection?.send(bytes),
    close: (code, reason) => {
      ended = true;
      connection?.close(code, reason);
    },
  };
};

async function loadSocket(): Promise<StandardSocketClass> {
  const platform = (globalThis as { WebSocket?: StandardSocketClass }).WebSocket;
  try {
    const { WebSocket } = await import('ws');
    return class extends WebSocket {
      constructor(url: string) {
        super(url, { maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false });
      }

      // A hub that has vanished never answers a close.
      override close(code?: number, reason?: string): void {
        super.close(code, reason);
        setTimeout(() => this.terminate(), CLOSE_TIMEOUT_MS).unref();
      }
    } as unknown as StandardSocketClass;
  } catch (cause) {
    if (platform !== undefined) return platform;
    throw new DiffStreamError(
      'missing-dependency',
      "this version of Node has no WebSocket of its own: run 'npm install ws'",
      { cause },
    );
  }
}
