/** Inputs that fuzzing has found, or led to, each with the rule that they once broke. */
import { describe, expect, it } from 'vitest';
import { ConsumerCache } from '../src/cache/consumer.ts';
import { DataMsg } from '../src/cache/data-msg.ts';
import { epochTag } from '../src/cache/epoch.ts';
import type { NodeClaim } from '../src/cache/mending.ts';
import { ProducerCache } from '../src/cache/producer.ts';
import { toJsonPatch } from '../src/core/json-patch.ts';
import type { Edit, Op } from '../src/core/op.ts';
import { applyPatch, Patch } from '../src/core/patch.ts';
import type { Value } from '../src/core/value.ts';

const EPOCH = { term: 1, incarnation: '0000000000000001' };
const VALUE_BYTES_MAX = 50_000;
/** What takes the whole of the parts below a thousand times. */
const TIMES = 1000;

const takes = (op: Op | undefined): Op => ({
  kind: 'array',
  edits: Array.from({ length: TIMES }, (): Edit => ({ kind: 'take', keep: 0, from: 0, op })),
});
const dropFirst: Op = { kind: 'array', edits: [{ kind: 'drop', keep: 0, count: 1 }] };
const emptyText: Op = { kind: 'text', splices: [{ keep: 0, drop: 20_000, insert: '' }] };

/** A consumer that holds a value, and an update of it by this op. */
function updated(value: Value, op: Op): { consumer: ConsumerCache; message: DataMsg } {
  const limits = { valueBytesMax: VALUE_BYTES_MAX };
  const producer = new ProducerCache({ epoch: EPOCH });
  const consumer = new ConsumerCache({ limits });
  producer.set('key', value);
  consumer.apply(producer.frame(0));
  const parts = { cmd: 'update', key: 'key', tag: epochTag(EPOCH), base: 1, version: 2 } as const;
  return { consumer, message: new DataMsg({ ...parts, digest: { lo: 1, hi: 2 }, op }) };
}

describe('a patch of a few bytes', () => {
  const numbers = Array.from({ length: 10_000 }, () => 1);

  it('L4 that copies a long array again and again is refused before memory is taken', () => {
    const { consumer, message } = updated([numbers], takes(dropFirst));
    expect(message.encode().length).toBeLessThan(8 * TIMES);
    const head = consumer.head();
    expect(() => consumer.update(message.encode())).toThrow(/valueBytesMax/);
    expect(consumer.head()).toEqual(head);
    const error: unknown = (() => {
      try {
        return consumer.update(message);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'limit-exceeded', key: 'key' });
  });

  it('C6 that names a long text again and again is refused after a few looks at it', () => {
    const refusals: [Op, RegExp][] = [
      // Copies are measured at once, changed ones each by itself.
      [takes(undefined), /bytes of JSON, exceeds the limit valueBytesMax/],
      [takes(emptyText), /what the patch replaces exceeds the limit valueBytesMax/],
    ];
    for (const [op, refusal] of refusals) {
      const { consumer, message } = updated(['x'.repeat(20_000)], op);
      expect(() => consumer.update(message.encode())).toThrow(refusal);
    }
  });

  it('C6 that comes too late is not applied at a greater cost than one in time', () => {
    const { consumer, message } = updated(['x'.repeat(20_000)], takes(undefined));
    const producer = new ProducerCache({ epoch: EPOCH });
    producer.set('key', ['x'.repeat(20_000)]);
    producer.set('other', 1);
    expect(consumer.update(producer.set('key', 3).encode())[0]).toBe('update');
    expect(consumer.update(message.encode())[0]).toBe('ignored');
    expect(consumer.version).toBe(1);
  });

  it('L4 that makes more than any value may be is refused without a cache as well', () => {
    const long = Array.from({ length: 200_000 }, () => 1);
    const patch = Patch.decode(new Patch(takes(dropFirst)).encode());
    expect(() => applyPatch([long], patch)).toThrow(/valueBytesMax/);
    expect(() => toJsonPatch([long], patch)).toThrow(/valueBytesMax/);
  });

  it('D3 may move and copy as much as the value may be long', () => {
    const half = 'x'.repeat(VALUE_BYTES_MAX / 2 - 100);
    const edits: Edit[] = [
      { kind: 'take', keep: 0, from: 1, op: undefined },
      { kind: 'drop', keep: 1, count: 1 },
      { kind: 'take', keep: 0, from: 1, op: undefined },
    ];
    const { consumer, message } = updated([1, half], { kind: 'array', edits });
    expect(() => consumer.update(message.encode())).toThrow(/does not lead to the value/);
  });
});

describe('a claim of a comparison', () => {
  it('P14 that names a hundred thousand nodes below the buckets is looked at once', () => {
    const producer = new ProducerCache({ epoch: EPOCH });
    producer.replaceAll(Array.from({ length: 4000 }, (_, i) => [i, { i }]));
    const claims = (level: number, count: number): NodeClaim[] =>
      Array.from({ length: count }, (_, index) => ({
        node: { level, index },
        items: new Uint32Array(0),
      }));
    expect(producer.mend(claims(4, 100_000), 1)).toBeUndefined();
    expect(producer.mend(claims(1, 128), 1)?.frame.changes).toHaveLength(4000);
  });
});
