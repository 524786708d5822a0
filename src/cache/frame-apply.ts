import { sameDigest } from '../core/digest.ts';
import { DiffStreamError, malformed } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { keyText } from '../core/key.ts';
import type { Change } from './change.ts';
import type { CollectionDigest } from './collection-digest.ts';
import type { Entry } from './entry.ts';
import { entryAfter, entryOf } from './entry.ts';
import type { EpochOrder } from './epoch.ts';
import type { FrameContent } from './frame-content.ts';

/** What a frame makes of a collection, worked out beside it. */
export interface FrameResult {
  /** Keys whose entry changes, with the next one; undefined: it goes. */
  readonly entries: ReadonlyMap<Key, Entry | undefined>;
  readonly digest: CollectionDigest;
}

/** What a frame is held against. */
export interface FrameSite {
  readonly frame: FrameContent;
  readonly store: ReadonlyMap<Key, Entry>;
  /** Entries of the frame's `from` that later messages have replaced in the store. */
  readonly replaced: ReadonlyMap<Key, Entry | undefined>;
  /** The digest of the store as it is. */
  readonly digest: CollectionDigest;
  /** The digest of nothing, with the stream's seed. */
  readonly empty: CollectionDigest;
  readonly valueBytesMax: number;
}

/**
 * Works out what a frame does, without doing it. `patch-conflict` where a change does not fit,
 * `digest-mismatch` where the outcome is not what the producer had: either way the reader
 * has to resume. `limit-exceeded` for a value that is too long. Cost: the changes; for a
 * snapshot, the collection.
 *
 * Modelled in models/conflation.pml.
 */
export function planFrame(site: FrameSite): FrameResult {
  return proved(site, site.frame.from === 0 ? planSnapshot(site) : planDifference(site, []));
}

/** The same for a repair: whole values on top of whatever is held, less what is dropped. */
export function planMending(site: FrameSite, dropped: readonly Key[]): FrameResult {
  if (site.frame.changes.some(({ kind }) => kind === 'patch')) {
    throw malformed('a repair that holds a patch');
  }
  return proved(site, planDifference({ ...site, replaced: new Map() }, dropped));
}

/** Modelled in models/resume.pml. */
function proved({ frame }: FrameSite, result: FrameResult): FrameResult {
  const check = result.digest.check(frame.epoch, frame.from, frame.to);
  if (check !== frame.check) {
    const what = `the frame from ${frame.from} to ${frame.to}`;
    // The name is in the digest, so that an empty copy that asks elsewhere never gets further.
    const or = frame.from === 0 ? ', or it is of a stream by another name' : '';
    throw new DiffStreamError(
      'digest-mismatch',
      `${what} does not lead to the collection it promises${or}`,
      { recovery: 'resume' },
    );
  }
  return result;
}

function planDifference(site: FrameSite, dropped: readonly Key[]): FrameResult {
  const { frame, store, replaced, digest: present } = site;
  const entries = new Map<Key, Entry | undefined>();
  const digest = present.copy();
  for (const [key, base] of replaced) {
    const held = store.get(key);
    if (held !== undefined) digest.remove(key, held.digest);
    if (base !== undefined) digest.add(key, base.digest);
    entries.set(key, base);
  }
  for (const key of dropped) {
    const held = store.get(key);
    if (held !== undefined) digest.remove(key, held.digest);
    entries.set(key, undefined);
  }
  const seen = new Set<Key>();
  for (const change of frame.changes) {
    const { key } = change;
    once(seen, key);
    const base = entries.has(key) ? entries.get(key) : store.get(key);
    const next = nextEntry(change, base, site);
    if (base !== undefined) digest.remove(key, base.digest);
    if (next !== undefined) digest.add(key, next.digest);
    entries.set(key, next);
  }
  return { entries, digest };
}

function planSnapshot(site: FrameSite): FrameResult {
  const { frame, store, empty: digest } = site;
  const entries = new Map<Key, Entry | undefined>();
  for (const change of frame.changes) {
    if (change.kind !== 'put') throw malformed(`a snapshot that holds a ${change.kind}`);
    if (entries.has(change.key)) throw malformed(`a frame with ${keyText(change.key)} twice`);
    const next = nextEntry(change, undefined, site) as Entry;
    const held = store.get(change.key);
    const known = held !== undefined && sameDigest(held.digest, next.digest);
    // What is held already stays the very same object: readers compare by identity.
    entries.set(change.key, known ? { ...held, version: frame.to } : next);
    digest.add(change.key, next.digest);
  }
  for (const key of store.keys()) if (!entries.has(key)) entries.set(key, undefined);
  return { entries, digest };
}

function once(seen: Set<Key>, key: Key): void {
  if (seen.has(key)) throw malformed(`a frame with ${keyText(key)} twice`);
  seen.add(key);
}

function nextEntry(
  change: Change,
  base: Entry | undefined,
  { frame, valueBytesMax }: FrameSite,
): Entry | undefined {
  if (change.kind === 'delete') return undefined;
  const { key } = change;
  if (change.kind === 'put') return entryOf(key, change.value, frame.to, valueBytesMax);
  if (base === undefined) throw misfit(`${keyText(key)} is patched but not held`);
  try {
    return entryAfter(base, change.op, frame.to, valueBytesMax);
  } catch (error) {
    const { code, message } = error as DiffStreamError;
    // To send it again would not help.
    if (code === 'limit-exceeded') throw error;
    throw misfit(`${keyText(key)}: ${message}`, error);
  }
}

function misfit(what: string, cause?: unknown): DiffStreamError {
  return new DiffStreamError('patch-conflict', `the frame does not fit: ${what}`, {
    recovery: 'resume',
    cause,
  });
}

/**
 * Throws for what comes from a writer that is not, or no longer, the one that is followed.
 *
 * Modelled in models/resume.pml.
 */
export function refuseForeign(order: EpochOrder, what: () => string): void {
  if (order === 'older') {
    const why = 'which has been replaced by one of a larger epoch, or started with a clock behind';
    throw new DiffStreamError('stale-epoch', `${what()}, ${why}`);
  }
  if (order === 'conflict') {
    throw new DiffStreamError('epoch-conflict', `${what()}, a second writer with an equal term`);
  }
}
