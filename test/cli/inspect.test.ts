import { describe, expect, it } from 'vitest';

import { bytesOfText } from '../../src/cli/byte-input.ts';
import { decodeAs } from '../../src/cli/inspect.ts';
import { opLines } from '../../src/cli/op-text.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import { DiffCache, diff } from '../../src/index.ts';
import { encodeMessage } from '../../src/protocol/index.ts';

const before = { n: 1.25, text: 'the quick fox', list: [1, 2, 3], gone: true, deep: { x: null } };
const after = { n: 1.5, text: 'the slow fox', list: [1, 3, 'new'], deep: { x: 'y' }, more: [0] };

const splices = [
  { keep: 4, drop: 5, insert: 'slow' },
  { keep: 3, drop: 1, insert: '' },
];
const edits: readonly Edit[] = [
  { kind: 'change', keep: 2, op: { kind: 'text', splices } },
  { kind: 'take', keep: 0, from: 0, op: undefined },
  { kind: 'drop', keep: 0, count: 1 },
];

describe('inspect', () => {
  it('shows each step of a patch, by place', () => {
    const op: Op = {
      kind: 'object',
      edits: [
        { kind: 'change', keep: 1, op: { kind: 'number', scale: undefined, delta: 25 } },
        { kind: 'change', keep: 0, op: { kind: 'number', scale: 3, delta: -4 } },
        { kind: 'drop', keep: 0, count: 2 },
        { kind: 'take', keep: 0, from: 7, op: { kind: 'set', value: null } },
        { kind: 'change', keep: 0, op: { kind: 'array', edits } },
        { kind: 'add', keep: 0, name: 'more', value: [0] },
      ],
    };
    expect(opLines(op)).toEqual([
      'object',
      '  ~ member #1: number +25 units of its last decimal',
      '  ~ member #2: number -4 × 10^-3',
      '  - member #3 to #4',
      '  > member #7 comes before #5, and becomes null',
      '  ~ member #5: array',
      '      ~ element #2: text',
      '          at 4: drop 5, insert "slow"',
      '          at 12: drop 1',
      '      > element #0 comes before #3',
      '      - element #3',
      '  + member "more" before #6: [0]',
    ]);
    expect(opLines(undefined)).toEqual(['nothing changes']);
  });

  it('tells messages, frames and patches from one another', () => {
    const producer = DiffCache.producer();
    const messages = [
      producer.set('k', before),
      producer.set('k', after),
      producer.retran('k'),
      producer.delete('k'),
    ];
    expect(messages.map((message) => decodeAs('auto', message.encode()).kind)).toEqual([
      ...['message', 'message', 'message', 'message'],
    ]);
    expect(decodeAs('auto', producer.frame(1).encode()).kind).toBe('frame');
    const ack = decodeAs('auto', encodeMessage({ kind: 'ack', bytes: 5, version: 3 }));
    expect(ack.kind).toBe('protocol');
    const patch = diff(before, after)?.encode() ?? new Uint8Array();
    expect(decodeAs('patch', patch).decoded.lines).toEqual(opLines(diff(before, after)?.op));
  });

  it('gives programs all there is', () => {
    const producer = DiffCache.producer({ epoch: '5.0123456789abcdef' });
    producer.set(1, before);
    const { decoded } = decodeAs('auto', producer.set(1, { ...before, n: 2 }).encode());
    expect(decoded.data).toMatchObject({
      ...{ cmd: 'update', key: 1, base: 1, version: 2 },
      op: { kind: 'object', edits: [{ kind: 'change', keep: 0 }] },
    });
    expect(JSON.stringify(decoded.data)).not.toContain('next');
    const frame = decodeAs('auto', producer.frame(0).encode()).decoded;
    expect(frame.data).toMatchObject({ from: 0, to: 2, epoch: '5.0123456789abcdef' });
    expect(frame.lines.at(-1)).toContain('put 1 = {"n":2,');
  });

  it('escapes what would command the terminal', () => {
    const message = DiffCache.producer().set('k\u009b2J', '\u009b2J');
    const text = decodeAs('auto', message.encode()).decoded.lines.join('\n');
    expect(text).not.toContain('\u009b');
  });

  it('says what each decoder found in bytes that none reads', () => {
    expect(() => decodeAs('auto', Uint8Array.of(0xff, 0xff))).toThrow(
      /2 bytes that nothing reads \(as message: .*; as frame: .*; as protocol: .*; as patch: /,
    );
  });

  it('takes hexadecimal digits and base64, spaces and colons between them', () => {
    const bytes = (text: string): number[] | undefined => {
      const read = bytesOfText(text);
      return read === undefined ? undefined : [...read];
    };
    expect(bytes('0x10ff')).toEqual([0x10, 0xff]);
    expect(bytes('10 FF\n:00')).toEqual([0x10, 0xff, 0]);
    expect(bytes('EP8A')).toEqual([0x10, 0xff, 0]);
    expect(bytes('_-8=')).toEqual([0xff, 0xef]);
    expect([bytes(''), bytes('abc de!'), bytes('EP8AE')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
