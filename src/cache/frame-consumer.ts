import { sameDigest } from '../core/digest.ts';
import { DiffStreamError, malformed } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import { CollectionDigest, seedOf } from './collection-digest.ts';
import { DigestTree } from './digest-tree.ts';
import type { Applied, Entry, Head } from './entry.ts';
import type { Epoch, EpochOrder } from './epoch.ts';
import { compareEpochs, epochText } from './epoch.ts';
import type { FrameResult, FrameSite } from './frame-apply.ts';
import { planFrame, planMending, refuseForeign } from './frame-apply.ts';
import type { FrameContent } from './frame-content.ts';
import { ReadMap } from './read-map.ts';

export interface ConsumerOptions {
  /** The stream's name, as given to the producer. Default ''. */
  readonly name?: string;
  readonly limits?: Partial<Limits>;
}

const NOTHING: ReadonlyMap<Key, undefined> = new Map();

/**
 * A copy of a producer's collection, brought up to date by the frames of a session, each checked
 * before it counts. Values are frozen. A `ConsumerCache` also takes stand-alone messages, for
 * which it keeps more in mind: see the methods that it replaces.
 *
 * Modelled in models/resume.pml and models/conflation.pml.
 */
export class FrameConsumer<T = unknown> extends ReadMap<T> {
  protected readonly store = new Map<Key, Entry>();
  protected readonly limits: Limits;
  private readonly seed: number;
  protected digest: CollectionDigest;
  protected settled = 0;
  protected epoch: Epoch | undefined;

  constructor(options: ConsumerOptions = {}) {
    super();
    this.limits = resolveLimits(options.limits);
    this.seed = seedOf(options.name ?? '');
    this.digest = new CollectionDigest(this.seed);
  }

  /** The version up to which nothing is missing; what to ask `producer.frame` for. */
  get version(): number {
    return this.settled;
  }

  /** Where this copy stands; undefined before anything has arrived. */
  head(): Head | undefined {
    return this.epoch && this.headIn(epochText(this.epoch));
  }

  protected headIn(epoch: string): Head {
    return { epoch, version: this.settled, digest: this.digest.toString() };
  }

  /** What is held, by key; never another map. */
  get entriesHeld(): ReadonlyMap<Key, Entry> {
    return this.store;
  }

  /** Length of a held value's JSON text in bytes; 0 where the key is not held. Cost: none. */
  jsonBytes(key: Key): number {
    return this.store.get(key)?.jsonBytes ?? 0;
  }

  /** The collection digest as words, for messages. */
  digestWords(): readonly number[] {
    return this.digest.words();
  }

  /** The four bytes that a head at this version has to carry; undefined before any frame. */
  headCheck(version: number): number | undefined {
    return this.epoch && this.digest.check(this.epoch, version, version);
  }

  /**
   * Takes over a newer epoch in which the content is what is held, as the digest has shown:
   * nothing but epoch and version changes. False where it would go back.
   */
  adopt(epoch: Epoch, version: number): boolean {
    const order = this.orderOf(epoch);
    if (order === 'older' || order === 'conflict') return false;
    if (order === 'same' && version < this.settled) return false;
    this.follow(epoch, version, order);
    this.settleAt(version);
    return true;
  }

  /** The epoch of what is held, where a frame has told it. */
  get currentEpoch(): Epoch | undefined {
    return this.epoch;
  }

  /**
   * Applies a frame: all of it or nothing. What was changed is returned in order; a repeat
   * changes nothing and returns an empty list, and so does a frame from before the first
   * commit. Throws, with nothing changed, `gap` where `from` is not the version held (its
   * `recovery` says whether a frame from `version` will do, `resume`, or only one from 0,
   * `resync`), `digest-mismatch` where the result is not the producer's, `patch-conflict`,
   * `stale-epoch`, `epoch-conflict`, `malformed`, `limit-exceeded`.
   */
  apply(frame: FrameContent): readonly Applied<T>[] {
    if (frame.to === frame.from && frame.changes.length > 0) {
      throw malformed('a frame that changes something within one version');
    }
    const order = this.orderOf(frame.epoch);
    refuseForeign(order, () => `a frame of the epoch ${epochText(frame.epoch)}`);
    const fresh = order === 'newer';
    // Version 0 is no state: a producer that has not loaded its data yet empties no copy.
    if (frame.to === 0 || (!fresh && this.passesOver(frame))) return [];
    this.checkFrom(frame, fresh);
    const plan = planFrame(this.siteOf(frame));
    this.follow(frame.epoch, frame.to, order);
    return this.commitFrame(frame, plan);
  }

  /** An index of what is held, to be compared with a producer's. Cost: the collection. */
  tree(): DigestTree {
    return new DigestTree(this.store.values());
  }

  /**
   * Applies what a comparison of the two collections has found: whatever versions are held,
   * the entries named are dropped and the frame's values put. All or nothing, as `apply`:
   * the frame's check proves the whole.
   */
  mend(frame: FrameContent, dropped: readonly Key[]): readonly Applied<T>[] {
    const order = this.orderOf(frame.epoch);
    refuseForeign(order, () => `a repair of the epoch ${epochText(frame.epoch)}`);
    if (order === 'same' && frame.to < this.settled) {
      throw new DiffStreamError('gap', `a repair to ${frame.to}, but held is ${this.settled}`);
    }
    const plan = planMending(this.siteOf(frame), dropped);
    this.follow(frame.epoch, frame.to, order);
    return this.commitFrame(frame, plan);
  }

  /** From now on this epoch is followed; a newer one has taken over what is held. */
  protected follow(epoch: Epoch, _version: number, _order: EpochOrder): void {
    this.epoch = epoch;
  }

  /** Everything held is right at this version. */
  protected settleAt(version: number): void {
    this.settled = version;
  }

  /** Entries of the version held that something else has replaced in the store. */
  protected get replaced(): ReadonlyMap<Key, Entry | undefined> {
    return NOTHING;
  }

  private siteOf(frame: FrameContent): FrameSite {
    return {
      frame,
      store: this.store,
      replaced: this.replaced,
      digest: this.digest,
      empty: new CollectionDigest(this.seed),
      valueBytesMax: this.limits.valueBytesMax,
    };
  }

  protected orderOf(epoch: Epoch): EpochOrder {
    return this.epoch === undefined ? 'newer' : compareEpochs(this.epoch, epoch);
  }

  /**
   * Whether a frame leads to nothing new, and is passed over; then its epoch is taken, which may be
   * news by itself. The same version is looked at again if it differs.
   */
  protected passesOver({ epoch, from, to, check }: FrameContent): boolean {
    if (to !== this.settled) return to < this.settled;
    if (this.digest.check(epoch, from, to) !== check) return from > 0 && from < to;
    this.epoch = epoch;
    return true;
  }

  /** Throws where a frame does not start from what is held. */
  protected checkFrom(frame: FrameContent, fresh: boolean): void {
    const fits = frame.from === 0 || (!fresh && frame.from === this.settled);
    if (!fits) throw this.gap(frame, fresh, fresh);
  }

  /** `anew`: only a frame from 0 will do. */
  protected gap({ from, to }: FrameContent, fresh: boolean, anew: boolean): DiffStreamError {
    const held = fresh ? 'nothing of this epoch' : `version ${this.settled}`;
    return new DiffStreamError('gap', `a frame from ${from} to ${to}, but held is ${held}`, {
      recovery: anew ? 'resync' : 'resume',
    });
  }

  protected commitFrame(frame: FrameContent, plan: FrameResult): readonly Applied<T>[] {
    const applied: Applied<T>[] = [];
    for (const [key, next] of plan.entries) {
      const before = this.store.get(key);
      if (next === undefined) {
        if (this.store.delete(key)) applied.push(['delete', key, undefined]);
      } else {
        this.store.set(key, next);
        if (before !== undefined && sameDigest(before.digest, next.digest)) continue;
        applied.push([before === undefined ? 'new' : 'update', key, next.value as T]);
      }
    }
    this.digest = plan.digest;
    this.settleAt(frame.to);
    return applied;
  }
}
