import { withDefaults } from '../core/limits.ts';

/** Times and numbers of the question who may read. */
export interface AuthorizeLimits {
  /**
   * From the question to its answer, in ms, the wait for a place among those that are asked about
   * included; then the consumer is refused, and comes again. Default 10,000: a service that has not
   * answered by then is not there.
   */
  readonly timeoutMs: number;
  /**
   * Between two questions about one session, in ms: so long, and the time of an answer, may a token
   * that was taken back still be of use. Default 60,000.
   */
  readonly everyMs: number;
  /**
   * Questions under way at one time; more wait for a place. Default 256: when all come back at
   * once, whoever is asked should not break under it.
   */
  readonly atOnceMax: number;
}

export const defaultAuthorizeLimits: AuthorizeLimits = {
  timeoutMs: 10_000,
  everyMs: 60_000,
  atOnceMax: 256,
};

/** Fills in the defaults; `bad-argument` for what is no positive whole number. */
export function resolveAuthorizeLimits(partial: Partial<AuthorizeLimits> = {}): AuthorizeLimits {
  return withDefaults(defaultAuthorizeLimits, partial, 1);
}
