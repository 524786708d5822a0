import { DiffStreamError } from '../core/errors.ts';
import type { Clock } from '../driver/clock.ts';
import type { SessionLimits } from '../protocol/session-limits.ts';
import type { Connection, ConnectionEvents, Visitor } from '../transport/connection.ts';
import { Admission } from './admission.ts';
import type { AuthorizeLimits } from './authorize-limits.ts';
import { Questions } from './questions.ts';
import type { Authorize } from './verdict.ts';

export interface GateOptions {
  readonly authorize: Authorize;
  readonly limits: AuthorizeLimits;
  readonly session: SessionLimits;
  readonly clock: Clock;
  /** Told of everyone who was not let in, or has to go. */
  readonly onError: (stream: string, address: string, error: DiffStreamError) => void;
}

/** A connection that wants to a stream. */
export interface Arrival {
  readonly stream: string;
  readonly connection: Connection;
  readonly visitor: Visitor;
}

/** Who may read is asked here, about everyone who comes and everyone who stays. */
export class Gate {
  private readonly options: GateOptions;
  private readonly limits: AuthorizeLimits;
  private readonly questions: Questions;
  private readonly admissions = new Set<Admission>();

  /** `bad-argument` for what is no function. */
  constructor(options: GateOptions) {
    if (typeof options.authorize !== 'function') {
      throw new DiffStreamError('bad-argument', 'the option authorize has to be a function');
    }
    this.options = options;
    const { authorize, limits, clock } = options;
    this.limits = limits;
    this.questions = new Questions(authorize, limits, clock);
  }

  /** Who listens to a connection; `enter` opens its session when it may read. */
  accept(
    { stream, connection, visitor }: Arrival,
    enter: (sentBytes: number) => ConnectionEvents,
  ): ConnectionEvents {
    const { session, clock, onError } = this.options;
    const { headers, address } = visitor;
    const admission: Admission = new Admission(connection, {
      applicant: { stream, origin: headers['origin']?.toString(), headers, address },
      questions: this.questions,
      everyMs: this.limits.everyMs,
      session,
      clock,
      enter,
      onError: (error) => onError(stream, address, error),
      onOver: () => this.admissions.delete(admission),
    });
    this.admissions.add(admission);
    return admission;
  }

  /** Asks about everyone once more; resolves when all answers have had their effect. */
  async askAgain(): Promise<void> {
    await Promise.all(Array.from(this.admissions, (admission) => admission.ask()));
  }

  /** Sends those away who still wait; sessions are told by their streams. */
  close(): void {
    for (const admission of this.admissions) admission.sendAway();
    this.questions.close();
  }
}
