import type { ByteWriter } from '../core/bytes.ts';
import { ByteReader, bytesOf, checkBytes } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import { ValueWriter } from '../core/value-writer.ts';
import { ChangeWriter } from './change-writer.ts';
import type { Token } from './entry.ts';
import type { Epoch } from './epoch.ts';
import { epochText, readEpoch, writeEpoch } from './epoch.ts';
import {
  checkFrameLength,
  FrameContent,
  readFrameBody,
  readFrameContent,
} from './frame-content.ts';

/** First byte of a frame that stands alone. */
const FRAME_MARK = 0x20;

/**
 * The difference of the whole collection between two versions. `from` 0 is a snapshot: it
 * replaces whatever the reader has. The body, which a session sends, is
 *
 *   varint from, varint to - from, varint number of changes, changes, u32 check
 *
 * and a frame that stands alone has a mark and its epoch in front.
 */
export class Frame extends FrameContent {
  private bytes: Uint8Array | undefined;

  /** What a reader has to have seen to see this frame's writes. */
  get token(): Token {
    return { epoch: epochText(this.epoch), version: this.to };
  }

  /** The body's bytes, made once. Do not write into them. */
  body(): Uint8Array {
    return (this.bytes ??= bytesOf((out) => {
      writeFrameHead(out, this, this.changes.length);
      const writer = new ChangeWriter(new ValueWriter(out));
      for (const change of this.changes) writer.write(change);
      out.u32(this.check);
    }));
  }

  /** The frame as bytes that stand alone. */
  encode(): Uint8Array<ArrayBuffer> {
    const body = this.body();
    return bytesOf((out) => {
      out.byte(FRAME_MARK);
      writeEpoch(out, this.epoch);
      out.bytes(body);
    });
  }

  /** Reads bytes from `encode`. Whatever they are, throws `malformed` or `limit-exceeded` only. */
  static decode(bytes: Uint8Array, limits?: Partial<Limits>): Frame {
    checkBytes(bytes);
    const bounds = resolveLimits(limits);
    checkFrameLength(bytes, bounds);
    const input = new ByteReader(bytes);
    if (input.byte() !== FRAME_MARK) throw malformed('this is not a frame');
    const epoch = readEpoch(input);
    return whole(readFrameContent(input, epoch, bounds));
  }

  /** Reads a body; the epoch is that of the session which it came by. */
  static decodeBody(bytes: Uint8Array, epoch: Epoch, limits: Limits): Frame {
    return whole(readFrameBody(bytes, epoch, limits));
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

function whole(content: FrameContent): Frame {
  return new Frame(content.epoch, content, content.changes, content.check);
}
