import type { Key } from '../core/key.ts';
import type { Entry } from './entry.ts';

/** By this name Node looks for what is to be printed. */
const PRINTED = Symbol.for('nodejs.util.inspect.custom');

/** The reading half of both caches: a ReadonlyMap from keys to values. */
export abstract class ReadMap<T> implements ReadonlyMap<Key, Readonly<T>> {
  protected abstract readonly store: ReadonlyMap<Key, Entry>;

  get size(): number {
    return this.store.size;
  }

  get(key: Key): Readonly<T> | undefined {
    return this.store.get(key)?.value as Readonly<T> | undefined;
  }

  has(key: Key): boolean {
    return this.store.has(key);
  }

  forEach(
    visit: (value: Readonly<T>, key: Key, map: ReadonlyMap<Key, Readonly<T>>) => void,
    thisArg?: unknown,
  ): void {
    for (const [key, entry] of this.store) visit.call(thisArg, entry.value as T, key, this);
  }

  *entries(): MapIterator<[Key, Readonly<T>]> {
    for (const [key, entry] of this.store) yield [key, entry.value as T];
  }

  keys(): MapIterator<Key> {
    return this.store.keys();
  }

  *values(): MapIterator<Readonly<T>> {
    for (const entry of this.store.values()) yield entry.value as T;
  }

  [Symbol.iterator](): MapIterator<[Key, Readonly<T>]> {
    return this.entries();
  }

  get [Symbol.toStringTag](): string {
    return 'DiffCache';
  }

  /** The pairs that `new Map` and `replaceAll` take, for `JSON.stringify`. */
  toJSON(): [Key, Readonly<T>][] {
    return [...this];
  }

  /** The entries as of a Map, and nothing of what is behind them. */
  [PRINTED](
    _depth: number,
    options: object,
    print: (shown: unknown, how: object) => string,
  ): string {
    return `${this[Symbol.toStringTag]} ${print(new Map(this), options)}`;
  }
}
