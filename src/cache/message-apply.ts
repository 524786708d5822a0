import { sameDigest, valueDigest } from '../core/digest.ts';
import { DiffStreamError } from '../core/errors.ts';
import { keyText } from '../core/key.ts';
import type { Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import type { DataMsg } from './data-msg.ts';
import type { Entry } from './entry.ts';
import { entryAfter, entryOf } from './entry.ts';

/** What a message is held against. */
export interface MessageSite {
  readonly entry: Entry | undefined;
  /** The version at which the entry, or its absence, is known to be right. */
  readonly version: number;
  /** Deletions below this version may have been forgotten. */
  readonly floor: number;
  /** The message is the first of a newer epoch: nothing held is right at any of its versions. */
  readonly fresh: boolean;
  readonly valueBytesMax: number;
}

/**
 * The entry that a value-bearing message leads to, worked out beside the collection. Throws
 * `unknown-key`, `patch-conflict` or `digest-mismatch` where it cannot be relied on.
 */
export function planMessage(msg: DataMsg, site: MessageSite): Entry {
  const { key, version, parts } = msg;
  const { entry } = site;
  if (msg.cmd !== 'update') {
    // A commit that deletes a key does not also create it: at the floor itself all is known.
    if (entry === undefined && version < site.floor) {
      throw conflict(msg, `${keyText(key)} may have been deleted after version ${version}`);
    }
    return checked(msg, entryOf(key, parts.value as Value, version, site.valueBytesMax));
  }
  if (entry === undefined) {
    throw new DiffStreamError('unknown-key', `an update of ${keyText(key)}, not held`, { key });
  }
  if (site.fresh || msg.base > site.version || parts.op === undefined) {
    const from = `an update of ${keyText(key)} from version ${msg.base}`;
    throw conflict(msg, `${from}, which is not the one held`);
  }
  return checked(msg, patched(msg, entry, parts.op, site.valueBytesMax));
}

function conflict({ key }: DataMsg, what: string): DiffStreamError {
  return new DiffStreamError('patch-conflict', what, { key });
}

function patched(msg: DataMsg, entry: Entry, op: Op, valueBytesMax: number): Entry {
  try {
    return entryAfter(entry, op, msg.version, valueBytesMax);
  } catch (cause) {
    const { code, message } = cause as DiffStreamError;
    const { key } = msg;
    throw new DiffStreamError(code, `${keyText(key)}: ${message}`, { key, cause });
  }
}

function checked(msg: DataMsg, entry: Entry): Entry {
  if (sameDigest(entry.digest, msg.parts.digest)) return entry;
  throw new DiffStreamError(
    'digest-mismatch',
    `the ${msg.cmd} of ${keyText(msg.key)} does not lead to the value it promises`,
    { key: msg.key },
  );
}

/** What a message that comes too late is held against. */
export interface LateSite {
  readonly entry: Entry | undefined;
  readonly base: Entry | undefined;
  readonly valueBytesMax: number;
}

/**
 * Whether a message that comes too late for its key is what was sent. Only then its version
 * may count as seen: one damaged on its way would stand for a commit that is missing. False
 * also where that cannot be known any more. `base`: what the key had before the gap.
 */
export function isAsSent(
  { cmd, parts, version }: DataMsg,
  { entry, base, valueBytesMax }: LateSite,
): boolean {
  const { digest, op, value } = parts;
  // Decoding has shown it.
  if (cmd === 'delete') return true;
  if (entry !== undefined && sameDigest(digest, entry.digest)) return true;
  if (value !== undefined) return sameDigest(digest, valueDigest(value));
  if (base === undefined || op === undefined) return false;
  try {
    return sameDigest(digest, entryAfter(base, op, version, valueBytesMax).digest);
  } catch {
    return false;
  }
}

/**
 * Whether a message holds all that the commit of its version did. What answers a `retran`, and
 * an update that changes nothing, only tell how their key stands at that version.
 */
export function isWholeCommit({ cmd, parts }: DataMsg): boolean {
  if (cmd === 'delete') return parts.gone !== true;
  return cmd === 'new' || (cmd === 'update' && parts.op !== undefined);
}
