import type { FrameConsumer } from '../cache/frame-consumer.ts';
import type { Epoch } from '../cache/epoch.ts';
import { compareEpochs } from '../cache/epoch.ts';
import { versionIn } from './held.ts';

/**
 * What a consumer knows of how far it is behind: the producer's last known version, and since
 * when that was known. It outlives connections.
 */
export class Freshness {
  private version = 0;
  private epoch: Epoch | undefined;
  private learnedMs = Number.NaN;
  /** When the copy was last known to be the producer's present state, in ms. */
  private currentMs = Number.NaN;

  /** A session begins, with a producer that stands here now. */
  met(epoch: Epoch, version: number, nowMs: number): void {
    this.epoch = epoch;
    this.version = version;
    this.learnedMs = nowMs;
  }

  /**
   * The producer stands here, by an answer to an earlier request: where a repeat of that had the
   * hub begin again, what comes on the way there is not the newest.
   */
  heard(epoch: Epoch, version: number, nowMs: number): void {
    const isOurs = this.epoch !== undefined && compareEpochs(this.epoch, epoch) === 'same';
    if (isOurs && version > this.version) this.learned(version, nowMs);
  }

  /** The producer was at a version when what began to arrive at that time was sent. */
  learned(version: number, atMs: number): void {
    if (version < this.version) return;
    this.version = version;
    this.learnedMs = atMs;
  }

  /** Whether a copy at this version is as new as is known. */
  isCurrent(version: number): boolean {
    return version >= this.version;
  }

  /** The copy has been found to be the newest state known. */
  current(): void {
    this.currentMs = this.learnedMs;
  }

  /** Versions that the hub is known to be ahead of a copy. */
  lagVersions(cache: FrameConsumer): number {
    return Math.max(0, this.version - versionIn(cache, this.epoch));
  }

  /** Since the copy was last known to be the present state, in ms; NaN: never yet. */
  ageMs(nowMs: number): number {
    return nowMs - this.currentMs;
  }
}
