import { DiffStreamError } from '../core/errors.ts';
import { noRungs } from './answer-log.ts';
import type { Rung } from './answer-log.ts';
import type { ConsumerMessage, Hello, Mend, Resume } from './message.ts';
import type { OpenTransfers } from './open-transfers.ts';
import type { SessionLimits } from './session-limits.ts';
import type { Transfer } from './transfer.ts';

/**
 *   greeting ──hello──▶ waiting ──first commit──▶ serving ◀──mend── comparing
 *       │                                            ▲                  ▲
 *       └────hello, resume, by what is known of the past────────────────┘
 *   any state ──error, timeout, close──▶ closed
 *
 * `waiting`: the producer has committed nothing yet, and version 0 is never served.
 * `comparing`: nothing is sent but digests, until the consumer has said where it differs.
 */
export type SessionState = 'greeting' | 'waiting' | 'serving' | 'comparing' | 'closed';

/** Whether a message has a place in a state. */
type Reaction = 'take' | 'wrong';

/** Every message in every state: a new one of either does not compile until it is decided. */
export const reactions: Record<SessionState, Record<ConsumerMessage['kind'], Reaction>> = {
  greeting: { hello: 'take', resume: 'wrong', ack: 'wrong', compare: 'wrong', mend: 'wrong' },
  waiting: { hello: 'wrong', resume: 'take', ack: 'take', compare: 'take', mend: 'take' },
  serving: { hello: 'wrong', resume: 'take', ack: 'take', compare: 'take', mend: 'take' },
  comparing: { hello: 'wrong', resume: 'take', ack: 'take', compare: 'take', mend: 'take' },
  closed: { hello: 'wrong', resume: 'wrong', ack: 'wrong', compare: 'wrong', mend: 'wrong' },
};

/**
 * One consumer as the hub sees it. There is no queue: `cursor` is the version that the
 * consumer has been sent, and what it gets next is made when its window is open.
 *
 * Modelled in models/resume.pml, models/conflation.pml and models/cohort.pml.
 */
export class Session {
  readonly id: number;
  state: SessionState = 'greeting';
  /** What it asked for last; the answer carries its nonce. */
  request: Hello | Resume | undefined;
  /** In a comparison: what it is to be mended by, when its window is open. */
  mend: Mend | undefined;
  /** Everything up to this version has been sent, except what is left of `transfer`. */
  cursor = 0;
  /** A frame that is sent in parts, the number of parts sent, and when it began, in ms. */
  transfer: Transfer | undefined;
  transferred = 0;
  transferMs = 0;
  /** What it needs next is too large for what others leave. */
  isPutOff = false;
  /** Bytes sent since the connection began; never below `ackedBytes`. */
  sentBytes = 0;
  ackedBytes = 0;
  heldVersion = 0;
  /** When the consumer was last heard, in ms. */
  heardMs: number;
  /** The version it has in this epoch: an older snapshot would take it back. */
  leastVersion = 0;
  /** The head that the last answer told; a comparison under way began there. */
  knownHead = 0;
  frameBytesMax = Number.POSITIVE_INFINITY;
  /** Whether it takes dense frames, and the group of them that it follows; 0: none. */
  isDense = false;
  /** When the connection was made, in ms. */
  readonly openedMs: number;
  group = 0;
  /** Messages received in the second that began at `secondMs`. */
  messages = 0;
  secondMs: number;
  /** Comparisons that came to a repair in the minute that began at `minuteMs`. */
  mends = 0;
  minuteMs: number;
  frames = 0;
  snapshots = 0;
  resumes = 0;
  readonly rungs = noRungs();
  /** From which rung its latest request was answered; '' before any. */
  lastRung: Rung | '' = '';
  /** When it had been heard then, in ms. */
  lastRungMs = 0;

  private readonly open: OpenTransfers;

  /** `open`: the frames that sessions are in the middle of. */
  constructor(id: number, nowMs: number, open: OpenTransfers) {
    this.id = id;
    this.open = open;
    this.openedMs = nowMs;
    this.heardMs = nowMs;
    this.secondMs = nowMs;
    this.minuteMs = nowMs;
  }

  /** How long nothing may be heard of it, in ms; who is idle speaks once a heartbeat only. */
  silenceMaxMs(limits: SessionLimits): number {
    if (this.state === 'greeting') return limits.helloTimeoutMs;
    return Math.max(limits.idleTimeoutMs, 2 * limits.heartbeatMs);
  }

  /** When somebody has to look for its hello, in ms; not where heads come more often than that. */
  helloDueMs({ helloTimeoutMs, heartbeatMs }: SessionLimits): number {
    const isLookedFor = this.state === 'greeting' && helloTimeoutMs < heartbeatMs;
    return isLookedFor ? this.heardMs + helloTimeoutMs : Number.POSITIVE_INFINITY;
  }

  get bytesInFlight(): number {
    return this.sentBytes - this.ackedBytes;
  }

  /** Gets a frame, or what it does not hold of one. */
  beginTransfer(transfer: Transfer, nowMs: number): void {
    this.endTransfer();
    this.transfer = transfer;
    this.transferred = transfer.alreadySent(this.request?.partial);
    this.transferMs = nowMs;
    this.isPutOff = false;
    this.open.begin(transfer);
  }

  /** The next message of the frame that it is in the middle of. */
  nextMessage(): Uint8Array {
    const transfer = this.transfer as Transfer;
    const message = transfer.message(this.transferred++);
    if (this.transferred === transfer.count) {
      this.cursor = transfer.to;
      this.endTransfer();
    }
    return message;
  }

  /** All of it has gone, or the rest is not wanted any more. */
  endTransfer(): void {
    if (this.transfer !== undefined) this.open.end(this.transfer);
    this.transfer = undefined;
    this.transferred = 0;
  }

  /** Why it has to make room for others. */
  tooSlow(nowMs: number, { openTransferBytesMax }: SessionLimits): DiffStreamError {
    const what = `in the middle of a frame for ${nowMs - this.transferMs} ms`;
    const why = `and openTransferBytesMax = ${openTransferBytesMax} is reached`;
    return new DiffStreamError('limit-exceeded', `${what}, ${why}`);
  }

  /** Begins again from a version, or with a comparison; what was on its way is forgotten. */
  restart(cursor: number | undefined, head: number): void {
    this.state = cursor === undefined ? 'comparing' : 'serving';
    this.mend = undefined;
    this.cursor = cursor ?? 0;
    this.knownHead = head;
    this.endTransfer();
    this.isPutOff = false;
    this.group = 0;
  }

  /** `3 serving cursor=812 head=815 inflight=1204/262144`: for people. */
  describe(head: number, windowBytes: number): string {
    const parts = this.transfer === undefined ? '' : ` part=${this.transferred}`;
    return (
      `${this.id} ${this.state} cursor=${this.cursor} head=${head}` +
      ` inflight=${this.bytesInFlight}/${windowBytes}${parts}`
    );
  }
}
