import type { FrameConsumer } from '../cache/frame-consumer.ts';
import type { Applied } from '../cache/entry.ts';
import type { Epoch } from '../cache/epoch.ts';
import type { FrameContent } from '../cache/frame-content.ts';
import type { Key } from '../core/key.ts';
import { DiffStreamError } from '../core/errors.ts';
import { Freshness } from './freshness.ts';
import { versionIn } from './held.ts';
import type { HeadMessage } from './message.ts';
import type { ChangeEvent } from './output.ts';
import { sameWords } from './position.ts';
import type { SubscriberStats } from './subscriber-stats.ts';

/** What a consumer holds, beside what it knows of the hub that it follows. */
export class Copy<T> {
  /** The epoch of the session, from its first answer; undefined between sessions. */
  epoch: Epoch | undefined;
  private readonly cache: FrameConsumer<T>;
  private readonly stats: SubscriberStats;
  private readonly freshness = new Freshness();

  constructor(cache: FrameConsumer<T>, stats: SubscriberStats) {
    this.cache = cache;
    this.stats = stats;
  }

  /** The version held in the session's epoch; 0: nothing of it. */
  get version(): number {
    return versionIn(this.cache, this.epoch);
  }

  /** Whether it is as new as is known. */
  get isNewest(): boolean {
    return this.freshness.isCurrent(this.version);
  }

  /** Versions that the hub is known to be ahead. */
  get lagVersions(): number {
    return this.freshness.lagVersions(this.cache);
  }

  /** Since it was last known to be the present state, in ms; NaN: never yet. */
  ageMs(nowMs: number): number {
    return this.freshness.ageMs(nowMs);
  }

  /** A hub says where it stands, whatever it answers. */
  heard(epoch: Epoch, version: number, nowMs: number): void {
    this.freshness.heard(epoch, version, nowMs);
  }

  /** A session begins, with a hub that stands here. */
  follow(epoch: Epoch, version: number, nowMs: number): void {
    this.epoch = epoch;
    this.freshness.met(epoch, version, nowMs);
  }

  /** It has been found to be the newest state known. */
  current(): void {
    this.freshness.current();
  }

  /**
   * Applies a frame, which tells what was so when its first part was sent. Undefined: a repeat,
   * which proves nothing. Throws what is wrong with it; then nothing has changed.
   */
  apply(frame: FrameContent, sentMs: number): ChangeEvent<T> | undefined {
    const held = versionIn(this.cache, frame.epoch);
    const changes = this.cache.apply(frame);
    if (frame.to <= held && changes.length === 0) return undefined;
    // A snapshot may have been made some time ago: it tells nothing of the present.
    if (frame.from === 0) this.stats.snapshots++;
    else this.freshness.learned(frame.to, sentMs);
    return this.changed(held, frame, changes);
  }

  /** The same for the end of a comparison: `dropped` are the keys that the hub does not have. */
  mend(frame: FrameContent, dropped: readonly Key[], sentMs: number): ChangeEvent<T> {
    const held = this.version;
    const changes = this.cache.mend(frame, dropped);
    this.freshness.learned(frame.to, sentMs);
    return this.changed(held, frame, changes);
  }

  private changed(
    from: number,
    { to }: FrameContent,
    changes: readonly Applied<T>[],
  ): ChangeEvent<T> {
    this.stats.frames++;
    this.stats.changes += changes.length;
    // One event for all listeners: none may take changes out of it that are another's to see.
    for (const change of changes) {
      this.stats.jsonBytes += this.cache.jsonBytes(change[1]);
      Object.freeze(change);
    }
    return Object.freeze({ from, to, changes: Object.freeze(changes) });
  }

  /**
   * Holds it against a head. False: the head is from before what is held; that is late, not wrong.
   * Throws `gap` where something is missing, `digest-mismatch` where the two differ.
   */
  isAt({ version, digest, check }: HeadMessage, nowMs: number): boolean {
    const held = this.version;
    if (version < held) return false;
    const right = check === this.cache.headCheck(version);
    if (version === held && right && sameWords(digest, this.cache.digestWords())) {
      this.freshness.learned(version, nowMs);
      return true;
    }
    if (version > held) throw new DiffStreamError('gap', `held is ${held}, the hub at ${version}`);
    throw new DiffStreamError('digest-mismatch', `version ${held} differs from the hub's`, {
      recovery: 'resume',
    });
  }
}
