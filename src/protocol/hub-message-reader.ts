import { ByteReader } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import { FANOUT } from '../cache/digest-tree.ts';
import { readManifest } from './chunk.ts';
import { readWords } from './claims.ts';
import { readFlag } from './flag.ts';
import type { Answer, Comparison, HubMessage } from './message.ts';
import { MESSAGE } from './message.ts';
import { readNonce } from './nonce.ts';
import { readDigest, readPosition } from './position.ts';
import { unsealed } from './seal.ts';

const TEXT_BYTES_MAX = 1024;
/** Messages that are nothing but a body, the frequent ones first. */
const WITH_BODY = ['frame', 'dense', 'part', 'chunk', 'mended'] as const;

/** Reads what a hub sent; a frame's body stays as it is. Throws `malformed`, nothing else. */
export function decodeHubMessage(bytes: Uint8Array): HubMessage {
  const [type] = bytes;
  const kind = WITH_BODY.find((name) => MESSAGE[name] === type);
  if (kind !== undefined) return { kind, body: bytes.subarray(1) };
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

function readComparison(input: ByteReader): Comparison | undefined {
  if (!readFlag(input)) return undefined;
  return { entries: input.varint(), sums: readWords(input, FANOUT) };
}
