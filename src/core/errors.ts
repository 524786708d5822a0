/** What the holder of an error can do about it; one word, the same everywhere. */
export type Recovery =
  | 'ignore'
  | 'retran-key'
  | 'resume'
  | 'repair'
  | 'resync'
  | 'reconnect'
  | 'give-up'
  | 'fix-the-call';

/** Who caused it: this side's caller, or the bytes that came from the other side. */
export type Blame = 'local' | 'remote';

/**
 * The one table of error codes, with the recovery and the blame each has unless
 * the place that raises it knows better. Codes are stable; messages are not.
 */
export const errorCodes = {
  'bad-value': ['fix-the-call', 'local'],
  'bad-key': ['fix-the-call', 'local'],
  'bad-argument': ['fix-the-call', 'local'],
  'no-change': ['ignore', 'local'],
  'bad-input': ['fix-the-call', 'local'],
  'address-in-use': ['fix-the-call', 'local'],
  'missing-dependency': ['fix-the-call', 'local'],
  closed: ['give-up', 'local'],
  aborted: ['give-up', 'local'],
  'unknown-key': ['retran-key', 'remote'],
  'patch-conflict': ['retran-key', 'remote'],
  'digest-mismatch': ['retran-key', 'remote'],
  gap: ['resume', 'remote'],
  'stale-epoch': ['ignore', 'remote'],
  'epoch-conflict': ['give-up', 'remote'],
  ahead: ['reconnect', 'remote'],
  malformed: ['reconnect', 'remote'],
  'limit-exceeded': ['give-up', 'remote'],
  'unsupported-protocol': ['give-up', 'remote'],
  'unexpected-message': ['reconnect', 'remote'],
  'unknown-stream': ['reconnect', 'remote'],
  refused: ['give-up', 'remote'],
  unauthorized: ['give-up', 'remote'],
  unreachable: ['reconnect', 'remote'],
  timeout: ['reconnect', 'remote'],
} as const satisfies Record<string, readonly [Recovery, Blame]>;

export type ErrorCode = keyof typeof errorCodes;

/** Where an error differs from its row in {@link errorCodes}, and what it is about. */
export interface ErrorDetails {
  recovery?: Recovery;
  blame?: Blame;
  /** The entry concerned, so that a `retran-key` can be asked for. */
  key?: string | number;
  cause?: unknown;
}

/** The only error class this library throws or reports. Branch on `code` or `recovery`. */
export class DiffStreamError extends Error {
  readonly code: ErrorCode;
  readonly recovery: Recovery;
  readonly blame: Blame;
  readonly key: string | number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DiffStreamError';
    this.code = code;
    this.recovery = details.recovery ?? errorCodes[code][0];
    this.blame = details.blame ?? errorCodes[code][1];
    this.key = details.key;
  }
}

/** Bytes that no encoder of this version writes. */
export function malformed(what: string, cause?: unknown): DiffStreamError {
  return new DiffStreamError('malformed', `malformed message: ${what}`, { cause });
}
