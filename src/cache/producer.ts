import type { KnownEdits } from '../core/diff.ts';
import { Differ } from '../core/diff.ts';
import type { Digest } from '../core/digest.ts';
import { ABSENT } from '../core/digest.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { checkKey } from '../core/caller-key.ts';
import { checkFunction } from '../core/check-function.ts';
import { keyText } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import { Listeners } from '../core/listeners.ts';
import type { Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import { Collection } from './collection.ts';
import { DataMsg } from './data-msg.ts';
import type { TreeNode } from './digest-tree.ts';
import type { Entry, Head } from './entry.ts';
import type { Epoch, EpochTag } from './epoch.ts';
import { checkEpoch, epochTag, epochText } from './epoch.ts';
import type { Frame } from './frame.ts';
import { KeyMember } from './key-member.ts';
import type { Mending, NodeClaim } from './mending.ts';
import { pairsOf } from './pairs.ts';
import { ReadMap } from './read-map.ts';
import type { Staged, Step, Transaction } from './transaction.ts';
import { Batch } from './transaction.ts';

export interface ProducerOptions {
  /** Name of the member that holds a value's key, for `update`. Default 'key'. */
  readonly keyName?: string;
  /**
   * true (default): values are copied in, and the caller may go on changing its own.
   * false: the caller promises never to change a value it has handed over; identical
   * references are then skipped without a look inside.
   */
  readonly copy?: boolean;
  /** true: an update that changes nothing throws `no-change`. Default false. */
  readonly strict?: boolean;
  /** false: own trees are not frozen, for speed. Default true. */
  readonly freeze?: boolean;
  /** Who writes; must be larger than that of any earlier producer of the same stream. */
  readonly epoch?: Epoch | string;
  /** The stream's name, which seeds the collection digest. Default ''. */
  readonly name?: string;
  readonly limits?: Partial<Limits>;
}

/** What a producer is busy with while listeners hear of a commit. */
const LISTENING = 'a listener to commits';

/**
 * The one writer of a collection. It keeps its own immutable trees; every commit raises the
 * version by one and leaves a record in the journal, from which a frame for any reader can
 * be made.
 *
 * Modelled in models/resume.pml and models/conflation.pml.
 */
export class ProducerCache<T = unknown> extends ReadMap<T> {
  protected readonly store: ReadonlyMap<Key, Entry>;
  private readonly keyMember: KeyMember;
  private readonly strict: boolean;
  private readonly differ: Differ;
  /** Copies whatever it takes. */
  private readonly copier: Differ;
  private readonly limits: Limits;
  private readonly collection: Collection;
  private readonly listeners = new Listeners<[]>();
  /** Stops a second write while one is at work, from a recipe or a batch. */
  private busy: string | undefined;
  readonly epoch: Epoch;
  private readonly epochName: string;
  private readonly tag: EpochTag;

  constructor(options: ProducerOptions & { readonly epoch: Epoch | string }) {
    super();
    this.strict = options.strict ?? false;
    this.limits = resolveLimits(options.limits);
    this.keyMember = new KeyMember(this.limits, options.keyName);
    const freeze = options.freeze ?? true;
    this.copier = new Differ('copy', freeze, this.limits);
    this.differ = options.copy === false ? new Differ('adopt', freeze, this.limits) : this.copier;
    this.epoch = checkEpoch(options.epoch);
    this.epochName = epochText(this.epoch);
    this.tag = epochTag(this.epoch);
    this.collection = new Collection(this.epoch, options.name ?? '', this.limits);
    this.store = this.collection.entries;
  }

  /** Commits so far: 0 before the first, +1 for each. */
  get version(): number {
    return this.collection.version;
  }

  /** Where the collection stands, for `ConsumerCache.verify`. Cost: none. */
  head(): Head {
    return {
      epoch: this.epochName,
      version: this.version,
      digest: this.collection.digest.toString(),
    };
  }

  /** The head's digest as words, for messages. */
  digestWords(): readonly number[] {
    return this.collection.digest.words();
  }

  /** The four bytes that bind the head's digest to epoch and version, for messages. */
  headCheck(): number {
    return this.frameCheck(this.version);
  }

  /** The check that closes a frame from a version to the present one. */
  frameCheck(from: number): number {
    return this.collection.frameCheck(from);
  }

  /**
   * Walks over all entries, also across commits: what is committed meanwhile may be met as it
   * was or as it is, and `changedAfter` then tells which.
   */
  storedEntries(): IterableIterator<Entry> {
    return this.store.values();
  }

  /** What each key changed after a version holds now; undefined beyond the journal. */
  changedAfter(version: number): ReadonlyMap<Key, Entry | undefined> | undefined {
    return this.collection.changedAfter(version);
  }

  /** The oldest version that `frame` can start from; before it, only everything will do. */
  get floor(): number {
    const { journal, tombstones } = this.collection;
    return Math.min(journal.floor, tombstones.floor);
  }

  /** The oldest version from which `frame` can send patches, at the cost of what changed. */
  get journalFloor(): number {
    return this.collection.journal.floor;
  }

  /** Records that the journal holds, and the heap they keep alive, estimated in bytes. */
  get journalSize(): { readonly records: number; readonly heapBytes: number } {
    const { journal } = this.collection;
    return { records: journal.size, heapBytes: journal.bytes };
  }

  /** Length of all values as JSON text, in bytes. */
  get jsonBytes(): number {
    return this.collection.jsonBytes;
  }

  /** Length of all values committed so far as JSON text, in bytes: what full JSON would send. */
  get committedBytes(): number {
    return this.collection.committedBytes;
  }

  /** Length of the values that are newer than a version, as JSON text, in bytes. */
  jsonBytesAfter(version: number): number {
    return this.collection.jsonBytesAfter(version);
  }

  /** Levels of the digest tree below its root: deeper there is nothing to compare. */
  get treeLevels(): number {
    return this.collection.tree.levels;
  }

  /** Digests of a node's children, to find where another collection differs. */
  childSums(node: TreeNode): Uint32Array {
    return this.collection.tree.childSums(node);
  }

  /**
   * What makes a collection that was compared node by node equal to this one: `claims` say
   * what the other side holds in the nodes that differ, and all others were equal at version
   * `since` or later. Undefined where the journal does not reach back so far any more, or so
   * much is concerned that everything anew costs less.
   */
  mend(claims: readonly NodeClaim[], since: number): Mending | undefined {
    return this.collection.mend(claims, since);
  }

  /**
   * Calls `listener` after each commit; returns what ends it. A listener must not write. What one
   * throws comes out of the call that committed, once all others have heard; what several throw,
   * as an `AggregateError`. The commit stands: what that call would have returned is in
   * `frame(version - 1)`.
   */
  onCommit(listener: () => void): () => void {
    return this.listeners.add(listener);
  }

  /**
   * Takes an object in; its key is its member `keyName`. `bad-key` without one, `bad-value`
   * for what is not JSON; then nothing has changed.
   */
  update(value: T): DataMsg<T> {
    return this.set(this.keyMember.of(value), value);
  }

  /** Takes any JSON value in under a key. */
  set(key: Key, value: T): DataMsg<T> {
    const own = checkKey(key, this.limits);
    return this.write('set', () =>
      this.commitOne(own, this.stepTo(this.store.get(own)?.value, value)),
    );
  }

  /**
   * Changes an entry in place, as it seems: the recipe gets a draft. Cost: the change.
   * `unknown-key` where there is none, `bad-argument` for a scalar or an async recipe, `bad-key`
   * for one that changes the member `keyName` of a value that names its key there.
   */
  mutate(key: Key, recipe: (draft: T) => void): DataMsg<T> {
    const own = checkKey(key, this.limits);
    return this.write('mutate', () => {
      const entry = this.mustHave(own);
      const { value, edits } = this.keyMember.mutated(own, entry.value, recipe);
      return this.commitOne(own, this.stepTo(entry.value, value, edits));
    });
  }

  /** Takes an entry out. `unknown-key` where there is none. */
  delete(key: Key): DataMsg<T> {
    const own = checkKey(key, this.limits);
    return this.write('delete', () => {
      const entry = this.mustHave(own);
      this.commit([{ key: own, before: entry, after: undefined }]);
      return this.message({ cmd: 'delete', key: own, version: this.version, digest: ABSENT });
    });
  }

  /**
   * The whole value of a key, for a consumer that cannot apply what it got; a delete where
   * the key is gone. `unknown-key` before the first commit.
   */
  retran(key: Key): DataMsg<T> {
    const own = checkKey(key, this.limits);
    const entry = this.store.get(own);
    if (entry === undefined) {
      if (this.version === 0) throw this.unknown(own);
      const { version } = this;
      return this.message({ cmd: 'delete', gone: true, key: own, version, digest: ABSENT });
    }
    const { value, digest } = entry;
    return this.message({ cmd: 'retran', key: own, version: this.version, digest, value });
  }

  /**
   * Several changes as one version, visible to every reader at once. A throw in `work` rolls
   * everything back. A batch without net change leaves the version, except the first of all:
   * it commits emptiness on purpose.
   */
  batch(work: (tx: Transaction<T>) => void): Frame {
    checkFunction('what batch calls', work);
    return this.write('batch', () => {
      const batch = new Batch<T>({
        entry: (key) => this.store.get(key),
        step: (base, value, isLent, edits) =>
          this.stepTo(base, value, edits, isLent ? this.copier : this.differ),
        keyMember: this.keyMember,
        checkKey: (key) => checkKey(key, this.limits),
        unknown: (key) => this.unknown(key),
      });
      return this.commitStaged(batch.run(work));
    });
  }

  /**
   * Makes the collection consist of exactly these entries, in one version: what is absent is
   * deleted. Of a key that comes twice the last counts. For a producer that reloads its data.
   * `bad-argument` for what are no pairs of key and value.
   */
  replaceAll(entries: Iterable<readonly [Key, T]>): Frame {
    return this.batch((tx) => {
      const gone = new Set(this.store.keys());
      for (const [key, value] of pairsOf(entries)) {
        tx.set(key, value);
        gone.delete(key);
      }
      for (const key of gone) tx.delete(key);
    });
  }

  /**
   * What a reader at version `from` needs to be at the present one: patches where the journal
   * reaches back, else whole values of what is newer; from 0, or from before the oldest
   * deletion remembered, everything, and `frame.from` is then 0. Cost: what changed since, or,
   * beyond the journal, a look at each entry.
   * `bad-argument` for a version that does not exist yet.
   */
  frame(from: number): Frame {
    return this.collection.frame(from);
  }

  private mustHave(key: Key): Entry {
    const entry = this.store.get(key);
    if (entry === undefined) throw this.unknown(key);
    return entry;
  }

  private unknown(key: Key): DiffStreamError {
    return new DiffStreamError('unknown-key', `there is no entry with the key ${keyText(key)}`, {
      key,
      recovery: 'fix-the-call',
      blame: 'local',
    });
  }

  private stepTo(
    base: Value | undefined,
    value: unknown,
    edits?: KnownEdits,
    differ = this.differ,
  ): Step {
    if (base === undefined) return { value: differ.take(value), op: undefined };
    const op = differ.diff(base, value, edits);
    return { value: differ.next, op };
  }

  private write<R>(what: string, work: () => R): R {
    if (this.busy !== undefined) {
      const instead = this.busy === LISTENING ? 'write later' : `use what ${this.busy} hands you`;
      throw new DiffStreamError(
        'bad-argument',
        `${what} inside ${this.busy} is not possible: ${instead}`,
      );
    }
    this.busy = what;
    try {
      return work();
    } finally {
      this.busy = undefined;
    }
  }

  /** Returns the new entries, undefined for deletions. */
  private commit(staged: readonly Staged[]): (Entry | undefined)[] {
    const entries = this.collection.commit(staged);
    // Up to the end of the write: nothing of the caller's is called behind this.
    this.busy = LISTENING;
    const thrown = this.listeners.tell();
    if (thrown.length > 1) throw new AggregateError(thrown, 'several commit listeners threw');
    if (thrown.length > 0) throw thrown[0];
    return entries;
  }

  private commitOne(key: Key, step: Step): DataMsg<T> {
    const before = this.store.get(key);
    if (before === undefined) {
      const [after] = this.commit([{ key, before, after: step }]) as [Entry];
      const { value, digest } = after;
      return this.message({ cmd: 'new', key, version: this.version, digest, value });
    }
    if (step.op === undefined) {
      if (this.strict) {
        throw new DiffStreamError('no-change', `the update of ${keyText(key)} changes nothing`, {
          key,
        });
      }
      const { version, digest } = before;
      return this.message({ cmd: 'update', key, base: version, version, digest });
    }
    const [after] = this.commit([{ key, before, after: step }]) as [Entry];
    const { digest } = after;
    const base = before.version;
    return this.message({ cmd: 'update', key, base, version: this.version, digest, op: step.op });
  }

  private commitStaged(staged: readonly Staged[]): Frame {
    const from = this.version;
    if (staged.length > 0 || from === 0) this.commit(staged);
    return this.frame(from);
  }

  private message(parts: {
    cmd: DataMsg['cmd'];
    gone?: boolean;
    key: Key;
    base?: number;
    version: number;
    digest: Digest;
    op?: Op | undefined;
    value?: Value;
  }): DataMsg<T> {
    const { cmd, key, base = 0, version, digest, op, gone, value } = parts;
    const { tag, epochName: epoch } = this;
    // Each by its name: messages are many, and all of one shape they are read and made faster.
    return new DataMsg<T>({ cmd, key, tag, base, version, digest, op, gone, value, epoch });
  }

  override toString(): string {
    return `DiffCache producer of ${this.size} entries at version ${this.version}`;
  }
}
