// Messages as they really go over the wire, both ways, taken down at a replica's socket. Frames
// are damaged on purpose here, so that the replica also says what it says only then.
import { WebSocket } from 'ws';
import { connect } from '../../dist/client/index.js';
import { MESSAGE } from '../../dist/protocol/index.js';
import { until } from '../measure/waiting.mjs';

/** Of each kind, so many are kept. */
const KEPT = 40;
/** Bodies that are damaged one after the other: enough to be asked to compare, twice. */
const DAMAGED = 6;
const TIMES_MAX = 100;
const BODIES = new Set([MESSAGE.frame, MESSAGE.mended, MESSAGE.chunk]);
const CONSUMER_KINDS = ['hello', 'resume', 'ack', 'compare', 'mend'];
const nameOf = new Map(Object.entries(MESSAGE).map(([name, type]) => [type, name]));

class Recording {
  /** By kind. */
  messages = new Map();

  take(bytes) {
    const name = nameOf.get(bytes[0]);
    const kept = this.messages.get(name) ?? [];
    this.messages.set(name, kept);
    if (kept.length < KEPT) kept.push(Uint8Array.from(bytes));
  }

  get kinds() {
    return [...this.messages.keys()];
  }

  /** One of a kind, or of any kind, each as likely as the other. */
  pick(random, kind = random.pick(this.kinds)) {
    return random.pick(this.messages.get(kind));
  }

  /** What consumers never said: an attack with all kinds would not be one. */
  get missing() {
    return CONSUMER_KINDS.filter((kind) => !this.messages.has(kind));
  }
}

function recordingSocket(recording, damage) {
  return class extends WebSocket {
    send(bytes) {
      recording.take(bytes);
      super.send(bytes);
    }

    addEventListener(type, listener) {
      if (type !== 'message') return super.addEventListener(type, listener);
      return super.addEventListener(type, ({ data }) => {
        const bytes = Uint8Array.from(new Uint8Array(data));
        recording.take(bytes);
        if (BODIES.has(bytes[0]) && damage()) bytes[bytes.length - 1] ^= 1;
        listener({ data: bytes });
      });
    }
  };
}

/**
 * Joins, meets damage, comes back, and is live in the end; several times, and until it has said
 * all that a replica can say: whether it has to compare depends on which frames were under way.
 */
export async function record(url, times) {
  const recording = new Recording();
  for (let i = 0; i < times || (recording.missing.length > 0 && i < TIMES_MAX); i++) {
    let left = 0;
    let closing = () => {};
    const Socket = recordingSocket(recording, () => left-- > 0);
    class Known extends Socket {
      constructor(...args) {
        super(...args);
        closing = () => this.terminate();
      }
    }
    const session = { backoffMinMs: 5, backoffMaxMs: 20, ackDelayMs: 20 };
    const replica = connect(url, { WebSocket: Known, session });
    await replica.ready;
    left = DAMAGED;
    await until(() => left <= 0 && replica.status === 'live', 'live after damage');
    closing();
    await until(() => replica.status !== 'live', 'cut');
    await until(() => replica.status === 'live', 'live after a cut');
    await replica.close();
  }
  return recording;
}
