import { ByteWriter } from '../core/bytes.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import { compareEpochs } from '../cache/epoch.ts';
import type { ProducerCache } from '../cache/producer.ts';
import { CLOSE } from './close-code.ts';
import type { Ack, ConsumerMessage, Hello, Resume } from './message.ts';
import { decodeConsumerMessage, encodeMessage, MESSAGE } from './message.ts';
import type { Position } from './position.ts';
import { sameWords } from './position.ts';
import type { SessionLimits } from './session-limits.ts';
import type { Transfer } from './session.ts';
import { Session } from './session.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** What the driver has to do, in this order. */
export type PublisherOutput =
  | { readonly kind: 'send'; readonly session: number; readonly bytes: Uint8Array }
  | {
      readonly kind: 'close';
      readonly session: number;
      readonly code: number;
      readonly reason: string;
      /** What the consumer did wrong, where it did. */
      readonly error: DiffStreamError | undefined;
    };

/** Where a session stands, for people and metrics. */
export interface SessionStatus {
  readonly id: number;
  readonly status: string;
  readonly cursor: number;
  /** Versions not sent yet. */
  readonly lagVersions: number;
  readonly bytesSent: number;
  readonly bytesUnacknowledged: number;
  readonly frames: number;
  readonly snapshots: number;
  readonly resumes: number;
}

/** Sums since the start; they show what the cost of a turn depends on. */
export interface PublisherCounters {
  sessions: number;
  frames: number;
  framesEncoded: number;
  snapshotsEncoded: number;
  bytesSent: number;
  messagesSent: number;
  resumes: number;
  refusals: number;
  protocolErrors: number;
}

/**
 * Serves one producer's collection to any number of sessions. A machine: it is told what
 * happened and what time it is, and says what to do; it has no clock, socket or queue.
 *
 * The driver calls `flush` once a turn after commits, `tick` when `nextTimeoutMs` has come,
 * and carries out the outputs of each call before the next.
 */
export class Publisher {
  readonly counters: PublisherCounters = {
    sessions: 0,
    frames: 0,
    framesEncoded: 0,
    snapshotsEncoded: 0,
    bytesSent: 0,
    messagesSent: 0,
    resumes: 0,
    refusals: 0,
    protocolErrors: 0,
  };
  private readonly producer: ProducerCache;
  private readonly limits: SessionLimits;
  private readonly sessions = new Map<number, Session>();
  private outputs: PublisherOutput[] = [];
  /** Frames to the present version by where they start: one encode for all at that cursor. */
  private readonly transfers = new Map<number, Transfer>();
  private transfersHead = 0;
  /** The newest snapshot; a joiner gets it and then a frame, while the journal reaches back. */
  private snapshot: Transfer | undefined;
  private nextHeadMs = Number.POSITIVE_INFINITY;

  constructor(producer: ProducerCache, limits: SessionLimits) {
    this.producer = producer;
    this.limits = limits;
  }

  /** A connection has come. */
  open(id: number, nowMs: number): void {
    this.sessions.set(id, new Session(id, nowMs));
    this.counters.sessions++;
    if (this.nextHeadMs === Number.POSITIVE_INFINITY) {
      this.nextHeadMs = nowMs + this.limits.heartbeatMs;
    }
  }

  /** A connection has gone, whoever ended it. */
  closed(id: number): void {
    this.sessions.delete(id);
  }

  receive(id: number, bytes: Uint8Array, nowMs: number): PublisherOutput[] {
    const session = this.sessions.get(id);
    if (session === undefined) return [];
    session.heardMs = nowMs;
    try {
      this.admit(session, bytes, nowMs);
      this.handle(session, decodeConsumerMessage(bytes));
    } catch (error) {
      if (!(error instanceof DiffStreamError)) throw error;
      this.counters.protocolErrors++;
      const tooMuch = error.code === 'limit-exceeded';
      this.close(session, tooMuch ? CLOSE.policy : CLOSE.protocolError, error.message, error);
    }
    return this.take();
  }

  /** Sends every session whose window is open what has changed since its cursor. */
  flush(): PublisherOutput[] {
    if (this.producer.version > 0) {
      for (const session of this.sessions.values()) {
        if (session.state === 'waiting') this.answer(session);
        else if (session.state === 'serving') this.sendTo(session);
      }
    }
    return this.take();
  }

  /** Heads, and the end of sessions that have gone silent. */
  tick(nowMs: number): PublisherOutput[] {
    if (nowMs >= this.nextHeadMs) {
      this.nextHeadMs = nowMs + this.limits.heartbeatMs;
      this.sendHeads();
    }
    for (const session of this.sessions.values()) {
      const allowed =
        session.state === 'greeting' ? this.limits.helloTimeoutMs : this.limits.idleTimeoutMs;
      if (nowMs - session.heardMs < allowed) continue;
      const what = session.state === 'greeting' ? 'no hello' : 'nothing heard';
      const error = new DiffStreamError('timeout', `${what} for ${allowed} ms`);
      this.close(session, CLOSE.policy, error.message, error);
    }
    if (this.sessions.size === 0) this.nextHeadMs = Number.POSITIVE_INFINITY;
    return this.take();
  }

  nextTimeoutMs(): number {
    return this.nextHeadMs;
  }

  /** Says goodbye to everyone. */
  shutdown(): PublisherOutput[] {
    for (const session of this.sessions.values()) {
      this.close(session, CLOSE.goingAway, 'the hub is closing', undefined);
    }
    return this.take();
  }

  describe(): SessionStatus[] {
    const { version } = this.producer;
    return [...this.sessions.values()].map((session) => ({
      id: session.id,
      status: session.describe(version, this.limits.windowBytes),
      cursor: session.cursor,
      lagVersions: version - session.cursor,
      bytesSent: session.sentBytes,
      bytesUnacknowledged: session.bytesInFlight,
      frames: session.frames,
      snapshots: session.snapshots,
      resumes: session.resumes,
    }));
  }

  private take(): PublisherOutput[] {
    const { outputs } = this;
    this.outputs = [];
    return outputs;
  }

  /** Bounds what a consumer can make the hub look at. */
  private admit(session: Session, bytes: Uint8Array, nowMs: number): void {
    const max = this.limits.helloBytesMax;
    if (bytes.length > max) {
      throw new DiffStreamError(
        'limit-exceeded',
        `a message of ${bytes.length} bytes exceeds the limit helloBytesMax = ${max}`,
      );
    }
    if (nowMs - session.secondMs >= 1000) {
      session.secondMs = nowMs;
      session.messages = 0;
    }
    if (++session.messages > this.limits.messagesPerSecondMax) {
      const limit = this.limits.messagesPerSecondMax;
      throw new DiffStreamError(
        'limit-exceeded',
        `more messages in a second than messagesPerSecondMax = ${limit}`,
      );
    }
  }

  /** Answers go past the window: who asks again and again without reading has to stop. */
  private admitResume(session: Session): void {
    const { windowBytes, partBytes } = this.limits;
    if (session.bytesInFlight <= 2 * (windowBytes + partBytes)) return;
    const what = `a resume with ${session.bytesInFlight} bytes unacknowledged`;
    throw new DiffStreamError('limit-exceeded', `${what}, windowBytes = ${windowBytes}`);
  }

  private handle(session: Session, message: ConsumerMessage): void {
    const first = message.kind === 'hello';
    if (first !== (session.state === 'greeting')) {
      throw new DiffStreamError(
        'unexpected-message',
        first ? 'a second hello' : `${message.kind} before hello`,
      );
    }
    switch (message.kind) {
      case 'hello':
        return this.greet(session, message);
      case 'resume':
        this.admitResume(session);
        this.counters.resumes++;
        session.resumes++;
        return this.start(session, message);
      case 'ack':
        return this.acknowledge(session, message);
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
    this.start(session, hello);
  }

  /** Takes a hello or resume as far as it can be taken before the first commit. */
  private start(session: Session, request: Hello | Resume): void {
    session.request = request;
    session.transfer = undefined;
    if (this.producer.version > 0) this.answer(session);
    else session.state = 'waiting';
  }

  private answer(session: Session): void {
    const request = session.request as Hello | Resume;
    const from = this.startFor(session, request);
    if (from === undefined) return;
    session.restart(from);
    const answer = encodeMessage({
      kind: 'answer',
      protocol: PROTOCOL_VERSION,
      nonce: request.nonce,
      heartbeatMs: this.limits.heartbeatMs,
      windowBytes: this.limits.windowBytes,
      from,
      head: this.headPosition(),
    });
    this.send(session, answer);
    this.sendTo(session);
  }

  private headPosition(): Position {
    const { epoch, version } = this.producer;
    return { epoch, version, digest: this.producer.digestWords() };
  }

  /**
   * The version from which a consumer can be served: its own where that is known to lead to
   * the present, 0 for everything; undefined where it was refused.
   */
  private startFor(session: Session, { position, repair }: Hello | Resume): number | undefined {
    session.leastVersion = 0;
    if (position === undefined) return 0;
    const head = this.headPosition();
    const order = compareEpochs(head.epoch, position.epoch);
    if (order === 'newer' || order === 'conflict') {
      this.refuse(session, {
        code: order === 'newer' ? 'stale-epoch' : 'epoch-conflict',
        reason:
          order === 'newer'
            ? 'the consumer has seen a newer producer than this one'
            : 'the consumer follows another producer with an equal term',
      });
      return undefined;
    }
    // Equal content needs nothing sent, also where a producer has restarted with the same data.
    const equal = sameWords(head.digest, position.digest);
    if (order === 'older') return equal && !repair ? head.version : 0;
    if (position.version > head.version) {
      this.refuse(session, {
        code: 'ahead',
        reason: `the consumer is at version ${position.version}, this producer at ${head.version}`,
      });
      return undefined;
    }
    session.leastVersion = position.version;
    if (repair) return 0;
    if (position.version === head.version) return equal ? head.version : 0;
    return position.version >= this.producer.floor ? position.version : 0;
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
    session.ackedVersion = Math.max(session.ackedVersion, ack.version);
    if (session.state === 'serving') this.sendTo(session);
  }

  /** Fills a session's window. Frames skip versions; versions never wait in a queue. */
  private sendTo(session: Session): void {
    while (session.bytesInFlight < this.limits.windowBytes) {
      if (session.transfer === undefined) {
        if (session.cursor === this.producer.version) return;
        session.transfer = this.transferFrom(session);
        session.transferred = 0;
        session.frames++;
        this.counters.frames++;
        if (session.cursor === 0) session.snapshots++;
      }
      const { messages, to } = session.transfer;
      this.send(session, messages[session.transferred++] as Uint8Array);
      if (session.transferred === messages.length) {
        session.cursor = to;
        session.transfer = undefined;
      }
    }
  }

  private transferFrom({ cursor, leastVersion }: Session): Transfer {
    const { version, floor } = this.producer;
    if (this.transfersHead !== version) {
      this.transfers.clear();
      this.transfersHead = version;
    }
    // A session that fell behind the journal starts over; its cursor says so to the consumer,
    // which is told `from` 0 and replaces what it has.
    const from = cursor > 0 && cursor >= floor ? cursor : 0;
    if (from === 0) {
      if (this.snapshot === undefined || !this.isUsable(this.snapshot, leastVersion)) {
        this.snapshot = this.encode(0);
        this.counters.snapshotsEncoded++;
      }
      return this.snapshot;
    }
    let transfer = this.transfers.get(from);
    if (transfer === undefined) {
      transfer = this.encode(from);
      this.counters.framesEncoded++;
      this.transfers.set(from, transfer);
    }
    return transfer;
  }

  /** Whether a snapshot and the frame that must follow it beat a new snapshot. */
  private isUsable(snapshot: Transfer, leastVersion: number): boolean {
    const { version, journalFloor, size } = this.producer;
    return snapshot.to >= Math.max(journalFloor, leastVersion) && version - snapshot.to <= size;
  }

  private encode(from: number): Transfer {
    const frame = this.producer.frame(from);
    const body = frame.body();
    const { partBytes } = this.limits;
    const messages: Uint8Array[] = [];
    let at = 0;
    for (; body.length - at > partBytes; at += partBytes) {
      messages.push(prefixed(MESSAGE.part, body.subarray(at, at + partBytes)));
    }
    messages.push(prefixed(MESSAGE.frame, body.subarray(at)));
    return { to: frame.to, messages };
  }

  /** A head goes only where everything that leads to it has gone, and is being read. */
  private sendHeads(): void {
    let bytes: Uint8Array | undefined;
    const { version } = this.producer;
    for (const session of this.sessions.values()) {
      if (session.bytesInFlight >= this.limits.windowBytes) continue;
      if (session.state === 'waiting') this.send(session, encodeMessage({ kind: 'wait' }));
      if (session.state !== 'serving' || session.cursor !== version) continue;
      if (session.transfer !== undefined) continue;
      bytes ??= this.headMessage();
      this.send(session, bytes);
    }
  }

  private headMessage(): Uint8Array {
    const { version } = this.producer;
    const digest = this.producer.digestWords();
    return encodeMessage({ kind: 'head', version, digest, check: this.producer.headCheck() });
  }

  private refuse(session: Session, why: { code: ErrorCode; reason: string }): void {
    this.counters.refusals++;
    const retryAfterMs = this.limits.heartbeatMs;
    this.send(session, encodeMessage({ kind: 'refusal', ...why, retryAfterMs }));
    this.close(session, CLOSE.refused, why.code, new DiffStreamError(why.code, why.reason));
  }

  private send(session: Session, bytes: Uint8Array): void {
    session.sentBytes += bytes.length;
    this.counters.bytesSent += bytes.length;
    this.counters.messagesSent++;
    this.outputs.push({ kind: 'send', session: session.id, bytes });
  }

  private close(
    session: Session,
    code: number,
    reason: string,
    error: DiffStreamError | undefined,
  ): void {
    session.state = 'closed';
    this.sessions.delete(session.id);
    this.outputs.push({ kind: 'close', session: session.id, code, reason, error });
  }
}

function prefixed(type: number, body: Uint8Array): Uint8Array {
  const out = new ByteWriter(body.length + 1);
  out.byte(type);
  out.bytes(body);
  return out.take();
}
