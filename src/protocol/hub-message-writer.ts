import type { ByteWriter } from '../core/bytes.ts';
import { bytesOf } from '../core/bytes.ts';
import { FANOUT } from '../cache/digest-tree.ts';
import { writeManifest } from './chunk.ts';
import { writeWords } from './claims.ts';
import type { Answer, HubMessage } from './message.ts';
import { MESSAGE } from './message.ts';
import { writeNonce } from './nonce.ts';
import { writeDigest, writePosition } from './position.ts';
import { withSeal } from './seal.ts';

/**
 * Messages that end with a check of all their bytes; the others carry one that proves more.
 *
 * Modelled in models/resume.pml.
 */
const sealed: Record<HubMessage['kind'], boolean> = {
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

export function encodeHubMessage(message: HubMessage): Uint8Array {
  const bytes = bytesOf((out) => {
    out.byte(MESSAGE[message.kind]);
    writeHubMessage(out, message);
  });
  return sealed[message.kind] ? withSeal(bytes) : bytes;
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
