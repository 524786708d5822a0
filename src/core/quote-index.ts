import { COPY_MIN } from './quote-model.ts';

/** Units that are looked up at once. */
const BLOCK = 5;
/** Places of one hash that are looked at. */
const TRIES_MAX = 24;
/**
 * Places of the base that are looked up at most, and for each unit of the target: of a longer base
 * every second, third, …
 */
const PLACES = 1 << 16;
const PLACES_PER_UNIT = 8;
const PLACES_MAX = 1 << 20;
/** Bits that a unit costs by itself, and a copy before its place and length. */
const UNIT_BITS = 4;
const COPY_BITS = 4;
/** A copy this long is taken without a look at what comes next. */
const LONG = 48;

export interface Found {
  readonly from: number;
  readonly length: number;
  readonly saved: number;
}

/** Finds in the base's text, and in what has come so far, what comes next in a text. */
export class QuoteIndex {
  private readonly base: string;
  private readonly target: string;
  private readonly stride: number;
  private readonly shift: number;
  private readonly heads: Int32Array;
  private readonly next: Int32Array;
  private readonly hashes: Int32Array;
  /** Places of the target that are looked up already. */
  private known = 0;
  private held: Found | undefined;
  private heldAt = -1;

  constructor(base: string, target: string) {
    this.base = base;
    this.target = target;
    const most = Math.min(PLACES_MAX, Math.max(PLACES, PLACES_PER_UNIT * target.length));
    this.stride = Math.ceil((base.length + 1) / most);
    const places = Math.ceil(base.length / this.stride);
    let bits = 8;
    while (1 << bits < places + target.length) bits++;
    this.shift = 32 - bits;
    this.heads = new Int32Array(1 << bits).fill(-1);
    this.next = new Int32Array(places + target.length);
    this.hashes = hashesOf(target);
    this.noteBase();
  }

  /** Every place of the base, or every second, third, …: one pass over its units. */
  private noteBase(): void {
    const { base, stride } = this;
    let hash = 0;
    let due = 0;
    for (let i = 0; i < base.length; i++) {
      hash = rolled(hash, base.charCodeAt(i));
      const at = i - BLOCK + 1;
      if (at !== due) continue;
      this.note(hash, at);
      due += stride;
    }
  }

  private slot(hash: number): number {
    return Math.imul(hash, 0x9e37_79b1) >>> this.shift;
  }

  private note(hash: number, place: number): void {
    const slot = this.slot(hash);
    const cell = this.cell(place);
    this.next[cell] = this.heads[slot] as number;
    this.heads[slot] = place;
  }

  private cell(place: number): number {
    const { length } = this.base;
    return place < length ? place / this.stride : Math.ceil(length / this.stride) + place - length;
  }

  /** The copy to make at `at` of the target; undefined: a unit by itself is better. */
  find(at: number, expected: number): Found | undefined {
    for (; this.known + BLOCK <= at; this.known++) {
      this.note(this.hashes[this.known] as number, this.base.length + this.known);
    }
    const found = this.heldAt === at ? this.held : this.best(at, expected);
    if (found === undefined || found.length >= LONG) return found;
    // One unit later there may be more to gain than that unit costs.
    this.held = this.best(at + 1, expected + 1);
    this.heldAt = at + 1;
    return this.held !== undefined && this.held.saved > found.saved + UNIT_BITS ? undefined : found;
  }

  private best(at: number, expected: number): Found | undefined {
    const { base, target } = this;
    let best: Found | undefined;
    const consider = (from: number): void => {
      const length = this.common(from, at);
      if (length < COPY_MIN) return;
      const saved = length * UNIT_BITS - this.bits(from, expected, length, at);
      if (saved > 0 && (best === undefined || saved > best.saved)) best = { from, length, saved };
    };
    if (expected < base.length) consider(expected);
    // Of a base that is known in strides, a block further on shows what begins here.
    for (let ahead = 0; ahead < this.stride && at + ahead + BLOCK <= target.length; ahead++) {
      let place = this.heads[this.slot(this.hashes[at + ahead] as number)] as number;
      for (let tries = 0; place >= 0 && tries < TRIES_MAX; tries++) {
        if (place - ahead >= 0) consider(place - ahead);
        place = this.next[this.cell(place)] as number;
      }
      if (best !== undefined && best.length > this.stride + BLOCK) break;
    }
    return best;
  }

  /** About what a copy costs. */
  private bits(from: number, expected: number, length: number, at: number): number {
    const far = Math.abs(from - Math.min(expected, this.base.length));
    const back = this.base.length + at - from;
    const place = 32 - Math.clz32(Math.min(far, back));
    const size = 31 - Math.clz32(length);
    return COPY_BITS + (place === 0 ? 0 : place + 3) + 2 * size;
  }

  /** Units in common; a copy from the base ends with it. */
  private common(from: number, at: number): number {
    const { base, target } = this;
    let length = 0;
    if (from < base.length) {
      const most = Math.min(base.length - from, target.length - at);
      while (length < most && base.charCodeAt(from + length) === target.charCodeAt(at + length)) {
        length++;
      }
      return length;
    }
    const start = from - base.length;
    const most = target.length - at;
    while (length < most && target.charCodeAt(start + length) === target.charCodeAt(at + length)) {
      length++;
    }
    return length;
  }
}

/**
 * A hash of the last `BLOCK` units, from that of the units before: each step shifts seven bits, so
 * that a unit is gone after five.
 */
function rolled(hash: number, unit: number): number {
  return (Math.imul(hash, 0x9e37_7980) + Math.imul(unit, 0x85eb_ca77)) | 0;
}

/** By place, the hash of the units from there on; nothing for the last few. */
function hashesOf(text: string): Int32Array {
  const hashes = new Int32Array(text.length);
  let hash = 0;
  for (let i = 0; i < text.length; i++) {
    hash = rolled(hash, text.charCodeAt(i));
    if (i >= BLOCK - 1) hashes[i - BLOCK + 1] = hash;
  }
  return hashes;
}
