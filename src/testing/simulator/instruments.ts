import type { DiffStreamError } from '../../core/errors.ts';
import type { FrameCoderMaker } from '../../protocol/frame-coder.ts';
import type { ChangeEvent, Status } from '../../protocol/output.ts';

/**
 * What a run that measures puts in the place of what a run that only checks has, and what it hears.
 * None of it may change what happens but for what production does otherwise: the compressor, the
 * size of coders, and how long a connection takes to make.
 */
export interface Instruments {
  readonly makeCoder: FrameCoderMaker;
  /** Events between two looks at all that a replica shows; in between, at what has changed. */
  readonly lookEvery: number;
  /** How long a consumer has to be there before it gets dense frames, in ms. */
  readonly settleMs: number;
  pack(pieces: readonly Uint8Array[]): Uint8Array;
  /** Undefined for what was not packed, or has another length than announced. */
  unpack(packed: Uint8Array, rawBytes: number): Uint8Array | undefined;
  /** How long a replica takes from dialling to a connection, in ms. */
  dialMs(replica: number): number;
  /** Runs the work of a hub; may take the time. */
  hub<T>(work: () => T): T;
  committed(version: number): void;
  changed(replica: number, event: ChangeEvent<unknown>): void;
  status(replica: number, status: Status): void;
  failed(replica: number, error: DiffStreamError): void;
}
