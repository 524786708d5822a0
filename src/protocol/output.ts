import type { DiffStreamError } from '../core/errors.ts';
import type { Applied } from '../cache/entry.ts';
import type { Progress } from './snapshot-receiver.ts';

/** What an application sees. `stale`: once live, and the state held may be old. */
export type Status = 'connecting' | 'catching-up' | 'live' | 'stale' | 'conflict' | 'closed';

/** One frame's worth of changes. `from` is 0 where a newer producer has taken over. */
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
  /** More of a snapshot has arrived. */
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** To be inflated (raw deflate), and answered by `unpacked` with the same number. */
  | {
      readonly kind: 'unpack';
      readonly snapshot: number;
      readonly packed: Uint8Array;
      readonly rawBytes: number;
    }
  /**
   * To be answered by `goOn` before anything else is carried out: frames that were kept back are
   * applied one by one, so that who is told of one does not read of a later one.
   */
  | { readonly kind: 'go-on' }
  | { readonly kind: 'error'; readonly error: DiffStreamError };

/** What the driver has to do, in this order. */
export type PublisherOutput =
  /** To be answered by `work` when the turn is over. */
  | { readonly kind: 'work' }
  /**
   * To be deflated (raw), pieces in order; after the last, answered by `packed`, with the
   * outcome in parts of `partBytes`, the last perhaps shorter.
   */
  | {
      readonly kind: 'pack';
      readonly snapshot: number;
      readonly bytes: Uint8Array;
      readonly last: boolean;
      readonly partBytes: number;
    }
  | { readonly kind: 'send'; readonly session: number; readonly bytes: Uint8Array }
  | {
      readonly kind: 'close';
      readonly session: number;
      readonly code: number;
      readonly reason: string;
      /** What the consumer did wrong, where it did. */
      readonly error: DiffStreamError | undefined;
    };
