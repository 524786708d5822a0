import { ByteWriter } from '../core/bytes.ts';
import type { Key } from '../core/key.ts';
import type { Value } from '../core/value.ts';
import { Breakdowns } from './breakdowns.ts';
import type { ChangedPlace } from './changed-places.ts';
import { eachChangedPlace } from './changed-places.ts';
import { DeflateContext, hasDeflateContext } from './deflate-context.ts';
import { EntryMemory } from './memory.ts';
import { MessageView } from './message-view.ts';
import type { OwnPlain } from './own-strategies.ts';
import { OwnStrategies } from './own-strategies.ts';
import { PathTree } from './path-tree.ts';
import { levelOf, TimeShare } from './sampling.ts';
import { SizeHistogram } from './size-histogram.ts';
import type { StatelessStrategy } from './stateless.ts';
import {
  deflatePrevious,
  gzipEach,
  jsonPatch,
  mergePatch,
  sendStateless,
  zstdPrevious,
} from './stateless.ts';
import type { CoreId, StrategyId } from './strategies.ts';
import { addBytes, noBytes } from './strategies.ts';
import { PlainTally, Tally } from './tally.ts';
import type { Together, Transition, Update } from './update.ts';
import { UpdateTimes } from './update-times.ts';
import { WholeValues } from './whole-values.ts';
import { messageBytes } from './wire.ts';

/**
 * Memory for all that is held at once, as `EntryMemory` estimates it; beyond it reading ends. It is
 * well below the heap that Node has on a machine of 2 GB.
 */
export const MEMORY_BYTES_MAX = 640 * 1024 * 1024;

/** Parts of the time that work may have which can do with a sample, or can end. */
const STATELESS_SHARE = 0.1;
const RECEIVER_SHARE = 0.05;

/** What became of an update. */
export type UpdateOutcome = 'created' | 'changed' | 'unchanged' | 'deleted' | 'unknown';

/** One strategy's part in a measurement. */
export interface Contender {
  readonly id: StrategyId;
  /** Only changes of this level and above were measured. */
  readonly level: number;
  readonly changes: Tally;
  /** Entries that were there before anything changed: what a consumer begins with. */
  readonly firstState: PlainTally;
  readonly creations: PlainTally;
  readonly deletions: PlainTally;
}

/** Whose bytes of new entries have the key in them, or are counted with it already. */
const CARRIES_KEY: ReadonlySet<StrategyId> = new Set(['compact', 'dense', 'deflate-context']);

class Row implements Contender {
  readonly id: StrategyId;
  readonly strategy: StatelessStrategy | undefined;
  readonly share: TimeShare;
  readonly changes = new Tally();
  readonly firstState = new PlainTally();
  readonly creations = new PlainTally();
  readonly deletions = new PlainTally();

  constructor(id: StrategyId, strategy: StatelessStrategy | undefined, shareMs: number) {
    this.id = id;
    this.strategy = strategy;
    this.share = new TimeShare(shareMs);
  }

  get level(): number {
    return this.share.level;
  }
}

interface Held {
  readonly number: number;
  /** Undefined for an entry that is deleted. */
  text: string | undefined;
  /** Length of the text in UTF-8. */
  bytes: number;
  readonly memory: EntryMemory;
}

export interface MeasurementOptions {
  /** The time in ms, from any beginning. */
  readonly clock: () => number;
  /** How much time there is; what can do with a sample takes its share of it. */
  readonly budgetMs: number;
  /** Default: `MEMORY_BYTES_MAX`. */
  readonly memoryBytesMax?: number;
}

/**
 * Sends every update by every strategy, from end to end, and counts. Holds the present values of
 * all entries and sums; nothing grows with the number of updates but the number of keys.
 */
export class Measurement {
  readonly #clock: () => number;
  readonly #held = new Map<Key, Held>();
  readonly #own: OwnStrategies;
  readonly #whole: WholeValues;
  readonly #context: DeflateContext | undefined;
  readonly #budgetMs: number;
  #messages: MessageView | undefined;
  readonly #rows: readonly Row[];
  readonly breakdowns = new Breakdowns();
  readonly paths = new PathTree();
  /** JSON text of values after changes, in bytes. */
  readonly valueSizes = new SizeHistogram();
  /** Changes on the wire, each a message of its own, in bytes. */
  readonly changeWire = noBytes();
  /** New entries and deletions after the first state on the wire, in the same way. */
  readonly otherWire = noBytes();
  /** Entries that were there before anything changed. */
  firstEntries = 0;
  readonly counts = { created: 0, changed: 0, unchanged: 0, deleted: 0, unknown: 0 };
  /** Bytes that updates without a change would have cost as full JSON. */
  unchangedBytes = 0;
  /** JSON text of what was new, over all changes, in bytes. */
  newBytes = 0;
  heldBytesMost = 0;
  readonly #memoryBytesMax: number;
  #memoryBytes = 0;
  #heldBytes = 0;
  readonly times = new UpdateTimes();

  constructor({ clock, budgetMs, memoryBytesMax = MEMORY_BYTES_MAX }: MeasurementOptions) {
    this.#memoryBytesMax = memoryBytesMax;
    this.#clock = clock;
    this.#budgetMs = budgetMs;
    this.#own = new OwnStrategies(clock, budgetMs * RECEIVER_SHARE);
    this.#context = hasDeflateContext() ? new DeflateContext() : undefined;
    this.#whole = new WholeValues(this.#context, clock, budgetMs * RECEIVER_SHARE);
    const row = (id: StrategyId, strategy?: StatelessStrategy): Row =>
      new Row(id, strategy, budgetMs * STATELESS_SHARE);
    const zstd = zstdPrevious();
    this.#rows = [
      row('full-json'),
      ...(this.#context === undefined ? [] : [row('deflate-context')]),
      row('gzip-each', gzipEach),
      row('json-patch', jsonPatch),
      row('merge-patch', mergePatch),
      row('deflate-previous', deflatePrevious),
      ...(zstd === undefined ? [] : [row('zstd-previous', zstd)]),
      row('compact'),
      row('dense'),
    ];
  }

  get contenders(): readonly Contender[] {
    return this.#rows;
  }

  get keys(): number {
    return this.#held.size;
  }

  get isFull(): boolean {
    return this.#memoryBytes > this.#memoryBytesMax;
  }

  /** Changes that were too long for the dense coder, and were counted as compact ones. */
  get tooLongForDense(): number {
    return this.#own.tooLong;
  }

  /** The same with those that came together in one message; undefined where none did. */
  get messages(): MessageView | undefined {
    return this.#messages;
  }

  /** What comes next is another message. */
  endMessage(): void {
    this.#messages?.end();
  }

  close(): void {
    this.endMessage();
    this.#messages?.close();
    this.#context?.close();
  }

  /** One update at all ends. Throws `bad-key` or `bad-value`, and nothing has changed. */
  take(update: Update): UpdateOutcome {
    if (update.message !== undefined) this.#messages ??= this.#newView(update.message);
    this.#messages?.begin(update.message);
    const outcome = update.op === 'del' ? this.#delete(update.key) : this.#put(update);
    this.counts[outcome]++;
    if (outcome !== 'unknown') this.times.add(update.t);
    return outcome;
  }

  #newView({ by }: Together): MessageView {
    const { created, changed, deleted } = this.counts;
    const wire = noBytes();
    addBytes(wire, this.changeWire);
    addBytes(wire, this.otherWire);
    const source = {
      frame: (from: number) => this.#own.frame(from),
      version: () => this.#own.version,
      clock: this.#clock,
      shareMs: this.#budgetMs * STATELESS_SHARE,
    };
    const updates = created - this.firstEntries + changed + deleted;
    return new MessageView(by, source, { wire, updates });
  }

  #put(update: Update & { readonly op: 'put' }): UpdateOutcome {
    const { key, value } = update;
    const text = JSON.stringify(value);
    const held = this.#held.get(key);
    if (held?.text === undefined) return this.#create(key, value, text, held);
    if (held.text === text) {
      this.unchangedBytes += held.bytes;
      return 'unchanged';
    }
    const transition: Transition = {
      key,
      keyBytes: keyNumber(held.number),
      before: held.text,
      text,
      bytes: Buffer.from(text),
      value,
    };
    if (!this.#change(transition, update.t)) return 'unchanged';
    this.#hold(held, text, transition.bytes);
    return 'changed';
  }

  #hold(held: Held, text: string | undefined, bytes: Uint8Array | undefined): void {
    const length = bytes?.length ?? 0;
    this.#memoryBytes += held.memory.hold(bytes);
    this.#heldBytes += length - held.bytes;
    held.text = text;
    held.bytes = length;
    this.heldBytesMost = Math.max(this.heldBytesMost, this.#heldBytes);
  }

  #create(key: Key, value: Value, text: string, held: Held | undefined): UpdateOutcome {
    const keyBytes = held === undefined ? newKey(this.#held.size, key) : keyNumber(held.number);
    const isFirst = this.counts.changed === 0;
    const own = this.#own.create(key, value, keyBytes.length, isFirst);
    const bytes = Buffer.from(text);
    const entry = held ?? this.#newEntry(key);
    this.#hold(entry, text, bytes);
    const level = levelOf(this.counts.created);
    const context = this.#whole.message(keyBytes, bytes);
    const full = bytes.length + keyBytes.length;
    for (const row of this.#rows) {
      const tally = isFirst ? row.firstState : row.creations;
      if (CARRIES_KEY.has(row.id)) {
        tally.add(this.#plainBytes(row, own, context), full);
      } else {
        const length = this.#newBytes(row, level, bytes);
        tally.add(length === undefined ? undefined : length + keyBytes.length, full);
      }
    }
    if (isFirst) {
      this.firstEntries++;
      this.#messages?.addFirst(keyBytes, bytes);
    } else {
      this.#addOtherWire(own, full, context);
      this.#messages?.add(key, keyBytes, bytes);
    }
    return 'created';
  }

  #newEntry(key: Key): Held {
    const memory = new EntryMemory(key);
    const entry = { number: this.#held.size, text: undefined, bytes: 0, memory };
    this.#held.set(key, entry);
    this.#memoryBytes += memory.bytes;
    return entry;
  }

  /** What a strategy sends for a value whose key is new; undefined where that is not measured. */
  #newBytes({ strategy, share }: Row, level: number, bytes: Buffer): number | undefined {
    if (strategy === undefined) return bytes.length;
    if (!share.takes(level)) return undefined;
    const beganMs = this.#clock();
    const length = strategy.create(bytes);
    share.spend(this.#clock() - beganMs);
    return length;
  }

  #addOtherWire(own: OwnPlain, full: number, context: number | undefined): void {
    addBytes(this.otherWire, {
      'full-json': messageBytes(full),
      'deflate-context': messageBytes(context ?? full),
      compact: own.compactWire,
      dense: own.denseWire,
    });
  }

  #delete(key: Key): UpdateOutcome {
    const held = this.#held.get(key);
    if (held?.text === undefined) return 'unknown';
    const keyBytes = keyNumber(held.number);
    const own = this.#own.delete(key, keyBytes.length);
    this.#hold(held, undefined, undefined);
    const context = this.#whole.message(keyBytes);
    for (const row of this.#rows) {
      const { length } = keyBytes;
      row.deletions.add(this.#plainBytes(row, own, context) ?? length, length);
    }
    this.#addOtherWire(own, keyBytes.length, context);
    this.#messages?.add(key, keyBytes);
    return 'deleted';
  }

  #plainBytes({ id }: Row, own: OwnPlain, context: number | undefined): number | undefined {
    if (id === 'compact') return own.compact;
    if (id === 'dense') return own.dense;
    return id === 'deflate-context' ? context : undefined;
  }

  #change(transition: Transition, t: number | undefined): boolean {
    const own = this.#own.change(transition);
    if (own === undefined) return false;
    const { full, context } = this.#whole.change(transition);
    const index = this.counts.changed;
    const level = levelOf(index);
    const { compact, dense } = own;
    const core = { 'full-json': full, 'deflate-context': context, compact, dense };
    for (const row of this.#rows) {
      const sent = row.strategy === undefined ? core[row.id as CoreId] : undefined;
      if (sent !== undefined) row.changes.add(level, sent, full.bytes);
      this.#sendStateless(row, transition, level);
    }
    const places: ChangedPlace[] = [];
    eachChangedPlace(own.base, own.op, (place) => void places.push(place));
    const newBytes = places.reduce((sum, place) => sum + place.jsonBytes, 0);
    this.paths.add(places, own.compact.bytes - transition.keyBytes.length);
    this.newBytes += newBytes;
    this.valueSizes.add(transition.bytes.length);
    addBytes(this.changeWire, {
      'full-json': messageBytes(full.bytes),
      'deflate-context': messageBytes(context?.bytes ?? full.bytes),
      compact: own.compactWire,
      dense: own.denseWire,
    });
    this.#messages?.add(transition.key, transition.keyBytes, transition.bytes);
    this.breakdowns.add(transition.key, t, {
      index,
      valueBytes: transition.bytes.length,
      newBytes,
      bytes: {
        'full-json': full.bytes,
        'deflate-context': context?.bytes ?? full.bytes,
        compact: own.compact.bytes,
        dense: own.dense.bytes,
      },
    });
    return true;
  }

  #sendStateless({ strategy, share, changes }: Row, transition: Transition, level: number): void {
    if (strategy === undefined || !share.takes(level)) return;
    const beganMs = this.#clock();
    const fullBytes = transition.bytes.length + transition.keyBytes.length;
    changes.add(level, sendStateless(strategy, transition, this.#clock), fullBytes);
    share.spend(this.#clock() - beganMs);
  }
}

/** A key's number among all keys, as a varint. */
function keyNumber(number: number): Uint8Array {
  const out = new ByteWriter(8);
  out.varint(number);
  return out.take();
}

/** A key that is new: its number, and its text with its length. */
function newKey(number: number, key: Key): Uint8Array {
  const out = new ByteWriter(16);
  out.varint(number);
  out.text(String(key));
  return out.take();
}
