import { causeText } from '../core/cause-text.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Clock } from '../driver/clock.ts';
import type { AuthorizeLimits } from './authorize-limits.ts';
import type { Applicant, Authorize, Ruling } from './verdict.ts';
import { rulingOf } from './verdict.ts';

/** What came of a question. `unknown`: whoever was asked failed; the hub's owner has to know. */
export type Outcome = Ruling | { readonly kind: 'unknown'; readonly error: DiffStreamError };

interface Waiting {
  /** The place is yours, or all is over. */
  readonly begin: () => void;
  readonly isWanted: () => boolean;
}

/** Puts the question who may read, to a bounded number at a time, the first come first. */
export class Questions {
  private readonly authorize: Authorize;
  private readonly limits: AuthorizeLimits;
  private readonly clock: Clock;
  private readonly queue: Waiting[] = [];
  private open = 0;
  /** What ends the wait for each verdict: it will not come any more. */
  private readonly ends = new Set<(why: string) => void>();

  constructor(authorize: Authorize, limits: AuthorizeLimits, clock: Clock) {
    this.authorize = authorize;
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * Never rejects: what is thrown, comes too late or is no verdict is `unknown`. The time to wait
   * for a place counts. `isWanted`: nobody is asked for whom this is false when the place is there.
   */
  ask(applicant: Applicant, isWanted: () => boolean = () => true): Promise<Outcome> {
    const { timeoutMs } = this.limits;
    return new Promise((resolve) => {
      let hasPlace = false;
      const settle = (outcome: Outcome): void => {
        if (!this.ends.delete(end)) return;
        cancel();
        resolve(outcome);
        // Also of one that never answers: it would keep others out for ever.
        if (hasPlace) this.passOn();
      };
      const fail = (cause: unknown): void => settle({ kind: 'unknown', error: failure(cause) });
      const end = (why: string): void => fail(new Error(why));
      const late = (): void => end(`no verdict for ${timeoutMs} ms`);
      const cancel = this.clock.at(this.clock.nowMs() + timeoutMs, late);
      this.ends.add(end);
      const put = async (): Promise<void> => {
        hasPlace = true;
        try {
          settle(rulingOf(await this.authorize(applicant)));
        } catch (cause) {
          // One that throws at once would be asked about all who wait, each inside the one before.
          await Promise.resolve();
          fail(cause);
        }
      };
      const begin = (): void => void put();
      if (this.open === this.limits.atOnceMax) {
        this.queue.push({ begin, isWanted: () => this.ends.has(end) && isWanted() });
      } else {
        this.open++;
        begin();
      }
    });
  }

  /** Whoever waits, and still wants to know, takes the place over. */
  private passOn(): void {
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      if (next.isWanted()) return next.begin();
    }
    this.open--;
  }

  /** Nobody will answer any longer. */
  close(): void {
    this.queue.length = 0;
    for (const end of this.ends) end('the hub is closing');
  }
}

function failure(cause: unknown): DiffStreamError {
  const what = `who may read could not be found out: ${causeText(cause)}`;
  return new DiffStreamError('unreachable', what, { cause, blame: 'local' });
}
