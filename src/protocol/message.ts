import { ByteReader, ByteWriter } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import { chain, lane, mix } from '../core/hash.ts';
import { chainNumber } from '../cache/collection-digest.ts';
import { FANOUT } from '../cache/digest-tree.ts';
import { incarnationWords } from '../cache/epoch.ts';
import type { NodeClaim } from '../cache/mending.ts';
import {
  checkNode,
  readClaims,
  readRising,
  readWords,
  writeClaims,
  writeRising,
  writeWords,
} from './claims.ts';
import type { Nonce } from './nonce.ts';
import { readNonce, writeNonce } from './nonce.ts';
import type { Position } from './position.ts';
import { readDigest, readPosition, writeDigest, writePosition } from './position.ts';

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
  /** Proof of who it is; empty for nobody in particular. */
  readonly token: string;
  /** Undefined: it holds nothing. */
  readonly position: Position | undefined;
  readonly trust: Trust;
}

/** From a consumer in an open session: start again from here. */
export interface Resume {
  readonly kind: 'resume';
  readonly nonce: Nonce;
  readonly position: Position | undefined;
  readonly trust: Trust;
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

/** Part of a frame's body that is too large for one message; more follows. */
export interface PartMessage {
  readonly kind: 'part';
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
  | PartMessage
  | HeadMessage
  | Refusal
  | WaitMessage
  | Sums
  | MendedMessage;

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
} as const;

const MAGIC = [0x44, 0x53] as const;
const HAS_POSITION = 1;
const trusts: readonly Trust[] = ['position', 'compare', 'nothing'];
const TOKEN_BYTES_MAX = 3072;
const TEXT_BYTES_MAX = 1024;

export function encodeMessage(message: ConsumerMessage | HubMessage): Uint8Array {
  const out = new ByteWriter(64);
  out.byte(MESSAGE[message.kind]);
  switch (message.kind) {
    case 'hello':
      for (const byte of MAGIC) out.byte(byte);
      out.varint(message.protocol);
      writeNonce(out, message.nonce);
      out.varint(message.frameBytesMax);
      out.text(message.token);
      writeStanding(out, message);
      break;
    case 'resume':
      writeNonce(out, message.nonce);
      writeStanding(out, message);
      break;
    case 'ack':
      out.varint(message.bytes);
      out.varint(message.version);
      break;
    case 'answer':
      out.varint(message.protocol);
      writeNonce(out, message.nonce);
      out.varint(message.heartbeatMs);
      out.varint(message.windowBytes);
      out.varint(message.from);
      writePosition(out, message.head);
      out.byte(message.comparison === undefined ? 0 : 1);
      if (message.comparison !== undefined) {
        out.varint(message.comparison.entries);
        writeWords(out, message.comparison.sums);
      }
      out.u32(answerCheck(message));
      break;
    case 'compare':
      writeNonce(out, message.nonce);
      out.varint(message.level);
      writeRising(out, message.nodes);
      break;
    case 'sums':
      writeNonce(out, message.nonce);
      out.varint(message.level);
      out.varint(message.sums.length / FANOUT);
      writeWords(out, message.sums);
      break;
    case 'mend':
      writeNonce(out, message.nonce);
      writeClaims(out, message.claims);
      break;
    case 'frame':
    case 'part':
    case 'mended':
      out.bytes(message.body);
      break;
    case 'head':
      out.varint(message.version);
      writeDigest(out, message.digest);
      out.u32(message.check);
      break;
    case 'refusal':
      out.text(message.code);
      out.text(message.reason);
      out.varint(message.retryAfterMs);
      break;
    case 'wait':
  }
  return out.take();
}

/** An answer decides what a consumer believes before any frame: all of it is checked. */
function answerCheck(answer: Answer): number {
  const { nonce, from, head, heartbeatMs, windowBytes, comparison } = answer;
  lane.lo = nonce[0] | 0;
  lane.hi = nonce[1] | 0;
  const [high, low] = incarnationWords(head.epoch);
  for (const word of [high, low, ...head.digest]) chain(word);
  for (const word of comparison?.sums ?? []) chain(word);
  const { term } = head.epoch;
  const entries = comparison?.entries ?? 0;
  for (const number of [term, head.version, from, heartbeatMs, windowBytes, entries]) {
    chainNumber(number);
  }
  mix(lane.lo, lane.hi);
  return (lane.lo ^ lane.hi) >>> 0;
}

/** Reads what a consumer sent. Throws `malformed`, nothing else. */
export function decodeConsumerMessage(bytes: Uint8Array): ConsumerMessage {
  const input = new ByteReader(bytes);
  const message = readConsumerMessage(input, input.byte());
  input.finish();
  return message;
}

function readConsumerMessage(input: ByteReader, type: number): ConsumerMessage {
  switch (type) {
    case MESSAGE.hello: {
      if (input.byte() !== MAGIC[0] || input.byte() !== MAGIC[1]) {
        throw malformed('this is not the hello of a DiffStream consumer');
      }
      return {
        kind: 'hello',
        protocol: input.varint(),
        nonce: readNonce(input),
        frameBytesMax: input.varint(),
        token: input.text(TOKEN_BYTES_MAX, () => malformed('a token that is too long')),
        ...readStanding(input),
      };
    }
    case MESSAGE.resume:
      return { kind: 'resume', nonce: readNonce(input), ...readStanding(input) };
    case MESSAGE.ack:
      return { kind: 'ack', bytes: input.varint(), version: input.varint() };
    case MESSAGE.compare: {
      const nonce = readNonce(input);
      const level = input.varint();
      const nodes = readRising(input);
      for (const index of nodes) checkNode({ level, index });
      return { kind: 'compare', nonce, level, nodes };
    }
    case MESSAGE.mend:
      return { kind: 'mend', nonce: readNonce(input), claims: readClaims(input) };
    default:
      throw malformed(`there is no message of type ${type} from a consumer`);
  }
}

/** Reads what a hub sent; a frame's body stays as it is. Throws `malformed`, nothing else. */
export function decodeHubMessage(bytes: Uint8Array): HubMessage {
  const input = new ByteReader(bytes);
  const type = input.byte();
  if (type === MESSAGE.frame) return { kind: 'frame', body: bytes.subarray(1) };
  if (type === MESSAGE.part) return { kind: 'part', body: bytes.subarray(1) };
  if (type === MESSAGE.mended) return { kind: 'mended', body: bytes.subarray(1) };
  const message = readHubMessage(input, type);
  input.finish();
  return message;
}

function readHubMessage(input: ByteReader, type: number): HubMessage {
  switch (type) {
    case MESSAGE.answer:
      return readAnswer(input);
    case MESSAGE.head:
      return {
        kind: 'head',
        version: input.varint(),
        digest: readDigest(input),
        check: input.u32(),
      };
    case MESSAGE.refusal: {
      const tooLong = (): Error => malformed('a refusal that is too long');
      return {
        kind: 'refusal',
        code: input.text(TEXT_BYTES_MAX, tooLong),
        reason: input.text(TEXT_BYTES_MAX, tooLong),
        retryAfterMs: input.varint(),
      };
    }
    case MESSAGE.wait:
      return { kind: 'wait' };
    case MESSAGE.sums: {
      const nonce = readNonce(input);
      const level = input.varint();
      return { kind: 'sums', nonce, level, sums: readWords(input, input.varint() * FANOUT) };
    }
    default:
      throw malformed(`there is no message of type ${type} from a hub`);
  }
}

function readAnswer(input: ByteReader): Answer {
  const answer: Answer = {
    kind: 'answer',
    protocol: input.varint(),
    nonce: readNonce(input),
    heartbeatMs: input.varint(),
    windowBytes: input.varint(),
    from: input.varint(),
    head: readPosition(input),
    comparison: input.byte() === 0 ? undefined : readComparison(input),
  };
  if (input.u32() !== answerCheck(answer)) throw malformed('an answer damaged on its way');
  return answer;
}

interface Standing {
  readonly position: Position | undefined;
  readonly trust: Trust;
}

function writeStanding(out: ByteWriter, { position, trust }: Standing): void {
  out.byte((position === undefined ? 0 : HAS_POSITION) + 2 * trusts.indexOf(trust));
  if (position !== undefined) writePosition(out, position);
}

function readStanding(input: ByteReader): Standing {
  const flags = input.byte();
  const trust = trusts[flags >> 1];
  if (trust === undefined) throw malformed(`unknown flags ${flags}`);
  const position = (flags & HAS_POSITION) === 0 ? undefined : readPosition(input);
  return { position, trust };
}

function readComparison(input: ByteReader): Comparison {
  return { entries: input.varint(), sums: readWords(input, FANOUT) };
}
