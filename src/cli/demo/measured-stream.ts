import type { ProducerCache } from '../../cache/producer.ts';
import type { Key } from '../../core/key.ts';
import type { FeedTarget } from '../feed-publisher.ts';
import { CommitDigests } from './commit-digests.ts';
import { CommitTimes } from './commit-times.ts';
import { monotonicMs } from '../../lab/monotonic-clock.ts';

/** A producer that keeps count of what it commits, and when. */
export class MeasuredStream implements FeedTarget {
  readonly commitTimes = new CommitTimes();
  readonly commitDigests = new CommitDigests();
  readonly #stream: ProducerCache;
  #updates = 0;
  #jsonBytes = 0;

  constructor(stream: ProducerCache) {
    this.#stream = stream;
  }

  get version(): number {
    return this.#stream.version;
  }

  get entries(): number {
    return this.#stream.size;
  }

  /** Updates that made a new version. */
  get updates(): number {
    return this.#updates;
  }

  /** UTF-8 bytes of the whole objects of all updates, as JSON: what one replica would be sent. */
  get jsonBytes(): number {
    return this.#jsonBytes;
  }

  /** UTF-8 bytes of the whole collection as JSON: what a replica that joins now would be sent. */
  stateJsonBytes(): number {
    let bytes = 0;
    for (const value of this.#stream.values()) bytes += jsonBytesOf(value);
    return bytes;
  }

  set(key: Key, value: unknown): void {
    if (this.#commits(() => this.#stream.set(key, value))) this.#count(value);
  }

  delete(key: Key): void {
    if (this.#commits(() => this.#stream.delete(key))) this.#count({ key });
  }

  /** Puts many entries in as one version. */
  fill(entries: readonly (readonly [Key, unknown])[]): void {
    const work = (): void => {
      this.#stream.batch((tx) => {
        for (const [key, value] of entries) tx.set(key, value);
      });
    };
    if (!this.#commits(work)) return;
    for (const [, value] of entries) this.#jsonBytes += jsonBytesOf(value);
    this.#updates++;
  }

  /** Commits emptiness if nothing was ever committed: replicas wait for a first version. */
  commitAtLeastEmptiness(): void {
    if (this.version === 0) this.#commits(() => this.#stream.batch(() => {}));
  }

  #commits(work: () => void): boolean {
    const before = this.version;
    work();
    if (this.version === before) return false;
    this.commitTimes.record(this.version, monotonicMs());
    this.commitDigests.record(this.version, this.#stream.head().digest);
    return true;
  }

  #count(object: unknown): void {
    this.#updates++;
    this.#jsonBytes += jsonBytesOf(object);
  }
}

function jsonBytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
