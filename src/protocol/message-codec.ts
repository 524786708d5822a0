import { ByteReader, ByteWriter } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import { FANOUT } from '../cache/digest-tree.ts';
import { readManifest, writeManifest } from './chunk.ts';
import {
  checkNode,
  NODES_MAX,
  readClaims,
  readRising,
  readWords,
  writeClaims,
  writeRising,
  writeWords,
} from './claims.ts';
import type { Answer, Comparison, ConsumerMessage, HubMessage, Resume, Trust } from './message.ts';
import { MESSAGE } from './message.ts';
import { readNonce, writeNonce } from './nonce.ts';
import { readDigest, readPosition, writeDigest, writePosition } from './position.ts';
import { unsealed, withSeal } from './seal.ts';

const MAGIC = [0x44, 0x53] as const;
const HAS_POSITION = 1;
const HAS_PARTIAL = 2;
const trusts: readonly Trust[] = ['position', 'compare', 'nothing'];
const TOKEN_BYTES_MAX = 3072;
const TEXT_BYTES_MAX = 1024;
/** The sums below this level are of single places; those below the root come unasked. */
const COMPARE_LEVEL_MAX = 3;

/**
 * Messages that end with a check of all their bytes; the others carry one that proves more.
 * Without it, damage to a request would cost what it seems to ask for.
 *
 * Modelled in models/resume.pml.
 */
const sealed: Record<(ConsumerMessage | HubMessage)['kind'], boolean> = {
  hello: true,
  resume: true,
  ack: true,
  compare: true,
  mend: true,
  answer: true,
  refusal: true,
  wait: true,
  sums: true,
  snapshot: true,
  head: false,
  frame: false,
  dense: false,
  part: false,
  mended: false,
  chunk: false,
};

export function encodeMessage(message: ConsumerMessage | HubMessage): Uint8Array {
  const out = new ByteWriter(64);
  out.byte(MESSAGE[message.kind]);
  switch (message.kind) {
    case 'hello':
    case 'resume':
    case 'ack':
    case 'compare':
    case 'mend':
      writeConsumerMessage(out, message);
      break;
    default:
      writeHubMessage(out, message);
  }
  return sealed[message.kind] ? withSeal(out.take()) : out.take();
}

function writeConsumerMessage(out: ByteWriter, message: ConsumerMessage): void {
  switch (message.kind) {
    case 'hello':
      for (const byte of MAGIC) out.byte(byte);
      out.varint(message.protocol);
      writeNonce(out, message.nonce);
      out.varint(message.frameBytesMax);
      out.byte(message.dense ? 1 : 0);
      out.text(message.token);
      return writeStanding(out, message);
    case 'resume':
      writeNonce(out, message.nonce);
      return writeStanding(out, message);
    case 'ack':
      out.varint(message.bytes);
      return out.varint(message.version);
    case 'compare':
      writeNonce(out, message.nonce);
      out.varint(message.level);
      return writeRising(out, message.nodes);
    case 'mend':
      writeNonce(out, message.nonce);
      return writeClaims(out, message.claims);
  }
}

function writeHubMessage(out: ByteWriter, message: HubMessage): void {
  switch (message.kind) {
    case 'answer':
      return writeAnswer(out, message);
    case 'sums':
      writeNonce(out, message.nonce);
      out.varint(message.level);
      out.varint(message.sums.length / FANOUT);
      return writeWords(out, message.sums);
    case 'frame':
    case 'dense':
    case 'part':
    case 'mended':
    case 'chunk':
      return out.bytes(message.body);
    case 'snapshot':
      return writeManifest(out, message.manifest);
    case 'head':
      out.varint(message.version);
      writeDigest(out, message.digest);
      return out.u32(message.check);
    case 'refusal':
      out.text(message.code);
      out.text(message.reason);
      return out.varint(message.retryAfterMs);
    case 'wait':
  }
}

function writeAnswer(out: ByteWriter, answer: Answer): void {
  out.varint(answer.protocol);
  writeNonce(out, answer.nonce);
  out.varint(answer.heartbeatMs);
  out.varint(answer.windowBytes);
  out.varint(answer.from);
  out.varint(answer.sentBytes);
  writePosition(out, answer.head);
  out.byte(answer.comparison === undefined ? 0 : 1);
  if (answer.comparison !== undefined) {
    out.varint(answer.comparison.entries);
    writeWords(out, answer.comparison.sums);
  }
}

/** Reads what a consumer sent. Throws `malformed`, nothing else. */
export function decodeConsumerMessage(bytes: Uint8Array): ConsumerMessage {
  const input = new ByteReader(unsealed(bytes));
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
        dense: readFlag(input),
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
      if (level === 0 || level > COMPARE_LEVEL_MAX) {
        throw malformed(`a comparison asks for level ${level}`);
      }
      const nodes = readRising(input);
      if (nodes.length > NODES_MAX) throw malformed(`more than ${NODES_MAX} nodes asked for`);
      for (const index of nodes) checkNode({ level: level + 1, index: index * FANOUT });
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
  const [type] = bytes;
  if (type === MESSAGE.frame) return { kind: 'frame', body: bytes.subarray(1) };
  if (type === MESSAGE.dense) return { kind: 'dense', body: bytes.subarray(1) };
  if (type === MESSAGE.part) return { kind: 'part', body: bytes.subarray(1) };
  if (type === MESSAGE.chunk) return { kind: 'chunk', body: bytes.subarray(1) };
  if (type === MESSAGE.mended) return { kind: 'mended', body: bytes.subarray(1) };
  const input = new ByteReader(type === MESSAGE.head ? bytes : unsealed(bytes));
  const message = readHubMessage(input, input.byte());
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
    case MESSAGE.snapshot:
      return { kind: 'snapshot', manifest: readManifest(input) };
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
  return {
    kind: 'answer',
    protocol: input.varint(),
    nonce: readNonce(input),
    heartbeatMs: input.varint(),
    windowBytes: input.varint(),
    from: input.varint(),
    sentBytes: input.varint(),
    head: readPosition(input),
    comparison: readComparison(input),
  };
}

function readFlag(input: ByteReader): boolean {
  const flag = input.byte();
  if (flag > 1) throw malformed(`unknown flags ${flag}`);
  return flag === 1;
}

/** Where a consumer says it stands. */
type Standing = Pick<Resume, 'position' | 'trust' | 'partial'>;

function writeStanding(out: ByteWriter, { position, trust, partial }: Standing): void {
  const flags = (position === undefined ? 0 : HAS_POSITION) + (partial ? HAS_PARTIAL : 0);
  out.byte(flags + 4 * trusts.indexOf(trust));
  if (position !== undefined) writePosition(out, position);
  if (partial === undefined) return;
  out.varint(partial.to);
  out.u32(partial.check);
  out.varint(partial.bytes);
}

function readStanding(input: ByteReader): Standing {
  const flags = input.byte();
  const trust = trusts[flags >> 2];
  if (trust === undefined) throw malformed(`unknown flags ${flags}`);
  const position = (flags & HAS_POSITION) === 0 ? undefined : readPosition(input);
  if ((flags & HAS_PARTIAL) === 0) return { position, trust };
  const partial = { to: input.varint(), check: input.u32(), bytes: input.varint() };
  return { position, trust, partial };
}

function readComparison(input: ByteReader): Comparison | undefined {
  if (!readFlag(input)) return undefined;
  return { entries: input.varint(), sums: readWords(input, FANOUT) };
}
