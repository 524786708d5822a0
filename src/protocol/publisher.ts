import { DiffStreamError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { ProducerCache } from '../cache/producer.ts';
import { AnswerLog, rungOf } from './answer-log.ts';
import type { Rung } from './answer-log.ts';
import { encodeMending } from './claims.ts';
import type { DenseOptions } from './cohort.ts';
import { CLOSE } from './close-code.ts';
import { comparisonOf, sumsMessage } from './comparison.ts';
import type { Ack, Compare, ConsumerMessage, Hello, Mend, Resume } from './message.ts';
import type { Nonce } from './nonce.ts';
import { decodeConsumerMessage } from './consumer-message-reader.ts';
import { Feed } from './feed.ts';
import { admitMend, admitMessage, admitResume } from './flood.ts';
import { headMessage, headOf } from './head.ts';
import { encodeHubMessage } from './hub-message-writer.ts';
import { MESSAGE } from './message.ts';
import { sameWords } from './position.ts';
import type { PublisherOutput } from './output.ts';
import type { SessionStanding, SessionStatus } from './publisher-status.ts';
import { noCounters, statusOf } from './publisher-status.ts';
import type { SessionLimits } from './session-limits.ts';
import type { Session } from './session.ts';
import { reactions } from './session.ts';
import { startFor } from './start.ts';
import { PartTransfer } from './transfer.ts';
import { PROTOCOL_VERSION } from './version.ts';
import { WholeCost } from './whole-cost.ts';

/**
 * Serves one producer's collection to any number of sessions. A machine: it is told what
 * happened and what time it is, and says what to do; it has no clock, socket or queue.
 *
 * The driver calls `flush` at the end of each turn with commits, until when nobody who keeps up is
 * sent them; `tick` when `nextTimeoutMs` has come; and carries out the outputs of each call before
 * the next.
 *
 * Modelled in models/resume.pml, models/conflation.pml and models/cohort.pml.
 */
export class Publisher {
  readonly counters = noCounters();
  /** The latest answers to requests of consumers. */
  readonly answers = new AnswerLog();
  private readonly producer: ProducerCache;
  private readonly limits: SessionLimits;
  private readonly feed: Feed;
  private readonly whole: WholeCost;
  private readonly sessions = new Map<number, Session>();
  private outputs: PublisherOutput[] = [];
  /** A call of `work` has been asked for. */
  private working = false;
  private nextHeadMs = Number.POSITIVE_INFINITY;
  private nextHelloMs = Number.POSITIVE_INFINITY;

  /** `dense`: how dense frames are made, and when; without it all are compact. */
  constructor(producer: ProducerCache, limits: SessionLimits, dense?: DenseOptions) {
    this.producer = producer;
    this.limits = limits;
    this.feed = new Feed(producer, limits, this.counters, dense);
    this.whole = new WholeCost(producer);
  }

  /** A connection has come, to which somebody else may have sent some bytes before. */
  open(id: number, nowMs: number, sentBytes = 0): void {
    this.feed.heard(nowMs);
    const session = this.feed.join(id, nowMs);
    session.sentBytes = sentBytes;
    this.sessions.set(id, session);
    this.counters.sessions++;
    if (this.nextHeadMs === Number.POSITIVE_INFINITY) {
      this.nextHeadMs = nowMs + this.limits.heartbeatMs;
    }
    this.nextHelloMs = Math.min(this.nextHelloMs, session.helloDueMs(this.limits));
  }

  /** A connection has gone, whoever ended it. */
  closed(id: number): void {
    const session = this.sessions.get(id);
    if (session !== undefined) this.forget(session);
  }

  receive(id: number, bytes: Uint8Array, nowMs: number): PublisherOutput[] {
    const session = this.sessions.get(id);
    if (session === undefined) return [];
    session.heardMs = nowMs;
    this.feed.heard(nowMs);
    try {
      admitMessage(session, bytes, nowMs, this.limits);
      this.handle(session, decodeConsumerMessage(bytes));
    } catch (error) {
      if (!(error instanceof DiffStreamError)) throw error;
      this.counters.protocolErrors++;
      const tooMuch = error.code === 'limit-exceeded';
      this.close(session, tooMuch ? CLOSE.policy : CLOSE.protocolError, error.message, error);
    }
    return this.take();
  }

  /**
   * Sends every session whose window is open what has changed since its cursor: at once to
   * those that keep up, and to those that are behind as the turn allows, the others later.
   */
  flush(): PublisherOutput[] {
    if (this.producer.version > 0) {
      this.feed.news(this.sessions.values());
      this.beginTurn();
      for (const session of this.sessions.values()) {
        if (session.state === 'waiting') this.answer(session);
        else if (session.state === 'serving') this.sendTo(session);
      }
      this.feed.endTurn();
    }
    return this.take();
  }

  /** Goes on with what cannot be done in one turn. */
  work(): PublisherOutput[] {
    this.working = false;
    this.beginTurn();
    for (const output of this.feed.work()) this.outputs.push(output);
    return this.take();
  }

  /** Who waited for this turn comes first. */
  private beginTurn(): void {
    const { feed } = this;
    feed.beginTurn();
    for (let next = feed.takeWaiting(); next !== undefined; next = feed.takeWaiting()) {
      if (next.state === 'serving') this.sendTo(next);
      else if (next.mend !== undefined) this.makeMending(next, next.mend);
    }
  }

  /** What `pack` asked for. */
  packed(snapshot: number, parts: readonly Uint8Array[] | undefined): PublisherOutput[] {
    return this.feed.packed(snapshot, parts) ? this.flush() : [];
  }

  /** Heads, and the end of sessions that have gone silent. */
  tick(nowMs: number): PublisherOutput[] {
    this.feed.heard(nowMs);
    if (nowMs >= this.nextHeadMs) {
      this.nextHeadMs = nowMs + this.limits.heartbeatMs;
      this.sendHeads();
      this.makeRoom(nowMs);
      this.feed.tick(nowMs);
    }
    this.nextHelloMs = Number.POSITIVE_INFINITY;
    for (const session of this.sessions.values()) {
      const allowed = session.silenceMaxMs(this.limits);
      if (nowMs - session.heardMs < allowed) {
        this.nextHelloMs = Math.min(this.nextHelloMs, session.helloDueMs(this.limits));
        continue;
      }
      const what = session.state === 'greeting' ? 'no hello' : 'nothing heard';
      const error = new DiffStreamError('timeout', `${what} for ${allowed} ms`);
      this.close(session, CLOSE.policy, error.message, error);
    }
    if (this.sessions.size === 0) this.nextHeadMs = Number.POSITIVE_INFINITY;
    return this.take();
  }

  nextTimeoutMs(): number {
    return Math.min(this.nextHeadMs, this.nextHelloMs);
  }

  /** Says goodbye to everyone; then there is nothing left to do. */
  shutdown(): PublisherOutput[] {
    for (const session of this.sessions.values()) {
      this.close(session, CLOSE.goingAway, 'the hub is closing', undefined);
    }
    this.feed.stop();
    this.nextHeadMs = this.nextHelloMs = Number.POSITIVE_INFINITY;
    return this.take();
  }

  /** What consumers are in the middle of, beside the snapshot that is kept anyway, in bytes. */
  get openTransferBytes(): number {
    return this.feed.openBytes;
  }

  get sessionCount(): number {
    return this.sessions.size;
  }

  /** Whether somebody who is answered has not been sent all there is. */
  get isBehind(): boolean {
    const { version } = this.producer;
    for (const session of this.sessions.values()) {
      if (isAnswered(session) && session.cursor < version) return true;
    }
    return false;
  }

  /** What sending whole values as JSON would have cost its consumers so far, in bytes. */
  get wholeBytes(): number {
    return this.whole.soFar;
  }

  /** Where each session stands, in the order of their numbers. Cost for each: next to none. */
  standings(): Iterable<SessionStanding> {
    return this.sessions.values();
  }

  describe(): SessionStatus[] {
    return Array.from(this.sessions.values(), (session) => this.statusOf(session));
  }

  /** A session as `describe` tells of it; undefined where it is over. */
  describeOne(id: number): SessionStatus | undefined {
    const session = this.sessions.get(id);
    return session === undefined ? undefined : this.statusOf(session);
  }

  private statusOf(session: Session): SessionStatus {
    return statusOf(session, this.producer.version, this.limits.windowBytes);
  }

  private take(): PublisherOutput[] {
    if (this.feed.takeHasMore() && !this.working) {
      this.working = true;
      this.outputs.push({ kind: 'work' });
    }
    const { outputs } = this;
    this.outputs = [];
    return outputs;
  }

  private handle(session: Session, message: ConsumerMessage): void {
    if (reactions[session.state][message.kind] === 'wrong') {
      const when = session.state === 'greeting' ? 'before hello' : 'after hello';
      throw new DiffStreamError('unexpected-message', `${message.kind} ${when}`);
    }
    switch (message.kind) {
      case 'hello':
        return this.greet(session, message);
      case 'resume':
        // A repeat: it has been answered, and the consumer goes by the first answer.
        if (sameWords(message.nonce, session.request?.nonce ?? [])) return;
        admitResume(session, this.limits);
        this.counters.resumes++;
        session.resumes++;
        return this.start(session, message);
      case 'ack':
        return this.acknowledge(session, message);
      case 'compare':
        admitResume(session, this.limits);
        return this.compare(session, message);
      case 'mend':
        return this.mend(session, message);
    }
  }

  private greet(session: Session, hello: Hello): void {
    if (hello.protocol !== PROTOCOL_VERSION) {
      return this.refuse(session, {
        code: 'unsupported-protocol',
        reason: `this hub speaks protocol ${PROTOCOL_VERSION}, not ${hello.protocol}`,
      });
    }
    session.frameBytesMax = hello.frameBytesMax;
    session.isDense = hello.dense;
    this.start(session, hello);
  }

  /** Takes a hello or resume as far as it can be taken before the first commit. */
  private start(session: Session, request: Hello | Resume): void {
    session.request = request;
    session.endTransfer();
    if (this.producer.version > 0) this.answer(session);
    else session.state = 'waiting';
  }

  private answer(session: Session): void {
    const request = session.request as Hello | Resume;
    const start = startFor(this.producer, request);
    if (start.kind === 'refuse') return this.refuse(session, start);
    if (!isAnswered(session)) this.whole.follow(1);
    session.leastVersion = start.leastVersion;
    this.note(session, rungOf(this.producer, start), request.position?.version ?? 0);
    if (start.kind === 'compare') this.counters.comparisons++;
    session.restart(start.kind === 'compare' ? undefined : start.from, this.producer.version);
    const head = headOf(this.producer);
    this.send(
      session,
      encodeHubMessage({
        kind: 'answer',
        protocol: PROTOCOL_VERSION,
        nonce: request.nonce,
        heartbeatMs: this.limits.heartbeatMs,
        windowBytes: this.limits.windowBytes,
        from: session.cursor,
        sentBytes: session.sentBytes,
        head,
        comparison: start.kind === 'compare' ? comparisonOf(this.producer) : undefined,
      }),
    );
    if (session.state === 'serving') this.sendTo(session);
  }

  /** A consumer in a comparison wants to look deeper. */
  private compare(session: Session, request: Compare): void {
    if (!this.isComparing(session, request.nonce)) return;
    this.send(session, sumsMessage(this.producer, request));
  }

  /** A consumer in a comparison has found what differs. */
  private mend(session: Session, request: Mend): void {
    if (!this.isComparing(session, request.nonce)) return;
    admitMend(session, this.limits);
    session.mend = request;
    this.makeMending(session, request);
  }

  /** Made when it can leave, so that it is of that moment. */
  private makeMending(session: Session, { nonce, claims }: Mend): void {
    if (session.bytesInFlight >= this.limits.windowBytes) return;
    if (this.feed.isPostponed(session)) return;
    const mending = this.producer.mend(claims, session.knownHead);
    if (mending === undefined) {
      // The journal has moved on past the beginning of the comparison.
      session.request = { ...(session.request as Hello | Resume), trust: 'nothing' };
      return this.answer(session);
    }
    const { partBytes } = this.limits;
    const body = encodeMending(nonce, mending);
    this.feed.spend(body.length);
    const transfer = new PartTransfer(mending.frame, MESSAGE.mended, body, partBytes);
    const beginning = this.feed.begin(session, transfer);
    if (beginning === 'too large') return this.refuseTooLarge(session);
    if (beginning === 'put off') return;
    this.counters.mendings++;
    this.note(session, 'mended', session.knownHead);
    session.mend = undefined;
    session.state = 'serving';
    this.sendTo(session);
  }

  /** Whether a request belongs to the comparison under way; a late one of an earlier does not. */
  private isComparing(session: Session, nonce: Nonce): boolean {
    return session.state === 'comparing' && sameWords(nonce, session.request?.nonce ?? []);
  }

  private acknowledge(session: Session, ack: Ack): void {
    if (ack.bytes > session.sentBytes || ack.version > this.producer.version) {
      throw new DiffStreamError(
        'unexpected-message',
        `an acknowledgement of ${ack.bytes} bytes and version ${ack.version}, never sent`,
      );
    }
    // What flow control asks for is no flood, however fast the line is.
    if (ack.bytes - session.ackedBytes >= this.limits.windowBytes / 4) session.messages--;
    session.ackedBytes = Math.max(session.ackedBytes, ack.bytes);
    session.heldVersion = Math.max(session.heldVersion, ack.version);
    if (session.state === 'serving') this.sendTo(session);
    else if (session.mend !== undefined) this.makeMending(session, session.mend);
  }

  /** Fills a session's window. */
  private sendTo(session: Session): void {
    while (session.bytesInFlight < this.limits.windowBytes) {
      const message = this.feed.next(session);
      if (message === undefined) return;
      if (message === 'too large') return this.refuseTooLarge(session);
      this.send(session, message);
    }
  }

  /** Those that wait for room get it from who has been in the middle of a frame for longest. */
  private makeRoom(nowMs: number): void {
    for (const id of this.feed.inTheWay(this.sessions.values())) {
      const session = this.sessions.get(id) as Session;
      this.counters.tooSlow++;
      this.close(session, CLOSE.policy, 'too slow', session.tooSlow(nowMs, this.limits));
    }
  }

  /** A head goes only where everything that leads to it has gone, and is being read. */
  private sendHeads(): void {
    let bytes: Uint8Array | undefined;
    for (const session of this.sessions.values()) {
      if (session.bytesInFlight >= this.limits.windowBytes) continue;
      if (this.feed.isWaiting(session)) this.send(session, encodeHubMessage({ kind: 'wait' }));
      if (session.state !== 'serving' || session.cursor !== this.producer.version) continue;
      if (session.transfer !== undefined) continue;
      bytes ??= headMessage(this.producer);
      this.send(session, bytes);
    }
  }

  private refuseTooLarge(session: Session): void {
    const reason = `a frame larger than the consumer's frameBytesMax = ${session.frameBytesMax}`;
    this.refuse(session, { code: 'limit-exceeded', reason });
  }

  private refuse(session: Session, { code, reason }: { code: ErrorCode; reason: string }): void {
    this.counters.refusals++;
    const retryAfterMs = this.limits.heartbeatMs;
    this.send(session, encodeHubMessage({ kind: 'refusal', code, reason, retryAfterMs }));
    this.close(session, CLOSE.refused, code, new DiffStreamError(code, reason));
  }

  private note(session: Session, rung: Rung, from: number): void {
    session.rungs[rung]++;
    session.lastRung = rung;
    session.lastRungMs = session.heardMs;
    if (rung === 'everything') this.whole.joined();
    const { id, heardMs } = session;
    this.answers.add({ session: id, rung, from, to: this.producer.version, atMs: heardMs });
  }

  private send(session: Session, bytes: Uint8Array): void {
    session.sentBytes += bytes.length;
    this.counters.bytesSent += bytes.length;
    this.counters.messagesSent++;
    this.outputs.push({ kind: 'send', session: session.id, bytes });
  }

  private forget(session: Session): void {
    if (isAnswered(session)) this.whole.follow(-1);
    this.feed.forget(session);
    session.state = 'closed';
    this.sessions.delete(session.id);
    if (this.sessions.size === 0) this.feed.rest();
  }

  private close(
    session: Session,
    code: number,
    reason: string,
    error: DiffStreamError | undefined,
  ): void {
    this.forget(session);
    this.outputs.push({ kind: 'close', session: session.id, code, reason, error });
  }
}

function isAnswered({ state }: Session): boolean {
  return state === 'serving' || state === 'comparing';
}
