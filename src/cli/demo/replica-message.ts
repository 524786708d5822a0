import type { Token } from '../../cache/entry.ts';
import type { Key } from '../../core/key.ts';
import type { ReplicaClaim } from '../../lab/real/verdict.ts';

/** What a replica process tells of itself. */
export interface ReplicaReport {
  readonly kind: 'report';
  readonly status: string;
  readonly version: number;
  /** Of the contents at that version; '' before the first. */
  readonly digest: string;
  readonly entries: number;
  /** `from`, `to` and the time in ms (monotonicMs) of each frame since the last report. */
  readonly frames: readonly number[];
  readonly resumes: number;
  readonly repairs: number;
  readonly snapshots: number;
  readonly wireBytes: number;
  /** The latest error, if any: `code: message`. */
  readonly lastError: string | undefined;
  /** How many there were. */
  readonly errors: number;
}

/** A part of the contents: keys, and values as JSON text. */
interface ContentsPart {
  readonly kind: 'contents';
  readonly entries: readonly (readonly [key: Key, json: string])[];
}

/** Follows the last part of the contents. */
export interface ReplicaProof extends ReplicaClaim {
  readonly kind: 'proof';
}

export type FromReplica = ReplicaReport | ContentsPart | ReplicaProof;

/** Asks for contents and proof, once the replica has reached a version or the time is over. */
export interface ProofRequest {
  readonly kind: 'prove';
  readonly token: Token;
  readonly waitMs: number;
  /** Alter one entry first, so that the proof has something to find. */
  readonly sabotage: boolean;
}
