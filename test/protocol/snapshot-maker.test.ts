import { describe, expect, it } from 'vitest';
import type { ProducerCache } from '../../src/cache/producer.ts';
import { readFrameBody } from '../../src/cache/frame-content.ts';
import { joined } from '../../src/core/bytes.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { SnapshotMaker } from '../../src/protocol/snapshot-maker.ts';
import { EPOCH, newProducer } from './session-rig.ts';
import type { Row } from './session-rig.ts';

function filled(rows: number): ProducerCache<Row> {
  const producer = newProducer();
  producer.batch((tx) => {
    for (let key = 0; key < rows; key++) tx.set(key, { key, n: 0 });
  });
  return producer;
}

/** The pieces of a snapshot; `between` is called before each. */
function piecesOf(maker: SnapshotMaker, bytes: number, between = (): void => {}): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  while (!maker.isDone) {
    between();
    pieces.push(maker.step(bytes));
  }
  return pieces;
}

/** What a body holds: the frame's versions and, in order, its keys with their numbers. */
function contentOf(body: Uint8Array): { span: number[]; rows: [unknown, number][] } {
  const { from, to, changes } = readFrameBody(body, EPOCH, defaultLimits);
  const rows = changes.map((change): [unknown, number] => [
    change.key,
    change.kind === 'put' ? (change.value as unknown as Row).n : -1,
  ]);
  return { span: [from, to], rows };
}

const sorted = (rows: readonly [unknown, number][]): [unknown, number][] =>
  [...rows].sort(([a], [b]) => Number(a) - Number(b));

describe('A snapshot that is made in pieces', () => {
  it('S11 P1 is the frame from 0, byte by byte, where nothing changes meanwhile', () => {
    const producer = filled(700);
    const maker = new SnapshotMaker(producer);
    expect([maker.to, maker.isDone, maker.rawBytes]).toEqual([1, false, 0]);
    const pieces = piecesOf(maker, 1000);
    const body = joined(pieces);
    expect(body).toEqual(producer.frame(0).body());
    expect([maker.to, maker.rawBytes]).toEqual([1, body.length]);
    // Each is full by one entry at most, and the last is what is left, with the check.
    for (const { length } of pieces.slice(0, -1)) {
      expect(length).toBeGreaterThanOrEqual(1000);
      expect(length).toBeLessThan(1000 + 20);
    }
  });

  it('S11 ends a piece just where it is full', () => {
    const lengths = (bytes: number): number[] =>
      piecesOf(new SnapshotMaker(filled(60)), bytes).map(({ length }) => length);
    const [first = 0] = lengths(200);
    const [next = 0] = lengths(first + 1);
    expect(lengths(first)[0]).toBe(first);
    expect(lengths(first - 1)[0]).toBe(first);
    expect(next).toBeGreaterThan(first);
    // The head, each row, and the check.
    expect(lengths(1)).toHaveLength(1 + 60 + 1);
    expect(lengths(1e6)).toHaveLength(1);
  });

  it.each([
    [4095, 0],
    [4096, 1],
    [4097, 1],
  ])('S11 looks up 4096 entries in a step: of %i in so many more', (rows, empty) => {
    const producer = filled(rows);
    const maker = new SnapshotMaker(producer);
    // While it gathers, nothing is written; a commit then is in the snapshot, once.
    const pieces = piecesOf(maker, 1e9, () => producer.set(5, { key: 5, n: producer.version }));
    expect(pieces.slice(0, -1).map(({ length }) => length)).toEqual(Array(empty).fill(0));
    const { span, rows: found } = contentOf(joined(pieces));
    expect(span).toEqual([0, empty + 2]);
    expect(sorted(found)).toEqual(
      Array.from({ length: rows }, (_, key) => [key, key === 5 ? empty + 1 : 0]),
    );
  });

  it('P1 P4 leaves out what is deleted meanwhile, and takes in what is new', () => {
    const producer = filled(16_400);
    const maker = new SnapshotMaker(producer);
    let steps = 0;
    const body = joined(
      piecesOf(maker, 5000, () => {
        if (++steps !== 2) return;
        producer.delete(3);
        producer.set(-1, { key: -1, n: 8 });
        producer.delete(16_399);
        producer.set(16_390, { key: 16_390, n: 9 });
      }),
    );
    const { span, rows } = contentOf(body);
    expect(span).toEqual([0, 5]);
    const expected = [...producer].map(([key, { n }]): [unknown, number] => [key, n]);
    expect(sorted(rows)).toEqual(sorted(expected));
  });

  it('S11 P1 is gathered, though more keys are new in each turn than one looks at', () => {
    const producer = filled(10_000);
    const maker = new SnapshotMaker(producer);
    const pieces = piecesOf(maker, 1e9, () => {
      const { size, version } = producer;
      expect(version).toBeLessThan(6);
      producer.batch((tx) => {
        for (let key = size; key < size + 5000; key++) tx.set(key, { key, n: version });
        tx.delete(size - 1);
      });
    });
    const cut = [...producer].map(([key, { n }]): [unknown, number] => [key, n]);
    const { span, rows } = contentOf(joined(pieces));
    expect(span).toEqual([0, producer.version]);
    expect(sorted(rows)).toEqual(sorted(cut));
  });

  it('P1 is of the moment when all was gathered, whatever is committed while it is written', () => {
    const producer = filled(300);
    const maker = new SnapshotMaker(producer);
    const first = maker.step(100);
    const rest = piecesOf(maker, 100, () => producer.set(299, { key: 299, n: 7 }));
    const { span, rows } = contentOf(joined([first, ...rest]));
    expect(span).toEqual([0, 1]);
    expect(rows.every(([, n]) => n === 0)).toBe(true);
  });

  it('L2 P1 takes everything anew where the journal forgets what changed meanwhile', () => {
    const producer = newProducer({ limits: { journalEntriesMax: 1, tombstonesMax: 1 } });
    producer.batch((tx) => {
      for (let key = 0; key < 16_390; key++) tx.set(key, { key, n: 0 });
    });
    const maker = new SnapshotMaker(producer);
    let steps = 0;
    const body = joined(
      piecesOf(maker, 1e9, () => {
        if (++steps === 2) for (const key of [1, 2, 3, 4]) producer.delete(key);
      }),
    );
    const { span, rows } = contentOf(body);
    expect(span).toEqual([0, 5]);
    expect(rows).toHaveLength(16_386);
  });
});
