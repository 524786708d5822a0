import { wordsText } from '../cache/collection-digest.ts';
import type { Epoch } from '../cache/epoch.ts';
import { epochText } from '../cache/epoch.ts';
import { Frame } from '../cache/frame.ts';
import { hex, hex32 } from '../core/hash.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import { decodeChunk } from './chunk.ts';
import { decodeMending } from './claims.ts';
import type { ConsumerMessage, HubMessage } from './message.ts';
import type { Nonce } from './nonce.ts';
import { decodeConsumerMessage } from './consumer-message-reader.ts';
import { decodeHubMessage } from './hub-message-reader.ts';
import type { Position } from './position.ts';

/** A frame's epoch is the session's, which a message by itself does not tell. */
const NO_EPOCH: Epoch = { term: 0, incarnation: '0'.repeat(16) };
const HUB_BIT = 0x40;

/** A session's message as plain JSON, for people. Throws `malformed` or `limit-exceeded`. */
export function describeMessage(
  bytes: Uint8Array,
  limits?: Partial<Limits>,
): Record<string, unknown> {
  const fromHub = ((bytes[0] ?? 0) & HUB_BIT) !== 0;
  const message: ConsumerMessage | HubMessage = fromHub
    ? decodeHubMessage(bytes)
    : decodeConsumerMessage(bytes);
  switch (message.kind) {
    case 'hello':
    case 'resume': {
      const { nonce, position } = message;
      return { ...message, nonce: nonceText(nonce), position: position && positionJson(position) };
    }
    case 'answer': {
      const { nonce, head, comparison } = message;
      const entries = comparison?.entries;
      return { ...message, nonce: nonceText(nonce), head: positionJson(head), comparison: entries };
    }
    case 'compare':
      return { ...message, nonce: nonceText(message.nonce) };
    case 'sums': {
      const { kind, level, sums } = message;
      return { kind, nonce: nonceText(message.nonce), level, sums: sums.length };
    }
    case 'mend': {
      const claims = message.claims.map(({ node, items }) => ({
        ...node,
        items: items.length / 2,
      }));
      return { kind: 'mend', nonce: nonceText(message.nonce), claims };
    }
    case 'mended': {
      const { nonce, dropped, frame } = decodeMending(
        message.body,
        NO_EPOCH,
        resolveLimits(limits),
      );
      const { from, to, changes } = frame;
      return { kind: 'mended', nonce: nonceText(nonce), dropped, from, to, changes };
    }
    case 'frame': {
      const frame = Frame.decodeBody(message.body, NO_EPOCH, resolveLimits(limits));
      const { from, to, changes, check } = frame;
      return { kind: 'frame', from, to, changes, check: hex32(check) };
    }
    case 'chunk': {
      const { offset, bytes: data } = decodeChunk(message.body);
      return { kind: 'chunk', offset, bytes: data.length };
    }
    case 'part':
      return { kind: 'part', bytes: message.body.length };
    case 'head': {
      const { kind, version, digest, check } = message;
      return { kind, version, digest: wordsText(digest), check: hex32(check) };
    }
    default:
      return { ...message };
  }
}

function nonceText([low, high]: Nonce): string {
  return hex(low, high);
}

function positionJson({ epoch, version, digest }: Position): Record<string, unknown> {
  return { epoch: epochText(epoch), version, digest: wordsText(digest) };
}
