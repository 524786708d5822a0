/** What people read of a message. */
import { describe, expect, it } from 'vitest';
import { FANOUT } from '../../src/cache/digest-tree.ts';
import { encodeChunk } from '../../src/protocol/chunk.ts';
import { encodeMending } from '../../src/protocol/claims.ts';
import { encodeDenseBody } from '../../src/protocol/dense-body.ts';
import { describeMessage } from '../../src/protocol/describe.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { ConsumerMessage, HubMessage } from '../../src/protocol/message.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { EPOCH, HELLO, newProducer } from './session-rig.ts';

const NONCE = [1, 0xabc] as const;
const NONCE_TEXT = '00000abc00000001';
const EPOCH_TEXT = `${EPOCH.term}.${EPOCH.incarnation}`;
const DIGEST = [1, 2, 3, 4];
const DIGEST_TEXT = '00000004000000030000000200000001';
const POSITION = { epoch: EPOCH, version: 7, digest: DIGEST };

const producer = newProducer();
producer.set('a', { key: 'a', n: 1 });
const frame = producer.frame(0);
const put = { kind: 'put', key: 'a', value: { key: 'a', n: 1 } };
const checkText = frame.check.toString(16).padStart(8, '0');
const items = new Uint32Array([10, 11, 20, 21]);

const shown: (readonly [ConsumerMessage | HubMessage, object])[] = [
  [
    { ...HELLO, nonce: NONCE, token: 'secret', partial: { to: 7, check: 8, bytes: 9 } },
    {
      nonce: NONCE_TEXT,
      protocol: 1,
      dense: false,
      frameBytesMax: 1_000_000,
      token: 'secret',
      position: undefined,
      trust: 'position',
      partial: { to: 7, check: 8, bytes: 9 },
    },
  ],
  ...[undefined, { entries: 33, sums: new Uint32Array(FANOUT) }].map(
    (comparison) =>
      [
        {
          kind: 'answer',
          ...{ protocol: 1, nonce: NONCE, heartbeatMs: 5, windowBytes: 6 },
          ...{ from: 4, sentBytes: 300, head: POSITION, comparison },
        },
        {
          ...{ nonce: NONCE_TEXT, protocol: 1, heartbeatMs: 5, windowBytes: 6 },
          ...{ from: 4, sentBytes: 300, comparison: comparison?.entries },
          head: { epoch: EPOCH_TEXT, version: 7, digest: DIGEST_TEXT },
        },
      ] as const,
  ),
  [
    { kind: 'resume', nonce: NONCE, position: POSITION, trust: 'compare' },
    {
      nonce: NONCE_TEXT,
      position: { epoch: EPOCH_TEXT, version: 7, digest: DIGEST_TEXT },
      trust: 'compare',
    },
  ],
  [
    { kind: 'ack', bytes: 9, version: 3 },
    { bytes: 9, version: 3 },
  ],
  [
    { kind: 'compare', nonce: NONCE, level: 1, nodes: [3, 5] },
    { nonce: NONCE_TEXT, level: 1, nodes: [3, 5] },
  ],
  [
    { kind: 'mend', nonce: NONCE, claims: [{ node: { level: 1, index: 3 }, items }] },
    { nonce: NONCE_TEXT, claims: [{ level: 1, index: 3, items: 2 }] },
  ],
  [
    { kind: 'sums', nonce: NONCE, level: 1, sums: new Uint32Array(2 * FANOUT) },
    { nonce: NONCE_TEXT, level: 1, sums: 2 * FANOUT },
  ],
  [
    { kind: 'mended', body: encodeMending(NONCE, { frame, dropped: [4, 6] }) },
    { nonce: NONCE_TEXT, dropped: [4, 6], from: 0, to: 1, changes: [put] },
  ],
  [
    { kind: 'frame', body: frame.body() },
    { from: 0, to: 1, changes: [put], check: checkText },
  ],
  [
    { kind: 'part', body: Uint8Array.of(7, 0, 0, 0, 0, 0) },
    { offset: 7, bytes: 5 },
  ],
  [
    { kind: 'head', version: 7, digest: DIGEST, check: 0xab },
    { version: 7, digest: DIGEST_TEXT, check: '000000ab' },
  ],
  [{ kind: 'wait' }, {}],
  [
    { kind: 'refusal', code: 'ahead', reason: 'why', retryAfterMs: 5 },
    { code: 'ahead', reason: 'why', retryAfterMs: 5 },
  ],
];

describe('A message as plain JSON', () => {
  it.each(shown.map(([message, fields]) => [message.kind, message, fields] as const))(
    'C5 of kind %s says what is in it, long things by their number',
    (kind, message, fields) => {
      expect(describeMessage(encodeMessage(message))).toEqual({ kind, ...fields });
    },
  );

  it('C5 of a chunk tells its place and length', () => {
    const chunk = encodeChunk(MESSAGE.chunk, { offset: 300, bytes: new Uint8Array(40) });
    expect(describeMessage(chunk)).toEqual({ kind: 'chunk', offset: 300, bytes: 40 });
  });

  it('C5 of a dense frame tells its place and length', () => {
    const place = { group: 3, index: 17, span: 2 };
    const body = encodeDenseBody({ ...place, coded: new Uint8Array(40), check: 0xab });
    expect(describeMessage(encodeMessage({ kind: 'dense', body }))).toEqual({
      ...{ kind: 'dense', ...place },
      ...{ bytes: 40, check: '000000ab' },
    });
  });

  it('C4 of bytes that are none is malformed', () => {
    for (const bytes of [[], [0x7f], [0x40], [0x00], [MESSAGE.mended, 1]]) {
      expect(() => describeMessage(Uint8Array.from(bytes))).toThrow(/malformed|message|bytes/);
    }
  });
});
