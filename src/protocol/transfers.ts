import { ByteWriter } from '../core/bytes.ts';
import type { ProducerCache } from '../cache/producer.ts';
import { MESSAGE } from './message.ts';

/** A frame on its way to consumers, as the messages it takes; made once for all of them. */
export interface Transfer {
  readonly to: number;
  readonly messages: readonly Uint8Array[];
}

/** What was made, for those who want to see that it was made once. */
export interface TransferCounters {
  framesEncoded: number;
  snapshotsEncoded: number;
}

/** Frames to the present version, each encoded once for all consumers that need it. */
export class Transfers {
  private readonly producer: ProducerCache;
  private readonly partBytes: number;
  private readonly counters: TransferCounters;
  /** By where they start; all to the version `madeAt`. */
  private readonly frames = new Map<number, Transfer>();
  private madeAt = 0;
  /** The newest snapshot; a joiner gets it and then a frame, while the journal reaches back. */
  private snapshot: Transfer | undefined;

  constructor(producer: ProducerCache, partBytes: number, counters: TransferCounters) {
    this.producer = producer;
    this.partBytes = partBytes;
    this.counters = counters;
  }

  /**
   * What a consumer at `cursor` gets next. One that fell behind what is remembered starts
   * over, and sees it by the frame's `from`, 0; then nothing older than `leastVersion` will do.
   */
  next(cursor: number, leastVersion: number): Transfer {
    const { version, floor } = this.producer;
    if (this.madeAt !== version) {
      this.frames.clear();
      this.madeAt = version;
    }
    if (cursor === 0 || cursor < floor) return this.everything(Math.max(cursor, leastVersion));
    let frame = this.frames.get(cursor);
    if (frame === undefined) {
      frame = this.encode(cursor);
      this.counters.framesEncoded++;
      this.frames.set(cursor, frame);
    }
    return frame;
  }

  private everything(leastVersion: number): Transfer {
    if (this.snapshot === undefined || !this.isUsable(this.snapshot, leastVersion)) {
      this.snapshot = this.encode(0);
      this.counters.snapshotsEncoded++;
    }
    return this.snapshot;
  }

  /** Whether a snapshot and the frame that must follow it beat a new snapshot. */
  private isUsable(snapshot: Transfer, leastVersion: number): boolean {
    const { version, journalFloor, size } = this.producer;
    return snapshot.to >= Math.max(journalFloor, leastVersion) && version - snapshot.to <= size;
  }

  private encode(from: number): Transfer {
    const frame = this.producer.frame(from);
    return { to: frame.to, messages: inParts(MESSAGE.frame, frame.body(), this.partBytes) };
  }
}

/** A message of a type, cut where it is too long: parts, and the last piece with its type. */
export function inParts(type: number, body: Uint8Array, partBytes: number): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let at = 0;
  for (; body.length - at > partBytes; at += partBytes) {
    messages.push(prefixed(MESSAGE.part, body.subarray(at, at + partBytes)));
  }
  messages.push(prefixed(type, body.subarray(at)));
  return messages;
}

function prefixed(type: number, body: Uint8Array): Uint8Array {
  const out = new ByteWriter(body.length + 1);
  out.byte(type);
  out.bytes(body);
  return out.take();
}
