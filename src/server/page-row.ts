import type { Rung } from '../protocol/answer-log.ts';
import type { SessionState } from '../protocol/session.ts';

/** The hub's own stream, while its page is on; no application can give a stream this name. */
export const HUB_STREAM = '$hub';

/** What the live page is made of: the entries of the stream `$hub`. Times are of the wall clock. */
export type PageRow = HubRow | StreamRow | SessionRow | EventRow | DemoRow | ReplicaRow;

/** Key `hub`. */
export interface HubRow {
  readonly kind: 'hub';
  readonly startedMs: number;
  /** When all rows were made, in ms. */
  readonly nowMs: number;
  /** How long the hub had been there, by a clock that nobody sets back, in ms. */
  readonly upMs: number;
  /** How many there are; only so many have rows as the bounds allow. */
  readonly streams: number;
  readonly sessions: number;
  /** Of the sessions: not sent a state yet, or being compared. */
  readonly notLive: number;
  /** Of the sessions: not sent what there was at the look before. */
  readonly behind: number;
  /** Versions that the slowest of those that have any has not been sent. */
  readonly lagVersionsMax: number;
}

/** Key `stream/<name>`. Counts are sums since the start. */
export interface StreamRow {
  readonly kind: 'stream';
  readonly name: string;
  readonly epoch: string;
  readonly version: number;
  /** Of the whole collection at that version; 32 hexadecimal digits. */
  readonly digest: string;
  readonly entries: number;
  /** Length of all values as JSON text. */
  readonly jsonBytes: number;
  readonly sessions: number;
  readonly sentBytes: number;
  /**
   * What sending whole values as JSON would have cost: each update to every session, and the
   * collection to who joins without a past.
   */
  readonly wholeBytes: number;
  readonly frames: number;
  readonly denseFrames: number;
  readonly framesEncoded: number;
  readonly refusals: number;
  readonly errors: number;
  /** Answers from each rung of the repair ladder. */
  readonly rungs: Readonly<Record<Rung, number>>;
}

/** Key `session/<id>`. */
export interface SessionRow {
  readonly kind: 'session';
  readonly id: number;
  /** What the consumer calls itself, by `?name=` in its URL; '' where it does not. */
  readonly name: string;
  readonly stream: string;
  readonly state: SessionState;
  /** The version it has been sent. */
  readonly version: number;
  readonly lagVersions: number;
  /** Whether it has not been sent what there was at the look before: more than this very turn. */
  readonly isBehind: boolean;
  readonly sentBytes: number;
  readonly unacknowledgedBytes: number;
  readonly frames: number;
  readonly rungs: Readonly<Record<Rung, number>>;
  readonly lastRung: Rung | '';
  readonly lastRungMs: number;
}

/** Key `event/<number>`: something that is not the even course of updates. */
export interface EventRow {
  readonly kind: 'event';
  readonly number: number;
  /** When it happened last. */
  readonly atMs: number;
  /** The same since the hub began, by a clock that nobody sets back, in ms. */
  readonly upMs: number;
  /** How often it happened, and when first: repeats are counted, not listed. */
  readonly count: number;
  readonly sinceMs: number;
  readonly stream: string;
  /** A session by its name or number, or a replica; of repeats the last. */
  readonly who: string;
  /**
   * A rung: a request was answered from it. `error`: a session ended for what its consumer sent.
   * `trouble`: a replica found something wrong. `fault`: somebody hurt the network.
   */
  readonly what: Rung | 'error' | 'trouble' | 'fault';
  /** Of a rung: versions before and after. */
  readonly from: number;
  readonly to: number;
  /** Why, where that is known. */
  readonly cause: string;
}

/** Key `demo`: replicas over a network that can be hurt. */
export interface DemoRow {
  readonly kind: 'demo';
  readonly stream: string;
  readonly phase: string;
  readonly elapsedMs: number;
  readonly forMs: number;
  readonly lagP50Ms: number | null;
  readonly lagP99Ms: number | null;
  /** What has happened in the network, in words. */
  readonly faults: string;
  /** Where the page's own replica connects, so that it can be hurt like the others. */
  readonly url: string;
  /** The outcome, in words; '' before the end. */
  readonly proof: string;
  readonly isProven: boolean;
}

/** Key `replica/<name>`: a replica of the demo as it tells of itself. */
export interface ReplicaRow {
  readonly kind: 'replica';
  readonly name: string;
  readonly status: string;
  readonly version: number;
  readonly lagVersions: number;
  /** The latest version at which its digest was held against the producer's; 0: not yet. */
  readonly provenVersion: number;
  /** Whether they were equal then. */
  readonly isEqual: boolean;
  readonly digest: string;
  readonly resumes: number;
  readonly repairs: number;
  readonly snapshots: number;
  readonly wireBytes: number;
  /** Whether everything is delayed for it by hand. */
  readonly isDelayed: boolean;
}

/** What the buttons of the demo do to the network of one replica. */
export const replicaActs = ['cut', 'delay', 'corrupt', 'stall'] as const;
export type ReplicaAct = (typeof replicaActs)[number];

/** Sent by the page, in the demo: a button, or what its own replica has to tell. */
export type PageRequest =
  | { readonly kind: 'act'; readonly replica: string; readonly act: ReplicaAct }
  | {
      readonly kind: 'report';
      readonly status: string;
      readonly epoch: string;
      readonly version: number;
      readonly digest: string;
      readonly resumes: number;
      readonly repairs: number;
      readonly snapshots: number;
      readonly wireBytes: number;
      readonly lastError: string;
    };
