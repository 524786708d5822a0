import type { NodeClaim } from '../cache/mending.ts';
import type { HeldPart, Manifest } from './chunk.ts';
import type { Nonce } from './nonce.ts';
import type { Position } from './position.ts';

/**
 * How far a consumer trusts its copy, each less than the one before: the position holds; the
 * copy may be wrong, so compare it; comparing did not help, so send everything anew.
 */
export type Trust = 'position' | 'compare' | 'nothing';

/** A consumer's first message: who it is, what it can take, where it stands. */
export interface Hello {
  readonly kind: 'hello';
  readonly protocol: number;
  readonly nonce: Nonce;
  /** The largest frame it takes, in bytes. */
  readonly frameBytesMax: number;
  /** Whether it takes dense frames beside compact ones. */
  readonly dense: boolean;
  /** Proof of who it is; empty for nobody in particular. */
  readonly token: string;
  /** Undefined: it holds nothing. */
  readonly position: Position | undefined;
  readonly trust: Trust;
  /** How much of a snapshot it has already. */
  readonly partial?: HeldPart | undefined;
}

/** From a consumer in an open session: start again from here. */
export interface Resume {
  readonly kind: 'resume';
  readonly nonce: Nonce;
  readonly position: Position | undefined;
  readonly trust: Trust;
  readonly partial?: HeldPart | undefined;
}

/** What has arrived: bytes since the connection began, and the version applied last. */
export interface Ack {
  readonly kind: 'ack';
  readonly bytes: number;
  readonly version: number;
}

/** To a hello or resume: frames follow that start at `from`, 0 for everything. */
export interface Answer {
  readonly kind: 'answer';
  readonly protocol: number;
  readonly nonce: Nonce;
  readonly heartbeatMs: number;
  readonly windowBytes: number;
  readonly from: number;
  /** Bytes of messages sent before this one in the connection: where acknowledgements count on. */
  readonly sentBytes: number;
  readonly head: Position;
  /** Instead of frames: the digests of the root's children, to begin a comparison. */
  readonly comparison: Comparison | undefined;
}

export interface Comparison {
  /** Entries that the hub holds: tells how far down comparing pays. */
  readonly entries: number;
  readonly sums: Uint32Array;
}

/** In a comparison: asks for the digests of the children of these nodes of a level. */
export interface Compare {
  readonly kind: 'compare';
  readonly nonce: Nonce;
  readonly level: number;
  /** Rising. */
  readonly nodes: readonly number[];
}

/** What was asked for, 128 words for each node, in the order of the request. */
export interface Sums {
  readonly kind: 'sums';
  readonly nonce: Nonce;
  readonly level: number;
  readonly sums: Uint32Array;
}

/** In a comparison: what the consumer holds in the nodes that differ. */
export interface Mend {
  readonly kind: 'mend';
  readonly nonce: Nonce;
  readonly claims: readonly NodeClaim[];
}

/** The end of a comparison: what makes the consumer equal. Its body may come in parts. */
export interface MendedMessage {
  readonly kind: 'mended';
  readonly body: Uint8Array;
}

/** A frame's body, or its last part. */
export interface FrameMessage {
  readonly kind: 'frame';
  readonly body: Uint8Array;
}

/** A dense frame's body, or its last part. */
export interface DenseMessage {
  readonly kind: 'dense';
  readonly body: Uint8Array;
}

/** Part of a frame's body that is too large for one message, with its place; more follows. */
export interface PartMessage {
  readonly kind: 'part';
  readonly body: Uint8Array;
}

/** Chunks of a packed snapshot follow. */
interface SnapshotMessage {
  readonly kind: 'snapshot';
  readonly manifest: Manifest;
}

interface ChunkMessage {
  readonly kind: 'chunk';
  readonly body: Uint8Array;
}

/** Where the producer stands; sent only when all that leads there has been sent. */
export interface HeadMessage {
  readonly kind: 'head';
  readonly version: number;
  readonly digest: readonly number[];
  readonly check: number;
}

/** To a hello or resume that has to wait for the producer's first commit. */
export interface WaitMessage {
  readonly kind: 'wait';
}

/** Why the hub will not go on; the connection ends. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly code: string;
  readonly reason: string;
  readonly retryAfterMs: number;
}

export type ConsumerMessage = Hello | Resume | Ack | Compare | Mend;
export type HubMessage =
  | Answer
  | FrameMessage
  | DenseMessage
  | PartMessage
  | HeadMessage
  | Refusal
  | WaitMessage
  | Sums
  | MendedMessage
  | SnapshotMessage
  | ChunkMessage;

/** First bytes of messages; those of a hub have bit 6 set. */
export const MESSAGE = {
  hello: 0x01,
  resume: 0x02,
  ack: 0x03,
  compare: 0x04,
  mend: 0x05,
  answer: 0x41,
  frame: 0x42,
  part: 0x43,
  head: 0x44,
  refusal: 0x45,
  wait: 0x46,
  sums: 0x47,
  mended: 0x48,
  snapshot: 0x49,
  chunk: 0x4a,
  dense: 0x4b,
} as const;

/** Behind the first byte of a hello: `DS`. */
export const HELLO_MAGIC = [0x44, 0x53] as const;
