import type { Head } from '../../cache/entry.ts';
import { keyText } from '../../core/key.ts';
import type { Key } from '../../core/key.ts';
import { printable, shortened } from '../printable.ts';
import type { ReplicaProof } from './replica-message.ts';

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
  proof: ReplicaProof,
  contents: ReadonlyMap<Key, string>,
): Verdict {
  const reasons: string[] = [];
  const { head } = proof;
  if (head === undefined) reasons.push('it never had a state');
  else if (head.epoch !== truth.head.epoch || head.version !== truth.head.version) {
    reasons.push(`it is at version ${head.version} (${proof.status}), not ${truth.head.version}`);
  }
  if (head !== undefined && head.digest !== truth.head.digest) {
    reasons.push(`its digest is ${head.digest}`);
  }
  if (proof.contentsDigest !== truth.head.digest) {
    reasons.push(`the digest of its contents is ${proof.contentsDigest}`);
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

const CONTEXT = 30;
const SHOWN_MAX = 110;

/** The entry and both values, cut to where they differ. */
export function differenceLines({ key, producer, replica }: Difference): string[] {
  const start = commonStart(producer ?? '', replica ?? '');
  return [
    `entry ${printable(shortened(keyText(key), SHOWN_MAX))}`,
    `  producer  ${excerpt(producer, start)}`,
    `  replica   ${excerpt(replica, start)}`,
  ];
}

function commonStart(a: string, b: string): number {
  let common = 0;
  while (common < a.length && common < b.length && a[common] === b[common]) common++;
  return common;
}

function excerpt(json: string | undefined, start: number): string {
  if (json === undefined) return 'has no such entry';
  if (json.length <= SHOWN_MAX) return printable(json);
  const from = Math.max(0, start - CONTEXT);
  const before = from > 0 ? '…' : '';
  return printable(before + shortened(json.slice(from).toWellFormed(), SHOWN_MAX));
}
