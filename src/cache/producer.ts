import type { KnownEdits } from '../core/diff.ts';
import { Differ } from '../core/diff.ts';
import type { Digest } from '../core/digest.ts';
import { ABSENT } from '../core/digest.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { checkKey } from '../core/caller-key.ts';
import { keyText } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import type { Op } from '../core/op.ts';
import { quoted } from '../core/path.ts';
import type { Value } from '../core/value.ts';
import { changeBetween } from './change-between.ts';
import type { Change } from './change.ts';
import { ChangingTree } from './changing-tree.ts';
import { CollectionDigest, seedOf } from './collection-digest.ts';
import { DataMsg } from './data-msg.ts';
import type { TreeNode } from './digest-tree.ts';
import type { Entry, Head, Measured } from './entry.ts';
import { measuredOf, measuredWith } from './entry.ts';
import type { Epoch, EpochTag } from './epoch.ts';
import { checkEpoch, epochTag, epochText } from './epoch.ts';
import { Frame } from './frame.ts';
import { Journal, recordBytes } from './journal.ts';
import { KeyMember } from './key-member.ts';
import type { Mending, NodeClaim } from './mending.ts';
import { compareClaims } from './mending.ts';
import { pairsOf } from './pairs.ts';
import { ReadMap } from './read-map.ts';
import { Tombstones } from './tombstones.ts';
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

/**
 * The one writer of a collection. It keeps its own immutable trees; every commit raises the
 * version by one and leaves a record in the journal, from which a frame for any reader can
 * be made.
 *
 * Modelled in models/resume.pml and models/conflation.pml.
 */
export class ProducerCache<T = unknown> extends ReadMap<T> {
  protected readonly store = new Map<Key, Entry>();
  private readonly keyMember: KeyMember;
  private readonly strict: boolean;
  private readonly differ: Differ;
  /** Copies whatever it takes. */
  private readonly copier: Differ;
  private readonly limits: Limits;
  private readonly digest: CollectionDigest;
  private readonly journal: Journal;
  private readonly tombstones: Tombstones;
  private readonly tree = new ChangingTree();
  private readonly listeners = new Set<() => void>();
  /** Stops a second write while one is at work, from a recipe or a batch. */
  private busy: string | undefined;
  private current = 0;
  private jsonTotal = 0;
  private committedTotal = 0;
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
    this.digest = new CollectionDigest(seedOf(options.name ?? ''));
    this.journal = new Journal(this.limits);
    this.tombstones = new Tombstones(this.limits.tombstonesMax);
  }

  /** Commits so far: 0 before the first, +1 for each. */
  get version(): number {
    return this.current;
  }

  /** Where the collection stands, for `ConsumerCache.verify`. Cost: none. */
  head(): Head {
    return {
      epoch: this.epochName,
      version: this.current,
      digest: this.digest.toString(),
    };
  }

  /** The head's digest as words, for messages. */
  digestWords(): readonly number[] {
    return this.digest.words();
  }

  /** The four bytes that bind the head's digest to epoch and version, for messages. */
  headCheck(): number {
    return this.frameCheck(this.current);
  }

  /** The check that closes a frame from a version to the present one. */
  frameCheck(from: number): number {
    return this.digest.check(this.epoch, from, this.current);
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
    if (!this.journal.reaches(version)) return undefined;
    const changed = new Map<Key, Entry | undefined>();
    for (const { key } of this.journal.after(version)) changed.set(key, this.store.get(key));
    return changed;
  }

  /** The oldest version that `frame` can start from; before it, only everything will do. */
  get floor(): number {
    return Math.min(this.journal.floor, this.tombstones.floor);
  }

  /** The oldest version from which `frame` can send patches, at the cost of what changed. */
  get journalFloor(): number {
    return this.journal.floor;
  }

  /** Records that the journal holds, and the heap they keep alive, estimated in bytes. */
  get journalSize(): { readonly records: number; readonly heapBytes: number } {
    return { records: this.journal.size, heapBytes: this.journal.bytes };
  }

  /** Length of all values as JSON text, in bytes. */
  get jsonBytes(): number {
    return this.jsonTotal;
  }

  /** Length of all values committed so far as JSON text, in bytes: what full JSON would send. */
  get committedBytes(): number {
    return this.committedTotal;
  }

  /** Levels of the digest tree below its root: deeper there is nothing to compare. */
  get treeLevels(): number {
    return this.tree.levels;
  }

  /** Digests of a node's children, to find where another collection differs. */
  childSums(node: TreeNode): Uint32Array {
    return this.tree.childSums(node);
  }

  /**
   * What makes a collection that was compared node by node equal to this one: `claims` say
   * what the other side holds in the nodes that differ, and all others were equal at version
   * `since` or later. Undefined where the journal does not reach back so far any more, or so
   * much is concerned that everything anew costs less.
   */
  mend(claims: readonly NodeClaim[], since: number): Mending | undefined {
    const changed = this.changedAfter(since);
    if (changed === undefined) return undefined;
    const compared = compareClaims(this.tree, claims);
    if (compared === undefined) return undefined;
    const { changes, dropped } = compared;
    const seen = new Set(changes.map(({ key }) => key));
    for (const [key, entry] of changed) {
      if (seen.has(key)) continue;
      changes.push(
        entry === undefined ? { kind: 'delete', key } : { kind: 'put', key, value: entry.value },
      );
    }
    return { frame: this.makeFrame(since, changes), dropped };
  }

  /** Calls `listener` after each commit; returns what ends it. A listener must not write. */
  onCommit(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
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
      this.advance([{ key: own, before: entry, after: undefined }]);
      return this.message({ cmd: 'delete', key: own, version: this.current, digest: ABSENT });
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
      if (this.current === 0) throw this.unknown(own);
      const { current: version } = this;
      return this.message({ cmd: 'delete', gone: true, key: own, version, digest: ABSENT });
    }
    const { value, digest } = entry;
    return this.message({ cmd: 'retran', key: own, version: this.current, digest, value });
  }

  /**
   * Several changes as one version, visible to every reader at once. A throw in `work` rolls
   * everything back. A batch without net change leaves the version, except the first of all:
   * it commits emptiness on purpose.
   */
  batch(work: (tx: Transaction<T>) => void): Frame {
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
    if (!Number.isSafeInteger(from) || from < 0 || from > this.current) {
      const what = typeof from === 'string' ? quoted(from) : String(from);
      throw new DiffStreamError(
        'bad-argument',
        `there is no version ${what} to start from: the present one is ${this.current}`,
      );
    }
    if (from > 0 && this.journal.reaches(from)) {
      return this.makeFrame(from, this.changesAfter(from));
    }
    const start = from >= this.tombstones.floor ? from : 0;
    return this.makeFrame(start, this.wholeValuesAfter(start));
  }

  /**
   * Where the journal is too short: what entries and tombstones still tell by their versions.
   * From 0 this is a snapshot. Cost: a look at each entry.
   */
  private wholeValuesAfter(from: number): Change[] {
    const changes: Change[] = [];
    for (const { key, value, version } of this.store.values()) {
      if (version > from) changes.push({ kind: 'put', key, value });
    }
    if (from === 0) return changes;
    for (const [key] of this.tombstones.after(from)) changes.push({ kind: 'delete', key });
    return changes;
  }

  private makeFrame(from: number, changes: readonly Change[]): Frame {
    return new Frame(this.epoch, { from, to: this.current }, changes, this.frameCheck(from));
  }

  /**
   * For each key changed after a version, the way from the value it had then. The first
   * record of a key after that version holds this value by reference; where it is the only
   * one, it also holds the way.
   */
  private changesAfter(from: number): Change[] {
    const firsts = new Map<Key, { before: Entry | undefined; op: Op | undefined }>();
    for (const record of this.journal.after(from)) {
      const first = firsts.get(record.key);
      if (first === undefined) firsts.set(record.key, { before: record.before, op: record.op });
      else first.op = undefined;
    }
    const changes: Change[] = [];
    for (const [key, { before, op }] of firsts) {
      const change = changeBetween(key, before, this.store.get(key), op);
      if (change !== undefined) changes.push(change);
    }
    return changes;
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
      throw new DiffStreamError(
        'bad-argument',
        `${what} inside ${this.busy} is not possible: use what ${this.busy} hands you`,
      );
    }
    this.busy = what;
    try {
      return work();
    } finally {
      this.busy = undefined;
    }
  }

  private commitOne(key: Key, step: Step): DataMsg<T> {
    const before = this.store.get(key);
    if (before === undefined) {
      const [after] = this.advance([{ key, before, after: step }]) as [Entry];
      const { value, digest } = after;
      return this.message({ cmd: 'new', key, version: this.current, digest, value });
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
    const [after] = this.advance([{ key, before, after: step }]) as [Entry];
    const { digest } = after;
    const base = before.version;
    return this.message({ cmd: 'update', key, base, version: this.current, digest, op: step.op });
  }

  private commitStaged(staged: readonly Staged[]): Frame {
    const from = this.current;
    if (staged.length === 0 && from > 0) return this.makeFrame(from, []);
    this.advance(staged);
    return this.frame(from);
  }

  /** Commits changes as the next version; returns the new entries, undefined for deletions. */
  private advance(staged: readonly Staged[]): (Entry | undefined)[] {
    const version = this.current + 1;
    const measured = staged.map(({ key, before, after }) =>
      after === undefined ? undefined : this.measured(key, before, after),
    );
    const entries = measured.map((make) => make?.());
    for (const [i, { key, before, after }] of staged.entries()) {
      const entry = entries[i];
      const op = before === undefined ? undefined : after?.op;
      const heapBytes = recordBytes(before, op, entry);
      this.journal.append({ version, key, before, op, heapBytes });
      if (before !== undefined) {
        this.digest.remove(key, before.digest);
        this.tree.remove(before);
        this.jsonTotal -= before.jsonBytes;
      }
      if (entry === undefined) {
        this.store.delete(key);
        this.tombstones.set(key, version);
      } else {
        this.digest.add(key, entry.digest);
        this.tree.add(entry);
        this.jsonTotal += entry.jsonBytes;
        this.committedTotal += entry.jsonBytes;
        this.store.set(key, entry);
        this.tombstones.delete(key);
      }
    }
    this.current = version;
    this.journal.trim();
    for (const listener of this.listeners) listener();
    return entries;
  }

  private measured(key: Key, before: Entry | undefined, { value, op }: Step): Measured {
    const version = this.current + 1;
    const { valueBytesMax } = this.limits;
    return before === undefined || op === undefined
      ? measuredOf(key, value, version, valueBytesMax)
      : measuredWith(before, value, op, version, valueBytesMax);
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
    return new DataMsg<T>({ base: 0, ...parts, tag: this.tag, epoch: this.epochName });
  }

  override toString(): string {
    return `DiffCache producer of ${this.size} entries at version ${this.current}`;
  }
}
