import type { Status } from './output.ts';
import type { SubscriberState } from './subscriber-state.ts';

/** What a person is told of a consumer, and when that changes. It outlives connections. */
export class StatusWatch {
  /** Another producer claims the stream, or repairs do not help: see the breaker. */
  conflict = false;
  private wasLive = false;
  private told: Status = 'connecting';

  /** `answered`: the hub of the present connection has said where it stands. */
  status(state: SubscriberState, answered: boolean): Status {
    if (state === 'closed') return 'closed';
    if (this.conflict) return 'conflict';
    if (state === 'live') return 'live';
    if (this.wasLive) return 'stale';
    return answered ? 'catching-up' : 'connecting';
  }

  /** The state is entered; the status, where it is another than was told last. */
  enter(state: SubscriberState, answered: boolean): Status | undefined {
    this.wasLive ||= state === 'live';
    const status = this.status(state, answered);
    if (status === this.told) return undefined;
    this.told = status;
    return status;
  }
}
