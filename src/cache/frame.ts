import { ByteReader, ByteWriter } from '../core/bytes.ts';
import { ValueReader, ValueWriter } from '../core/codec.ts';
import { malformed } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { limitExceeded, resolveLimits } from '../core/limits.ts';
import type { Change } from './change.ts';
import { ChangeReader, ChangeWriter } from './change.ts';
import type { Token } from './entry.ts';
import type { Epoch } from './epoch.ts';
import { epochText, readEpoch, writeEpoch } from './epoch.ts';

/** First byte of a frame that stands alone. */
const FRAME_MARK = 0x20;
const CHECK_BYTES = 4;

/**
 * The difference of the whole collection between two versions. `from` 0 is a snapshot: it
 * replaces whatever the reader has. The body, which a session sends, is
 *
 *   varint from, varint to - from, varint number of changes, changes, u32 check
 *
 * and a frame that stands alone has a mark and its epoch in front.
 */
export class Frame {
  readonly epoch: Epoch;
  readonly from: number;
  readonly to: number;
  readonly changes: readonly Change[];
  /** Digest after, epoch and versions, mixed: see CollectionDigest.check. */
  readonly check: number;
  private bytes: Uint8Array | undefined;

  constructor(
    epoch: Epoch,
    span: { from: number; to: number },
    changes: readonly Change[],
    check: number,
  ) {
    this.epoch = epoch;
    this.from = span.from;
    this.to = span.to;
    this.changes = changes;
    this.check = check;
  }

  /** What a reader has to have seen to see this frame's writes. */
  get token(): Token {
    return { epoch: epochText(this.epoch), version: this.to };
  }

  /** The body's bytes, made once. Do not write into them. */
  body(): Uint8Array {
    if (this.bytes === undefined) {
      const out = new ByteWriter(256);
      writeFrameHead(out, this, this.changes.length);
      const writer = new ChangeWriter(new ValueWriter(out));
      for (const change of this.changes) writer.write(change);
      out.u32(this.check);
      this.bytes = out.take();
    }
    return this.bytes;
  }

  /** The frame as bytes that stand alone. */
  encode(): Uint8Array {
    const body = this.body();
    const out = new ByteWriter(body.length + 16);
    out.byte(FRAME_MARK);
    writeEpoch(out, this.epoch);
    out.bytes(body);
    return out.take();
  }

  /** Reads bytes from `encode`. Throws `malformed` or `limit-exceeded`, nothing else. */
  static decode(bytes: Uint8Array, limits?: Partial<Limits>): Frame {
    const bounds = resolveLimits(limits);
    checkLength(bytes, bounds);
    const input = new ByteReader(bytes);
    if (input.byte() !== FRAME_MARK) throw malformed('this is not a frame');
    const epoch = readEpoch(input);
    return readBody(input, epoch, bounds);
  }

  /** Reads a body; the epoch is that of the session which it came by. */
  static decodeBody(bytes: Uint8Array, epoch: Epoch, limits: Limits): Frame {
    checkLength(bytes, limits);
    return readBody(new ByteReader(bytes), epoch, limits);
  }
}

/** What stands before the changes in a frame's body. */
export function writeFrameHead(
  out: ByteWriter,
  { from, to }: { readonly from: number; readonly to: number },
  changes: number,
): void {
  out.varint(from);
  out.varint(to - from);
  out.varint(changes);
}

function checkLength(bytes: Uint8Array, limits: Limits): void {
  if (bytes.length > limits.frameBytesMax) {
    const what = `a frame of ${bytes.length} bytes`;
    throw limitExceeded('frameBytesMax', limits.frameBytesMax, what);
  }
}

function readBody(input: ByteReader, epoch: Epoch, limits: Limits): Frame {
  const from = input.varint();
  const to = from + input.varint();
  if (!Number.isSafeInteger(to)) throw malformed('a version beyond 2^53 - 1');
  const count = input.varint();
  if (count > limits.changesMax) {
    throw limitExceeded('changesMax', limits.changesMax, `a frame of ${count} changes`);
  }
  // The least change, a deletion, has two bytes.
  if (count * 2 + CHECK_BYTES > input.remaining) {
    throw malformed(`${count} changes announced, too few bytes left`);
  }
  const reader = new ChangeReader(new ValueReader(input, limits));
  const changes: Change[] = [];
  for (let i = 0; i < count; i++) changes.push(reader.read());
  const check = input.u32();
  input.finish();
  return new Frame(epoch, { from, to }, changes, check);
}
