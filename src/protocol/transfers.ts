import { ByteWriter } from '../core/bytes.ts';
import type { ProducerCache } from '../cache/producer.ts';
import type { HeldPart, Manifest } from './chunk.ts';
import { encodeChunk } from './chunk.ts';
import { encodeMessage } from './message-codec.ts';
import { MESSAGE } from './message.ts';
import type { PublisherOutput } from './output.ts';
import { SnapshotMaker } from './snapshot-maker.ts';

/** Below this much JSON, in bytes, deflating a snapshot is not worth the way there. */
const PACK_BYTES_MIN = 16 * 1024;
/** A piece of a snapshot: about a millisecond of work, for a thousand small entries. */
const PIECE_BYTES = 16 * 1024;
/** So many versions beyond a snapshot are always caught up by a frame. */
const CATCH_UP_MIN = 64;

/** A frame on its way to consumers, as the messages it takes; made once for all of them. */
export interface Transfer {
  readonly to: number;
  readonly messages: readonly Uint8Array[];
  /** Of a packed snapshot; the messages are the manifest and then the chunks. */
  readonly manifest?: Manifest;
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
  private making: SnapshotMaker | undefined;
  private makingId = 0;

  constructor(producer: ProducerCache, partBytes: number, counters: TransferCounters) {
    this.producer = producer;
    this.partBytes = partBytes;
    this.counters = counters;
  }

  /**
   * What a consumer at `cursor` gets next; undefined while a snapshot for it is being made. One
   * that fell behind what is remembered starts over, and sees it by the frame's `from`, 0; then
   * nothing older than `leastVersion` will do.
   */
  next(cursor: number, leastVersion: number): Transfer | undefined {
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

  private everything(leastVersion: number): Transfer | undefined {
    if (this.snapshot !== undefined && this.isUsable(this.snapshot.to, leastVersion)) {
      return this.snapshot;
    }
    if (this.making !== undefined && this.isUsable(this.making.to, leastVersion)) return undefined;
    this.counters.snapshotsEncoded++;
    if (this.producer.jsonBytes < PACK_BYTES_MIN) return (this.snapshot = this.encode(0));
    this.making = new SnapshotMaker(this.producer);
    this.makingId++;
    return undefined;
  }

  /** Whether `work` has something to do. */
  get hasWork(): boolean {
    return this.making?.isDone === false;
  }

  /** Makes the next piece of a snapshot. Cost: `PIECE_BYTES` of encoding. */
  work(): PublisherOutput[] {
    const { making } = this;
    if (making === undefined || making.isDone) return [];
    const bytes = making.step(PIECE_BYTES);
    const piece = { kind: 'pack', snapshot: this.makingId, bytes, last: making.isDone } as const;
    return making.isDone ? [piece] : [piece, { kind: 'work' }];
  }

  /** The pieces of a snapshot, deflated. False: it is not wanted any more. */
  packed(snapshot: number, packed: Uint8Array): boolean {
    const { making } = this;
    if (making === undefined || snapshot !== this.makingId) return false;
    const { to, check, rawBytes } = making;
    const manifest: Manifest = { to, check, rawBytes, packedBytes: packed.length };
    const messages = [encodeMessage({ kind: 'snapshot', manifest })];
    for (let offset = 0; offset < packed.length; offset += this.partBytes) {
      const bytes = packed.subarray(offset, offset + this.partBytes);
      messages.push(encodeChunk(MESSAGE.chunk, { offset, bytes }));
    }
    this.snapshot = { to, messages, manifest };
    this.making = undefined;
    return true;
  }

  /** How many messages of a transfer a consumer has already, by what it says it holds. */
  alreadySent({ manifest }: Transfer, held: HeldPart | undefined): number {
    if (manifest === undefined || held === undefined) return 0;
    const { to, check, packedBytes } = manifest;
    const fits = held.to === to && held.check === check && held.bytes < packedBytes;
    return fits && held.bytes % this.partBytes === 0 ? 1 + held.bytes / this.partBytes : 0;
  }

  /** Whether a snapshot and the frame that must follow it beat a new snapshot. */
  private isUsable(to: number, leastVersion: number): boolean {
    const { version, journalFloor, size } = this.producer;
    const few = Math.max(CATCH_UP_MIN, size >> 3);
    return to >= Math.max(journalFloor, leastVersion) && version - to <= few;
  }

  private encode(from: number): Transfer {
    const frame = this.producer.frame(from);
    return { to: frame.to, messages: inParts(MESSAGE.frame, frame.body(), this.partBytes) };
  }
}

/** Length of the frame's body that a consumer has to hold, in bytes. */
export function bodyBytesOf({ manifest, messages }: Transfer): number {
  if (manifest !== undefined) return manifest.rawBytes;
  return messages.reduce((sum, { length }) => sum + length - 1, 0);
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
