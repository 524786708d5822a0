import type { Key } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import type { Op } from '../core/op.ts';
import { DiffStreamError } from '../core/errors.ts';
import { quoted } from '../core/path.ts';
import { isBeyondRepair } from './beyond-repair.ts';
import { changeBetween } from './change-between.ts';
import type { Change } from './change.ts';
import { ChangingTree } from './changing-tree.ts';
import { CollectionDigest, seedOf } from './collection-digest.ts';
import type { Entry, Measured } from './entry.ts';
import { isVersion, measuredOf, measuredWith } from './entry.ts';
import type { Epoch } from './epoch.ts';
import { Frame } from './frame.ts';
import { Journal, recordBytes } from './journal.ts';
import type { Mending, NodeClaim } from './mending.ts';
import { compareClaims } from './mending.ts';
import { Tombstones } from './tombstones.ts';
import type { Staged, Step } from './transaction.ts';

/**
 * What a producer has committed, at its version: the entries, the digests that prove them, and as
 * much of the past as there is room for, from which a frame for any reader can be made.
 *
 * Modelled in models/resume.pml and models/conflation.pml.
 */
export class Collection {
  readonly entries = new Map<Key, Entry>();
  readonly digest: CollectionDigest;
  readonly journal: Journal;
  readonly tombstones: Tombstones;
  readonly tree = new ChangingTree();
  /** Commits so far; as all that follows here, changed by `commit` alone. */
  version = 0;
  /** Length of all values as JSON text, in bytes. */
  jsonBytes = 0;
  /** Length of all values committed so far as JSON text, in bytes. */
  committedBytes = 0;
  private readonly epoch: Epoch;
  private readonly valueBytesMax: number;

  /** `name`: the stream's, which seeds the digest. */
  constructor(epoch: Epoch, name: string, limits: Limits) {
    this.epoch = epoch;
    this.digest = new CollectionDigest(seedOf(name));
    this.journal = new Journal(limits);
    this.tombstones = new Tombstones(limits.tombstonesMax);
    this.valueBytesMax = limits.valueBytesMax;
  }

  /** The check that closes a frame from a version to the present one. */
  frameCheck(from: number): number {
    return this.digest.check(this.epoch, from, this.version);
  }

  /** What each key changed after a version holds now; undefined beyond the journal. */
  changedAfter(version: number): ReadonlyMap<Key, Entry | undefined> | undefined {
    if (!this.journal.reaches(version)) return undefined;
    const changed = new Map<Key, Entry | undefined>();
    for (const { key } of this.journal.after(version)) changed.set(key, this.entries.get(key));
    return changed;
  }

  /** JSON text of the values newer than a version, in bytes. Cost: a look at each entry. */
  jsonBytesAfter(version: number): number {
    let bytes = 0;
    for (const entry of this.entries.values()) {
      if (entry.version > version) bytes += entry.jsonBytes;
    }
    return bytes;
  }

  /** What a reader at version `from` needs, as `ProducerCache.frame` tells. */
  frame(from: number): Frame {
    if (!isVersion(from) || from > this.version) {
      const what = typeof from === 'string' ? quoted(from) : String(from);
      throw new DiffStreamError(
        'bad-argument',
        `there is no version ${what} to start from: the present one is ${this.version}`,
      );
    }
    if (from > 0 && this.journal.reaches(from)) {
      return this.makeFrame(from, this.changesAfter(from));
    }
    const start = from >= this.tombstones.floor ? from : 0;
    return this.makeFrame(start, this.wholeValuesAfter(start));
  }

  /** What makes a collection that was compared equal to this one, as `ProducerCache.mend` tells. */
  mend(claims: readonly NodeClaim[], since: number): Mending | undefined {
    const changed = this.changedAfter(since);
    if (changed === undefined) return undefined;
    const compared = compareClaims(this.tree, claims, this.jsonBytes);
    if (compared === undefined) return undefined;
    const { lacking, dropped } = compared;
    for (const [key, entry] of changed) lacking.set(key, entry);
    const changes: Change[] = [];
    let bytes = 0;
    for (const [key, entry] of lacking) {
      bytes += entry?.jsonBytes ?? 0;
      changes.push(
        entry === undefined ? { kind: 'delete', key } : { kind: 'put', key, value: entry.value },
      );
    }
    if (isBeyondRepair(bytes, this.jsonBytes)) return undefined;
    return { frame: this.makeFrame(since, changes), dropped };
  }

  /**
   * Where the journal is too short: what entries and tombstones still tell by their versions.
   * From 0 this is a snapshot. Cost: a look at each entry.
   */
  private wholeValuesAfter(from: number): Change[] {
    const changes: Change[] = [];
    for (const { key, value, version } of this.entries.values()) {
      if (version > from) changes.push({ kind: 'put', key, value });
    }
    if (from === 0) return changes;
    for (const [key] of this.tombstones.after(from)) changes.push({ kind: 'delete', key });
    return changes;
  }

  private makeFrame(from: number, changes: readonly Change[]): Frame {
    return new Frame(this.epoch, { from, to: this.version }, changes, this.frameCheck(from));
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
      const change = changeBetween(key, before, this.entries.get(key), op);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  /** Commits changes as the next version; returns the new entries, undefined for deletions. */
  commit(staged: readonly Staged[]): (Entry | undefined)[] {
    const version = this.version + 1;
    const measured = staged.map(({ key, before, after }) =>
      after === undefined ? undefined : this.measured(key, before, after),
    );
    const entries = measured.map((make) => make?.());
    for (let i = 0; i < staged.length; i++) {
      const { key, before, after } = staged[i] as Staged;
      const entry = entries[i];
      const op = before === undefined ? undefined : after?.op;
      const heapBytes = recordBytes(before, op, entry);
      this.journal.append({ version, key, before, op, heapBytes });
      if (before !== undefined) {
        this.digest.remove(key, before.digest);
        this.tree.remove(before);
        this.jsonBytes -= before.jsonBytes;
      }
      if (entry === undefined) {
        this.entries.delete(key);
        this.tombstones.set(key, version);
      } else {
        this.digest.add(key, entry.digest);
        this.tree.add(entry);
        this.jsonBytes += entry.jsonBytes;
        this.committedBytes += entry.jsonBytes;
        this.entries.set(key, entry);
        this.tombstones.delete(key);
      }
    }
    this.version = version;
    this.journal.trim();
    return entries;
  }

  private measured(key: Key, before: Entry | undefined, { value, op }: Step): Measured {
    const version = this.version + 1;
    try {
      return before === undefined || op === undefined
        ? measuredOf(key, value, version, this.valueBytesMax)
        : measuredWith(before, value, op, version, this.valueBytesMax);
    } catch (error) {
      if (!(error instanceof DiffStreamError)) throw error;
      // Elsewhere it is bytes from outside that pass a limit; here it is what the caller gave.
      const own = { key, recovery: 'fix-the-call', blame: 'local', cause: error } as const;
      throw new DiffStreamError(error.code, error.message, own);
    }
  }
}
