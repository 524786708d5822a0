/** Both ends of a stream of dense frames, and collections that are kept alike by them. */
import type { Change } from '../../src/cache/change.ts';
import { applyOp } from '../../src/core/apply.ts';
import { Differ } from '../../src/core/diff.ts';
import type { Key } from '../../src/core/key.ts';
import type { Limits } from '../../src/core/limits.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { diff } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import type { ModelSize } from '../../src/dense/dense-model.ts';
import { DenseFrameCoder } from '../../src/dense/frame-coder.ts';

export type Collection = Map<Key, Value>;

/** So little room that nearly everything is forgotten again and again. */
export const TINY_SIZE: ModelSize = {
  slotBits: 8,
  historyBits: 6,
  entriesMax: 40,
  charsMax: 200,
  primeBytes: 20,
};

/** A value as a producer keeps it. */
export const taken = (value: unknown): Value => new Differ('copy', true).take(value);

/** What leads a collection to the next; undefined stands for what is gone. */
export function changesTo(
  held: ReadonlyMap<Key, Value>,
  next: Iterable<readonly [Key, Value | undefined]>,
): Change[] {
  const changes: Change[] = [];
  for (const [key, target] of next) {
    const base = held.get(key);
    if (target === undefined) {
      if (base !== undefined) changes.push({ kind: 'delete', key });
    } else if (base === undefined) {
      changes.push({ kind: 'put', key, value: taken(target) });
    } else {
      const op = diff(base, target)?.op;
      if (op !== undefined) changes.push({ kind: 'patch', key, op, base });
    }
  }
  return changes;
}

/** The value that a change makes; undefined where it takes away. */
export function outcomeOf(change: Change, base: Value | undefined): Value | undefined {
  if (change.kind === 'delete') return undefined;
  return change.kind === 'put' ? change.value : applyOp(base as Value, change.op);
}

const placesOf = (changes: readonly Change[]): string =>
  JSON.stringify(changes.map(({ kind, key }) => [kind, key]));

const textOf = (all: Collection): string =>
  JSON.stringify([...all].map((entry) => JSON.stringify(entry)).toSorted());

function follow(collection: Collection, changes: readonly Change[]): void {
  for (const change of changes) {
    const after = outcomeOf(change, collection.get(change.key));
    if (after === undefined) collection.delete(change.key);
    else collection.set(change.key, after);
  }
}

/** A writer and a reader, each with a collection of its own. */
export class CoderEnds {
  readonly writer: DenseFrameCoder;
  readonly reader: DenseFrameCoder;
  readonly held: Collection = new Map();
  readonly copy: Collection = new Map();

  constructor(size?: ModelSize, limits: Limits = defaultLimits) {
    this.writer = new DenseFrameCoder(limits, size);
    this.reader = new DenseFrameCoder(limits, size);
  }

  reset(): void {
    this.writer.reset();
    this.reader.reset();
  }

  write(changes: readonly Change[]): Uint8Array {
    const bytes = this.writer.encode(changes);
    if (bytes === undefined) throw new Error('a frame that takes too long');
    follow(this.held, changes);
    return bytes;
  }

  read(bytes: Uint8Array): Change[] {
    const changes = this.reader.decode(bytes, (key) => this.copy.get(key));
    follow(this.copy, changes);
    return changes;
  }

  /** One frame from end to end; the frame. Throws where what comes out is not what went in. */
  pass(next: Iterable<readonly [Key, Value | undefined]>): Uint8Array {
    const changes = changesTo(this.held, next);
    const bytes = this.write(changes);
    const read = this.read(bytes);
    if (placesOf(read) !== placesOf(changes)) throw new Error(`read was ${placesOf(read)}`);
    for (const { key } of changes) {
      const [wanted, found] = [this.held, this.copy].map((all) => JSON.stringify(all.get(key)));
      if (wanted !== found) throw new Error(`written was ${wanted}, read was ${found}`);
    }
    return bytes;
  }

  /** Whether the whole of both collections is equal. */
  get areAlike(): boolean {
    return textOf(this.held) === textOf(this.copy);
  }
}
