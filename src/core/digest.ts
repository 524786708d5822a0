import { chainAll, combine, hashNumber, hashText, hex, lane, mix } from './hash.ts';
import { nameHashesOf, nameInto, neighboursInto } from './name-hashes.ts';
import type { ObjectOp, ArrayOp, Op } from './op.ts';
import type { Container, Value, ValueArray, ValueObject } from './value.ts';
import { elementsOf, isArray, isContainer } from './value.ts';

/**
 * The digest of a value (64 bits), by content and member order, equal whichever way the
 * value came to be, and updated at the cost of a change.
 *
 *   leaf    a hash of type and content
 *   object  final( sum of h(name, member digest) + sum over neighbours of g(name, next name) )
 *           Names are unique, so the neighbour pairs fix the order; sums can be updated.
 *   array   final( a chain over the element digests, in order )
 *           Neighbour sums would not do, since elements repeat. The chain is recomputed over
 *           cached element digests: about 3 ns an element.
 *
 * Containers of a certain weight are remembered, by identity, in a WeakMap: own trees are
 * immutable, so a remembered digest cannot go stale. Light ones are hashed again, which
 * costs no more than the look-up and keeps millions of small entries out of the map.
 */
export interface Digest {
  readonly lo: number;
  readonly hi: number;
}

/** What stands for "there is no value". */
export const ABSENT: Digest = { lo: 0, hi: 0 };

interface Memo {
  lo: number;
  hi: number;
  /** Leaves and containers below: whether a memo is worth its memory. */
  weight: number;
  /** Objects: the two sums before the final mix. */
  sumLo: number;
  sumHi: number;
  /**
   * Arrays: the digests of the elements, lo and hi by turns, as signed words: a plain array of
   * small integers is made three times as fast as a typed one. Undefined where a later value has
   * taken them over.
   */
  elements: number[] | undefined;
}

const WEIGHT_WORTH_A_MEMO = 24;
const memos = new WeakMap<object, Memo>();

// What sets the uses of the hash apart.
const SALT_NULL = 0x11;
const SALT_TRUE = 0x12;
const SALT_FALSE = 0x13;
const SALT_NUMBER = 0x14;
const SALT_STRING = 0x15;
const SALT_ARRAY = 0x16;
const SALT_OBJECT = 0x17;
const SALT_MEMBER = 0x19;

/** Weight of the value last digested; beside `lane` the second result of `digestInto`. */
let weight = 0;

/** Digest of any own value into `lane`. */
function digestInto(value: Value): void {
  switch (typeof value) {
    case 'string':
      weight = textWeight(value);
      return hashText(value, SALT_STRING);
    case 'number':
      weight = 1;
      return hashNumber(value, SALT_NUMBER);
    case 'boolean':
      weight = 1;
      return mix(value ? SALT_TRUE : SALT_FALSE, SALT_NULL);
    default:
      if (value === null) {
        weight = 1;
        return mix(SALT_NULL, SALT_NULL);
      }
      return containerInto(value);
  }
}

function containerInto(container: Container): void {
  const known = memos.get(container);
  if (known !== undefined) {
    weight = known.weight;
    lane.lo = known.lo;
    lane.hi = known.hi;
    return;
  }
  if (isArray(container)) arrayInto(container);
  else objectInto(container);
}

function remember(
  container: Container,
  total: number,
  sumLo: number,
  sumHi: number,
  elements: number[] | undefined,
): void {
  weight = total;
  if (total < WEIGHT_WORTH_A_MEMO) return;
  memos.set(container, { lo: lane.lo, hi: lane.hi, weight: total, sumLo, sumHi, elements });
}

function objectInto(object: ValueObject): void {
  const names = Object.keys(object);
  const hashes = nameHashesOf(names);
  const { words } = hashes;
  let { sumLo, sumHi } = hashes;
  let total = 1;
  for (let i = 0; i < names.length; i++) {
    digestInto(object[names[i] as string] as Value);
    total += weight;
    const { lo, hi } = lane;
    lane.lo = words[2 * i] as number;
    lane.hi = words[2 * i + 1] as number;
    combine(lo, hi, SALT_MEMBER);
    sumLo = (sumLo + lane.lo) | 0;
    sumHi = (sumHi + lane.hi) | 0;
  }
  finishObject(sumLo, sumHi);
  remember(object, total, sumLo, sumHi, undefined);
}

function finishObject(sumLo: number, sumHi: number): void {
  mix(sumLo ^ SALT_OBJECT, sumHi);
}

/** Turns the member digest in `lane` into h(name, digest). */
function memberInto(name: string): void {
  const { lo, hi } = lane;
  nameInto(name);
  combine(lo, hi, SALT_MEMBER);
}

function arrayInto(array: ValueArray): void {
  const elements: number[] = [];
  let total = 1;
  for (const element of elementsOf(array)) {
    digestInto(element);
    total += weight;
    elements.push(lane.lo | 0, lane.hi | 0);
  }
  finishArray(elements);
  remember(array, total, 0, 0, elements);
}

function finishArray(elements: readonly number[]): void {
  lane.lo = SALT_ARRAY;
  lane.hi = elements.length;
  chainAll(elements);
  mix(lane.lo, lane.hi ^ SALT_ARRAY);
}

/**
 * Digest of `next`, which is `base` with `op` applied, at the cost of the change plus, for
 * changed arrays, a few nanoseconds an element. Undefined for op: equal values.
 */
function digestAfterInto(base: Value | undefined, next: Value, op: Op | undefined): void {
  if (op !== undefined && isContainer(base) && isContainer(next) && !memos.has(next)) {
    const memo = memos.get(base);
    if (memo !== undefined) {
      if (op.kind === 'object' && !isArray(base) && !isArray(next)) {
        return objectAfterInto(base, next, op, memo);
      }
      if (op.kind === 'array' && isArray(base) && isArray(next) && memo.elements !== undefined) {
        return arrayAfterInto(base, next, op, memo);
      }
    }
  }
  digestInto(next);
}

/** Keeps the two sums of an object while its members come and go. */
class ObjectSums {
  lo: number;
  hi: number;
  weight: number;

  constructor(memo: Memo) {
    this.lo = memo.sumLo;
    this.hi = memo.sumHi;
    this.weight = memo.weight;
  }

  addLane(): void {
    this.lo = (this.lo + lane.lo) | 0;
    this.hi = (this.hi + lane.hi) | 0;
  }

  subtractLane(): void {
    this.lo = (this.lo - lane.lo) | 0;
    this.hi = (this.hi - lane.hi) | 0;
  }

  removeMember(name: string, value: Value): void {
    digestInto(value);
    this.weight -= weight;
    memberInto(name);
    this.subtractLane();
  }

  addMember(name: string): void {
    this.weight += weight;
    memberInto(name);
    this.addLane();
  }

  /** The pair (a, b) stands no longer side by side. */
  part(a: string, b: string): void {
    neighboursInto(a, b);
    this.subtractLane();
  }

  /** The pair (a, b) stands side by side now; undefined: an end of the object. */
  join(a: string | undefined, b: string | undefined): void {
    if (a === undefined || b === undefined) return;
    neighboursInto(a, b);
    this.addLane();
  }
}

function objectAfterInto(base: ValueObject, next: ValueObject, op: ObjectOp, memo: Memo): void {
  const names = Object.keys(base);
  const sums = new ObjectSums(memo);
  // `at`: the next base member; `parted`: base pairs (i - 1, i) with i below it are dealt with;
  // `last`: the name that stands last in the next object so far.
  let at = 0;
  let parted = 0;
  let last: string | undefined;
  let joining = false;
  const partBefore = (index: number): void => {
    for (let i = Math.max(parted, 1); i <= index && i < names.length; i++) {
      sums.part(names[i - 1] as string, names[i] as string);
    }
    parted = Math.max(parted, index + 1);
  };
  const keep = (count: number): void => {
    if (count === 0) return;
    if (joining) sums.join(last, names[at]);
    joining = false;
    at += count;
    // Pairs inside the kept run stay; only the ones at its ends may go.
    parted = Math.max(parted, at);
    last = names[at - 1];
  };
  for (const edit of op.edits) {
    keep(edit.keep);
    if (edit.kind === 'change') {
      const name = names[at] as string;
      const before = base[name] as Value;
      sums.removeMember(name, before);
      digestAfterInto(before, next[name] as Value, edit.op);
      sums.addMember(name);
      keep(1);
      continue;
    }
    partBefore(at);
    joining = true;
    if (edit.kind === 'drop') {
      for (let i = 0; i < edit.count; i++, at++) {
        partBefore(at + 1);
        sums.removeMember(names[at] as string, base[names[at] as string] as Value);
      }
      continue;
    }
    const name = edit.kind === 'add' ? edit.name : (names[edit.from] as string);
    if (edit.kind === 'add') digestInto(edit.value);
    else digestAfterInto(base[name], next[name] as Value, edit.op);
    sums.addMember(name);
    sums.join(last, name);
    last = name;
  }
  if (joining) sums.join(last, names[at]);
  finishObject(sums.lo, sums.hi);
  remember(next, sums.weight, sums.lo, sums.hi, undefined);
}

function arrayAfterInto(base: ValueArray, next: ValueArray, op: ArrayOp, memo: Memo): void {
  const old = memo.elements as number[];
  const inPlace = op.edits.every(({ kind }) => kind === 'change');
  // Handed on: the older value is hardly ever a base once more, and journals hold many of them.
  memo.elements = undefined;
  const elements = inPlace ? old : [];
  let total = memo.weight;
  let at = 0;
  let to = 0;
  const put = (): void => {
    total += weight;
    elements[2 * to] = lane.lo | 0;
    elements[2 * to + 1] = lane.hi | 0;
    to++;
  };
  const keep = (count: number): void => {
    if (!inPlace) for (let i = 2 * at; i < 2 * (at + count); i++) elements.push(old[i] as number);
    at += count;
    to += count;
  };
  for (const edit of op.edits) {
    keep(edit.keep);
    if (edit.kind === 'change') {
      const before = base[at] as Value;
      digestAfterInto(before, next[to] as Value, edit.op);
      total -= weigh(before);
      at++;
      put();
    } else if (edit.kind === 'drop') {
      for (const end = at + edit.count; at < end; at++) total -= weigh(base[at] as Value);
    } else {
      if (edit.kind === 'add') digestInto(edit.value);
      else digestAfterInto(base[edit.from], next[to] as Value, edit.op);
      put();
    }
  }
  keep(base.length - at);
  finishArray(elements);
  remember(next, total, 0, 0, elements);
}

/** The weight of a value whose digest was worked out before. Cost: of a light one, its parts. */
function weigh(value: Value): number {
  if (typeof value === 'string') return textWeight(value);
  if (!isContainer(value)) return 1;
  const known = memos.get(value)?.weight;
  if (known !== undefined) return known;
  let total = 1;
  if (isArray(value)) for (const element of value) total += weigh(element);
  else for (const name of Object.keys(value)) total += weigh(value[name] as Value);
  return total;
}

function textWeight(text: string): number {
  return 1 + (text.length >> 4);
}

function result(): Digest {
  return { lo: lane.lo >>> 0, hi: lane.hi >>> 0 };
}

/**
 * Leaves and containers in an own container whose digest is remembered, a little more for long
 * texts; 0 for any other value.
 */
export function weightOf(value: Value): number {
  return isContainer(value) ? (memos.get(value)?.weight ?? 0) : 0;
}

/** Digest of an own value. Cost: what is not remembered. */
export function valueDigest(value: Value): Digest {
  digestInto(value);
  return result();
}

/** Digest of `next`, reached from `base` by `op`; see the note on cost above. */
export function digestAfter(base: Value | undefined, next: Value, op: Op | undefined): Digest {
  digestAfterInto(base, next, op);
  return result();
}

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.lo === b.lo && a.hi === b.hi;
}

export function digestText(digest: Digest): string {
  return hex(digest.lo, digest.hi);
}
