import { ByteReader, ByteWriter } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import { chain, lane, mix } from '../core/hash.ts';
import { chainNumber } from '../cache/collection-digest.ts';
import { incarnationWords } from '../cache/epoch.ts';
import type { Position } from './position.ts';
import { readDigest, readPosition, writeDigest, writePosition } from './position.ts';

/** Two random 32-bit words that tie an answer to the request it answers. */
export type Nonce = readonly [number, number];

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
  /** Its copy failed its check after a resume: the position is not to be relied on. */
  readonly repair: boolean;
}

/** From a consumer in an open session: start again from here. */
export interface Resume {
  readonly kind: 'resume';
  readonly nonce: Nonce;
  readonly position: Position | undefined;
  readonly repair: boolean;
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

export type ConsumerMessage = Hello | Resume | Ack;
export type HubMessage = Answer | FrameMessage | PartMessage | HeadMessage | Refusal | WaitMessage;

/** First bytes of messages; those of a hub have bit 6 set. */
export const MESSAGE = {
  hello: 0x01,
  resume: 0x02,
  ack: 0x03,
  answer: 0x41,
  frame: 0x42,
  part: 0x43,
  head: 0x44,
  refusal: 0x45,
  wait: 0x46,
} as const;

const MAGIC = [0x44, 0x53] as const;
const HAS_POSITION = 1;
const REPAIR = 2;
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
      out.u32(answerCheck(message));
      break;
    case 'frame':
    case 'part':
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
function answerCheck({ nonce, from, head, heartbeatMs, windowBytes }: Answer): number {
  lane.lo = nonce[0] | 0;
  lane.hi = nonce[1] | 0;
  const [high, low] = incarnationWords(head.epoch);
  for (const word of [high, low, ...head.digest]) chain(word);
  for (const number of [head.epoch.term, head.version, from, heartbeatMs, windowBytes]) {
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
  };
  if (input.u32() !== answerCheck(answer)) throw malformed('an answer damaged on its way');
  return answer;
}

function writeNonce(out: ByteWriter, nonce: Nonce): void {
  out.u32(nonce[0]);
  out.u32(nonce[1]);
}

function readNonce(input: ByteReader): Nonce {
  return [input.u32(), input.u32()];
}

interface Standing {
  readonly position: Position | undefined;
  readonly repair: boolean;
}

function writeStanding(out: ByteWriter, { position, repair }: Standing): void {
  out.byte((position === undefined ? 0 : HAS_POSITION) | (repair ? REPAIR : 0));
  if (position !== undefined) writePosition(out, position);
}

function readStanding(input: ByteReader): Standing {
  const flags = input.byte();
  if (flags > (HAS_POSITION | REPAIR)) throw malformed(`unknown flags ${flags}`);
  const position = (flags & HAS_POSITION) === 0 ? undefined : readPosition(input);
  return { position, repair: (flags & REPAIR) !== 0 };
}
