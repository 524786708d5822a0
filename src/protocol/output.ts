import type { DiffStreamError } from '../core/errors.ts';
import type { Applied } from '../cache/entry.ts';

/** What an application sees. `stale`: once live, and the state held may be old. */
export type Status = 'connecting' | 'catching-up' | 'live' | 'stale' | 'conflict' | 'closed';

/** One frame's worth of changes. */
export interface ChangeEvent<T> {
  readonly from: number;
  readonly to: number;
  readonly changes: readonly Applied<T>[];
}

/** What the driver has to do, in this order. */
export type SubscriberOutput<T> =
  | { readonly kind: 'dial' }
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'hang-up'; readonly code: number; readonly reason: string }
  | { readonly kind: 'changes'; readonly event: ChangeEvent<T> }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'error'; readonly error: DiffStreamError };

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
