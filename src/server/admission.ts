import { DiffStreamError } from '../core/errors.ts';
import type { Clock } from '../driver/clock.ts';
import { CLOSE } from '../protocol/close-code.ts';
import { decodeConsumerMessage } from '../protocol/consumer-message-reader.ts';
import { encodeMessage } from '../protocol/message-codec.ts';
import type { SessionLimits } from '../protocol/session-limits.ts';
import type { Connection, ConnectionEvents } from '../transport/connection.ts';
import type { AuthorizeLimits } from './authorize-limits.ts';
import type { Applicant, Authorize, Ruling } from './verdict.ts';
import { rulingOf } from './verdict.ts';

/** Messages kept until the first verdict: the hello, and what an impatient consumer adds. */
const HELD_MAX = 8;

/** What came of a question. */
type Outcome =
  | Ruling
  | { readonly kind: 'unknown'; readonly error: DiffStreamError }
  | { readonly kind: 'dropped' };

export interface AdmissionOptions {
  /** All but the token, which the hello brings. */
  readonly applicant: Omit<Applicant, 'token'>;
  readonly authorize: Authorize;
  readonly limits: AuthorizeLimits;
  readonly session: SessionLimits;
  readonly clock: Clock;
  /** As `Date.now()`: what verdicts speak of. */
  readonly wallMs: () => number;
  /** Opens the session, once; what has come since the hello is then told to it. */
  readonly enter: () => ConnectionEvents;
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
  /** Ends the wait for the hello, or for the time to ask again. */
  private cancelWait: () => void;
  /** Makes the question under way one whose answer does not count. */
  private dropQuestion: () => void = () => {};
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
   * Asks whether the token is good, or still is. Resolves when the answer has had its effect; at
   * once where no hello has come yet, or all is over.
   */
  async ask(): Promise<void> {
    if (this.state === 'greeting' || this.state === 'over') return;
    this.cancelWait();
    const outcome = await this.outcome();
    switch (outcome.kind) {
      case 'granted':
        return this.grant(outcome.untilMs - this.options.wallMs());
      case 'denied':
        return this.deny(new DiffStreamError('unauthorized', outcome.reason));
      case 'unknown':
        return this.deny(outcome.error);
      case 'dropped':
    }
  }

  /** The hub is closing; a session's own stream says goodbye to it. */
  sendAway(): void {
    if (this.state === 'admitted' || this.state === 'over') return;
    this.finish();
    this.connection.close(CLOSE.goingAway, 'the hub is closing');
  }

  private after(waitMs: number, work: () => void): () => void {
    const { clock } = this.options;
    return clock.at(clock.nowMs() + waitMs, work);
  }

  /** Before there is a session: reads the hello, and keeps what follows it. */
  private hold(bytes: Uint8Array): void {
    const { helloBytesMax } = this.options.session;
    if (bytes.length > helloBytesMax || this.held.length === HELD_MAX) {
      throw new DiffStreamError(
        'limit-exceeded',
        `before its first answer: messages of at most helloBytesMax = ${helloBytesMax} bytes, ` +
          `and ${HELD_MAX} of them`,
      );
    }
    if (this.state === 'greeting') {
      const message = decodeConsumerMessage(bytes);
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
      this.connection.send(encodeMessage({ kind: 'wait' }));
      this.keepWaiting();
    });
  }

  /** What comes of a question; a later one, or the end, takes the place of one under way. */
  private outcome(): Promise<Outcome> {
    const { authorize, applicant, limits } = this.options;
    this.dropQuestion();
    return new Promise((settle) => {
      const fail = (cause: unknown): void => resolve({ kind: 'unknown', error: unknown(cause) });
      const { timeoutMs } = limits;
      const late = new Error(`no verdict for ${timeoutMs} ms`);
      const cancelLate = this.after(timeoutMs, () => fail(late));
      const resolve = (outcome: Outcome): void => {
        cancelLate();
        settle(outcome);
      };
      this.dropQuestion = () => resolve({ kind: 'dropped' });
      const asked = async (): Promise<Ruling> =>
        rulingOf(await authorize({ ...applicant, token: this.token }));
      asked().then(resolve, fail);
    });
  }

  private grant(leftMs: number): void {
    if (!(leftMs > 0)) {
      return this.deny(new DiffStreamError('unauthorized', 'this token has expired'));
    }
    this.cancelWait = this.after(Math.min(leftMs, this.options.limits.everyMs), () => {
      void this.ask();
    });
    if (this.state === 'admitted') return;
    this.state = 'admitted';
    this.cancelWord();
    const { held } = this;
    this.held = [];
    this.inner = this.options.enter();
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
    this.dropQuestion();
    this.options.onOver();
  }
}

/** Whoever was asked failed: the owner of the hub has to see to it. */
function unknown(cause: unknown): DiffStreamError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const what = `who may read could not be found out: ${why}`;
  return new DiffStreamError('unreachable', what, { cause, blame: 'local' });
}
