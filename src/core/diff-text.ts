import { utf8Length, varintLength } from './bytes.ts';
import type { Op, Splice } from './op.ts';

/** A copy shorter than this costs more as a splice of its own than as text sent again. */
const MATCH_MIN_SHORT = 4;
const MATCH_MIN_LONG = 8;
/** From this length of the changed middle on, the index takes every eighth position only. */
const LONG_TEXT = 4096;
/** A run this much longer than a block is believed however far ahead it stands. */
const FAR_RUN = 56;
/** A run that leaves out more of the base than this waits for a nearer one. */
const NEAR = 64;
/**
 * Units in a row that are nowhere in the base after which every third is tried, after twice as many
 * every fifth: odd, so that a place that the index knows is among them, and a long run is found
 * from its beginning all the same.
 */
const NEW_TEXT = 65_536;
/** Blocks of one hash that are looked at: others than the sought one stand there rarely. */
const TRIES_MAX = 4;

/** Units that two places have to share to be taken for the same. */
const PROOF_MAX = 4096;
/** Places looked at for the first one that shares them. */
const PLACES_MAX = 1024;

/**
 * Splices from one text to another, or `set` where that is shorter. Undefined: equal.
 * Linear time: common ends are cut off, then the middle of the base is indexed by short
 * blocks and the target is run through it once (the scheme of rsync and of delta compressors).
 */
export function diffText(base: string, target: string): Op | undefined {
  if (base === target) return undefined;
  const set: Op = { kind: 'set', value: target };
  const shorter = Math.min(base.length, target.length);
  let head = 0;
  // Behind the end of either one nothing equals anything.
  while (base.charCodeAt(head) === target.charCodeAt(head)) head++;
  let tail = 0;
  while (
    tail < shorter - head &&
    base.charCodeAt(base.length - 1 - tail) === target.charCodeAt(target.length - 1 - tail)
  ) {
    tail++;
  }
  // Both are well-formed: where a common end begins or ends with half a pair, both have its other.
  if (splitsPair(base, head)) head--;
  if (splitsPair(base, base.length - tail)) tail--;
  if (head + tail < MATCH_MIN_SHORT && shorter < 16) return set;

  const middle: Middle = {
    base,
    target,
    from: head,
    baseEnd: base.length - tail,
    targetEnd: target.length - tail,
  };
  const splices = matchMiddle(middle);
  return spliceBytes(splices) < utf8Length(target) ? { kind: 'text', splices } : set;
}

/** Whether a cut at `index` would fall between the halves of a surrogate pair. */
export function splitsPair(text: string, index: number): boolean {
  return (
    (text.charCodeAt(index) & 0xfc00) === 0xdc00 && (text.charCodeAt(index - 1) & 0xfc00) === 0xd800
  );
}

interface Middle {
  readonly base: string;
  readonly target: string;
  /** Both middles start here. */
  readonly from: number;
  readonly baseEnd: number;
  readonly targetEnd: number;
}

function matchMiddle(middle: Middle): Splice[] {
  const { base, target, from, baseEnd, targetEnd } = middle;
  const baseLength = baseEnd - from;
  const targetLength = targetEnd - from;
  const splices: Splice[] = [];
  // Ends of the last copied run: what lies between here and the next one is a splice.
  let baseAt = from;
  let targetAt = from;
  let keptFrom = 0;
  const splice = (baseTo: number, targetTo: number): void => {
    splices.push({
      keep: baseAt - keptFrom,
      drop: baseTo - baseAt,
      insert: target.slice(targetAt, targetTo),
    });
    keptFrom = baseTo;
  };

  const block = Math.max(baseLength, targetLength) > 256 ? MATCH_MIN_LONG : MATCH_MIN_SHORT;
  if (baseLength >= block && targetLength >= block) {
    const index = new BlockIndex(base, from, baseEnd, block);
    let at = from;
    let held: Run | undefined;
    let heldUntil = 0;
    for (;;) {
      if (at + block <= targetEnd) {
        const found = index.find(target, at, baseAt, baseAt + (at - targetAt));
        const run = found < 0 ? undefined : runAround(middle, found, at, baseAt, targetAt);
        if (run !== undefined && run.length >= leastRun(block, run.base - baseAt)) {
          if (held === undefined) heldUntil = at + 2 * block;
          if (held === undefined || run.base < held.base) held = run;
        }
        // A run far ahead waits a little for a nearer one; it is not the shorter for it.
        const wait = held === undefined || (held.base - baseAt > NEAR && at < heldUntil);
        at += held === undefined ? strideAt(at - targetAt) : 1;
        if (wait) continue;
      }
      if (held === undefined) break;
      const run = nearest(middle, held, baseAt);
      const length = wholeLength(middle, run);
      splice(run.base, run.target);
      baseAt = run.base + length;
      targetAt = run.target + length;
      at = targetAt;
      held = undefined;
    }
  }
  // Something is left: the ends of the middles differ, or one of the two is short.
  splice(baseEnd, targetEnd);
  return splices;
}

/** How far it is to the next place that is tried, behind so many units that are new. */
function strideAt(units: number): number {
  return 1 + 2 * Math.floor(units / NEW_TEXT);
}

/**
 * How long a run has to be that leaves out `skipped` units of the base: they are lost to all
 * later runs, and phrases recur in any text, so that a short run far ahead proves nothing.
 * Half of what is skipped, in a short text a sixteenth: measured on texts of 200 to 20,000
 * different words and on recorded feeds.
 */
function leastRun(block: number, skipped: number): number {
  return block + Math.min(skipped >> (block === MATCH_MIN_SHORT ? 4 : 1), FAR_RUN);
}

interface Run {
  readonly base: number;
  readonly target: number;
  readonly length: number;
}

/**
 * A common run through a place that both texts share. It goes back as far as it can, ahead
 * only as far as it takes to be believed: many runs are looked at, few are taken.
 */
function runAround(
  { base, target, baseEnd, targetEnd }: Middle,
  baseHit: number,
  targetHit: number,
  baseStart: number,
  targetStart: number,
): Run {
  let from = baseHit;
  let to = targetHit;
  while (
    from > baseStart &&
    to > targetStart &&
    base.charCodeAt(from - 1) === target.charCodeAt(to - 1)
  ) {
    from--;
    to--;
  }
  const most = Math.min(baseEnd - baseHit, targetEnd - targetHit, MATCH_MIN_LONG + FAR_RUN);
  let ahead = 0;
  while (
    ahead < most &&
    base.charCodeAt(baseHit + ahead) === target.charCodeAt(targetHit + ahead)
  ) {
    ahead++;
  }
  while (splitsPair(base, from) || splitsPair(target, to)) {
    from++;
    to++;
  }
  return { base: from, target: to, length: baseHit + ahead - from };
}

/**
 * The same run where the base has it first: a text that repeats itself has it many times, the
 * index knows only some of the places, and what is passed over is lost to all later runs.
 */
function nearest(middle: Middle, run: Run, baseStart: number): Run {
  const { base, target } = middle;
  const enough = Math.min(wholeLength(middle, run), PROOF_MAX);
  const end = Math.min(run.base, baseStart + PLACES_MAX);
  for (let place = baseStart; place < end; place++) {
    let length = 0;
    while (
      length < enough &&
      base.charCodeAt(place + length) === target.charCodeAt(run.target + length)
    ) {
      length++;
    }
    const whole = !splitsPair(base, place) && !splitsPair(base, place + length);
    if (length === enough && whole) return { ...run, base: place, length };
  }
  return run;
}

/** The length of a run to its very end, where it splits no pair. */
function wholeLength({ base, target, baseEnd, targetEnd }: Middle, run: Run): number {
  const most = Math.min(baseEnd - run.base, targetEnd - run.target);
  let { length } = run;
  while (
    length < most &&
    base.charCodeAt(run.base + length) === target.charCodeAt(run.target + length)
  ) {
    length++;
  }
  while (splitsPair(base, run.base + length) || splitsPair(target, run.target + length)) length--;
  return length;
}

/** Where blocks of the base's middle stand; equal ones are chained from left to right. */
class BlockIndex {
  private readonly base: string;
  private readonly from: number;
  private readonly baseEnd: number;
  private readonly block: number;
  private readonly step: number;
  /** By hash: the leftmost block not yet passed. */
  private readonly heads: Int32Array;
  /** By place: the next block of the same hash. */
  private readonly next: Int32Array;
  private readonly mask: number;

  constructor(base: string, from: number, baseEnd: number, block: number) {
    this.base = base;
    this.from = from;
    this.baseEnd = baseEnd;
    this.block = block;
    this.step = baseEnd - from > LONG_TEXT ? block : 1;
    const places = Math.floor((baseEnd - from - block) / this.step) + 1;
    let size = 16;
    while (size < places * 2) size *= 2;
    this.mask = size - 1;
    this.heads = new Int32Array(size).fill(-1);
    this.next = new Int32Array(places);
    for (let place = places - 1; place >= 0; place--) {
      const slot = this.hash(base, from + place * this.step);
      this.next[place] = this.heads[slot] as number;
      this.heads[slot] = place;
    }
  }

  private hash(text: string, at: number): number {
    let h = 0;
    for (let i = 0; i < this.block; i++) {
      h = Math.imul(h ^ text.charCodeAt(at + i), 0x9e37_79b1);
      h ^= h >>> 15;
    }
    return h & this.mask;
  }

  /**
   * The first position at or after `least` where the base has the target's block, or -1.
   * Tried before: `straight`, where it stands if as much was taken out as put in since the
   * last copy. `least` never goes back, so that each place is passed once.
   */
  find(target: string, at: number, least: number, straight: number): number {
    if (straight + this.block <= this.baseEnd && this.matches(target, at, straight)) {
      return straight;
    }
    const slot = this.hash(target, at);
    let place = this.heads[slot] as number;
    while (place >= 0 && this.from + place * this.step < least) place = this.next[place] as number;
    this.heads[slot] = place;
    for (let tries = 0; place >= 0 && tries < TRIES_MAX; tries++) {
      const position = this.from + place * this.step;
      if (this.matches(target, at, position)) return position;
      place = this.next[place] as number;
    }
    return -1;
  }

  private matches(target: string, at: number, position: number): boolean {
    for (let i = 0; i < this.block; i++) {
      if (target.charCodeAt(at + i) !== this.base.charCodeAt(position + i)) return false;
    }
    return true;
  }
}

/** Encoded length of splices, in bytes. */
function spliceBytes(splices: readonly Splice[]): number {
  let bytes = 1;
  for (const { keep, drop, insert } of splices) {
    const length = utf8Length(insert);
    bytes += varintLength(keep) + varintLength(drop) + varintLength(length) + length;
  }
  return bytes;
}
