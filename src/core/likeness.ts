import { roughHash } from './rough-hash.ts';
import type { Value } from './value.ts';
import { isArray, isContainer, sameValue } from './value.ts';

/**
 * Elements that are neither equal nor named by an id are matched by what they have in common:
 * each scalar member votes for the base elements that have the same scalar under the same
 * name, with a weight of about the bytes that the match would save. A scalar that many
 * elements share has no vote, which keeps the work linear.
 */
interface Leftovers {
  readonly base: readonly Value[];
  readonly target: readonly unknown[];
  readonly source: Int32Array;
  readonly used: Uint8Array;
  pair(from: number, to: number): void;
}

/** Base elements that may share a scalar before it is too common to vote. */
const SHARED_MAX = 4;
/** Members, or elements of a row, that vote. */
const VOTERS_MAX = 48;
/** Longer strings vote by hash: as keys of a Map, V8 tells very long ones apart only slowly. */
const TEXT_MAX = 256;
/** A shorter text costs no more sent again than moved. */
const LONE_TEXT_MIN = 8;
/** Below this a match saves nothing. */
const VOTES_MIN = 4;

type Scalars = Map<string | number, number[]>;

/** Parts that are compared to tell whether most are the same. */
const PARTS_COMPARED = 8;

/**
 * Whether two containers have more than half of their parts in common, at the same places: judged
 * by some of them where there are many. Cheaper than votes, for elements that are paired anyway.
 */
export function isMostlySame(base: Value, target: unknown): boolean {
  if (!isContainer(base) || typeof target !== 'object' || target === null) return false;
  if (isArray(base) !== Array.isArray(target)) return false;
  const names = Object.keys(base);
  const targetNames = Object.keys(target);
  if (names.length !== targetNames.length) return false;
  const step = Math.ceil(names.length / PARTS_COMPARED);
  let compared = 0;
  let same = 0;
  for (let i = 0; i < names.length; i += step, compared++) {
    const name = names[i] as string;
    if (name !== targetNames[i]) return false;
    const part = (target as Record<string, unknown>)[name];
    if (sameValue((base as Record<string, Value>)[name] as Value, part)) same++;
  }
  return 2 * same > compared;
}

/** Pairs base elements [start, baseEnd) without a target with target elements without a source. */
export function pairByLikeness(
  leftovers: Leftovers,
  start: number,
  baseEnd: number,
  targetEnd: number,
): void {
  const { source, used } = leftovers;
  const from: number[] = [];
  for (let i = start; i < baseEnd; i++) if (used[i] === 0) from.push(i);
  if (from.length === 0) return;
  const to: number[] = [];
  for (let i = start; i < targetEnd; i++) if ((source[i] as number) < 0) to.push(i);
  if (to.length === 0) return;

  pairByVotes(leftovers, from, to);
  pairWithinGaps(leftovers, from, to, start, baseEnd);
}

function pairByVotes(leftovers: Leftovers, from: readonly number[], to: readonly number[]): void {
  const index = new Map<string | number, Scalars>();
  for (const i of from) {
    forEachScalar(leftovers.base[i], (name, scalar) => {
      let scalars = index.get(name);
      if (scalars === undefined) index.set(name, (scalars = new Map()));
      const holders = scalars.get(scalar);
      if (holders === undefined) scalars.set(scalar, [i]);
      else if (holders.length <= SHARED_MAX) holders.push(i);
    });
  }
  const votes = new Map<number, number>();
  for (const i of to) {
    votes.clear();
    forEachScalar(leftovers.target[i], (name, scalar, weight) => {
      const holders = index.get(name)?.get(scalar);
      if (holders === undefined || holders.length > SHARED_MAX) return;
      for (const holder of holders) votes.set(holder, (votes.get(holder) ?? 0) + weight);
    });
    let best = -1;
    let most = VOTES_MIN - 1;
    for (const [candidate, count] of votes) {
      if (count > most && leftovers.used[candidate] === 0) {
        best = candidate;
        most = count;
      }
    }
    if (best >= 0) leftovers.pair(best, i);
  }
}

type Visit = (name: string | number, scalar: string | number, weight: number) => void;

function visitText(name: string | number, text: string, visit: Visit): void {
  visit(name, text.length > TEXT_MAX ? roughHash(text) : text, Math.min(text.length, 40) + 2);
}

/** Strings and numbers of a container and of the containers directly in it. */
function forEachScalar(value: unknown, visit: Visit, prefix = ''): void {
  // A long text that has moved by itself; for a number the move would cost more than the number.
  if (typeof value === 'string' && value.length >= LONE_TEXT_MIN) visitText('', value, visit);
  if (typeof value !== 'object' || value === null) return;
  const row = Array.isArray(value);
  const names = row ? undefined : Object.keys(value);
  const count = Math.min(row ? value.length : (names as string[]).length, VOTERS_MAX);
  for (let i = 0; i < count; i++) {
    const name = row ? i : ((names as string[])[i] as string);
    const part = (value as Record<string | number, unknown>)[name];
    const place = prefix === '' ? name : `${prefix}${name}`;
    if (typeof part === 'number') {
      visit(place, part, 3);
    } else if (typeof part === 'string') {
      visitText(place, part, visit);
    } else if (prefix === '' && typeof part === 'object') {
      forEachScalar(part, visit, `${name}/`);
    }
  }
}

/**
 * What is still left between the same two matched neighbours is paired in order, like with
 * like: an element edited beyond recognition is still cheaper to replace where it stands.
 */
function pairWithinGaps(
  leftovers: Leftovers,
  from: readonly number[],
  to: readonly number[],
  start: number,
  baseEnd: number,
): void {
  const { base, target, source, used } = leftovers;
  // The gap of a leftover is named by the last base element before it that has a target.
  const gapOf = new Int32Array(baseEnd - start);
  let gap = start - 1;
  for (let i = start; i < baseEnd; i++) {
    if (used[i] !== 0) gap = i;
    gapOf[i - start] = gap;
  }
  // For each gap where its next leftover stands in `from`; those of one gap stand together.
  const waiting = new Map<number, number>();
  for (let k = from.length - 1; k >= 0; k--) {
    const i = from[k] as number;
    if (used[i] === 0) waiting.set(gapOf[i - start] as number, k);
  }
  let last = start - 1;
  let next = 0;
  for (let i = start; next < to.length; i++) {
    if (i !== to[next]) {
      last = source[i] as number;
      continue;
    }
    next++;
    if ((source[i] as number) >= 0) {
      last = source[i] as number;
      continue;
    }
    const k = waiting.get(last);
    const candidate = k === undefined ? undefined : from[k];
    if (k === undefined || candidate === undefined) continue;
    if (gapOf[candidate - start] === last && isSameKind(base[candidate], target[i])) {
      waiting.set(last, k + 1);
      leftovers.pair(candidate, i);
    }
  }
}

function isSameKind(a: unknown, b: unknown): boolean {
  if (typeof a !== typeof b || a === null || b === null) return false;
  return Array.isArray(a) === Array.isArray(b);
}
