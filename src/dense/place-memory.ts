import type { Context } from './hashing.ts';
import { ofScalar, within } from './hashing.ts';

/** A value without parts that has a memory: numbers and texts. */
export type Scalar = string | number;

/** Values that a place remembers. */
const RECENT_MAX = 4;
/** Longer texts are not remembered. */
const TEXT_MAX = 256;

/** Values of a place until it is known whether they come again. */
const LEARNS = 48;
/** The place of keys, which come round again, but late. */
export const ALWAYS: Context = 0x6b65_7973;

/** What has been seen at one place of the schema. */
export interface Place {
  /** The last few values, newest first. */
  readonly recent: Scalar[];
  /** Values that came, up to a few dozen. */
  seen: number;
  /** Whether the last eight values were known ones: bits, newest lowest. */
  hits: number;
  /** Of numbers: the last move, its size in bits, and the decimals. */
  step: number;
  size: number;
  scale: number;
  /** The names of the last object. */
  names: readonly string[];
}

/**
 * What has been seen where, bounded in places and characters: when it is full, all is forgotten,
 * at both ends alike.
 */
export class PlaceMemory {
  private readonly places = new Map<Context, Place>();
  /** By place and the value before: the value after. */
  private readonly successors = new Map<Context, Scalar>();
  private readonly entriesMax: number;
  private readonly charsMax: number;
  private chars = 0;

  constructor(entriesMax: number, charsMax: number) {
    this.entriesMax = entriesMax;
    this.charsMax = charsMax;
  }

  reset(): void {
    this.places.clear();
    this.successors.clear();
    this.chars = 0;
  }

  place(path: Context): Place {
    let place = this.places.get(path);
    if (place === undefined) {
      this.makeRoom(8);
      place = { recent: [], seen: 0, hits: 0, step: 0, size: 0, scale: 0, names: [] };
      this.places.set(path, place);
    }
    return place;
  }

  /** What came after this value here before. */
  successor(path: Context, before: unknown): Scalar | undefined {
    return this.successors.get(within(path, ofScalar(before)));
  }

  /** A value has come here, after another. */
  remember(path: Context, before: unknown, value: Scalar): void {
    if (lengthOf(value) > TEXT_MAX) return;
    const place = this.place(path);
    if (place.seen < LEARNS) place.seen++;
    // Where nothing has come again for long, what follows what is not worth the room.
    if (place.seen < LEARNS || place.hits !== 0 || path === ALWAYS) {
      const at = within(path, ofScalar(before));
      const known = this.successors.get(at);
      if (known !== value) {
        this.makeRoom(lengthOf(value), known === undefined ? 0 : lengthOf(known));
        this.successors.set(at, value);
      }
    }
    this.recent(path, value);
  }

  /** A value has come here. */
  recent(path: Context, value: Scalar): void {
    if (lengthOf(value) > TEXT_MAX) return;
    let { recent } = this.place(path);
    const at = recent.indexOf(value);
    if (at === 0) return;
    if (at > 0) {
      recent.splice(at, 1);
    } else {
      this.makeRoom(lengthOf(value));
      ({ recent } = this.place(path));
    }
    recent.unshift(value);
    if (recent.length > RECENT_MAX) this.chars -= lengthOf(recent.pop() as Scalar);
  }

  /** An object of these members has come here. */
  shape(path: Context, names: readonly string[]): void {
    const place = this.place(path);
    if (names === place.names) return;
    const chars = lengthOfAll(names);
    if (chars > this.charsMax / 16) return;
    this.makeRoom(chars, lengthOfAll(place.names));
    this.place(path).names = names;
  }

  /** So many characters come in place of others that go; all go where that is too many. */
  private makeRoom(chars: number, gone = 0): void {
    this.chars += chars - gone;
    const entries = this.places.size + this.successors.size;
    if (this.chars > this.charsMax || entries >= this.entriesMax) {
      this.reset();
      this.chars = chars;
    }
  }
}

function lengthOfAll(names: readonly string[]): number {
  let chars = 0;
  for (const name of names) chars += name.length + 8;
  return chars;
}

function lengthOf(value: Scalar): number {
  return typeof value === 'string' ? value.length : 0;
}
