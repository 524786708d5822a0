import { applyOp } from '../core/apply.ts';
import type { Digest } from '../core/digest.ts';
import { digestAfter, valueDigest } from '../core/digest.ts';
import { jsonBytes, jsonGrowth } from '../core/json-size.ts';
import type { Key } from '../core/key.ts';
import { keyText } from '../core/key.ts';
import { limitExceeded } from '../core/limits.ts';
import type { Op } from '../core/op.ts';
import { carryLengths } from '../core/part-lengths.ts';
import { plainOp } from '../core/unquote.ts';
import type { Value } from '../core/value.ts';

/** One key with its value. Immutable: a change makes a new entry. */
export interface Entry {
  readonly key: Key;
  readonly value: Value;
  readonly digest: Digest;
  /** The version of the collection that made it so. */
  readonly version: number;
  /** Length of the value's JSON text in UTF-8 bytes: what sending it whole would cost. */
  readonly jsonBytes: number;
}

/**
 * An entry that is found small enough, as it will be once it is made. To be made when nothing can
 * be refused any more: its digest takes over from that of the value before.
 */
export type Measured = () => Entry;

/** An entry with a value that came whole. Cost: the value. */
export function entryOf(key: Key, value: Value, version: number, valueBytesMax: number): Entry {
  return measuredOf(key, value, version, valueBytesMax)();
}

export function measuredOf(
  key: Key,
  value: Value,
  version: number,
  valueBytesMax: number,
): Measured {
  const bytes = jsonBytes(value);
  checkSize(key, bytes, valueBytesMax);
  return () => ({ key, value, digest: valueDigest(value), version, jsonBytes: bytes });
}

/** The entry that `op` makes of another. Cost: the change. Throws as `applyOp` does. */
export function entryAfter(base: Entry, given: Op, version: number, valueBytesMax: number): Entry {
  // What is quoted is looked up once for value, size and digest.
  const op = plainOp(base.value, given);
  const value = applyOp(base.value, op, valueBytesMax);
  return measuredWith(base, value, op, version, valueBytesMax)();
}

/** The same where the value after is at hand already. */
export function measuredWith(
  base: Entry,
  value: Value,
  op: Op,
  version: number,
  valueBytesMax: number,
): Measured {
  const { key } = base;
  const bytes = base.jsonBytes + jsonGrowth(base.value, op, valueBytesMax);
  checkSize(key, bytes, valueBytesMax);
  return () => {
    const digest = digestAfter(base.value, value, op);
    carryLengths(base.value, value, op);
    return { key, value, digest, version, jsonBytes: bytes };
  };
}

/** Copies within a value are cheap to send; this is what bounds them. */
function checkSize(key: Key, bytes: number, valueBytesMax: number): void {
  if (bytes <= valueBytesMax) return;
  throw limitExceeded('valueBytesMax', valueBytesMax, `${keyText(key)}, ${bytes} bytes of JSON,`);
}

/** What was done to an entry, as readers see it; destructuring narrows `data`. */
export type Applied<T> =
  | readonly [cmd: 'new', key: Key, data: Readonly<T>]
  | readonly [cmd: 'update', key: Key, data: Readonly<T>]
  | readonly [cmd: 'retran', key: Key, data: Readonly<T>]
  | readonly [cmd: 'delete', key: Key, data: undefined]
  | readonly [cmd: 'ignored', key: Key, data: Readonly<T> | undefined];

/** A point in a stream's history: what a reader waits for to see its own write. */
export interface Token {
  /** The epoch in full, or in a token that came by a stand-alone message its tag. */
  readonly epoch: string;
  readonly version: number;
}

/** Whether something that came from outside counts commits. */
export function isVersion(version: unknown): version is number {
  return Number.isSafeInteger(version) && (version as number) >= 0;
}

/** Where a collection stands: enough to prove that another is equal. */
export interface Head {
  readonly epoch: string;
  readonly version: number;
  /** 32 hexadecimal digits. */
  readonly digest: string;
}
