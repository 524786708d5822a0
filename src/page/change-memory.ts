import type { Key } from '../core/key.ts';
import { heldBytes } from './held-bytes.ts';

/** The latest change of an entry that this page has seen. */
export interface LastChange {
  readonly cmd: 'new' | 'update' | 'delete';
  /** Undefined where there was nothing, or too much. */
  readonly before: unknown;
  /** Whether the value before was alone more than this page may remember. */
  readonly isTooLarge: boolean;
  readonly version: number;
  /** When it was seen, for people. */
  readonly wallMs: number;
  /** The same by a clock that nobody sets back. */
  readonly seenMs: number;
}

/**
 * Bytes of heap, roughly, for the values before the last changes, so that a page left open stays
 * as small as the stream it may follow unasked. A constant of the page, with no way to raise it.
 */
export const CHANGES_BYTES_MAX = 16_000_000;

/** A change without its values. */
const RECORD_BYTES = 200;

/** The last change of each key: those that changed last, bounded by what they keep alive. */
export class ChangeMemory {
  /** Whether there were changes that are not remembered any more. */
  hasForgotten = false;
  private readonly bytesMax: number;
  private readonly kept = new Map<Key, { readonly change: LastChange; readonly bytes: number }>();
  private bytes = 0;

  constructor(bytesMax = CHANGES_BYTES_MAX) {
    this.bytesMax = bytesMax;
  }

  get size(): number {
    return this.kept.size;
  }

  get(key: Key): LastChange | undefined {
    return this.kept.get(key)?.change;
  }

  /** `after`: the value now, which shares its parts with the one before. */
  note(key: Key, change: Omit<LastChange, 'isTooLarge'>, after: unknown): void {
    this.forget(key);
    const own = RECORD_BYTES + 2 * String(key).length;
    const held = heldBytes(change.before, after);
    const isTooLarge = own + held > this.bytesMax;
    const bytes = isTooLarge ? own : own + held;
    const before = isTooLarge ? undefined : change.before;
    this.kept.set(key, { change: { ...change, before, isTooLarge }, bytes });
    this.bytes += bytes;
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.bytesMax) return;
      this.forget(oldest);
      this.hasForgotten = true;
    }
  }

  private forget(key: Key): void {
    this.bytes -= this.kept.get(key)?.bytes ?? 0;
    this.kept.delete(key);
  }
}
