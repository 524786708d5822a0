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

/** Of so many units, and so many slots, arrays are kept for the next index. */
const KEPT = 1 << 15;
let keptUnits: Uint16Array | undefined;
let keptHeads: Int32Array | undefined;
let keptNext: Int32Array | undefined;

/**
 * Finds in the base's text, and in what has come so far, what comes next in a text. One is in use
 * at a time: small ones share their arrays, which take longer to make than to fill.
 */
export class QuoteIndex {
  private readonly base: string;
  private readonly target: string;
  /** The units of both, where they are few: twice as fast to compare as those of texts. */
  private readonly units: Uint16Array | undefined;
  private readonly stride: number;
  private readonly shift: number;
  private readonly heads: Int32Array;
  private readonly next: Int32Array;
  /** Places of the base that are looked up: what of `next` comes before that of the target. */
  private readonly places: number;
  /** The hash of what begins at a place of the target, as far as one is known. */
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
    this.places = Math.ceil(base.length / this.stride);
    const cells = this.places + target.length;
    let bits = 8;
    while (1 << bits < cells) bits++;
    this.shift = 32 - bits;
    if (base.length + target.length <= KEPT) {
      this.units = keptUnits ??= new Uint16Array(KEPT);
      this.heads = keptHeads ??= new Int32Array(KEPT);
      this.next = keptNext ??= new Int32Array(KEPT);
    } else {
      this.heads = new Int32Array(1 << bits);
      this.next = new Int32Array(cells);
    }
    this.heads.fill(-1, 0, 1 << bits);
    this.hashes = hashesOf(target);
    if (this.units === undefined) this.noteSome();
    else this.noteAll(this.units);
  }

  /** Every place of the base: one pass over its units. */
  private noteAll(units: Uint16Array): void {
    const { base, target, heads, next, shift } = this;
    let hash = 0;
    for (let i = 0; i < base.length; i++) {
      const unit = base.charCodeAt(i);
      units[i] = unit;
      hash = rolled(hash, unit);
      const place = i - BLOCK + 1;
      if (place < 0) continue;
      const slot = slotOf(hash, shift);
      next[place] = heads[slot] as number;
      heads[slot] = place;
    }
    for (let i = 0; i < target.length; i++) units[base.length + i] = target.charCodeAt(i);
  }

  /** Every place of a long base, or every second, third, … */
  private noteSome(): void {
    const { base, heads, next, shift, stride } = this;
    let hash = 0;
    let due = 0;
    let cell = 0;
    for (let i = 0; i < base.length; i++) {
      hash = rolled(hash, base.charCodeAt(i));
      const place = i - BLOCK + 1;
      if (place !== due) continue;
      const slot = slotOf(hash, shift);
      next[cell++] = heads[slot] as number;
      heads[slot] = place;
      due += stride;
    }
  }

  private note(hash: number, place: number): void {
    const slot = slotOf(hash, this.shift);
    this.next[this.cell(place)] = this.heads[slot] as number;
    this.heads[slot] = place;
  }

  private cell(place: number): number {
    const { stride } = this;
    if (stride === 1) return place;
    const { length } = this.base;
    return place < length ? place / stride : this.places + place - length;
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
    const { base, hashes, heads, next, stride } = this;
    let best = expected < base.length ? this.better(undefined, expected, at, expected) : undefined;
    // Of a base that is known in strides, a block further on shows what begins here.
    for (let ahead = 0; ahead < stride && at + ahead + BLOCK <= hashes.length; ahead++) {
      let place = heads[slotOf(hashes[at + ahead] as number, this.shift)] as number;
      for (let tries = 0; place >= 0 && tries < TRIES_MAX; tries++) {
        if (place - ahead >= 0) best = this.better(best, place - ahead, at, expected);
        place = next[this.cell(place)] as number;
      }
      if (best !== undefined && best.length > stride + BLOCK) break;
    }
    return best;
  }

  /** The copy from a place, where it saves more than the best so far. */
  private better(
    best: Found | undefined,
    from: number,
    at: number,
    expected: number,
  ): Found | undefined {
    const length = this.common(from, at);
    if (length < COPY_MIN) return best;
    const saved = length * UNIT_BITS - this.bits(from, expected, length, at);
    return saved > 0 && (best === undefined || saved > best.saved) ? { from, length, saved } : best;
  }

  /** About what a copy costs. */
  private bits(from: number, expected: number, length: number, at: number): number {
    const { length: baseLength } = this.base;
    const far = Math.abs(from - Math.min(expected, baseLength));
    const back = baseLength + at - from;
    const place = 32 - Math.clz32(Math.min(far, back));
    const size = 31 - Math.clz32(length);
    return COPY_BITS + (place === 0 ? 0 : place + 3) + 2 * size;
  }

  /** Units in common; a copy from the base ends with it. */
  private common(from: number, at: number): number {
    const { base, target, units } = this;
    if (units !== undefined)
      return commonUnits(units, base.length, from, base.length + at, target.length - at);
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

function slotOf(hash: number, shift: number): number {
  return Math.imul(hash, 0x9e37_79b1) >>> shift;
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

/** The same of units that stand in one array; a copy of `left` units would go to its end. */
function commonUnits(
  units: Uint16Array,
  baseLength: number,
  from: number,
  to: number,
  left: number,
): number {
  const most = from < baseLength ? Math.min(baseLength - from, left) : left;
  let length = 0;
  while (length < most && units[from + length] === units[to + length]) length++;
  return length;
}
