import { isBeyondRepair } from '../cache/beyond-repair.ts';
import type { ProducerCache } from '../cache/producer.ts';
import type { HeldPart } from './chunk.ts';
import { MESSAGE } from './message.ts';
import type { PublisherOutput } from './output.ts';
import type { SessionLimits } from './session-limits.ts';
import { bytesCheck } from './seal.ts';
import { SnapshotMaker } from './snapshot-maker.ts';
import type { Transfer } from './transfer.ts';
import { ChunkTransfer, PartTransfer } from './transfer.ts';

/** Below this much JSON, in bytes, deflating a snapshot is not worth the way there. */
const PACK_BYTES_MIN = 16 * 1024;
/** A piece of a snapshot, in bytes: half a millisecond of work, for some hundred small entries. */
const PIECE_BYTES = 8 * 1024;
/** Frames that are kept for others at the same version, in bytes. */
const KEPT_BYTES = 16 * 1024 * 1024;
/** So many versions beyond a snapshot are always caught up by a frame. */
const CATCH_UP_MIN = 64;
/** What a look at an entry costs, counted as bytes of a frame. */
const LOOK_BYTES = 0.25;
/** A bridge is used as long as what is left behind it is at most this part of it. */
const BRIDGE_REST = 0.25;

/** What was made, for those who want to see that it was made once. */
export interface TransferCounters {
  framesEncoded: number;
  snapshotsEncoded: number;
}

/** Why there is nothing yet: a snapshot is being made, or this turn has done enough. */
export type Wait = 'making' | 'later';

/** Where a consumer stands, and what it has been told. */
interface Needs {
  readonly cursor: number;
  readonly leastVersion: number;
  readonly knownHead: number;
  /** What it asked for last. */
  readonly request: { readonly partial?: HeldPart | undefined } | undefined;
}

/**
 * Frames to the present version, each encoded once for all consumers that need it.
 *
 * Modelled in models/resume.pml and models/conflation.pml.
 */
export class Transfers {
  private readonly producer: ProducerCache;
  private readonly partBytes: number;
  private readonly turnBytes: number;
  private readonly counters: TransferCounters;
  /** By where they start; all to the version `madeAt`. */
  private readonly frames = new Map<number, Transfer>();
  private madeAt = 0;
  private framesBytes = 0;
  /** The newest snapshot; a joiner gets it and then a frame, while the journal reaches back. */
  private snapshot: Transfer | undefined;
  /**
   * From the snapshot most of the way to the present: joiners who come later share it, and
   * only the rest is made for each.
   */
  private bridge: Transfer | undefined;
  /** Bytes of frames made in this turn for consumers that are behind. */
  private spentBytes = 0;
  /** So much is newer than this version, and those before it, that they get the snapshot. */
  private farVersion = 0;
  /** Who has this version or a later one keeps up. */
  private keepingUp = 0;
  private making: SnapshotMaker | undefined;
  private makingId = 0;
  /**
   * The snapshot has just been packed, for those who have waited for it: who gets it now is served,
   * however much was committed meanwhile. Were age to count, a stream that changes faster than
   * snapshots of it are made would never be joined.
   */
  private isAwaited = false;
  /** Of the pieces made so far. */
  private name = 0;

  constructor(
    producer: ProducerCache,
    limits: Pick<SessionLimits, 'partBytes' | 'catchUpBytesPerTurn'>,
    counters: TransferCounters,
  ) {
    this.producer = producer;
    this.partBytes = limits.partBytes;
    this.turnBytes = limits.catchUpBytesPerTurn;
    this.counters = counters;
  }

  beginTurn(): void {
    this.spentBytes = 0;
  }

  /** Something was made in this turn for one that is behind. */
  spend(bytes: number): void {
    this.spentBytes += bytes;
  }

  /** Whether this turn has done enough for those that are behind. */
  get isSpent(): boolean {
    return this.spentBytes >= this.turnBytes;
  }

  /** Everyone who keeps up has been sent what there is. */
  endTurn(): void {
    this.keepingUp = this.producer.version;
    this.isAwaited = false;
  }

  /** Nobody is served any more, and nothing made. */
  stop(): void {
    this.making = undefined;
  }

  /** The newest snapshot, kept for whoever joins. */
  get kept(): Transfer | undefined {
    return this.snapshot;
  }

  /** Whether a consumer had been sent all there was before this turn. */
  keepsUp(cursor: number): boolean {
    return cursor >= this.keepingUp;
  }

  /**
   * What a consumer at `cursor` gets next. One that fell behind what is remembered starts over,
   * and sees it by the frame's `from`, 0; then nothing older than `leastVersion` will do. A
   * frame that it may take for the newest, being beyond the `knownHead`, is the newest.
   */
  next(needs: Needs): Transfer | Wait {
    const { cursor, knownHead } = needs;
    const { version } = this.producer;
    if (this.madeAt !== version || this.framesBytes > KEPT_BYTES) {
      this.frames.clear();
      this.framesBytes = 0;
      this.madeAt = version;
    }
    if (this.startsOver(cursor)) return this.everything(needs);
    const made = this.frames.get(cursor) ?? this.bridgeFrom(cursor, knownHead);
    if (made !== undefined) return made;
    if (this.keepsUp(cursor)) return this.catchUp(cursor);
    if (this.isSpent) return 'later';
    if (this.isFar(cursor)) return this.everything(needs);
    const frame = this.catchUp(cursor);
    this.spend(frame.bodyBytes);
    return frame;
  }

  /** Whether nothing but everything leads on from a version. */
  private startsOver(cursor: number): boolean {
    return cursor === 0 || cursor < this.producer.floor || cursor <= this.farVersion;
  }

  /** Whether so much is newer than a version that the snapshot costs less. */
  private isFar(cursor: number): boolean {
    const { producer } = this;
    if (cursor >= producer.journalFloor) return false;
    this.spend(producer.size * LOOK_BYTES);
    if (!isBeyondRepair(producer.jsonBytesAfter(cursor), producer.jsonBytes)) return false;
    this.farVersion = cursor;
    return true;
  }

  private catchUp(cursor: number): Transfer {
    const frame = this.encode(cursor);
    this.counters.framesEncoded++;
    this.frames.set(cursor, frame);
    this.framesBytes += frame.heldBytes;
    if (cursor === this.snapshot?.to) this.bridge = frame;
    return frame;
  }

  private bridgeFrom(cursor: number, knownHead: number): Transfer | undefined {
    const { bridge } = this;
    if (bridge?.from !== cursor || bridge.to >= knownHead) return undefined;
    const rest = this.producer.version - bridge.to;
    return rest <= BRIDGE_REST * (bridge.to - bridge.from) ? bridge : undefined;
  }

  private everything({ cursor, leastVersion, request }: Needs): Transfer | Wait {
    const { snapshot } = this;
    // To begin again where it is would lead nowhere.
    const least = cursor === 0 ? leastVersion : Math.max(cursor + 1, leastVersion);
    if (snapshot !== undefined && this.isUsable(snapshot, least, request?.partial)) return snapshot;
    // One at a time: whom it does not suit asks again when it is there.
    if (this.making !== undefined) return 'making';
    this.counters.snapshotsEncoded++;
    if (this.producer.jsonBytes < PACK_BYTES_MIN) return (this.snapshot = this.encode(0));
    this.making = new SnapshotMaker(this.producer);
    this.makingId++;
    this.name = 0;
    return 'making';
  }

  /** Whether a consumer at `cursor` can get nothing until a snapshot is made. */
  keepsWaiting(cursor: number): boolean {
    return this.making !== undefined && this.startsOver(cursor);
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
    if (bytes.length === 0) return [];
    const { makingId: snapshot, partBytes } = this;
    this.name = bytesCheck(bytes, this.name);
    const last = making.isDone;
    return [{ kind: 'pack', snapshot, bytes, last, partBytes }];
  }

  /**
   * The pieces of a snapshot, deflated; undefined where that failed: then it goes as it is. False:
   * it is not wanted any more.
   */
  packed(snapshot: number, parts: readonly Uint8Array[] | undefined): boolean {
    const { making } = this;
    if (making === undefined || snapshot !== this.makingId) return false;
    this.snapshot = parts === undefined ? this.encode(0) : this.chunked(making, parts);
    this.making = undefined;
    this.bridge = undefined;
    this.isAwaited = true;
    return true;
  }

  private chunked(making: SnapshotMaker, parts: readonly Uint8Array[]): Transfer {
    const { to, rawBytes } = making;
    const packedBytes = parts.reduce((sum, { length }) => sum + length, 0);
    // By its bytes, since the same entries may come in another order when it is made again, by
    // a restored hub too; and by their length packed, since another zlib may pack them otherwise.
    const check = (this.name ^ packedBytes) >>> 0;
    const manifest = { to, check, rawBytes, packedBytes };
    return new ChunkTransfer(manifest, parts, this.partBytes);
  }

  /**
   * Whether a snapshot and the frame that must follow it beat a new snapshot. Who holds a part of
   * it would lose that, and on a bad line might never get a whole one.
   */
  private isUsable(snapshot: Transfer, leastVersion: number, held: HeldPart | undefined): boolean {
    const { version, journalFloor, size } = this.producer;
    const few = snapshot.alreadySent(held) > 0 ? size : size >> 3;
    if (snapshot.to < leastVersion) return false;
    if (this.isAwaited) return true;
    return snapshot.to >= journalFloor && version - snapshot.to <= Math.max(CATCH_UP_MIN, few);
  }

  private encode(from: number): Transfer {
    const frame = this.producer.frame(from);
    return new PartTransfer(frame, MESSAGE.frame, frame.body(), this.partBytes);
  }
}
