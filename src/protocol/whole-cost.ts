import type { ProducerCache } from '../cache/producer.ts';

/**
 * What sending whole values as JSON would have cost: each update to every session, and the
 * collection to who joins without a past. It adds up when the number of sessions changes and
 * when somebody asks, so that a commit costs nothing.
 */
export class WholeCost {
  private readonly producer: ProducerCache;
  private bytes = 0;
  /** What the producer had committed when `bytes` was brought up to date. */
  private settledBytes: number;

  constructor(producer: ProducerCache) {
    this.producer = producer;
    this.settledBytes = producer.committedBytes;
  }

  /** To be called before the number of sessions changes; returns the cost so far, in bytes. */
  settle(sessions: number): number {
    const { committedBytes } = this.producer;
    this.bytes += (committedBytes - this.settledBytes) * sessions;
    this.settledBytes = committedBytes;
    return this.bytes;
  }

  /** Somebody got everything there is. */
  joined(): void {
    this.bytes += this.producer.jsonBytes;
  }
}
