import { sameDigest } from '../core/digest.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import { Ahead } from './ahead.ts';
import { CollectionDigest, seedOf } from './collection-digest.ts';
import { DataMsg } from './data-msg.ts';
import { DigestTree } from './digest-tree.ts';
import type { Applied, Entry, Head } from './entry.ts';
import type { Epoch, EpochOrder, EpochTag } from './epoch.ts';
import {
  compareEpochs,
  compareTags,
  epochTag,
  epochText,
  namesEpoch,
  tagNamedBy,
  tagText,
} from './epoch.ts';
import { Frame } from './frame.ts';
import type { FrameResult, FrameSite } from './frame-apply.ts';
import { planFrame, planMending, refuseForeign } from './frame-apply.ts';
import { isAsSent, isWholeCommit, planMessage } from './message-apply.ts';
import { ReadMap } from './read-map.ts';
import { Tombstones } from './tombstones.ts';

export interface ConsumerOptions {
  /** The stream's name, as given to the producer. Default ''. */
  readonly name?: string;
  readonly limits?: Partial<Limits>;
}

/** The version of an entry that an older epoch has left behind. */
const LEFTOVER = -1;

/**
 * A copy of a producer's collection, brought up to date by messages or frames, each checked
 * before it counts. Values are frozen.
 *
 * Versions: everything up to `version` has been seen, so that each entry held is right at
 * `version` at least, and each key not held is known to be absent there. An entry that came
 * by a later message carries that message's version.
 *
 * Modelled in models/resume.pml and models/conflation.pml.
 */
export class ConsumerCache<T = unknown> extends ReadMap<T> {
  protected readonly store = new Map<Key, Entry>();
  private readonly limits: Limits;
  private readonly seed: number;
  private digest: CollectionDigest;
  private readonly tombstones: Tombstones;
  private readonly ahead: Ahead;
  private settled = 0;
  /** Entries of an older epoch, of which the present one has said nothing yet. */
  private leftover = 0;
  private tag: EpochTag | undefined;
  private epoch: Epoch | undefined;

  constructor(options: ConsumerOptions = {}) {
    super();
    this.limits = resolveLimits(options.limits);
    this.seed = seedOf(options.name ?? '');
    this.digest = new CollectionDigest(this.seed);
    this.tombstones = new Tombstones(this.limits.tombstonesMax);
    this.ahead = new Ahead(this.limits.aheadMax);
  }

  /** The version up to which nothing is missing; what to ask `producer.frame` for. */
  get version(): number {
    return this.settled;
  }

  /** Where this copy stands; undefined before anything has arrived. */
  head(): Head | undefined {
    if (this.tag === undefined) return undefined;
    const epoch = this.epoch === undefined ? tagText(this.tag) : epochText(this.epoch);
    return { epoch, version: this.settled, digest: this.digest.toString() };
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
    if (order === 'newer') this.restamp(version);
    this.tag = epochTag(epoch);
    this.epoch = epoch;
    this.settleAt(version);
    return true;
  }

  /** The epoch of what is held, where a frame has told it. */
  get currentEpoch(): Epoch | undefined {
    return this.epoch;
  }

  /**
   * Applies a stand-alone message. Repeats and older messages are `ignored`. Throws, with
   * nothing changed, `unknown-key`, `patch-conflict`, `digest-mismatch` (ask for `retran` of
   * `error.key`), `stale-epoch`, `epoch-conflict`, `malformed`, `limit-exceeded`.
   */
  update(message: DataMsg<T> | Uint8Array): Applied<T> {
    const msg = message instanceof Uint8Array ? DataMsg.decode<T>(message, this.limits) : message;
    if (!(msg instanceof DataMsg)) throw wrongType('update', 'a DataMsg');
    const order = this.tag === undefined ? 'newer' : compareTags(this.tag, msg.parts.tag);
    refuseForeign(order, `a message of the epoch ${tagText(msg.parts.tag)}`);
    const fresh = order === 'newer';
    const entry = this.store.get(msg.key);
    if (!fresh && this.isOld(msg, entry)) return this.ignore(msg, entry);
    const { cmd } = msg;
    if (cmd === 'delete') {
      if (fresh) this.enterEpoch(msg.parts.tag, undefined);
      return this.commitDelete(msg, this.store.get(msg.key));
    }
    const next = planMessage(msg, {
      entry,
      version: this.heldVersion(msg.key, entry),
      floor: fresh ? 0 : this.tombstones.floor,
      fresh,
      valueBytesMax: this.limits.valueBytesMax,
    });
    if (fresh) this.enterEpoch(msg.parts.tag, undefined);
    this.commitEntry(msg, this.store.get(msg.key), next);
    return [cmd, msg.key, next.value as T];
  }

  /** The version at which what is held of a key is known to be right. */
  private heldVersion(key: Key, entry: Entry | undefined): number {
    return Math.max(this.settled, entry?.version ?? this.tombstones.get(key) ?? 0);
  }

  private isOld(msg: DataMsg, entry: Entry | undefined): boolean {
    const held = this.heldVersion(msg.key, entry);
    if (msg.version === held) {
      // What answers a `retran` at the very version is news only where memory has gone wrong.
      if (msg.cmd === 'delete') return entry === undefined;
      if (msg.cmd === 'retran') {
        return entry !== undefined && sameDigest(msg.parts.digest, entry.digest);
      }
    }
    return msg.version <= held;
  }

  private ignore(msg: DataMsg<T>, entry: Entry | undefined): Applied<T> {
    const base = this.ahead.replaced.get(msg.key);
    const { valueBytesMax } = this.limits;
    const isLate = msg.version > this.settled && isWholeCommit(msg);
    if (isLate && isAsSent(msg, { entry, base, valueBytesMax })) {
      this.ahead.note(msg.version);
      this.settleAhead();
    }
    return ['ignored', msg.key, entry?.value as T];
  }

  /** What is held stays readable, but counts as right at no version of the new epoch. */
  private enterEpoch(tag: EpochTag, epoch: Epoch | undefined): void {
    const first = this.tag === undefined;
    this.tag = tag;
    this.epoch = epoch;
    if (first) return;
    this.settled = 0;
    this.ahead.clear();
    this.tombstones.clear(0);
    this.leftover = this.store.size;
    for (const [key, entry] of this.store) this.store.set(key, { ...entry, version: LEFTOVER });
  }

  private commitEntry(msg: DataMsg<T>, before: Entry | undefined, next: Entry): void {
    if (before !== undefined) this.digest.remove(msg.key, before.digest);
    this.digest.add(msg.key, next.digest);
    this.store.set(msg.key, next);
    this.tombstones.delete(msg.key);
    this.settle(msg, before);
  }

  private commitDelete(msg: DataMsg<T>, before: Entry | undefined): Applied<T> {
    const { key, version } = msg;
    if (before !== undefined) {
      this.digest.remove(key, before.digest);
      this.store.delete(key);
    }
    this.tombstones.set(key, version);
    this.settle(msg, before);
    return ['delete', key, undefined];
  }

  /** Advances `version` where nothing is missing below. */
  private settle(msg: DataMsg, replaced: Entry | undefined): void {
    if (replaced?.version === LEFTOVER && this.leftover > 0) this.leftover--;
    if (msg.version <= this.settled) return;
    const whole = isWholeCommit(msg);
    if (whole && this.ahead.isEmpty && msg.version === this.settled + 1 && this.leftover === 0) {
      this.settled = msg.version;
      return;
    }
    this.ahead.keep(msg.version, msg.key, replaced);
    if (whole) this.ahead.note(msg.version);
    this.settleAhead();
  }

  private settleAhead(): void {
    // While something of an older epoch is held, only a snapshot or an equal head settles.
    if (this.leftover === 0) this.settled = this.ahead.settle(this.settled);
  }

  /** Everything held is right at this version. */
  private settleAt(version: number): void {
    this.settled = version;
    this.leftover = 0;
    this.ahead.clear();
  }

  /**
   * Applies a frame: all of it or nothing. What was changed is returned in order; a repeat
   * changes nothing and returns an empty list, and so does a frame from before the first
   * commit. Throws, with nothing changed, `gap` where `from` is not the version held (its
   * `recovery` says whether a frame from `version` will do, `resume`, or only one from 0,
   * `resync`), `digest-mismatch` where the result is not the producer's, and as `update` does.
   */
  apply(frame: Frame | Uint8Array): readonly Applied<T>[] {
    const whole = frame instanceof Uint8Array ? Frame.decode(frame, this.limits) : frame;
    if (!(whole instanceof Frame)) throw wrongType('apply', 'a Frame');
    const order = this.orderOf(whole.epoch);
    refuseForeign(order, `a frame of the epoch ${epochText(whole.epoch)}`);
    const fresh = order === 'newer';
    // Version 0 is no state: a producer that has not loaded its data yet empties no copy.
    if (whole.to === 0 || (!fresh && this.isRepeat(whole))) return [];
    this.checkFrom(whole, fresh);
    const plan = planFrame(this.siteOf(whole));
    if (fresh) {
      this.tag = epochTag(whole.epoch);
      this.tombstones.clear(whole.to);
    }
    this.epoch = whole.epoch;
    return this.commitFrame(whole, plan);
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
  mend(frame: Frame, dropped: readonly Key[]): readonly Applied<T>[] {
    const order = this.orderOf(frame.epoch);
    refuseForeign(order, `a repair of the epoch ${epochText(frame.epoch)}`);
    if (order === 'same' && frame.to < this.settled) {
      throw new DiffStreamError('gap', `a repair to ${frame.to}, but held is ${this.settled}`);
    }
    const plan = planMending(this.siteOf(frame), dropped);
    this.tag = epochTag(frame.epoch);
    this.epoch = frame.epoch;
    if (order === 'newer') this.restamp(frame.to);
    return this.commitFrame(frame, plan);
  }

  /** A newer epoch has taken over what is held: versions of the old one mean nothing now. */
  private restamp(version: number): void {
    this.tombstones.clear(version);
    for (const [key, entry] of this.store) this.store.set(key, { ...entry, version });
  }

  private siteOf(frame: Frame): FrameSite {
    return {
      frame,
      store: this.store,
      replaced: this.ahead.replaced,
      digest: this.digest,
      empty: new CollectionDigest(this.seed),
      valueBytesMax: this.limits.valueBytesMax,
    };
  }

  private orderOf(epoch: Epoch): EpochOrder {
    if (this.epoch !== undefined) return compareEpochs(this.epoch, epoch);
    return this.tag === undefined ? 'newer' : compareTags(this.tag, epochTag(epoch));
  }

  /** Whether a frame leads to nothing new; the same version is looked at again if it differs. */
  private isRepeat({ epoch, from, to, check }: Frame): boolean {
    if (to > this.settled) return false;
    if (to < this.settled || !this.ahead.isEmpty) return true;
    if (this.digest.check(epoch, from, to) !== check) return from > 0 && from < to;
    // The full epoch may be news even where the content is not.
    this.epoch = epoch;
    return true;
  }

  private checkFrom(frame: Frame, fresh: boolean): void {
    const { from, to } = frame;
    const anew = fresh || this.ahead.isLost;
    const fits = from === 0 || (!anew && from === this.settled);
    if (fits && (fresh || to >= this.ahead.newestVersion)) return;
    const held = fresh ? 'nothing of this epoch' : `version ${this.settled}`;
    throw new DiffStreamError('gap', `a frame from ${from} to ${to}, but held is ${held}`, {
      recovery: anew ? 'resync' : 'resume',
    });
  }

  private commitFrame(frame: Frame, plan: FrameResult): readonly Applied<T>[] {
    const applied: Applied<T>[] = [];
    for (const [key, next] of plan.entries) {
      const before = this.store.get(key);
      if (next === undefined) {
        this.tombstones.set(key, frame.to);
        if (!this.store.delete(key)) continue;
        applied.push(['delete', key, undefined]);
      } else {
        this.store.set(key, next);
        this.tombstones.delete(key);
        if (before !== undefined && sameDigest(before.digest, next.digest)) continue;
        applied.push([before === undefined ? 'new' : 'update', key, next.value as T]);
      }
    }
    this.digest = plan.digest;
    this.settleAt(frame.to);
    return applied;
  }

  /**
   * Whether this copy is what the producer's head says: finds a lost deletion and a lost last
   * update, which no later message would show. True also settles `version` there.
   */
  verify(head: Head): boolean {
    if (head.digest !== this.digest.toString()) return false;
    const tag = tagNamedBy(head.epoch);
    if (tag === undefined || (this.tag !== undefined && tag !== this.tag)) return false;
    if (this.epoch !== undefined && !namesEpoch(head.epoch, this.epoch)) return false;
    this.tag = tag;
    if (head.version > this.settled && head.version >= this.ahead.newestVersion) {
      this.settleAt(head.version);
    }
    return true;
  }

  override toString(): string {
    return `DiffCache consumer of ${this.size} entries at version ${this.settled}`;
  }
}

function wrongType(call: string, wanted: string): DiffStreamError {
  return new DiffStreamError(
    'bad-argument',
    `${call} takes ${wanted} or its bytes as a Uint8Array; wrap an ArrayBuffer in one`,
  );
}
