import { checkCeiling, withDefaults } from '../core/limits.ts';

/** Bounds and times of a session, on top of the limits of the pure layers. */
export interface SessionLimits {
  /** Bytes under way to one consumer before the hub waits for an acknowledgement. */
  readonly windowBytes: number;
  /** A larger frame travels in parts of this size, in bytes; 512 KiB at most. */
  readonly partBytes: number;
  /** The first message of a connection, from someone not yet known, in bytes. */
  readonly helloBytesMax: number;
  /** Any later message of a consumer, in bytes: what it holds where copies differ. */
  readonly requestBytesMax: number;
  /** From connection to hello, in ms; then the hub hangs up. */
  readonly helloTimeoutMs: number;
  /**
   * From hello, or a request to resume, to the answer, in ms; then the consumer hangs up. Data that
   * comes before the answer begins the time anew. A connection has as long to be made.
   */
  readonly answerTimeoutMs: number;
  /** Between two heads to an idle consumer, in ms. */
  readonly heartbeatMs: number;
  /**
   * Heads missed in a row before a consumer calls itself stale and reconnects; while it fetches
   * something up to eight times as many, if that many were too few.
   */
  readonly missedHeadsMax: number;
  /** Silence of a consumer, in ms, before the hub hangs up; two heartbeats at least. */
  readonly idleTimeoutMs: number;
  /** Between received bytes and their acknowledgement, in ms. */
  readonly ackDelayMs: number;
  /** Messages of one consumer in one second; more is a flood. */
  readonly messagesPerSecondMax: number;
  /** Frames made in one turn for consumers that are behind, in bytes; the others wait for it. */
  readonly catchUpBytesPerTurn: number;
  /**
   * Frames that consumers are in the middle of, in bytes together, each counted once: many that
   * read slowly must not take the hub's memory. Beyond it who needs another waits, and who has been
   * longest in the middle of one, for `answerTimeoutMs` at least, is hung up on; no more than wait.
   */
  readonly openTransferBytesMax: number;
  /** First and largest upper bound of the pause before a reconnection, in ms. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** Repairs within a minute before the breaker trips: a systematic error is not noise. */
  readonly repairsPerMinuteMax: number;
}

export const defaultSessionLimits: SessionLimits = {
  windowBytes: 256 * 1024,
  partBytes: 16 * 1024,
  helloBytesMax: 4096,
  requestBytesMax: 512 * 1024,
  helloTimeoutMs: 5_000,
  answerTimeoutMs: 10_000,
  heartbeatMs: 1_000,
  missedHeadsMax: 3,
  idleTimeoutMs: 30_000,
  ackDelayMs: 1_000,
  messagesPerSecondMax: 128,
  catchUpBytesPerTurn: 64 * 1024,
  openTransferBytesMax: 64 * 1024 * 1024,
  backoffMinMs: 200,
  backoffMaxMs: 30_000,
  repairsPerMinuteMax: 10,
};

/** With its header, a part has to fit in the largest message that any consumer takes. */
const PART_BYTES_CEILING = 512 * 1024;

/** Fills in the defaults; `bad-argument` for what is no positive whole number. */
export function resolveSessionLimits(partial: Partial<SessionLimits> = {}): SessionLimits {
  const resolved = withDefaults(defaultSessionLimits, partial, 1);
  checkCeiling('partBytes', resolved.partBytes, PART_BYTES_CEILING);
  return resolved;
}
