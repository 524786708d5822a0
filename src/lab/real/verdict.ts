import type { Head } from '../../cache/entry.ts';
import type { Key } from '../../core/key.ts';

/** What a replica says of itself, to be held against the producer. */
export interface ReplicaClaim {
  readonly status: string;
  /** What the replica believes, its digest kept up change by change. */
  readonly head: Head | undefined;
  /** Computed from nothing over the contents sent. */
  readonly contentsDigest: string;
}

/** What the producer holds: the measure of every replica. */
export interface Truth {
  readonly head: Head;
  /** Values as JSON text, by key. */
  readonly contents: ReadonlyMap<Key, string>;
}

/** An entry that differs; undefined where one side has none. */
export interface Difference {
  readonly key: Key;
  readonly producer: string | undefined;
  readonly replica: string | undefined;
}

export interface Verdict {
  readonly isEqual: boolean;
  /** Why not, in words; empty where everything is equal. */
  readonly reasons: readonly string[];
  /** The first few. */
  readonly differences: readonly Difference[];
  readonly differenceCount: number;
}

/** Differences that are kept; all are counted. */
const KEPT_MAX = 3;

/** Compares a replica with the producer: version, digests, and every entry as JSON text. */
export function judge(
  truth: Truth,
  claim: ReplicaClaim,
  contents: ReadonlyMap<Key, string>,
): Verdict {
  const reasons: string[] = [];
  const { head } = claim;
  if (head === undefined) reasons.push('it never had a state');
  else if (head.epoch !== truth.head.epoch || head.version !== truth.head.version) {
    reasons.push(`it is at version ${head.version} (${claim.status}), not ${truth.head.version}`);
  }
  if (head !== undefined && head.digest !== truth.head.digest) {
    reasons.push(`its digest is ${head.digest}`);
  }
  if (claim.contentsDigest !== truth.head.digest) {
    reasons.push(`the digest of its contents is ${claim.contentsDigest}`);
  }
  const { differences, differenceCount } = compareContents(truth.contents, contents);
  if (differenceCount > 0) {
    reasons.push(
      `${differenceCount} ${differenceCount === 1 ? 'entry differs' : 'entries differ'}`,
    );
  }
  return { isEqual: reasons.length === 0, reasons, differences, differenceCount };
}

function compareContents(
  own: ReadonlyMap<Key, string>,
  others: ReadonlyMap<Key, string>,
): { differences: Difference[]; differenceCount: number } {
  const differences: Difference[] = [];
  let differenceCount = 0;
  const compare = (key: Key): void => {
    const [producer, replica] = [own.get(key), others.get(key)];
    if (producer === replica) return;
    differenceCount++;
    if (differences.length < KEPT_MAX) differences.push({ key, producer, replica });
  };
  for (const key of own.keys()) compare(key);
  for (const key of others.keys()) if (!own.has(key)) compare(key);
  return { differences, differenceCount };
}
