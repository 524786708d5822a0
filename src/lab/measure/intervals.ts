import type { Key } from '../../core/key.ts';
import { addCounts, countMessage } from './message-kind.ts';
import type { MessageCounts } from './message-kind.ts';

/** What passed in one stretch of a run. */
export interface Interval {
  /** Its end, in ms since updates began. */
  readonly atMs: number;
  readonly updates: number;
  /** Keys that changed in it, and since updates began. */
  readonly distinctKeys: number;
  readonly distinctKeysSoFar: number;
  /** JSON text of every value that changed, whole, to every consumer. */
  readonly originalBytes: number;
  /** What was sent down to the consumers, and up to the hub. */
  readonly sentBytes: number;
  readonly upBytes: number;
  readonly messages: MessageCounts;
}

/** More would be more than a plot has room for. */
const INTERVALS_MAX = 120;
const LENGTHS_MS = [250, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000] as const;

/** The shortest length of which not too many fit into a run. */
export function intervalMsFor(forMs: number): number {
  return LENGTHS_MS.find((ms) => forMs / ms <= INTERVALS_MAX) ?? 60_000;
}

/** Keeps count of what passes, interval by interval. */
export class IntervalLog {
  readonly intervals: Interval[] = [];
  /** Of all intervals together. */
  readonly messages: MessageCounts = {};
  updates = 0;
  originalBytes = 0;
  sentBytes = 0;
  upBytes = 0;
  private readonly keysSoFar = new Set<Key>();
  private readonly keys = new Set<Key>();
  private current: MessageCounts = {};
  private before = { updates: 0, originalBytes: 0, sentBytes: 0, upBytes: 0 };

  get distinctKeys(): number {
    return this.keysSoFar.size;
  }

  /** One commit: the keys it changed, and what sending them whole to everyone takes. */
  committed(keys: Iterable<Key>, originalBytes: number): void {
    this.updates++;
    this.originalBytes += originalBytes;
    for (const key of keys) {
      this.keys.add(key);
      this.keysSoFar.add(key);
    }
  }

  sent(way: 'up' | 'down', bytes: Uint8Array, onLine: number): void {
    this.passed(way, onLine);
    countMessage(this.messages, bytes, onLine);
    countMessage(this.current, bytes, onLine);
  }

  /** Bytes of which nobody knows what they are for. */
  passed(way: 'up' | 'down', onLine: number): void {
    if (way === 'up') this.upBytes += onLine;
    else this.sentBytes += onLine;
  }

  /** Messages that others have counted. */
  addMessages(counts: MessageCounts): void {
    addCounts(this.messages, counts);
    addCounts(this.current, counts);
  }

  endInterval(atMs: number): void {
    const { before, updates, originalBytes, sentBytes, upBytes } = this;
    this.intervals.push({
      atMs,
      updates: updates - before.updates,
      distinctKeys: this.keys.size,
      distinctKeysSoFar: this.keysSoFar.size,
      originalBytes: originalBytes - before.originalBytes,
      sentBytes: sentBytes - before.sentBytes,
      upBytes: upBytes - before.upBytes,
      messages: this.current,
    });
    this.before = { updates, originalBytes, sentBytes, upBytes };
    this.current = {};
    this.keys.clear();
  }
}
