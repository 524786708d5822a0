/** What is bounded in a session, at the bound, below it and beyond. */
import { describe, expect, it } from 'vitest';
import { DigestTree, FANOUT } from '../../src/cache/digest-tree.ts';
import { entryOf } from '../../src/cache/entry.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { Backlog } from '../../src/protocol/backlog.ts';
import { decodeMending, encodeMending } from '../../src/protocol/claims.ts';
import { decodeConsumerMessage } from '../../src/protocol/consumer-message-reader.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { PartCollector } from '../../src/protocol/part-collector.ts';
import { encodePart } from '../../src/protocol/part.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { RepairWalk } from '../../src/protocol/repair-walk.ts';
import type { WalkStep } from '../../src/protocol/repair-walk.ts';
import { defaultSessionLimits, resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { withSeal } from '../../src/protocol/seal.ts';
import { attempt, errorOf } from '../cache/support/healing.ts';
import { ReplicaBench } from './replica-bench.ts';
import { EPOCH } from './session-rig.ts';
import { codeOf } from '../support/error-code.ts';

const NONCE = [1, 2] as const;
const rising = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The largest number for which a call does not throw, out of all below 2^20. */
function most(call: (n: number) => unknown): number {
  let [low, high] = [0, 2 ** 20];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    try {
      call(middle);
      low = middle;
    } catch {
      high = middle;
    }
  }
  return low;
}

describe('A session is bounded', () => {
  it('L1 by these defaults', () => {
    expect(resolveSessionLimits({})).toEqual(defaultSessionLimits);
    expect(defaultSessionLimits).toEqual({
      windowBytes: 262_144,
      partBytes: 16_384,
      helloBytesMax: 4096,
      requestBytesMax: 524_288,
      helloTimeoutMs: 5000,
      answerTimeoutMs: 10_000,
      heartbeatMs: 1000,
      missedHeadsMax: 3,
      idleTimeoutMs: 30_000,
      ackDelayMs: 1000,
      messagesPerSecondMax: 128,
      catchUpBytesPerTurn: 65_536,
      openTransferBytesMax: 67_108_864,
      backoffMinMs: 200,
      backoffMaxMs: 30_000,
      repairsPerMinuteMax: 10,
    });
    expect(most((partBytes) => resolveSessionLimits({ partBytes: partBytes + 1 })) + 1).toBe(
      524_288,
    );
  });

  it('L4 in what waits for a snapshot, 64 bytes for each message and its body', () => {
    const limits = { ...defaultLimits, frameBytesMax: 64_000 };
    const kept = (body: number): number =>
      most((count) => {
        const backlog = new Backlog(limits);
        for (let n = 0; n < Math.min(count, 2000); n++) {
          backlog.add({ kind: 'part', body: new Uint8Array(body) }, n);
        }
        if (count > 2000) throw new Error('too many');
      });
    expect([0, 1, 36].map(kept)).toEqual([1000, 984, 640]);
    const head = { kind: 'head', version: 1, digest: [0, 0, 0, 0], check: 0 } as const;
    const backlog = new Backlog(limits);
    for (let n = 0; n < 1000; n++) backlog.add(head, n);
    expect(errorOf(() => backlog.add(head, 0)).code).toBe('limit-exceeded');
    expect(rising(1000).map(() => backlog.next()?.atMs)).toEqual(rising(1000));
    expect([backlog.isEmpty, backlog.next()]).toEqual([true, undefined]);
  });

  it('L4 in the parts of a body, 64 bytes for each and its length', () => {
    const limits = { ...defaultLimits, frameBytesMax: 65_000 };
    const parts = new PartCollector(limits);
    const fill = (count: number): void => {
      for (let n = 0; n < count; n++) parts.add(partOf(n, 1), n + 5);
    };
    fill(1000);
    expect(errorOf(() => parts.add(partOf(1000, 1), 0)).code).toBe('limit-exceeded');
    parts.clear();
    fill(999);
    expect(parts.finish(Uint8Array.of(9), 2000)).toHaveLength(1000);
    expect(parts.beganMs).toBe(5);
    const alone = Uint8Array.of(1, 2);
    expect(parts.finish(alone, 3000)).toBe(alone);
    expect(parts.beganMs).toBe(3000);
    fill(3);
    // None twice, none left out, none that is empty.
    for (const wrong of [partOf(2, 1), partOf(4, 1), partOf(0, 1), partOf(3, 0)]) {
      expect(errorOf(() => parts.add(wrong, 0)).code).toBe('malformed');
    }
    parts.add(partOf(3, 5), 0);
    expect(parts.finish(Uint8Array.of(9), 0)).toHaveLength(9);
  });

  it('C3 L4 in the nodes that a comparison asks for, and their levels', () => {
    const compare = (level: number, nodes: readonly number[]): unknown =>
      decodeConsumerMessage(encodeMessage({ kind: 'compare', nonce: NONCE, level, nodes }));
    expect(most((count) => compare(2, rising(count)))).toBe(1024);
    expect(compare(2, rising(1024))).toMatchObject({ level: 2, nodes: rising(1024) });
    const codes = [0, 1, 2, 3, 4].map((level) => codeOf(() => compare(level, [0])));
    expect(codes).toEqual(['malformed', 'no error', 'no error', 'no error', 'malformed']);
    // The last node of a level, and one that is not there.
    expect([1, 2].map((level) => most((index) => compare(level, [index])))).toEqual([
      FANOUT - 1,
      FANOUT ** 2 - 1,
    ]);
    expect(compare(3, [FANOUT ** 3 - 1])).toMatchObject({ nodes: [FANOUT ** 3 - 1] });
    expect(errorOf(() => compare(3, [FANOUT ** 3])).code).toBe('malformed');
  });
});

/** What follows the type of a part of so many bytes. */
function partOf(offset: number, length: number): Uint8Array {
  return encodePart(offset, new Uint8Array(length)).subarray(1);
}

describe('A message that is nothing but a body', () => {
  it.each(['frame', 'dense', 'part', 'mended', 'chunk'] as const)(
    'C1 is its type and that: %s',
    (kind) => {
      const body = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
      const bytes = encodeMessage({ kind, body });
      expect([...bytes]).toEqual([MESSAGE[kind], ...body]);
      expect(decodeHubMessage(bytes)).toEqual({ kind, body });
    },
  );
});

describe('Where a consumer stands', () => {
  it('C1 C4 is told by flags that are known, and by no others', () => {
    const nonce = [1, 0, 0, 0, 2, 0, 0, 0];
    const codes = rising(256).map((flags) =>
      codeOf(() => decodeConsumerMessage(withSeal(Uint8Array.of(MESSAGE.resume, ...nonce, flags)))),
    );
    // Trust in the position, less, and none; with a position or part there would be more bytes.
    expect(rising(256).filter((flags) => codes[flags] === 'no error')).toEqual([0, 4, 8]);
    expect(new Set(codes)).toEqual(new Set(['no error', 'malformed']));
  });

  it('C5 C4 a repair drops what has numbers, up to the last there is', () => {
    const { producer } = new ReplicaBench();
    const dropped = (...numbers: readonly number[]): unknown => {
      const body = encodeMending(NONCE, { frame: producer.frame(0), dropped: numbers });
      return attempt(() => decodeMending(body, EPOCH, defaultLimits).dropped);
    };
    const last = Number.MAX_SAFE_INTEGER;
    expect([dropped(), dropped(0, 1, 7), dropped(last)]).toEqual([[], [0, 1, 7], [last]]);
    expect(dropped(last, last + 3)).toMatchObject({ code: 'malformed' });
  });

  it('C3 C1 claims are of one level and rising, and as many as their bytes allow', () => {
    const items = new Uint32Array(0);
    const mend = (...nodes: readonly (readonly [number, number])[]): unknown => {
      const claims = nodes.map(([level, index]) => ({ node: { level, index }, items }));
      return codeOf(() =>
        decodeConsumerMessage(encodeMessage({ kind: 'mend', nonce: NONCE, claims })),
      );
    };
    expect([mend(), mend([1, 0]), mend([1, 0], [1, 1], [1, 127])]).toEqual(
      Array(3).fill('no error'),
    );
    const wrong = [
      mend([1, 1], [1, 1]),
      mend([1, 2], [1, 1]),
      mend([1, 1], [2, 2]),
      mend([2, 1], [1, 2]),
      mend([1, 128]),
    ];
    expect(wrong).toEqual(Array(5).fill('malformed'));
    expect([mend([4, FANOUT ** 4 - 1]), mend([4, FANOUT ** 4]), mend([5, 0])]).toEqual([
      'no error',
      'malformed',
      'malformed',
    ]);
  });
});

describe('The walk of a comparison', () => {
  const own = new DigestTree(Array.from({ length: 50 }, (_, n) => entryOf(n, 0, 1, 1000)));

  /** The step after digests of `nodes` nodes, of whose children the first `differing` differ. */
  function stepOf(hubEntries: number, nodes: number, differing: number): WalkStep {
    const walk = new RepairWalk(own, hubEntries);
    const differ = (sums: Uint32Array, count: number): Uint32Array =>
      sums.map((sum, i) => (i < count ? sum + 1 : sum));
    const first = walk.step(differ(own.childSums({ level: 0, index: 0 }), nodes));
    if (differing < 0) return first;
    expect(first).toEqual({ kind: 'compare', level: 1, nodes: rising(nodes) });
    const sums = new Uint32Array(nodes * FANOUT);
    for (let index = 0; index < nodes; index++) {
      sums.set(own.childSums({ level: 1, index }), index * FANOUT);
    }
    return walk.step(differ(sums, differing));
  }
  const below = -1;

  it('R3 goes down where a node of the hub has more than 32 entries on average', () => {
    const [one, two] = [32 * FANOUT, 32 * FANOUT ** 2];
    expect(stepOf(one, 5, below).kind).toBe('mend');
    expect(stepOf(one + 1, 5, below)).toEqual({ kind: 'compare', level: 1, nodes: rising(5) });
    expect(stepOf(two, 2, 9).kind).toBe('mend');
    expect(stepOf(two + 1, 2, 9)).toEqual({ kind: 'compare', level: 2, nodes: rising(9) });
  });

  it('R3 P10 starts anew where more than three quarters of what was looked at differ', () => {
    const kinds = (few: number, many: number): string[] =>
      [few, many].map((nodes) => stepOf(100, nodes, below).kind);
    expect(kinds(96, 97)).toEqual(['mend', 'anew']);
    const deeper = (nodes: number): string[] =>
      [0, 1, 96, 97].map((more) => stepOf(32 * FANOUT + 1, nodes, 96 * (nodes - 1) + more).kind);
    expect(deeper(1)).toEqual(['anew', 'mend', 'mend', 'anew']);
    expect(deeper(2)).toEqual(['mend', 'mend', 'mend', 'anew']);
    expect(deeper(3)).toEqual(['mend', 'mend', 'mend', 'anew']);
  });

  it('L4 R3 starts anew where more than 1,024 nodes differ', () => {
    const many = 33 * FANOUT ** 2;
    expect(stepOf(many, 9, 1024)).toEqual({ kind: 'compare', level: 2, nodes: rising(1024) });
    expect(stepOf(many, 9, 1025)).toEqual({ kind: 'anew' });
  });

  it('R3 L4 asks for nothing by a request where it starts anew', () => {
    const request = (nodes: number, bytesMax: number): unknown =>
      new RepairWalk(own, 100)
        .request(
          own.childSums({ level: 0, index: 0 }).map((sum, i) => (i < nodes ? sum + 1 : sum)),
          NONCE,
          bytesMax,
        )
        ?.at(0);
    expect([request(0, 1e6), request(97, 1e6)]).toEqual([undefined, undefined]);
    expect([request(96, 1e6), request(96, 10)]).toEqual([MESSAGE.mend, undefined]);
  });

  it('R3 P10 claims every entry of the nodes that differ, once, and names its key', () => {
    const walk = new RepairWalk(own, 50);
    const sums = new Uint32Array(FANOUT);
    const step = walk.step(sums);
    const claims = step.kind === 'mend' ? step.claims : [];
    const items = claims.flatMap(({ items: words }) => [...words]);
    expect(items).toHaveLength(100);
    expect(claims.map(({ node }) => node)).toEqual(
      rising(FANOUT)
        .filter((index) => own.childSums({ level: 0, index: 0 })[index] !== 0)
        .map((index) => ({ level: 1, index })),
    );
    expect(walk.keysOf(rising(50)).sort((a, b) => Number(a) - Number(b))).toEqual(rising(50));
    expect(walk.keysOf([49])).toHaveLength(1);
    expect(errorOf(() => walk.keysOf([50])).code).toBe('malformed');
    expect(walk.keysOf([])).toEqual([]);
  });
});
