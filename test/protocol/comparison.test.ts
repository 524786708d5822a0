/** A comparison step by step: what either side says, and what it does not fall for. */
import { describe, expect, it } from 'vitest';
import { DigestTree, FANOUT } from '../../src/cache/digest-tree.ts';
import type { Entry } from '../../src/cache/entry.ts';
import { entryOf } from '../../src/cache/entry.ts';
import { decodeConsumerMessage } from '../../src/protocol/consumer-message-reader.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { ConsumerMessage, Hello } from '../../src/protocol/message.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { RepairWalk } from '../../src/protocol/repair-walk.ts';
import { withSeal } from '../../src/protocol/seal.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { EPOCH, newProducer, Rig, stateOf } from './session-rig.ts';
import type { Consumer, Tamper } from './session-rig.ts';

const NONCE = [1, 2] as const;
const STRANGE = [3, 4] as const;
const ROOT = { level: 0, index: 0 };
const TEXT = 'a value of some length, so that it would be felt if it were sent again ';

const entries = (count: number, value = 0): Entry[] =>
  Array.from({ length: count }, (_, n) => entryOf(n, value, 1, 1000));

describe('The walk of a comparison', () => {
  const many = 2 * 32 * FANOUT;
  const hub = new DigestTree(entries(many));

  it('R3 looks deeper where nodes are large, then names what is held, key by key', () => {
    const walk = new RepairWalk(new DigestTree(entries(many).with(7, entryOf(7, 1, 1, 9))), many);
    const first = walk.step(hub.childSums(ROOT));
    expect(first).toMatchObject({ kind: 'compare', level: 1 });
    const nodes = first.kind === 'compare' ? first.nodes : [];
    expect([nodes.length, walk.level]).toEqual([1, 1]);
    const second = walk.step(hub.childSums({ level: 1, index: nodes[0] as number }));
    const claims = second.kind === 'mend' ? second.claims : [];
    expect(claims).toHaveLength(1);
    const items = (claims[0]?.items.length ?? 0) / 2;
    const keys = walk.keysOf(Array.from({ length: items }, (_, i) => i));
    expect(keys).toContain(7);
    expect(keys.length).toBeLessThan(10);
  });

  it('R4 S2 names no item that was not claimed', () => {
    const walk = new RepairWalk(new DigestTree(entries(10)), 12);
    expect(walk.keysOf([])).toEqual([]);
    expect(() => walk.keysOf([0])).toThrow(/not claimed/);
    expect(walk.step(new DigestTree(entries(12)).childSums(ROOT)).kind).toBe('mend');
    expect(() => walk.keysOf([999])).toThrow(/not claimed/);
  });

  it('R3 P10 starts anew where that costs less, or the digests lead nowhere', () => {
    const anew = (own: DigestTree, sums: Uint32Array, hubEntries: number): string =>
      new RepairWalk(own, hubEntries).step(sums).kind;
    const sums = hub.childSums(ROOT);
    expect(anew(hub, sums, many)).toBe('anew');
    expect(anew(hub, sums.subarray(1), many)).toBe('anew');
    expect(anew(hub, new Uint32Array(2 * FANOUT), many)).toBe('anew');
    const other = new DigestTree(entries(1000, 5));
    expect(anew(other, new DigestTree(entries(1000)).childSums(ROOT), 1000)).toBe('anew');
    // Below three quarters of the nodes it is worth comparing.
    const few = new DigestTree(entries(1000).slice(90));
    expect(anew(few, new DigestTree(entries(1000)).childSums(ROOT), 1000)).toBe('mend');
  });

  it('R3 L4 starts anew where what it holds would not fit in a request', () => {
    const request = (bytesMax: number): Uint8Array | undefined => {
      const own = new DigestTree(entries(100).slice(1));
      return new RepairWalk(own, 100).request(
        new DigestTree(entries(100)).childSums(ROOT),
        NONCE,
        bytesMax,
      );
    };
    const bytes = request(1000) as Uint8Array;
    expect(decodeConsumerMessage(bytes)).toMatchObject({ kind: 'mend', nonce: NONCE });
    expect(request(bytes.length)).toEqual(bytes);
    expect(request(bytes.length - 1)).toBeUndefined();
  });
});

describe('A hub in a comparison', () => {
  const hello: Hello = {
    kind: 'hello',
    protocol: PROTOCOL_VERSION,
    nonce: NONCE,
    frameBytesMax: 1e9,
    dense: false,
    token: '',
    position: { epoch: { ...EPOCH, term: 1 }, version: 1, digest: [0, 0, 0, 0] },
    trust: 'position',
  };
  const items = new Uint32Array(0);

  /** What a hub of many entries says to a consumer whose past it does not know. */
  function comparing(
    frameBytesMax = hello.frameBytesMax,
  ): (message: ConsumerMessage) => readonly PublisherOutput[] {
    const producer = newProducer();
    producer.batch((tx) => {
      for (let n = 0; n < 5000; n++) tx.set(n, { key: n, n });
    });
    const publisher = new Publisher(producer, resolveSessionLimits({}));
    publisher.open(1, 0);
    const send = (message: ConsumerMessage): readonly PublisherOutput[] =>
      publisher.receive(1, encodeMessage(message), 0);
    send({ ...hello, frameBytesMax });
    return send;
  }

  it('S2 does not answer requests of an earlier one', () => {
    const send = comparing();
    expect(send({ kind: 'compare', nonce: STRANGE, level: 1, nodes: [0] })).toEqual([]);
    expect(send({ kind: 'mend', nonce: STRANGE, claims: [] })).toEqual([]);
    expect(send({ kind: 'compare', nonce: NONCE, level: 1, nodes: [0] })).toHaveLength(1);
    const claims = [{ node: { level: 1, index: 0 }, items }];
    const [mended] = send({ kind: 'mend', nonce: NONCE, claims });
    expect(mended).toMatchObject({ kind: 'send' });
    // It is over now: nothing is compared or mended any more.
    expect(send({ kind: 'compare', nonce: NONCE, level: 1, nodes: [0] })).toEqual([]);
    expect(send({ kind: 'mend', nonce: NONCE, claims })).toEqual([]);
  });

  it('L4 refuses to send a repair that is larger than the consumer takes', () => {
    const claims = [{ node: { level: 1, index: 0 }, items }];
    const asked = (frameBytesMax: number): unknown[] =>
      comparing(frameBytesMax)({ kind: 'mend', nonce: NONCE, claims }).map((output) =>
        output.kind === 'send' ? decodeHubMessage(output.bytes) : output,
      );
    const [mended] = asked(1e9) as { kind: string; body: Uint8Array }[];
    expect(mended?.kind).toBe('mended');
    const { length } = mended?.body ?? [];
    expect(asked(length ?? 0)).toMatchObject([{ kind: 'mended' }]);
    expect(asked((length ?? 0) - 1)).toMatchObject([
      { kind: 'refusal', code: 'limit-exceeded' },
      { kind: 'close', code: 4000, reason: 'limit-exceeded' },
    ]);
  });

  it('C3 L4 refuses nodes and numbers that cannot be', () => {
    const wrong: ConsumerMessage[] = [
      { kind: 'mend', nonce: NONCE, claims: [{ node: { level: 1, index: FANOUT }, items }] },
      { kind: 'mend', nonce: NONCE, claims: [{ node: { level: 5, index: 0 }, items }] },
      { kind: 'compare', nonce: NONCE, level: 1, nodes: [FANOUT] },
      { kind: 'compare', nonce: NONCE, level: 1, nodes: [2 ** 53 - 1, 2 ** 53 + 2] },
    ];
    for (const message of wrong) {
      expect(comparing()(message)).toMatchObject([{ kind: 'close', error: { code: 'malformed' } }]);
    }
  });

  it('C1 an answer says by 0 or 1 whether it brings a comparison, by nothing else', () => {
    const answer = encodeMessage({
      kind: 'answer',
      protocol: PROTOCOL_VERSION,
      nonce: NONCE,
      heartbeatMs: 1000,
      windowBytes: 1000,
      from: 0,
      sentBytes: 0,
      head: { epoch: EPOCH, version: 1, digest: [0, 0, 0, 0] },
      comparison: undefined,
    });
    const content = answer.subarray(0, answer.length - 4);
    expect(decodeHubMessage(withSeal(content))).toMatchObject({ comparison: undefined });
    expect(() => decodeHubMessage(withSeal(content.with(content.length - 1, 2)))).toThrow(/flags/);
  });
});

describe('A consumer in a comparison', () => {
  /** Live, cut off, and back at a hub that has started again with some rows changed. */
  function returning(tamper: Tamper): { rig: Rig; consumer: Consumer } {
    const rig = new Rig({ windowBytes: 1 << 20 });
    const fill = (producer: Rig['producer'], changed: number): unknown =>
      producer.batch((tx) => {
        for (let n = 0; n < 5000; n++) tx.set(n, { key: n, n: n < changed ? -1 : n, text: TEXT });
      });
    rig.commit((producer) => fill(producer, 0));
    const consumer = rig.join();
    rig.pass(2000);
    const next = newProducer({ epoch: { term: 2000, incarnation: 'a'.repeat(16) } });
    fill(next, 5);
    rig.restart(next);
    rig.tamper = tamper;
    rig.pass(3000);
    return { rig, consumer };
  }

  it('S2 R3 drops digests and repairs of an earlier one, and ends in one repair', () => {
    const seen: number[] = [];
    const { rig, consumer } = returning(({ way, bytes }) => {
      if (way === 'up') return [bytes];
      const kind = bytes[0] as number;
      seen.push(kind);
      if (kind === MESSAGE.mended) return [bytes.with(1, (bytes[1] as number) ^ 1), bytes];
      const message = kind === MESSAGE.sums ? decodeHubMessage(bytes) : undefined;
      if (message?.kind !== 'sums') return [bytes];
      const sums = new Uint32Array(message.sums.length);
      return [
        encodeMessage({ ...message, nonce: STRANGE, sums }),
        encodeMessage({ ...message, level: message.level + 1, sums }),
        bytes,
      ];
    });
    expect(seen).toEqual(expect.arrayContaining([MESSAGE.sums, MESSAGE.mended]));
    expect(consumer.codes).toEqual(['unreachable']);
    expect(consumer.subscriber.stats).toMatchObject({ repairs: 1, snapshots: 1 });
    expect(stateOf(consumer.cache)).toBe(stateOf(rig.producer));
  });
});
