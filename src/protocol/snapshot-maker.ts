import { ByteWriter } from '../core/bytes.ts';
import { ValueWriter } from '../core/codec.ts';
import { ChangeWriter } from '../cache/change.ts';
import type { Entry } from '../cache/entry.ts';
import { writeFrameHead } from '../cache/frame.ts';
import type { ProducerCache } from '../cache/producer.ts';

/**
 * Writes a frame from 0 a piece at a time, so that nobody has to wait for the whole. Entries
 * are immutable: a list of references to them is a consistent cut, whatever is committed while
 * the pieces are made.
 */
export class SnapshotMaker {
  readonly to: number;
  /** The frame's check; also what the snapshot is known by. */
  readonly check: number;
  rawBytes = 0;
  private readonly entries: readonly Entry[];
  private readonly out = new ByteWriter(64 * 1024);
  private readonly writer: ChangeWriter;
  private at = 0;

  constructor(producer: ProducerCache) {
    this.to = producer.version;
    this.check = producer.frameCheck(0);
    this.entries = producer.entriesNow();
    this.writer = new ChangeWriter(new ValueWriter(this.out));
    writeFrameHead(this.out, { from: 0, to: this.to }, this.entries.length);
  }

  get isDone(): boolean {
    return this.at > this.entries.length;
  }

  /** The next piece, of about so many bytes. */
  step(bytes: number): Uint8Array {
    while (this.at < this.entries.length && this.out.length < bytes) {
      const { key, value } = this.entries[this.at++] as Entry;
      this.writer.write({ kind: 'put', key, value });
    }
    if (this.at === this.entries.length) {
      this.at++;
      this.out.u32(this.check);
    }
    const piece = this.out.take();
    this.out.truncate(0);
    this.rawBytes += piece.length;
    return piece;
  }
}
