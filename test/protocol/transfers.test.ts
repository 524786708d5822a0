import { describe, expect, it } from 'vitest';

import type { ProducerCache } from '../../src/cache/producer.ts';
import type { Manifest } from '../../src/protocol/chunk.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { startFor } from '../../src/protocol/start.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import type { SessionLimits } from '../../src/protocol/session-limits.ts';
import type { Transfer } from '../../src/protocol/transfer.ts';
import { ChunkTransfer } from '../../src/protocol/transfer.ts';
import { Transfers } from '../../src/protocol/transfers.ts';
import type { Row } from './session-rig.ts';
import { EPOCH, HELLO, newProducer } from './session-rig.ts';

/** A producer whose values are together so many bytes of JSON, in as many rows as are asked. */
function producerOf(jsonBytes: number, rows = 1): ProducerCache<Row> {
  const producer = newProducer();
  producer.batch((tx) => {
    tx.set(0, { key: 0, n: 0, text: '' });
    for (let key = 1; key < rows; key++) tx.set(key, { key, n: 0 });
  });
  const text = 'x'.repeat(jsonBytes - producer.jsonBytes);
  // Once more at version 1, so that every producer begins there.
  const whole = newProducer();
  whole.batch((tx) => {
    for (const [key, row] of producer) tx.set(key, key === 0 ? { ...row, text } : row);
  });
  return whole;
}

type Pack = Extract<PublisherOutput, { kind: 'pack' }>;

const packsOf = (outputs: readonly PublisherOutput[]): Pack[] =>
  outputs.filter((output) => output.kind === 'pack');

class Bench {
  readonly counters = { framesEncoded: 0, snapshotsEncoded: 0 };
  readonly transfers: Transfers;
  readonly pieces: Pack[] = [];
  readonly producer: ProducerCache<Row>;

  constructor(producer: ProducerCache<Row>, session: Partial<SessionLimits> = {}) {
    this.producer = producer;
    this.transfers = new Transfers(producer, resolveSessionLimits(session), this.counters);
  }

  ask(needs: Partial<Parameters<Transfers['next']>[0]> = {}): Transfer | string {
    const from = { cursor: 0, leastVersion: 0, knownHead: 0, request: undefined };
    return this.transfers.next({ ...from, ...needs });
  }

  span(needs: Partial<Parameters<Transfers['next']>[0]> = {}): unknown {
    const next = this.ask(needs);
    return typeof next === 'string' ? next : [next.from, next.to];
  }

  commit(times: number): void {
    for (let n = 0; n < times; n++) {
      this.producer.set('n', { key: 'n', n: this.producer.version });
    }
  }

  /** Packs the snapshot that is being made; whether each of these packings is taken. */
  pack(partBytes: number): boolean[] {
    const pieces: Pack[] = [];
    while (this.transfers.hasWork) {
      pieces.push(...packsOf(this.transfers.work()));
    }
    this.pieces.push(...pieces);
    const parts = pieces.map(() => new Uint8Array(partBytes));
    const id = pieces[0]?.snapshot ?? 0;
    return [id - 1, id + 1, id, id].map((one) => this.transfers.packed(one, parts));
  }

  /** Does so, and whoever has waited for it has got it. */
  packAndServe(partBytes: number): void {
    this.pack(partBytes);
    this.transfers.endTurn();
  }
}

describe('What a consumer gets next', () => {
  it('R1 is a frame down to the oldest deletion remembered, and everything below', () => {
    const producer = newProducer({ limits: { journalEntriesMax: 1, tombstonesMax: 2 } });
    for (let n = 1; n <= 6; n++) producer.set(n, { key: n, n });
    for (let n = 1; n <= 4; n++) producer.delete(n);
    const { floor, journalFloor, version } = producer;
    expect([floor, journalFloor, version]).toEqual([8, 9, 10]);
    const counters = { framesEncoded: 0, snapshotsEncoded: 0 };
    const transfers = new Transfers(producer, resolveSessionLimits({}), counters);
    const from = (cursor: number): unknown => {
      const next = transfers.next({ cursor, leastVersion: 0, knownHead: 0, request: undefined });
      return typeof next === 'string' ? next : [next.from, next.to];
    };
    expect([6, 7, 8, 9].map(from)).toEqual([
      [0, 10],
      [0, 10],
      [8, 10],
      [9, 10],
    ]);
  });

  it('S11 is made at once below 16 KiB of JSON, and packed from there on', () => {
    const small = new Bench(producerOf(16_383));
    expect([small.span(), small.transfers.hasWork]).toEqual([[0, 1], false]);
    expect(small.transfers.work()).toEqual([]);
    const large = new Bench(producerOf(16_384), { partBytes: 5000 });
    expect(large.transfers.hasWork).toBe(false);
    expect([large.span(), large.span(), large.transfers.hasWork]).toEqual([
      'making',
      'making',
      true,
    ]);
    expect(large.pack(5000)).toEqual([false, false, true, false]);
    expect(large.pieces.map(({ partBytes, last }) => [partBytes, last])).toEqual([
      [5000, false],
      [5000, true],
    ]);
    expect(large.span()).toEqual([0, 1]);
    expect([large.transfers.hasWork, large.transfers.work()]).toEqual([false, []]);
    expect([small.counters, large.counters]).toEqual([
      { framesEncoded: 0, snapshotsEncoded: 1 },
      { framesEncoded: 0, snapshotsEncoded: 1 },
    ]);
  });

  it('S11 goes as it is where it could not be packed', () => {
    const bench = new Bench(producerOf(20_000, 1000));
    expect(bench.span()).toBe('making');
    while (bench.transfers.hasWork) bench.pieces.push(...packsOf(bench.transfers.work()));
    bench.commit(3);
    expect(bench.span()).toBe('making');
    expect(bench.transfers.packed(bench.pieces[0]?.snapshot ?? 0, undefined)).toBe(true);
    const { version } = bench.producer;
    expect([bench.span(), bench.transfers.keepsWaiting(0)]).toEqual([[0, version], false]);
  });

  it('S11 has nothing to pack while its entries are gathered', () => {
    const producer = newProducer();
    producer.batch((tx) => {
      for (let key = 0; key < 4096; key++) tx.set(key, { key, n: 0 });
    });
    const bench = new Bench(producer);
    expect(bench.span()).toBe('making');
    expect([bench.transfers.work(), bench.transfers.hasWork]).toEqual([[], true]);
    expect(bench.transfers.work().map(({ kind }) => kind)).toEqual(['pack']);
    expect(bench.transfers.hasWork).toBe(true);
  });

  it('S11 is packed in pieces of 8 KiB and the rest of an entry', () => {
    // As the first row grows, the last of the piece ends everywhere up to its own length beyond.
    const lengths = Array.from({ length: 16 }, (_, more) => {
      const bench = new Bench(producerOf(20_000 + more, 1000));
      bench.ask();
      const outputs = bench.transfers.work();
      expect([outputs.length, bench.transfers.hasWork]).toEqual([1, true]);
      const [pack] = outputs;
      return pack?.kind === 'pack' ? pack.bytes.length : 0;
    });
    expect(Math.min(...lengths)).toBe(8192);
    expect(Math.max(...lengths)).toBeLessThan(8192 + 16);
  });

  it.each([
    [100, 64],
    [8 * 64 - 2, 64],
    [8 * 70, 70],
  ])('S11 is a snapshot of %i rows until it is %i versions old', (rows, most) => {
    const bench = new Bench(producerOf(rows * 25, rows - 1));
    expect(bench.span()).toEqual([0, 1]);
    bench.commit(most);
    expect([bench.producer.size, bench.span()]).toEqual([rows, [0, 1]]);
    bench.commit(1);
    expect(bench.span()).toEqual([0, most + 2]);
    expect(bench.counters).toEqual({ framesEncoded: 0, snapshotsEncoded: 2 });
  });

  it('P3 S11 is no snapshot older than what the consumer had, or than the journal', () => {
    const bench = new Bench(producerOf(500));
    expect(bench.span()).toEqual([0, 1]);
    bench.commit(3);
    expect([bench.span({ leastVersion: 1 }), bench.span({ leastVersion: 2 })]).toEqual([
      [0, 1],
      [0, 4],
    ]);
    bench.commit(2);
    expect([bench.span({ leastVersion: 4 }), bench.span({ leastVersion: 5 })]).toEqual([
      [0, 4],
      [0, 6],
    ]);
    const short = newProducer({ limits: { journalEntriesMax: 2 } });
    const forgetful = new Bench(short);
    forgetful.commit(1);
    expect(forgetful.span()).toEqual([0, 1]);
    forgetful.commit(2);
    expect([short.journalFloor, forgetful.span()]).toEqual([1, [0, 1]]);
    forgetful.commit(1);
    expect([short.journalFloor, forgetful.span()]).toEqual([2, [0, 4]]);
  });

  it('R1 S11 stays for who holds a part of it, as many versions as it has rows', () => {
    const bench = new Bench(producerOf(20_000, 99), { partBytes: 1000 });
    bench.ask();
    bench.packAndServe(1000);
    const first = bench.ask() as Transfer;
    const message = decodeHubMessage(first.message(0));
    const { to, check } = message.kind === 'snapshot' ? message.manifest : { to: 0, check: 0 };
    const asked = (bytes: number): unknown =>
      bench.span({ request: { partial: { to, check, bytes } } });
    bench.commit(64);
    expect([bench.span(), asked(1000)]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    bench.commit(36);
    expect([bench.producer.size, asked(1000)]).toEqual([100, [0, 1]]);
    // Of nothing that fits it is none.
    expect(asked(500)).toBe('making');
    bench.commit(1);
    expect(asked(1000)).toBe('making');
  });

  it('P6 S11 is what it has waited for, however much was committed while that was packed', () => {
    const bench = new Bench(newProducer({ limits: { journalEntriesMax: 8, tombstonesMax: 2 } }));
    bench.producer.set(0, { key: 0, n: 0, text: 'x'.repeat(20_000) });
    const committed = (): unknown => {
      for (let n = 1; n <= 100; n++) bench.producer.set('n', { key: 'n', n });
      return bench.producer.journalFloor;
    };
    expect([bench.span(), bench.transfers.hasWork]).toEqual(['making', true]);
    while (bench.transfers.hasWork) bench.transfers.work();
    expect(committed()).toBe(93);
    expect(bench.transfers.packed(1, [new Uint8Array(10)])).toBe(true);
    const held = (version: number): unknown => bench.span({ leastVersion: version });
    expect([bench.span(), held(1), held(2)]).toEqual([[0, 1], [0, 1], 'making']);
    // What is newer than it goes by whole values; who comes later gets a newer one.
    expect(bench.span({ cursor: 1 })).toEqual([1, 101]);
    bench.transfers.endTurn();
    expect(bench.span()).toBe('making');
  });

  it('S11 is never the snapshot that it has, where deletions since are forgotten', () => {
    const bench = new Bench(newProducer({ limits: { journalEntriesMax: 1, tombstonesMax: 1 } }));
    bench.producer.set(0, { key: 0, n: 0, text: 'x'.repeat(20_000) });
    bench.ask();
    while (bench.transfers.hasWork) bench.transfers.work();
    for (let n = 1; n <= 3; n++) bench.producer.set(n, { key: n, n });
    for (let n = 1; n <= 3; n++) bench.producer.delete(n);
    expect(bench.producer.floor).toBe(6);
    bench.transfers.packed(1, [new Uint8Array(10)]);
    expect([bench.span(), bench.span({ cursor: 1 })]).toEqual([[0, 1], 'making']);
  });

  it('R1 goes on after a hub was restored, but not with the same entries in another order', () => {
    const sent = (producer: ProducerCache<Row>): Manifest | undefined => {
      const bench = new Bench(producer, { partBytes: 1000 });
      bench.ask();
      bench.pack(1000);
      const message = decodeHubMessage((bench.ask() as Transfer).message(0));
      return message.kind === 'snapshot' ? message.manifest : undefined;
    };
    const first = producerOf(40_000, 999);
    const other = newProducer();
    other.batch((tx) => {
      for (const [key, row] of [...first].toReversed()) tx.set(key, row);
    });
    expect(other.head()).toEqual(first.head());
    expect(sent(producerOf(40_000, 999))).toEqual(sent(first));
    expect(sent(other)?.check).not.toBe(sent(first)?.check);
    expect(sent(other)).toEqual({ ...sent(first), check: sent(other)?.check });
  });

  it('S15 is put off where so much was made in a turn for others that are behind', () => {
    const length = (): number => {
      const bench = new Bench(producerOf(500));
      bench.commit(10);
      return (bench.ask({ cursor: 3 }) as Transfer).bodyBytes;
    };
    const spans = (catchUpBytesPerTurn: number): unknown[] => {
      const bench = new Bench(producerOf(500), { catchUpBytesPerTurn });
      bench.commit(10);
      bench.transfers.endTurn();
      expect([10, 11, 12].map((cursor) => bench.transfers.keepsUp(cursor))).toEqual([
        false,
        true,
        true,
      ]);
      bench.commit(1);
      const first = [3, 4, 5, 3, 11].map((cursor) => bench.span({ cursor }));
      bench.transfers.beginTurn();
      return [...first, bench.span({ cursor: 5 })];
    };
    const bytes = length();
    // What is made already is for anyone, and who keeps up does not wait.
    expect(spans(bytes)).toEqual([[3, 12], 'later', 'later', [3, 12], [11, 12], [5, 12]]);
    expect(spans(bytes + 1)).toEqual([[3, 12], [4, 12], 'later', [3, 12], [11, 12], [5, 12]]);
  });

  it('S4 is made once for each place to begin at, and anew after a commit', () => {
    const bench = new Bench(producerOf(500));
    bench.commit(3);
    const [one, again] = [bench.ask({ cursor: 2 }), bench.ask({ cursor: 2 })];
    expect(again).toBe(one);
    expect(bench.counters.framesEncoded).toBe(1);
    bench.commit(1);
    expect(bench.span({ cursor: 2 })).toEqual([2, 5]);
    expect(bench.counters.framesEncoded).toBe(2);
  });

  it('S11 is the bridge that others had while at most a quarter of it is left behind', () => {
    const bench = new Bench(producerOf(500));
    bench.ask();
    bench.commit(8);
    const bridge = bench.ask({ cursor: 1 });
    expect(bench.span({ cursor: 1 })).toEqual([1, 9]);
    bench.commit(2);
    // Beyond the head that it was told of, a consumer would take it for the newest.
    const told = { cursor: 1, knownHead: 10 };
    expect([
      bench.ask(told) === bridge,
      bench.ask({ cursor: 1, knownHead: 1e9 }) === bridge,
    ]).toEqual([true, true]);
    expect(bench.span({ cursor: 2, knownHead: 10 })).toEqual([2, 11]);
    bench.commit(1);
    expect(bench.span(told)).toEqual([1, 12]);
    // It is the bridge from now on.
    bench.commit(1);
    expect(bench.span({ cursor: 1, knownHead: 12 })).toEqual([1, 13]);
    bench.commit(1);
    expect(bench.span({ cursor: 1, knownHead: 14 })).toEqual([1, 13]);
  });
});

describe('A packed snapshot', () => {
  const manifest = { to: 5, check: 9, rawBytes: 100, packedBytes: 25 };
  const parts = [10, 10, 5].map((length) => new Uint8Array(length).fill(length));

  it('S7 is a manifest and its chunks, each made once', () => {
    const transfer = new ChunkTransfer(manifest, parts, 10);
    expect(transfer).toMatchObject({ from: 0, to: 5, bodyBytes: 100, count: 4 });
    const messages = [0, 1, 2, 3].map((index) => transfer.message(index));
    expect(messages.map((bytes) => decodeHubMessage(bytes).kind)).toEqual([
      'snapshot',
      ...Array<string>(3).fill('chunk'),
    ]);
    expect([0, 1, 2, 3].map((index) => transfer.message(index) === messages[index])).toEqual(
      Array(4).fill(true),
    );
    // Type and check, then the bytes at their place.
    expect(messages.slice(1).map((bytes) => [bytes[1], bytes.length])).toEqual([
      [0, 16],
      [10, 16],
      [20, 11],
    ]);
  });

  it('R1 goes on behind whole parts of just this snapshot', () => {
    const transfer = new ChunkTransfer(manifest, parts, 10);
    const sent = (held: Partial<{ to: number; check: number; bytes: number }>): number =>
      transfer.alreadySent({ to: 5, check: 9, bytes: 10, ...held });
    expect(transfer.alreadySent(undefined)).toBe(0);
    expect([{}, { bytes: 20 }].map(sent)).toEqual([2, 3]);
    expect([{ to: 4 }, { check: 8 }, { bytes: 11 }, { bytes: 30 }].map(sent)).toEqual([0, 0, 0, 0]);
    const even = new ChunkTransfer({ ...manifest, packedBytes: 20 }, parts.slice(0, 2), 10);
    expect(even.alreadySent({ to: 5, check: 9, bytes: 20 })).toBe(0);
  });
});

describe('A start', () => {
  const other = [1, 2, 3, 4];
  const at = (producer: ProducerCache<Row>, version: number, term = EPOCH.term, digest = other) =>
    startFor(producer, { ...HELLO, position: { epoch: { ...EPOCH, term }, version, digest } });

  it('R3 is a comparison from 4 KiB of JSON on, and everything below', () => {
    const kinds = [4095, 4096].map((bytes) => at(producerOf(bytes), 1, 1).kind);
    expect(kinds).toEqual(['frames', 'compare']);
    const trusting = (trust: 'compare' | 'nothing', version = 1): unknown => {
      const position = { epoch: EPOCH, version, digest: other };
      return startFor(producerOf(4096), { ...HELLO, trust, position });
    };
    expect(trusting('compare')).toEqual({ kind: 'compare', leastVersion: 1 });
    expect(trusting('nothing')).toEqual({ kind: 'frames', from: 0, leastVersion: 1 });
  });

  it('R1 P10 S8 follows from the epoch and the version held', () => {
    const producer = producerOf(5000);
    for (let n = 1; n < 5; n++) producer.set('n', { key: 'n', n });
    const { version, digestWords: words } = { version: 5, digestWords: producer.digestWords() };
    expect(producer.version).toBe(version);
    expect([1, 4].map((held) => at(producer, held))).toEqual([
      { kind: 'frames', from: 1, leastVersion: 1 },
      { kind: 'frames', from: 4, leastVersion: 4 },
    ]);
    expect(at(producer, 5)).toEqual({ kind: 'compare', leastVersion: 5 });
    expect(at(producer, 5, EPOCH.term, [...words])).toEqual({
      ...{ kind: 'frames', from: 5, leastVersion: 5 },
    });
    expect(at(producer, 6)).toMatchObject({ kind: 'refuse', code: 'ahead' });
    expect(at(producer, 9, 1)).toEqual({ kind: 'compare', leastVersion: 0 });
    expect(at(producer, 9, 1, [...words])).toEqual({ kind: 'frames', from: 5, leastVersion: 0 });
    expect(at(producer, 1, EPOCH.term + 1)).toMatchObject({ kind: 'refuse', code: 'stale-epoch' });
    expect(startFor(producer, HELLO)).toEqual({ kind: 'frames', from: 0, leastVersion: 0 });
  });
});
