import type { Key } from '../../core/key.ts';
import type { State, StateHistory } from '../../testing/simulator/history.ts';

interface Write {
  readonly version: number;
  /** Undefined: it was deleted. */
  readonly text: string | undefined;
}

/**
 * The history of one producer, kept key by key: what a write costs depends on the write, and not on
 * all there is. It knows nothing of diffs, digests or frames, as the simulator's own does not.
 */
export class KeyHistory implements StateHistory {
  private readonly writes = new Map<Key, Write[]>();
  /** By version, from 0 on: when it was committed, in ms, and how many keys there were. */
  private readonly timesMs: number[] = [0];
  private readonly sizes: number[] = [0];
  private readonly keysWritten: (readonly Key[])[] = [[]];
  private touched = new Map<Key, string | undefined>();
  private epoch = '';

  begin(epoch: string): void {
    this.epoch = epoch;
  }

  /** To be told before the commit is recorded: what it wrote; undefined for a deletion. */
  touch(key: Key, text: string | undefined): void {
    this.touched.set(key, text);
  }

  record(_epoch: string, state: State, atMs: number): number {
    const version = this.timesMs.length;
    for (const [key, text] of this.touched) {
      const writes = this.writes.get(key);
      if (writes === undefined) this.writes.set(key, [{ version, text }]);
      else if (writes.at(-1)?.text !== text) writes.push({ version, text });
    }
    this.keysWritten.push([...this.touched.keys()]);
    this.touched.clear();
    this.timesMs.push(atMs);
    this.sizes.push(state.size);
    return version;
  }

  isReused(): boolean {
    return false;
  }

  at(epoch: string, version: number): State[] {
    if (epoch !== this.epoch || version < 1 || version >= this.timesMs.length) return [];
    return [new StateAt(this.writes, version, this.sizes[version] as number)];
  }

  supersededMs(_epoch: string, version: number): number {
    return this.timesMs[version + 1] ?? Number.POSITIVE_INFINITY;
  }

  committedMs(version: number): number {
    return this.timesMs[version] ?? Number.NaN;
  }

  writtenAt(_epoch: string, key: Key, text: string | undefined): number {
    return this.writes.get(key)?.findLast((write) => write.text === text)?.version ?? 0;
  }

  /** By what was written in between: the states themselves are not looked through. */
  difference(from: State, to: State): { keys: number; chars: number } {
    let [keys, chars] = [0, 0];
    const [first, last] = [versionOf(from), versionOf(to)];
    for (const key of new Set(this.keysWritten.slice(first + 1, last + 1).flat())) {
      const text = to.get(key);
      if (from.get(key) === text) continue;
      keys++;
      chars += (text?.length ?? 0) + String(key).length;
    }
    return { keys, chars };
  }

  /** Lets go of what nobody can show or ask for any more: everything older than this version. */
  forgetBefore(version: number): void {
    for (const writes of this.writes.values()) {
      const last = writes.findLastIndex((write) => write.version <= version);
      if (last > 0) writes.splice(0, last);
    }
  }
}

function versionOf(state: State): number {
  if (state instanceof StateAt) return state.version;
  throw new TypeError('a state of another history');
}

/** The state at a version, looked up as it is asked for. */
class StateAt implements ReadonlyMap<Key, string> {
  readonly size: number;
  private readonly writes: ReadonlyMap<Key, readonly Write[]>;
  readonly version: number;

  constructor(writes: ReadonlyMap<Key, readonly Write[]>, version: number, size: number) {
    this.writes = writes;
    this.version = version;
    this.size = size;
  }

  get(key: Key): string | undefined {
    const writes = this.writes.get(key) ?? [];
    for (let at = writes.length - 1; at >= 0; at--) {
      const write = writes[at] as Write;
      if (write.version <= this.version) return write.text;
    }
    return undefined;
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): MapIterator<[Key, string]> {
    for (const key of this.writes.keys()) {
      const text = this.get(key);
      if (text !== undefined) yield [key, text];
    }
  }

  *keys(): MapIterator<Key> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<string> {
    for (const [, text] of this.entries()) yield text;
  }

  forEach(visit: (text: string, key: Key, map: ReadonlyMap<Key, string>) => void): void {
    for (const [key, text] of this.entries()) visit(text, key, this);
  }

  [Symbol.iterator](): MapIterator<[Key, string]> {
    return this.entries();
  }
}
