import { DiffStreamError } from '../core/errors.ts';
import type { Clock } from '../driver/clock.ts';
import { CLOSE } from '../protocol/close-code.ts';
import { decodeConsumerMessage } from '../protocol/consumer-message-reader.ts';
import { encodeMessage } from '../protocol/message-codec.ts';
import type { SessionLimits } from '../protocol/session-limits.ts';
import type { Connection, ConnectionEvents } from '../transport/connection.ts';
import type { Questions } from './questions.ts';
import type { Applicant } from './verdict.ts';

/** Messages before the first verdict, besides an acknowledgement for each `wait`. */
const EARLY_MAX = 8;
/** Between two questions about one session at least, in ms, whoever wants them. */
const PAUSE_MS = 100;

export interface AdmissionOptions {
  /** All but the token, which the hello brings. */
  readonly applicant: Omit<Applicant, 'token'>;
  readonly questions: Questions;
  /** Between two questions about one session, in ms. */
  readonly everyMs: number;
  readonly session: SessionLimits;
  readonly clock: Clock;
  /**
   * Opens the session, once; what has come since the hello is then told to it. `sentBytes`: what
   * the consumer has been sent by then, and may acknowledge.
   */
  readonly enter: (sentBytes: number) => ConnectionEvents;
  readonly onError: (error: DiffStreamError) => void;
  readonly onOver: () => void;
}

/**
 * Stands between a connection and its stream: nothing of the stream passes before somebody has said
 * that it may be read, and that is asked again from time to time.
 *
 *     greeting ──hello──▶ asking ──granted──▶ admitted ──asked again, denied──▶ over
 *         └──no hello──▶ over └──denied──▶ over
 */
export class Admission implements ConnectionEvents {
  private readonly connection: Connection;
  private readonly options: AdmissionOptions;
  private state: 'greeting' | 'asking' | 'admitted' | 'over' = 'greeting';
  private token = '';
  /** What has come before there was a session to tell it to. */
  private held: Uint8Array[] = [];
  private inner: ConnectionEvents | undefined;
  private sentBytes = 0;
  /** Messages that may still come before the verdict. */
  private earlyLeft = EARLY_MAX;
  /** Ends the wait for the hello, or for the time to ask again. */
  private cancelWait: () => void;
  private isAsking = false;
  /** When the session, not only the hello, was asked about last. */
  private askedMs = Number.NEGATIVE_INFINITY;
  /** The question that comes next, for all who wait for its answer. */
  private next: { readonly answered: Promise<void>; readonly tell: () => void } | undefined;
  /** Ends telling a consumer that waits that it is not forgotten. */
  private cancelWord: () => void = () => {};

  constructor(connection: Connection, options: AdmissionOptions) {
    this.connection = connection;
    this.options = options;
    const { helloTimeoutMs } = options.session;
    this.cancelWait = this.after(helloTimeoutMs, () => {
      this.end(CLOSE.policy, new DiffStreamError('timeout', `no hello for ${helloTimeoutMs} ms`));
    });
  }

  opened(): void {}

  received(bytes: Uint8Array): void {
    if (this.state === 'admitted') return this.inner?.received(bytes);
    if (this.state === 'over') return;
    try {
      this.hold(bytes);
    } catch (error) {
      if (!(error instanceof DiffStreamError)) throw error;
      const tooMuch = error.code === 'limit-exceeded';
      this.end(tooMuch ? CLOSE.policy : CLOSE.protocolError, error);
    }
  }

  receivedText(): void {
    if (this.state === 'admitted') return this.inner?.receivedText();
    if (this.state === 'over') return;
    const what = 'a text message: messages have to be binary';
    this.end(CLOSE.wrongType, new DiffStreamError('unexpected-message', what));
  }

  closed(why: DiffStreamError | undefined): void {
    const wasOpen = this.state === 'greeting' || this.state === 'asking';
    this.finish();
    this.inner?.closed(why);
    if (wasOpen && why !== undefined) this.options.onError(why);
  }

  /**
   * Asks whether the token is good, or still is; after the question under way, which may have begun
   * before what the caller knows of. Resolves when the answer has had its effect; at once where no
   * hello has come yet, or all is over.
   */
  ask(): Promise<void> {
    if (this.state === 'greeting' || this.state === 'over') return Promise.resolve();
    this.next ??= newQuestion();
    const { answered } = this.next;
    this.askNext();
    return answered;
  }

  /** One question at a time, and not one right after the other: each counts. */
  private askNext(): void {
    if (this.isAsking || this.next === undefined) return;
    this.cancelWait();
    const waitMs = this.askedMs + PAUSE_MS - this.options.clock.nowMs();
    if (waitMs > 0) {
      this.cancelWait = this.after(waitMs, () => this.askNext());
      return;
    }
    const { tell } = this.next;
    this.next = undefined;
    this.isAsking = true;
    if (this.state === 'admitted') this.askedMs = this.options.clock.nowMs();
    void this.put(tell);
  }

  private async put(tell: () => void): Promise<void> {
    try {
      await this.question();
    } finally {
      this.isAsking = false;
      tell();
      this.askNext();
    }
  }

  private async question(): Promise<void> {
    const { questions, applicant, clock } = this.options;
    const outcome = await questions.ask({ ...applicant, token: this.token }, () => !this.isOver);
    if (this.isOver) return;
    if (outcome.kind === 'unknown') return this.deny(outcome.error);
    if (outcome.kind === 'granted') return this.grant(outcome.untilMs - clock.wallMs());
    this.deny(new DiffStreamError('unauthorized', outcome.reason));
  }

  /** By a getter, since it changes while an answer is waited for. */
  private get isOver(): boolean {
    return this.state === 'over';
  }

  /**
   * The hub is closing, and nothing is asked any more; a session's own stream says goodbye to it.
   */
  sendAway(): void {
    if (this.state === 'over') return;
    const hasSession = this.state === 'admitted';
    this.finish();
    if (!hasSession) this.connection.close(CLOSE.goingAway, 'the hub is closing');
  }

  private after(waitMs: number, work: () => void): () => void {
    const { clock } = this.options;
    return clock.at(clock.nowMs() + waitMs, work);
  }

  /** Before there is a session: reads the hello, and keeps what follows it. */
  private hold(bytes: Uint8Array): void {
    const { helloBytesMax } = this.options.session;
    if (bytes.length > helloBytesMax || this.earlyLeft-- === 0) {
      throw new DiffStreamError(
        'limit-exceeded',
        `before the first verdict: messages of at most helloBytesMax = ${helloBytesMax} bytes, ` +
          `and ${EARLY_MAX} of them`,
      );
    }
    const message = decodeConsumerMessage(bytes);
    // Of what the gate itself has sent: a session has nothing to learn from it.
    if (message.kind === 'ack' && this.state === 'asking') return;
    if (this.state === 'greeting') {
      if (message.kind !== 'hello') {
        throw new DiffStreamError('unexpected-message', `${message.kind} before hello`);
      }
      this.token = message.token;
      this.state = 'asking';
      this.keepWaiting();
      void this.ask();
    }
    this.held.push(bytes);
  }

  /** A hub that says nothing is taken for dead. */
  private keepWaiting(): void {
    this.cancelWord = this.after(this.options.session.heartbeatMs, () => {
      const bytes = encodeMessage({ kind: 'wait' });
      this.sentBytes += bytes.length;
      this.earlyLeft++;
      this.connection.send(bytes);
      this.keepWaiting();
    });
  }

  private grant(leftMs: number): void {
    if (!(leftMs > 0)) {
      return this.deny(new DiffStreamError('unauthorized', 'this token has expired'));
    }
    this.cancelWait();
    this.cancelWait = this.after(Math.min(leftMs, this.options.everyMs), () => {
      void this.ask();
    });
    if (this.state === 'admitted') return;
    this.state = 'admitted';
    this.cancelWord();
    const { held } = this;
    this.held = [];
    this.inner = this.options.enter(this.sentBytes);
    for (const bytes of held) this.inner.received(bytes);
  }

  /** What went wrong inside is told to the owner of the hub, not to who asks. */
  private deny(error: DiffStreamError): void {
    const { code } = error;
    const isKnown = code === 'unauthorized';
    const reason = isKnown ? error.message : 'who may read cannot be found out at present';
    const retryAfterMs = this.options.session.heartbeatMs;
    this.connection.send(encodeMessage({ kind: 'refusal', code, reason, retryAfterMs }), true);
    this.end(CLOSE.policy, error, code);
  }

  private end(code: number, error: DiffStreamError, reason: string = error.message): void {
    this.finish();
    this.connection.close(code, reason);
    this.options.onError(error);
  }

  private finish(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.held = [];
    this.cancelWait();
    this.cancelWord();
    this.next?.tell();
    this.next = undefined;
    this.options.onOver();
  }
}

function newQuestion(): { readonly answered: Promise<void>; readonly tell: () => void } {
  let tell = (): void => {};
  const answered = new Promise<void>((resolve) => (tell = resolve));
  return { answered, tell };
}
