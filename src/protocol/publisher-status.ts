import type { Rung } from './answer-log.ts';
import type { Session, SessionState } from './session.ts';

/** Where a session stands, for people and metrics. */
export interface SessionStatus {
  readonly id: number;
  readonly state: SessionState;
  /** All of it on a line, for people. */
  readonly status: string;
  readonly cursor: number;
  /** The version that it has said it holds, the newest yet. */
  readonly heldVersion: number;
  /** Versions not sent yet. */
  readonly lagVersions: number;
  readonly bytesSent: number;
  readonly bytesUnacknowledged: number;
  readonly frames: number;
  readonly snapshots: number;
  readonly resumes: number;
  /** How often its requests were answered from each rung of the ladder. */
  readonly rungs: Readonly<Record<Rung, number>>;
  /** The rung of the latest answer; '' before any. */
  readonly lastRung: Rung | '';
  /** When that was, in ms of the driver's clock; 0 before any. */
  readonly lastRungMs: number;
}

/** What decides whether a session needs a look. */
export interface SessionStanding {
  readonly id: number;
  readonly state: SessionState;
  /** The version that it has been sent. */
  readonly cursor: number;
}

/** A session for people and metrics, beside the version that there is. */
export function statusOf(session: Session, version: number, windowBytes: number): SessionStatus {
  return {
    id: session.id,
    state: session.state,
    status: session.describe(version, windowBytes),
    cursor: session.cursor,
    heldVersion: session.heldVersion,
    lagVersions: version - session.cursor,
    bytesSent: session.sentBytes,
    bytesUnacknowledged: session.bytesInFlight,
    frames: session.frames,
    snapshots: session.snapshots,
    resumes: session.resumes,
    rungs: { ...session.rungs },
    lastRung: session.lastRung,
    lastRungMs: session.lastRungMs,
  };
}

/** Sums since the start; they show what the cost of a turn depends on. */
export interface PublisherCounters {
  sessions: number;
  frames: number;
  /** Of the frames those that were dense. */
  denseFrames: number;
  framesEncoded: number;
  snapshotsEncoded: number;
  bytesSent: number;
  messagesSent: number;
  resumes: number;
  comparisons: number;
  mendings: number;
  /** Turns in which a catch-up was put off because the turn had done enough. */
  deferrals: number;
  /** Frames put off because consumers are in the middle of too many bytes of others. */
  putOff: number;
  /** Sessions ended because they had been in the middle of one for longest. */
  tooSlow: number;
  refusals: number;
  protocolErrors: number;
}

export function noCounters(): PublisherCounters {
  return {
    sessions: 0,
    frames: 0,
    denseFrames: 0,
    framesEncoded: 0,
    snapshotsEncoded: 0,
    bytesSent: 0,
    messagesSent: 0,
    resumes: 0,
    comparisons: 0,
    mendings: 0,
    deferrals: 0,
    putOff: 0,
    tooSlow: 0,
    refusals: 0,
    protocolErrors: 0,
  };
}
