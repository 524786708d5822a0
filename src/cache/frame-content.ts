import { ByteReader } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { limitExceeded } from '../core/limits.ts';
import { ValueReader } from '../core/value-reader.ts';
import type { Change } from './change.ts';
import { ChangeReader } from './change-reader.ts';
import type { Epoch } from './epoch.ts';

const CHECK_BYTES = 4;

/** What a frame says: the collection's way from one version to another. Made by decoding. */
export class FrameContent {
  readonly epoch: Epoch;
  readonly from: number;
  readonly to: number;
  readonly changes: readonly Change[];
  /** Digest after, epoch and versions, mixed: see CollectionDigest.check. */
  readonly check: number;

  constructor(
    epoch: Epoch,
    { from, to }: { readonly from: number; readonly to: number },
    changes: readonly Change[],
    check: number,
  ) {
    this.epoch = epoch;
    this.from = from;
    this.to = to;
    this.changes = changes;
    this.check = check;
  }
}

/**
 * Reads a body; the epoch is that of the session which it came by. Throws `malformed` or
 * `limit-exceeded`, nothing else.
 */
export function readFrameBody(bytes: Uint8Array, epoch: Epoch, limits: Limits): FrameContent {
  checkFrameLength(bytes, limits);
  return readFrameContent(new ByteReader(bytes), epoch, limits);
}

export function checkFrameLength(bytes: Uint8Array, limits: Limits): void {
  if (bytes.length > limits.frameBytesMax) {
    const what = `a frame of ${bytes.length} bytes`;
    throw limitExceeded('frameBytesMax', limits.frameBytesMax, what);
  }
}

/** Reads a body up to its end. */
export function readFrameContent(input: ByteReader, epoch: Epoch, limits: Limits): FrameContent {
  const from = input.varint();
  const to = from + input.varint();
  if (!Number.isSafeInteger(to)) throw malformed('a version beyond 2^53 - 1');
  const count = input.varint();
  // The least change, a deletion, has two bytes.
  if (count * 2 + CHECK_BYTES > input.remaining) {
    throw malformed(`${count} changes announced, too few bytes left`);
  }
  if (count > limits.changesMax) {
    throw limitExceeded('changesMax', limits.changesMax, `a frame of ${count} changes`);
  }
  const reader = new ChangeReader(new ValueReader(input, limits));
  const changes: Change[] = [];
  for (let i = 0; i < count; i++) changes.push(reader.read());
  const check = input.u32();
  input.finish();
  return new FrameContent(epoch, { from, to }, changes, check);
}
