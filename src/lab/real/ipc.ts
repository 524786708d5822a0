import type { Key } from '../../core/key.ts';
import type { Head, Token } from '../../cache/entry.ts';
import type { RunSettings } from '../experiment/experiment.ts';
import type { MessageCounts } from '../measure/message-kind.ts';
import type { Rungs, StatusChange } from '../result.ts';
import type { Contents } from './contents.ts';
import type { ReplicaClaim } from './verdict.ts';

/** The stream of real runs. */
export const STREAM = 'lab';

/** What the hub's process is told. */
export type ToHub =
  | { readonly kind: 'start'; readonly settings: RunSettings }
  /** Updates begin. */
  | { readonly kind: 'begin' }
  /** No more updates; answered by the contents, in parts, and where the producer stands. */
  | { readonly kind: 'finish' };

/** Processor time since updates began, in ms, and memory held (resident), in bytes. */
export interface Burden {
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** A commit as the hub tells of it. */
export interface CommitReport {
  readonly version: number;
  /** By the clock that all processes share (monotonicMs). */
  readonly atMs: number;
  readonly keys: readonly Key[];
  /** JSON text of all values that changed. */
  readonly valueBytes: number;
}

export type FromHub =
  | {
      readonly kind: 'listening';
      readonly port: number;
      readonly title: string;
      readonly initialBytes: number;
    }
  | {
      readonly kind: 'commits';
      readonly commits: readonly CommitReport[];
      readonly burden: Burden;
      readonly isOver: boolean;
    }
  | { readonly kind: 'contents'; readonly entries: Contents }
  | {
      readonly kind: 'finished';
      readonly head: Head;
      readonly burden: Burden;
      readonly framesEncoded: number;
    };

/** What a replica's process is told. */
export type ToReplica =
  | { readonly kind: 'begin' }
  /** Answered by the contents, in parts, and its claim, once it has come so far. */
  | { readonly kind: 'prove'; readonly token: Token; readonly waitMs: number };

export type FromReplica =
  | {
      readonly kind: 'report';
      /** `from`, `to` and the time in ms (monotonicMs) of each frame since the last report. */
      readonly frames: readonly number[];
      readonly statuses: readonly StatusChange[];
      /** Since the start, by what was received and sent. */
      readonly messages: MessageCounts;
      readonly rungs: Rungs;
      readonly burden: Burden;
      /** Since the last report, at the times (monotonicMs): connections tried, and errors. */
      readonly triedMs: readonly number[];
      readonly failures: readonly (readonly [atMs: number, why: string])[];
      /** The latest error, if any: `code: message`. */
      readonly lastError: string | undefined;
    }
  | { readonly kind: 'contents'; readonly entries: Contents }
  | ({ readonly kind: 'claim' } & ReplicaClaim);
