import { ByteWriter } from '../core/bytes.ts';
import { ValueWriter } from '../core/value-writer.ts';
import type { Key } from '../core/key.ts';
import { ChangeWriter } from '../cache/change-writer.ts';
import type { Entry } from '../cache/entry.ts';
import { writeFrameHead } from '../cache/frame.ts';
import type { ProducerCache } from '../cache/producer.ts';

/** Entries looked up in one step: less than half a millisecond of work. */
const ENTRIES_PER_STEP = 4 * 1024;

/**
 * Writes a frame from 0 a piece at a time, so that nobody has to wait for the whole:
 *
 *   gathering ──all entries seen──▶ writing ──all written──▶ done
 *
 * Commits go on in between. What they change while entries are gathered is left out of the
 * list and taken as it is at the end, which makes the version at the end a consistent cut.
 * From then on nothing can change it, since entries are immutable.
 *
 * Modelled in models/conflation.pml.
 */
export class SnapshotMaker {
  /** The version it leads to; while gathering, the one it does not fall behind. */
  to: number;
  /** The frame's check. Set when gathered. */
  private check = 0;
  rawBytes = 0;
  private readonly producer: ProducerCache;
  private source: Iterator<Entry> | undefined;
  /**
   * Entries to look at still: as many as there were at the beginning. What came after those has
   * changed since, and where more comes in each turn than is looked at there would be no end.
   */
  private left: number;
  /** What was gathered, a slice a step: to let one list grow would take time now and then. */
  private readonly slices: Entry[][] = [];
  /** Keys that changed while gathering; entries of theirs count from slice `fresh` on only. */
  private changed: ReadonlyMap<Key, unknown> = new Map();
  private fresh = 0;
  private readonly out = new ByteWriter(64 * 1024);
  private readonly writer: ChangeWriter;
  /** The slice that is being written, and the place in it. */
  private slice = 0;
  private at = 0;
  isDone = false;

  constructor(producer: ProducerCache) {
    this.producer = producer;
    this.to = producer.version;
    this.source = producer.storedEntries();
    this.left = producer.size;
    this.writer = new ChangeWriter(new ValueWriter(this.out));
  }

  /** The next piece, of about so many bytes; empty while gathering. */
  step(bytes: number): Uint8Array {
    if (this.source !== undefined) this.gather(this.source);
    if (this.source !== undefined) return new Uint8Array(0);
    while (this.slice < this.slices.length && this.out.length < bytes) this.writeNext();
    if (this.slice === this.slices.length) {
      this.isDone = true;
      this.out.u32(this.check);
    }
    const piece = this.out.take();
    this.out.truncate(0);
    this.rawBytes += piece.length;
    return piece;
  }

  private writeNext(): void {
    const slice = this.slices[this.slice] as Entry[];
    const entry = slice[this.at++];
    if (entry === undefined) {
      this.slice++;
      this.at = 0;
      return;
    }
    const { key, value } = entry;
    if (this.slice < this.fresh && this.changed.has(key)) return;
    this.writer.write({ kind: 'put', key, value });
  }

  private gather(source: Iterator<Entry>): void {
    const slice: Entry[] = [];
    this.slices.push(slice);
    while (slice.length < ENTRIES_PER_STEP) {
      const { done, value } = source.next();
      if (done === true || this.left-- === 0) return this.cut();
      slice.push(value);
    }
  }

  private cut(): void {
    const { producer, slices } = this;
    const changed = producer.changedAfter(this.to);
    // More was committed meanwhile than the journal holds: all at once, then.
    if (changed === undefined) slices.length = 0;
    else this.changed = changed;
    this.fresh = slices.length;
    const fresh = [...(changed?.values() ?? producer.storedEntries())];
    slices.push(fresh.filter((entry) => entry !== undefined));
    this.source = undefined;
    this.to = producer.version;
    this.check = producer.frameCheck(0);
    writeFrameHead(this.out, { from: 0, to: this.to }, producer.size);
  }
}
