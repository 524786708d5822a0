import { DiffStreamError } from '../core/errors.ts';
import type { SessionLimits } from './session-limits.ts';
import { isBetweenConnections, isFetching } from './subscriber-state.ts';
import type { SubscriberState } from './subscriber-state.ts';
import type { Timers } from './timers.ts';

export type TimerName = 'redial' | 'answer' | 'silence' | 'ack';

/** So many times as long at most: below the silence that hubs allow, by default. */
const PATIENCE_MAX = 8;
/** Data that an answer may come behind, in windows: a hub takes no request with more under way. */
const WINDOWS_BEFORE_ANSWER_MAX = 3;

/**
 * Until when a consumer waits for its hub.
 *
 * A slow line takes long for one message, and nothing of a message shows before it is whole. Only
 * waiting longer tells a slow line from a dead one. So while something is on its way, a wait that
 * was in vain makes the next one twice as long; a consumer that is live never waits for longer
 * than the heads that it may miss.
 */
export class Deadlines {
  private readonly timers: Timers<TimerName>;
  private readonly limits: SessionLimits;
  private heartbeatMs: number;
  /** How many times as long as usual something on its way is waited for. */
  private patience = 1;
  private heardMs = 0;
  /**
   * The hub has not spoken for longer than it beats, since its window was full while a snapshot
   * was installed: what was kept back meanwhile proves nothing of the present.
   */
  isUnheard = false;

  constructor(timers: Timers<TimerName>, limits: SessionLimits) {
    this.timers = timers;
    this.limits = limits;
    this.heartbeatMs = limits.heartbeatMs;
  }

  /** A connection is being made; `asksFirst`: for a token, which may take as long. */
  dialled(asksFirst: boolean, nowMs: number): void {
    this.timers.set('answer', nowMs + this.limits.answerTimeoutMs * (asksFirst ? 2 : 1));
  }

  /** A request is out. */
  asked(nowMs: number): void {
    this.timers.set('answer', nowMs + this.limits.answerTimeoutMs);
  }

  /** By a hub that sends heads so often, in ms. */
  answered(heartbeatMs: number): void {
    this.timers.clear('answer');
    this.heartbeatMs = Math.max(1, heartbeatMs);
  }

  /** Data came, so many windows since the last acknowledgement: an answer comes behind it. */
  dataCame(windows: number, nowMs: number): void {
    if (windows > WINDOWS_BEFORE_ANSWER_MAX) return;
    this.timers.postpone('answer', nowMs + this.limits.answerTimeoutMs);
  }

  /** A message is there. */
  came(nowMs: number): void {
    this.heardMs = nowMs;
    this.isUnheard = false;
  }

  /** What has come has led to this state: the next message is due in time. */
  heard(state: SubscriberState, nowMs: number): void {
    if (isBetweenConnections(state) || state === 'closed') return;
    // Who installs acknowledges nothing: where the window is full, the hub may not speak.
    const asLong = state === 'installing' ? PATIENCE_MAX : 1;
    const times = isFetching(state) ? this.patience : asLong;
    this.timers.set('silence', nowMs + this.heartbeatMs * this.limits.missedHeadsMax * times);
  }

  /** What was kept back is handled from now on; who is not live gives the hub time to go on. */
  goesOn(state: SubscriberState, nowMs: number): void {
    this.isUnheard = nowMs - this.heardMs > this.heartbeatMs;
    const isPatient = this.isUnheard && state !== 'live';
    const sinceMs = isPatient ? nowMs : this.heardMs;
    const times = isPatient ? this.patience : 1;
    this.timers.set('silence', sinceMs + this.heartbeatMs * this.limits.missedHeadsMax * times);
  }

  /** The copy is the producer's present state. */
  current(): void {
    this.patience = 1;
  }

  /** A deadline has passed; what that means. */
  missed(name: 'answer' | 'silence', state: SubscriberState): DiffStreamError {
    if (state === 'dialing') return new DiffStreamError('unreachable', 'no connection in time');
    if (name === 'answer') return new DiffStreamError('timeout', 'the hub did not answer in time');
    if (isFetching(state)) this.patience = Math.min(2 * this.patience, PATIENCE_MAX);
    return new DiffStreamError('timeout', 'nothing heard from the hub in time');
  }
}
