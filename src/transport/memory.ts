import { DiffStreamError } from '../core/errors.ts';
import type { Accept, Connection, ConnectionEvents, Dial, Visitor } from './connection.ts';

/** Runs something soon, in order, not at once; the driver's clock or a test's own. */
export type Later = (work: () => void) => void;

/** One end of a pair. What it sends arrives at the other end, later and in order. */
class MemoryEnd implements Connection {
  private readonly later: Later;
  private other: MemoryEnd | undefined;
  private events: ConnectionEvents | undefined;
  /** Set by `close`; what the other end still sends is not told any more. */
  closing = false;
  private ended = false;

  constructor(later: Later) {
    this.later = later;
  }

  join(other: MemoryEnd, events: ConnectionEvents): void {
    this.other = other;
    this.events = events;
  }

  send(bytes: Uint8Array): void {
    if (this.closing || this.ended) return;
    const { other } = this;
    this.later(() => {
      if (other?.ended === false && !other.closing) other.events?.received(bytes);
    });
  }

  close(): void {
    if (this.closing) return;
    this.closing = true;
    this.later(() => {
      this.end();
      this.other?.end();
    });
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.events?.closed(undefined);
  }
}

/** Within one process nobody comes from anywhere. */
const nobody: Visitor = { query: '', headers: {}, address: '' };

/** A network within one process: what listens at a URL, and how to reach it. */
export class MemoryNetwork {
  private readonly listeners = new Map<string, Accept>();
  private readonly later: Later;

  constructor(later: Later) {
    this.later = later;
  }

  /** Listens at an origin, such as `memory://hub`. Returns what ends it. */
  listen(origin: string, accept: Accept): () => void {
    this.listeners.set(origin, accept);
    return () => this.listeners.delete(origin);
  }

  readonly dial: Dial = (url, events) => {
    const near = new MemoryEnd(this.later);
    this.later(() => {
      if (near.closing) return events.closed(undefined);
      const { origin, path } = splitUrl(url);
      const accept = this.listeners.get(origin);
      if (accept === undefined) {
        const what = `nothing listens at ${origin}`;
        events.closed(new DiffStreamError('unreachable', what));
        return;
      }
      const far = new MemoryEnd(this.later);
      near.join(far, events);
      far.join(near, accept(path, far, nobody));
      events.opened();
    });
    return near;
  };
}

function splitUrl(url: string): { origin: string; path: string } {
  const slash = url.indexOf('/', url.indexOf('://') + 3);
  return slash < 0
    ? { origin: url, path: '/' }
    : { origin: url.slice(0, slash), path: url.slice(slash) };
}
