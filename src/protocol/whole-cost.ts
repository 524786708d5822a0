import type { ProducerCache } from '../cache/producer.ts';

/**
 * What sending whole values as JSON would have cost: each update to every session that has been
 * answered, and the collection to who joins without a past. It adds up when their number changes,
 * so that a commit costs nothing.
 */
export class WholeCost {
  private readonly producer: ProducerCache;
  private sessions = 0;
  private bytes = 0;
  /** What the producer had committed when `bytes` was brought up to date. */
  private settledBytes: number;

  constructor(producer: ProducerCache) {
    this.producer = producer;
    this.settledBytes = producer.committedBytes;
  }

  /** The cost so far, in bytes. */
  get soFar(): number {
    const { committedBytes } = this.producer;
    return this.bytes + (committedBytes - this.settledBytes) * this.sessions;
  }

  /** From now on one more session, or one less, would get each update. */
  follow(change: 1 | -1): void {
    this.bytes = this.soFar;
    this.settledBytes = this.producer.committedBytes;
    this.sessions += change;
  }

  /** Somebody got everything there is. */
  joined(): void {
    this.bytes += this.producer.jsonBytes;
  }
}
