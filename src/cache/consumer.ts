import { isBytes } from '../core/bytes.ts';
import { sameDigest } from '../core/digest.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { Ahead } from './ahead.ts';
import { DataMsg } from './data-msg.ts';
import type { Applied, Entry, Head } from './entry.ts';
import { isVersion } from './entry.ts';
import type { Epoch, EpochOrder, EpochTag } from './epoch.ts';
import { compareTags, epochTag, namesEpoch, tagNamedBy, tagText } from './epoch.ts';
import { Frame } from './frame.ts';
import type { FrameResult } from './frame-apply.ts';
import { refuseForeign } from './frame-apply.ts';
import type { ConsumerOptions } from './frame-consumer.ts';
import { FrameConsumer } from './frame-consumer.ts';
import { FrameContent } from './frame-content.ts';
import { isAsSent, isWholeCommit, planMessage } from './message-apply.ts';
import { Tombstones } from './tombstones.ts';

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
export class ConsumerCache<T = unknown> extends FrameConsumer<T> {
  private readonly tombstones: Tombstones;
  private readonly ahead: Ahead;
  /** Entries of an older epoch, of which the present one has said nothing yet. */
  private leftover = 0;
  private tag: EpochTag | undefined;

  constructor(options: ConsumerOptions = {}) {
    super(options);
    this.tombstones = new Tombstones(this.limits.tombstonesMax);
    this.ahead = new Ahead(this.limits.aheadMax);
  }

  /** As after frames; where only messages have come, its epoch is a tag. */
  override head(): Head | undefined {
    return super.head() ?? (this.tag === undefined ? undefined : this.headIn(tagText(this.tag)));
  }

  /**
   * Applies a stand-alone message. Repeats and older messages are `ignored`. Throws, with
   * nothing changed, `unknown-key`, `patch-conflict`, `digest-mismatch` (ask for `retran` of
   * `error.key`), `stale-epoch`, `epoch-conflict`, `malformed`, `limit-exceeded`.
   */
  update(message: DataMsg<T> | Uint8Array): Applied<T> {
    const msg = isBytes(message) ? DataMsg.decode<T>(message, this.limits) : message;
    if (!(msg instanceof DataMsg)) throw wrongType('update', 'a DataMsg');
    const order = this.tag === undefined ? 'newer' : compareTags(this.tag, msg.parts.tag);
    refuseForeign(order, () => `a message of the epoch ${tagText(msg.parts.tag)}`);
    const fresh = order === 'newer';
    const entry = this.store.get(msg.key);
    if (!fresh && this.isOld(msg, entry)) return this.ignore(msg, entry);
    const { cmd } = msg;
    if (cmd === 'delete') {
      if (fresh) this.enterEpoch(msg.parts.tag);
      return this.commitDelete(msg, this.store.get(msg.key));
    }
    const next = planMessage(msg, {
      entry,
      version: this.heldVersion(msg.key, entry),
      floor: fresh ? 0 : this.tombstones.floor,
      fresh,
      valueBytesMax: this.limits.valueBytesMax,
    });
    if (fresh) this.enterEpoch(msg.parts.tag);
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
  private enterEpoch(tag: EpochTag): void {
    const first = this.tag === undefined;
    this.tag = tag;
    this.epoch = undefined;
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

  protected override settleAt(version: number): void {
    super.settleAt(version);
    this.leftover = 0;
    this.ahead.clear();
  }

  /** Applies a frame, or its bytes; otherwise as of a session. */
  override apply(frame: FrameContent | Uint8Array): readonly Applied<T>[] {
    const whole = isBytes(frame) ? Frame.decode(frame, this.limits) : frame;
    if (!(whole instanceof FrameContent)) throw wrongType('apply', 'a Frame');
    return super.apply(whole);
  }

  /** Versions of an older epoch mean nothing in a newer one. */
  protected override follow(epoch: Epoch, version: number, order: EpochOrder): void {
    super.follow(epoch, version, order);
    this.tag = epochTag(epoch);
    if (order !== 'newer') return;
    this.tombstones.clear(version);
    for (const [key, entry] of this.store) this.store.set(key, { ...entry, version });
  }

  protected override get replaced(): ReadonlyMap<Key, Entry | undefined> {
    return this.ahead.replaced;
  }

  protected override orderOf(epoch: Epoch): EpochOrder {
    if (this.epoch !== undefined || this.tag === undefined) return super.orderOf(epoch);
    return compareTags(this.tag, epochTag(epoch));
  }

  protected override passesOver(frame: FrameContent): boolean {
    return (frame.to === this.settled && !this.ahead.isEmpty) || super.passesOver(frame);
  }

  protected override checkFrom(frame: FrameContent, fresh: boolean): void {
    const anew = fresh || this.ahead.isLost;
    const fits = frame.from === 0 || (!anew && frame.from === this.settled);
    if (fits && (fresh || frame.to >= this.ahead.newestVersion)) return;
    throw this.gap(frame, fresh, anew);
  }

  protected override commitFrame(frame: FrameContent, plan: FrameResult): readonly Applied<T>[] {
    for (const [key, next] of plan.entries) {
      if (next === undefined) this.tombstones.set(key, frame.to);
      else this.tombstones.delete(key);
    }
    return super.commitFrame(frame, plan);
  }

  /**
   * Whether this copy is what the producer's head says: finds a lost deletion and a lost last
   * update, which no later message would show. True also settles `version` there.
   * `bad-argument` for what is no head, such as one that is still JSON text.
   *
   * A head has no check of its own: one whose version was damaged on its way is believed.
   */
  verify(head: Head): boolean {
    if (!isHead(head)) {
      throw new DiffStreamError(
        'bad-argument',
        'verify takes what head() of the producer returned',
      );
    }
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

function isHead(head: Partial<Head> | null | undefined): boolean {
  const { epoch, version, digest } = head ?? {};
  return typeof epoch === 'string' && isVersion(version) && typeof digest === 'string';
}

function wrongType(call: string, wanted: string): DiffStreamError {
  return new DiffStreamError(
    'bad-argument',
    `${call} takes ${wanted} or its bytes as a Uint8Array; wrap an ArrayBuffer in one`,
  );
}
