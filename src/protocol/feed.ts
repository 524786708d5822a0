import type { ProducerCache } from '../cache/producer.ts';
import { Cohort } from './cohort.ts';
import type { DenseOptions } from './cohort.ts';
import { OpenTransfers } from './open-transfers.ts';
import type { PublisherOutput } from './output.ts';
import type { PublisherCounters } from './publisher-status.ts';
import { Session } from './session.ts';
import type { SessionLimits } from './session-limits.ts';
import type { Transfer } from './transfer.ts';
import { Transfers } from './transfers.ts';

/** Whether a frame has begun, has to wait for room, or is more than the consumer takes. */
export type Beginning = 'begun' | 'put off' | 'too large';

/**
 * What each session gets next. Frames skip versions; versions never wait in a queue: a frame is
 * chosen when the session's window is open, and what it is in the middle of goes on first.
 *
 * Modelled in models/resume.pml, models/conflation.pml and models/cohort.pml.
 */
export class Feed {
  private readonly producer: ProducerCache;
  private readonly limits: SessionLimits;
  private readonly counters: PublisherCounters;
  private readonly transfers: Transfers;
  private readonly cohort: Cohort | undefined;
  /** What sessions are in the middle of. */
  private readonly underWay: OpenTransfers;
  /** Those that wait for a turn with time for their frame: the first come first. */
  private readonly late = new Set<Session>();
  /** Those that wait for room for it; these too. */
  private readonly roomless = new Set<Session>();
  /** Something can only go on in a turn of its own. */
  private hasMore = false;
  /** The version whose turn has come; what came since waits, for who keeps up, until its own. */
  private toldVersion: number;
  /** The time, as far as it is known. */
  private nowMs = 0;

  constructor(
    producer: ProducerCache,
    limits: SessionLimits,
    counters: PublisherCounters,
    dense: DenseOptions | undefined,
  ) {
    this.producer = producer;
    this.limits = limits;
    this.counters = counters;
    this.toldVersion = producer.version;
    this.transfers = new Transfers(producer, limits, counters);
    this.underWay = new OpenTransfers(limits.openTransferBytesMax);
    if (dense !== undefined && dense.codec !== 'compact') {
      this.cohort = new Cohort(producer, { ...dense, partBytes: limits.partBytes });
    }
  }

  /** What sessions are in the middle of, beside the snapshot that is kept anyway, in bytes. */
  get openBytes(): number {
    return this.underWay.bytesBeside(this.transfers.kept);
  }

  /** A connection has come. */
  join(id: number, nowMs: number): Session {
    return new Session(id, nowMs, this.underWay);
  }

  heard(nowMs: number): void {
    this.nowMs = nowMs;
    this.cohort?.heard(nowMs);
  }

  /** Once a heartbeat. */
  tick(nowMs: number): void {
    this.cohort?.tick(nowMs);
  }

  /** What was committed is for the sessions now. */
  news(sessions: Iterable<Session>): void {
    this.toldVersion = this.producer.version;
    this.cohort?.beginTurn(sessions);
  }

  beginTurn(): void {
    this.transfers.beginTurn();
  }

  /** Who waited for this turn, and comes first: the next of them, while there is time and room. */
  takeWaiting(): Session | undefined {
    if (this.transfers.isSpent) return undefined;
    const [next] = this.late.size > 0 || !this.hasRoom ? this.late : this.roomless;
    if (next !== undefined) this.leaveQueues(next);
    return next;
  }

  private leaveQueues(session: Session): void {
    this.late.delete(session);
    this.roomless.delete(session);
  }

  /** Every session has been sent what there is for it. */
  endTurn(): void {
    this.transfers.endTurn();
  }

  /** Goes on with what takes more than a turn. */
  work(): PublisherOutput[] {
    const outputs = this.transfers.work();
    if (this.transfers.hasWork) this.hasMore = true;
    return outputs;
  }

  /** Whether a turn of its own is wanted; asked once after each call. */
  takeHasMore(): boolean {
    // What others were in the middle of may be over.
    const goesOn = this.late.size > 0 || (this.roomless.size > 0 && this.hasRoom);
    const hasMore = this.hasMore || goesOn;
    this.hasMore = false;
    return hasMore;
  }

  /** What `pack` asked for; undefined where it failed. False: it is not wanted any more. */
  packed(snapshot: number, parts: readonly Uint8Array[] | undefined): boolean {
    return this.transfers.packed(snapshot, parts);
  }

  /** The next message for a session that is served, and whose window is open; undefined: none. */
  next(session: Session): Uint8Array | 'too large' | undefined {
    if (session.transfer === undefined) {
      const transfer = this.choose(session);
      if (transfer === undefined) return undefined;
      const beginning = this.begin(session, transfer);
      if (beginning !== 'begun') return beginning === 'too large' ? beginning : undefined;
      session.frames++;
      this.counters.frames++;
      if (session.group > 0) this.counters.denseFrames++;
      if (transfer.from === 0) session.snapshots++;
    }
    return session.nextMessage();
  }

  private choose(session: Session): Transfer | undefined {
    const { cursor } = session;
    const { version } = this.producer;
    const keepsUp = this.transfers.keepsUp(cursor);
    // Served before the others, it would leave their group.
    const isEarly = keepsUp && cursor > 0 && version !== this.toldVersion;
    if (cursor === version || isEarly || this.isHeldUp(session)) return undefined;
    const dense = this.cohort?.next(session, keepsUp);
    if (dense !== undefined) return dense;
    session.group = 0;
    const transfer = this.transfers.next(session);
    if (typeof transfer !== 'string') return transfer;
    if (transfer === 'later') this.defer(session);
    if (this.transfers.hasWork) this.hasMore = true;
    return undefined;
  }

  /** This turn has done enough for those that are behind. */
  private defer(session: Session): void {
    if (!this.late.has(session)) this.counters.deferrals++;
    this.late.add(session);
  }

  /** Whether what a session asks for has to wait for a turn with time, or for room. */
  isPostponed(session: Session): boolean {
    if (this.isHeldUp(session)) return true;
    if (this.transfers.isSpent) this.defer(session);
    return this.transfers.isSpent;
  }

  /** What was made in this turn for a session alone, in bytes. */
  spend(bytes: number): void {
    this.transfers.spend(bytes);
  }

  /** Gives a session a frame, as far as it may have it now. */
  begin(session: Session, transfer: Transfer): Beginning {
    if (transfer.bodyBytes > session.frameBytesMax) return 'too large';
    if (!this.underWay.admits(transfer, this.transfers.kept)) {
      this.putOff(session);
      return 'put off';
    }
    session.beginTransfer(transfer, this.nowMs);
    return 'begun';
  }

  /** Whether one that was put off still is. */
  private isHeldUp(session: Session): boolean {
    if (!session.isPutOff || this.hasRoom) return false;
    this.putOff(session);
    return true;
  }

  /** Once more in each turn in which there is no room yet; counted once. */
  private putOff(session: Session): void {
    if (!session.isPutOff) this.counters.putOff++;
    session.isPutOff = true;
    session.group = 0;
    this.roomless.add(session);
  }

  private get hasRoom(): boolean {
    return this.underWay.hasRoom(this.transfers.kept);
  }

  /**
   * For the first commit, a snapshot, a turn with time, or room: a hub that says nothing is taken
   * for dead.
   */
  isWaiting(session: Session): boolean {
    const { state, transfer, cursor, isPutOff } = session;
    const isQueued = isPutOff || this.late.has(session);
    if (state !== 'serving') return state === 'waiting' || isQueued;
    return transfer === undefined && (isQueued || this.transfers.keepsWaiting(cursor));
  }

  /**
   * Who has to go, since others wait for room: who has been in the middle of a frame for longest,
   * and for as long as an answer may take.
   */
  inTheWay(sessions: Iterable<Session>): number[] {
    if (this.roomless.size === 0 || this.hasRoom) return [];
    const sinceMs = this.nowMs - this.limits.answerTimeoutMs;
    const long = { sinceMs, waiting: this.roomless.size };
    return this.underWay.inTheWay(sessions, this.transfers.kept, long);
  }

  forget(session: Session): void {
    session.endTransfer();
    this.leaveQueues(session);
  }

  /** Nobody is left: the encoder stops. */
  rest(): void {
    this.cohort?.rest();
  }

  stop(): void {
    this.transfers.stop();
  }
}
