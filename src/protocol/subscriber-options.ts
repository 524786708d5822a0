import type { Limits } from '../core/limits.ts';
import type { Nonce } from './nonce.ts';
import type { Proof } from './proof.ts';
import type { SessionLimits } from './session-limits.ts';

/** What a subscriber is made with. */
export interface SubscriberOptions {
  /** Two random words; the driver draws them from the platform. */
  readonly seed: Nonce;
  /** Default: nobody in particular. */
  readonly proof?: Proof;
  readonly limits?: Partial<Limits>;
  readonly session?: Partial<SessionLimits>;
}
