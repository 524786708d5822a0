import { causeText } from '../core/cause-text.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Clock } from '../driver/clock.ts';
import type { AuthorizeLimits } from './authorize-limits.ts';
import type { Applicant, Authorize, Ruling } from './verdict.ts';
import { rulingOf } from './verdict.ts';

/** What came of a question. `unknown`: whoever was asked failed; the hub's owner has to know. */
export type Outcome = Ruling | { readonly kind: 'unknown'; readonly error: DiffStreamError };

/** Puts the question who may read, to a bounded number at a time, the first come first. */
export class Questions {
  private readonly authorize: Authorize;
  private readonly limits: AuthorizeLimits;
  private readonly clock: Clock;
  /** What begins those that wait for a place. */
  private readonly queue: (() => void)[] = [];
  private open = 0;
  /** What ends the wait for each verdict that is open. */
  private readonly waits = new Set<() => void>();

  constructor(authorize: Authorize, limits: AuthorizeLimits, clock: Clock) {
    this.authorize = authorize;
    this.limits = limits;
    this.clock = clock;
  }

  /** Never rejects: what is thrown, comes too late or is no verdict is `unknown`. */
  async ask(applicant: Applicant): Promise<Outcome> {
    if (this.open < this.limits.atOnceMax) this.open++;
    else await new Promise<void>((begin) => void this.queue.push(begin));
    const outcome = await this.put(applicant);
    // Whoever waits takes the place over.
    const next = this.queue.shift();
    if (next === undefined) this.open--;
    else next();
    return outcome;
  }

  private put(applicant: Applicant): Promise<Outcome> {
    const { timeoutMs } = this.limits;
    return new Promise((resolve) => {
      const fail = (cause: unknown): void => resolve({ kind: 'unknown', error: failure(cause) });
      const late = (): void => {
        this.waits.delete(cancel);
        fail(new Error(`no verdict for ${timeoutMs} ms`));
      };
      const cancel = this.clock.at(this.clock.nowMs() + timeoutMs, late);
      this.waits.add(cancel);
      const asked = async (): Promise<void> => {
        try {
          resolve(rulingOf(await this.authorize(applicant)));
        } catch (cause) {
          fail(cause);
        }
        cancel();
        this.waits.delete(cancel);
      };
      void asked();
    });
  }

  /** Nobody needs an answer any longer. */
  close(): void {
    this.queue.length = 0;
    for (const cancel of this.waits) cancel();
    this.waits.clear();
  }
}

function failure(cause: unknown): DiffStreamError {
  const what = `who may read could not be found out: ${causeText(cause)}`;
  return new DiffStreamError('unreachable', what, { cause, blame: 'local' });
}
