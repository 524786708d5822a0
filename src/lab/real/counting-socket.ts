import { WebSocket } from 'ws';

import { decodeHubMessage } from '../../protocol/hub-message-reader.ts';
import { lineBytes } from '../simulated/line-delay.ts';
import { countMessage } from '../measure/message-kind.ts';
import type { MessageCounts } from '../measure/message-kind.ts';
import { monotonicMs } from '../monotonic-clock.ts';
import { noRungs } from '../result.ts';
import type { Rungs } from '../result.ts';

/** The hub sends nothing larger than a part and its header. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
/** Time that a hub has for its answer to a close, in ms. */
const CLOSE_TIMEOUT_MS = 1000;

/** What passed through the sockets of a replica. */
export interface SocketCounts {
  readonly messages: MessageCounts;
  rungs: Rungs;
  /** When connections were tried (monotonicMs), since somebody took this list. */
  triedMs: number[];
}

/** A WebSocket class for `connect` that counts what passes, and how the hub answered. */
export function countingSocket(): { readonly Socket: unknown; readonly counts: SocketCounts } {
  const counts: SocketCounts = { messages: {}, rungs: noRungs, triedMs: [] };
  let answers = 0;
  class CountingSocket extends WebSocket {
    constructor(url: string) {
      super(url, { maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false });
      counts.triedMs.push(monotonicMs());
      this.on('message', (data: ArrayBuffer | Buffer, isBinary) => {
        if (!isBinary) return;
        const bytes = new Uint8Array(data);
        countMessage(counts.messages, bytes, lineBytes(bytes.length, 'down'));
        const rung = rungOf(bytes);
        if (rung === undefined || answers++ === 0) return;
        counts.rungs = { ...counts.rungs, [rung]: counts.rungs[rung] + 1 };
      });
    }

    override send(data: Uint8Array): void {
      countMessage(counts.messages, data, lineBytes(data.length, 'up'));
      super.send(data);
    }

    // A hub that has vanished never answers a close.
    override close(code?: number, reason?: string): void {
      super.close(code, reason);
      setTimeout(() => this.terminate(), CLOSE_TIMEOUT_MS).unref();
    }
  }
  return { Socket: CountingSocket, counts };
}

/** The rung that an answer stands for; undefined for other messages, and for damaged ones. */
function rungOf(bytes: Uint8Array): keyof Rungs | undefined {
  try {
    const message = decodeHubMessage(bytes);
    if (message.kind !== 'answer') return undefined;
    if (message.comparison !== undefined) return 'comparison';
    if (message.from === 0) return 'snapshot';
    return message.from === message.head.version ? 'equal' : 'journal';
  } catch {
    return undefined;
  }
}
