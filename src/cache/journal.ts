import { jsonBytes } from '../core/json-size.ts';
import type { Key } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import type { ArrayOp, ObjectOp, Op, TextOp } from '../core/op.ts';
import type { Value, ValueArray } from '../core/value.ts';
import { isArray, isContainer } from '../core/value.ts';
import type { Entry } from './entry.ts';

/** One change of one key: what it was before, by reference. */
export interface JournalRecord {
  readonly version: number;
  readonly key: Key;
  /** Undefined where the key did not exist. */
  readonly before: Entry | undefined;
  /** What happened to the value, where it existed before and after. */
  readonly op: Op | undefined;
  /** Rough heap that only this record keeps alive, in bytes. */
  readonly heapBytes: number;
}

/**
 * The recent past of a collection, in memory: bounded in records and bytes. A reader at any
 * version not below `floor` can be told what it has missed, because the first record of a
 * key after that version holds exactly the value the reader has.
 *
 * Modelled in models/conflation.pml.
 */
export class Journal {
  /** Records that were let go are undefined until the array is cut, which happens now and then. */
  private records: (JournalRecord | undefined)[] = [];
  /** Index of the oldest record still kept. */
  private start = 0;
  private heapBytes = 0;
  private readonly entriesMax: number;
  private readonly bytesMax: number;
  /** The oldest version from which the way to the present is known. */
  floor = 0;

  constructor(limits: Limits) {
    this.entriesMax = limits.journalEntriesMax;
    this.bytesMax = limits.journalBytesMax;
  }

  get size(): number {
    return this.records.length - this.start;
  }

  get bytes(): number {
    return this.heapBytes;
  }

  append(record: JournalRecord): void {
    this.records.push(record);
    this.heapBytes += record.heapBytes;
  }

  /** To be called after a commit: forgets the oldest versions beyond the bounds, whole. */
  trim(): void {
    while (
      this.start < this.records.length &&
      (this.size > this.entriesMax || this.heapBytes > this.bytesMax)
    ) {
      const { version } = this.records[this.start] as JournalRecord;
      while (this.records[this.start]?.version === version) {
        this.heapBytes -= (this.records[this.start] as JournalRecord).heapBytes;
        this.records[this.start++] = undefined;
      }
      this.floor = version;
    }
    if (this.start > 1024 && this.start * 2 > this.records.length) {
      this.records = this.records.slice(this.start);
      this.start = 0;
    }
  }

  /** Whether a reader at this version can be served from here. */
  reaches(version: number): boolean {
    return version >= this.floor;
  }

  /** Records after a version, oldest first. Cost: what is returned, and a binary search. */
  *after(version: number): Generator<JournalRecord> {
    let low = this.start;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.records[middle] as JournalRecord).version <= version) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.records.length; i++) yield this.records[i] as JournalRecord;
  }
}

const RECORD_BYTES = 240;
const OBJECT_BYTES = 56;
/** A member or element. */
const SLOT_BYTES = 8;
/** A member of an object that was put together one by one, and shares its layout with none. */
const OWN_SLOT_BYTES = 64;
/** Objects in a heap against the same as JSON text, roughly. */
const HEAP_PER_JSON_BYTE = 2;

/** Rough heap that only this record keeps alive, in bytes. Cost: the change. */
export function recordBytes(
  before: Entry | undefined,
  op: Op | undefined,
  after: Entry | undefined,
): number {
  const held = before?.jsonBytes ?? 0;
  if (before === undefined || op === undefined) return RECORD_BYTES + HEAP_PER_JSON_BYTE * held;
  // What an op leaves out is in no op: it shows in the length.
  const lost = Math.max(0, held - (after?.jsonBytes ?? 0));
  const bytes = op.kind === 'text' ? textBytes(op, before.value) : opBytes(op);
  return RECORD_BYTES + HEAP_PER_JSON_BYTE * lost + bytes;
}

/** The op itself, and what it left behind: the old nodes on its path and the parts it replaced. */
function opBytes(op: Exclude<Op, TextOp>): number {
  switch (op.kind) {
    case 'set':
      return OBJECT_BYTES + 2 * HEAP_PER_JSON_BYTE * jsonBytes(op.value);
    case 'number':
      return OBJECT_BYTES;
    case 'quoted':
      return OBJECT_BYTES + op.quotes.length + op.skeleton.length;
    default:
      return editsBytes(op);
  }
}

/** A text is never shared in part: however little of it changes, all of the old one stays. */
function textBytes({ splices }: TextOp, base: Value | undefined): number {
  const left = typeof base === 'string' ? base.length : 0;
  return splices.reduce((sum, { insert }) => sum + OBJECT_BYTES + insert.length, left);
}

function editsBytes({ kind, edits, next, base }: ObjectOp | ArrayOp): number {
  const isOwn = kind === 'object' && edits.some((edit) => edit.kind !== 'change');
  let bytes = OBJECT_BYTES + (isOwn ? OWN_SLOT_BYTES : SLOT_BYTES) * widthOf(next);
  let names: readonly string[] | undefined;
  let at = 0;
  for (const edit of edits) {
    bytes += OBJECT_BYTES;
    at += edit.keep;
    if (edit.kind === 'drop') {
      at += edit.count;
    } else if (edit.kind === 'add') {
      bytes += HEAP_PER_JSON_BYTE * jsonBytes(edit.value);
    } else {
      const from = edit.kind === 'take' ? edit.from : at++;
      const { op } = edit;
      if (op === undefined) continue;
      if (op.kind !== 'text') {
        bytes += opBytes(op);
      } else if (isContainer(base)) {
        names ??= isArray(base) ? [] : Object.keys(base);
        bytes += textBytes(op, (base as ValueArray)[(names[from] ?? from) as number]);
      }
    }
  }
  return bytes;
}

function widthOf(value: Value | undefined): number {
  if (!isContainer(value)) return 0;
  return isArray(value) ? value.length : Object.keys(value).length;
}
