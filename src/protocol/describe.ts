import { wordsText } from '../cache/collection-digest.ts';
import type { Epoch } from '../cache/epoch.ts';
import { epochText } from '../cache/epoch.ts';
import { Frame } from '../cache/frame.ts';
import { hex, hex32 } from '../core/hash.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import { decodeChunk } from './chunk.ts';
import { decodeMending } from './claims.ts';
import { decodeDenseBody } from './dense-body.ts';
import type { ConsumerMessage, Hello, HubMessage, Resume } from './message.ts';
import type { Nonce } from './nonce.ts';
import { decodeConsumerMessage } from './consumer-message-reader.ts';
import { decodeHubMessage } from './hub-message-reader.ts';
import { decodePart } from './part.ts';
import type { Position } from './position.ts';

/** A frame's epoch is the session's, which a message by itself does not tell. */
const NO_EPOCH: Epoch = { term: 0, incarnation: '0'.repeat(16) };
const HUB_BIT = 0x40;

type Message = ConsumerMessage | HubMessage;
type Json = Record<string, unknown>;

/** What is shown of a message beside its kind; a new kind does not compile until it is here. */
const shown: {
  readonly [K in Message['kind']]: (
    message: Extract<Message, { kind: K }>,
    limits: Partial<Limits> | undefined,
  ) => Json;
} = {
  hello: requestJson,
  resume: requestJson,
  answer: (message) => {
    const { nonce, head, comparison } = message;
    const entries = comparison?.entries;
    return { ...message, nonce: nonceText(nonce), head: positionJson(head), comparison: entries };
  },
  compare: (message) => ({ ...message, nonce: nonceText(message.nonce) }),
  sums: ({ nonce, level, sums }) => ({ nonce: nonceText(nonce), level, sums: sums.length }),
  mend: ({ nonce, claims }) => ({
    nonce: nonceText(nonce),
    claims: claims.map(({ node, items }) => ({ ...node, items: items.length / 2 })),
  }),
  mended: ({ body }, limits) => {
    const { nonce, dropped, frame } = decodeMending(body, NO_EPOCH, resolveLimits(limits));
    const { from, to, changes } = frame;
    return { nonce: nonceText(nonce), dropped, from, to, changes };
  },
  frame: ({ body }, limits) => {
    const { from, to, changes, check } = Frame.decodeBody(body, NO_EPOCH, resolveLimits(limits));
    return { from, to, changes, check: hex32(check) };
  },
  // What is coded means something only to who has read the frames before it.
  dense: ({ body }) => {
    const { coded, check, ...place } = decodeDenseBody(body);
    return { ...place, bytes: coded.length, check: hex32(check) };
  },
  part: ({ body }) => {
    const { offset, bytes } = decodePart(body);
    return { offset, bytes: bytes.length };
  },
  chunk: ({ body }) => {
    const { offset, bytes } = decodeChunk(body);
    return { offset, bytes: bytes.length };
  },
  head: ({ version, digest, check }) => {
    return { version, digest: wordsText(digest), check: hex32(check) };
  },
  ack: (message) => ({ ...message }),
  wait: () => ({}),
  refusal: (message) => ({ ...message }),
  snapshot: (message) => ({ ...message }),
};

/** A session's message as plain JSON, for people. Throws `malformed` or `limit-exceeded`. */
export function describeMessage(bytes: Uint8Array, limits?: Partial<Limits>): Json {
  const fromHub = ((bytes[0] ?? 0) & HUB_BIT) !== 0;
  const message: Message = fromHub ? decodeHubMessage(bytes) : decodeConsumerMessage(bytes);
  const show = shown[message.kind] as (message: Message, limits?: Partial<Limits>) => Json;
  return { kind: message.kind, ...show(message, limits) };
}

function requestJson(message: Hello | Resume): Json {
  const { nonce, position } = message;
  return { ...message, nonce: nonceText(nonce), position: position && positionJson(position) };
}

function nonceText([low, high]: Nonce): string {
  return hex(low, high);
}

function positionJson({ epoch, version, digest }: Position): Record<string, unknown> {
  return { epoch: epochText(epoch), version, digest: wordsText(digest) };
}
