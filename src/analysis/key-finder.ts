import type { Key } from '../core/key.ts';
import { asKey } from './item.ts';
import { leavesOf } from './leaves.ts';

/** A member that may tell which entry an object is. */
export interface KeyCandidate {
  readonly path: string;
  /** Of the objects looked at, the part that has it, 0 to 1. */
  readonly presence: number;
  readonly distinct: number;
  /** Objects whose key was there before. */
  readonly repeats: number;
  /** How much changes from one object of a key to the next, beside having no key: 0 to 1. */
  readonly cost: number;
  readonly isNamedLikeKey: boolean;
}

/** What was found out about the objects' keys. */
export interface KeyFinding {
  /** Undefined: all objects are states of one document. */
  readonly chosen: KeyCandidate | undefined;
  /** All that were looked at, the best first. */
  readonly candidates: readonly KeyCandidate[];
  readonly objects: number;
  /** A member named like a key that never repeats here: longer data may show otherwise. */
  readonly unrepeated: string | undefined;
}

const NAMED_LIKE_KEY =
  /(?:^|[._-])(?:_?id|key|uuid|guid|symbol|slug|code|sku|pair|ticker|name|isin)$|[a-z]Id$|_id$|ID$/;
/** Longer strings are text, not keys. */
const KEY_LENGTH_MAX = 200;
const CANDIDATES_MAX = 24;
const PRESENCE_MIN = 0.5;
/** Names with more dots are deep inside. */
const DOTS_MAX = 1;
/** Any member: so much of the change has to go away. A likely name: it only must not harm. */
const COST_MAX = 0.8;
const COST_OF_NAMED_MAX = 1.02;
/** Any member: of the objects, so many have a key that was there before. */
const REPEATS_MIN = 0.2;
/** Beside an equal one, a likely name is better. */
const NAME_BONUS = 0.9;

/** Leaves of an object as texts. */
type Shape = ReadonlyMap<string, string>;

function shapeOf(leaves: ReadonlyMap<string, unknown>): Shape {
  return new Map([...leaves].map(([path, leaf]) => [path, JSON.stringify(leaf)]));
}

/** About the bytes that a patch from one to the other needs. */
function changeBetween(before: Shape, after: Shape): number {
  let bytes = 0;
  for (const [path, text] of after) if (before.get(path) !== text) bytes += text.length + 2;
  for (const path of before.keys()) if (!after.has(path)) bytes += 2;
  return bytes;
}

function keysAt(
  leaves: readonly ReadonlyMap<string, unknown>[],
  path: string,
): (Key | undefined)[] {
  return leaves.map((each) => {
    const key = asKey(each.get(path));
    return typeof key === 'string' && key.length > KEY_LENGTH_MAX ? undefined : key;
  });
}

function candidatePaths(leaves: readonly ReadonlyMap<string, unknown>[]): string[] {
  const counts = new Map<string, number>();
  for (const each of leaves) {
    for (const [path, leaf] of each) {
      const isShallow = path.split('.').length <= DOTS_MAX + 1;
      if (isShallow && asKey(leaf) !== undefined) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= leaves.length * PRESENCE_MIN)
    .sort(([a, m], [b, n]) => Number(isNamed(b)) - Number(isNamed(a)) || n - m)
    .slice(0, CANDIDATES_MAX)
    .map(([path]) => path);
}

function isNamed(path: string): boolean {
  return NAMED_LIKE_KEY.test(path);
}

/**
 * Looks for the member by which objects are entries: the one by which each is most like the one
 * before it of the same key. Where none makes a difference, they are states of one document.
 */
export function findKey(objects: readonly Record<string, unknown>[], time?: string): KeyFinding {
  const leaves = objects.map((object) => leavesOf(object));
  const shapes = leaves.map(shapeOf);
  let keyless = 0;
  for (let i = 1; i < shapes.length; i++)
    keyless += changeBetween(at(shapes, i - 1), at(shapes, i));
  const perChange = keyless / Math.max(1, shapes.length - 1);
  const candidates = candidatePaths(leaves)
    // When something happened says nothing of what it happened to.
    .filter((path) => path !== time)
    .map((path) => judged(path, keysAt(leaves, path), shapes, perChange))
    .sort((a, b) => rank(a) - rank(b));
  const chosen = candidates.find((candidate) => isFit(candidate, objects.length));
  const unrepeated = candidates.find(
    ({ isNamedLikeKey, repeats, presence }) => isNamedLikeKey && repeats === 0 && presence > 0.9,
  );
  return { chosen, candidates, objects: objects.length, unrepeated: unrepeated?.path };
}

function at(shapes: readonly Shape[], index: number): Shape {
  return shapes[index] ?? new Map<string, string>();
}

function rank({ cost, isNamedLikeKey }: KeyCandidate): number {
  return cost * (isNamedLikeKey ? NAME_BONUS : 1);
}

function isFit(
  { cost, isNamedLikeKey, repeats, distinct }: KeyCandidate,
  objects: number,
): boolean {
  if (repeats === 0 || distinct < 2) return false;
  if (isNamedLikeKey) return cost <= COST_OF_NAMED_MAX;
  return cost <= COST_MAX && repeats >= objects * REPEATS_MIN;
}

/** An object whose key is new tells nothing; it counts as if there were no keys. */
function judged(
  path: string,
  keys: readonly (Key | undefined)[],
  shapes: readonly Shape[],
  perChange: number,
): KeyCandidate {
  const last = new Map<Key, Shape>();
  let [bytes, repeats, present] = [0, 0, 0];
  for (const [i, key] of keys.entries()) {
    const shape = at(shapes, i);
    const before = key === undefined ? undefined : last.get(key);
    if (before === undefined) bytes += i === 0 ? 0 : perChange;
    else bytes += changeBetween(before, shape);
    if (before !== undefined) repeats++;
    if (key === undefined) continue;
    present++;
    last.set(key, shape);
  }
  const whole = perChange * Math.max(1, shapes.length - 1);
  return {
    path,
    presence: present / Math.max(1, keys.length),
    distinct: last.size,
    repeats,
    cost: whole === 0 ? 1 : bytes / whole,
    isNamedLikeKey: isNamed(path),
  };
}
