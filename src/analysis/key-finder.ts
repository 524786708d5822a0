import type { Key } from '../core/key.ts';
import { asKey } from './item.ts';
import { isOneMember, joinedPath, keyOfParts } from './key-path.ts';
import { leavesOf } from './leaves.ts';
import { isNamedLikeTime, isTimeLike } from './time-finder.ts';

/** A member that may tell which entry an object is, or two of them together. */
export interface KeyCandidate {
  /** The member's name, with dots down to it; of two members both, with a comma between them. */
  readonly path: string;
  /** Of the objects looked at, the part that has it, 0 to 1. */
  readonly presence: number;
  readonly distinct: number;
  /** Objects whose key was there before. */
  readonly repeats: number;
  /** Of these, objects that did not come right after the one before of their key. */
  readonly returns: number;
  /** Of the repeats, objects that were not the same as the one before of their key. */
  readonly changes: number;
  /** How much changes from one object of a key to the next, beside having no key: 0 to 1. */
  readonly cost: number;
  /** The same without objects whose key is new; of those named like a key it says more. */
  readonly costOfRepeats: number;
  readonly isNamedLikeKey: boolean;
}

/** What was found out about the objects' keys. */
export interface KeyFinding {
  /** Undefined: all objects are states of one document. */
  readonly chosen: KeyCandidate | undefined;
  /** All that were looked at, the best first. */
  readonly candidates: readonly KeyCandidate[];
  readonly objects: number;
  /** A member named like a key that hardly ever repeats here: longer data may show otherwise. */
  readonly unrepeated: string | undefined;
  /** A member by which each object is another one, as the events of a log are. */
  readonly log: string | undefined;
  /** Members named like keys that only some of the objects have: there may be several kinds. */
  readonly keysOfKinds: readonly string[];
}

const NAMED_LIKE_KEY =
  /(?:^|[._-])(?:_?id|key|uuid|guid|symbol|slug|code|sku|pair|ticker|name|isin)$|[a-z]Id$|_id$|ID$/;
/** Names of what numbers the messages of a feed: such a number says nothing of the objects. */
const NUMBERS_MESSAGES = /(?:update|seq(?:uence)?|version|rev(?:ision)?|message|msg|request)_?id$/i;
/** Texts that are made to be new each time: UUIDs, ULIDs, and hashes in hexadecimal. */
const MADE_TO_BE_NEW =
  /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[\dA-HJKMNP-TV-Z]{26}|[\da-f]{24,128})$/i;
/** Names of what a document's content is known by: new with each state of it. */
const OF_CONTENT = /hash|etag|digest|checksum|sha\d*$|md5|sum$|token|cursor|signature/i;
/** Days, months, halves of a day and zones, as dates are written. */
const WORD_OF_DATE = new RegExp(
  '^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|' +
    '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|[ap]m|[tz]|utc|[a-z]{1,4}t)$',
  'i',
);
/** Longer strings are text, not keys. */
const KEY_LENGTH_MAX = 200;
const CANDIDATES_MAX = 24;
const PRESENCE_MIN = 0.5;
/** Names with more dots are deep inside. */
const DOTS_MAX = 2;
/** Any member: so much of the change has to go away. A likely name: it only must not harm. */
const COST_MAX = 0.8;
const COST_OF_NAMED_MAX = 1.02;
/** Any member: of the objects, so many have a key that was there before. */
const REPEATS_MIN = 0.2;
/** Beside an equal one, a likely name is better. */
const NAME_BONUS = 0.9;
/** Members that are looked at for two that are a key together: 28 pairs. */
const PARTS_MAX = 8;
/** Of the values of a likely name, so many come again where their changes are judged alone. */
const NAMED_REPEATS_MIN = 0.05;
/** Objects that pairs are tried on: each of them costs as much as a member. */
const PAIR_OBJECTS_MAX = 5000;
/** Where one member leaves no more of the change than this, no two are looked for. */
const GOOD_COST = 0.1;
/** What two members leave of the change, beside the best one: who has two has to gain. */
const PAIR_GAIN = 0.7;
/** Values of two members for one of the first: fewer may be some state of it. */
const PAIR_VALUES_MIN = 3;
/** Of the objects whose two members repeat, so many are not the same as before. */
const PAIR_CHANGES_MIN = 0.1;
/** An id that repeats in more of the objects is no event's; some logs hold an event twice. */
const LOG_REPEATS_MAX = 0.01;
/** What almost each object has. */
const EVERY = 0.9;
/** A member named like a key that only some have is that of one kind of objects. */
const SOME_MIN = 0.05;
const KIND_KEYS_MAX = 3;
/** Fewer objects show no log. */
const LOG_OBJECTS_MIN = 10;

/** Leaves of an object as texts. */
type Shape = ReadonlyMap<string, string>;

/** Without times: they change by any key. */
function shapeOf(leaves: ReadonlyMap<string, unknown>, times: ReadonlySet<string>): Shape {
  const others = [...leaves].filter(([path]) => !times.has(path));
  return new Map(others.map(([path, leaf]) => [path, JSON.stringify(leaf)]));
}

/** Members that say when something happened: nothing of what it happened to. */
function timesIn(leaves: Leaves, time: string | undefined): Set<string> {
  const paths = new Set<string>();
  for (const each of leaves) for (const path of each.keys()) paths.add(path);
  const times = [...paths].filter((path) => {
    if (!isNamedLikeTime(path)) return false;
    const there = leaves.filter((each) => each.has(path)).map((each) => each.get(path));
    return isTimeLike(there);
  });
  return new Set(time === undefined ? times : [...times, time]);
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
  return leaves.map((each) => shortKey(asKey(each.get(path))));
}

function shortKey(key: Key | undefined): Key | undefined {
  return typeof key === 'string' && key.length > KEY_LENGTH_MAX ? undefined : key;
}

type Leaves = readonly ReadonlyMap<string, unknown>[];

/** Paths not far down whose values pass, in most objects; likely names first. */
function pathsOf(leaves: Leaves, passes: (leaf: unknown) => boolean): string[] {
  const counts = new Map<string, number>();
  for (const each of leaves) {
    for (const [path, leaf] of each) {
      const isShallow = path.split('.').length <= DOTS_MAX + 1 && isOneMember(path);
      if (isShallow && passes(leaf)) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= leaves.length * PRESENCE_MIN)
    .sort(([a, m], [b, n]) => Number(isNamed(b)) - Number(isNamed(a)) || n - m)
    .map(([path]) => path);
}

function isNamed(path: string): boolean {
  return NAMED_LIKE_KEY.test(path);
}

/**
 * Looks for the member by which objects are entries: the one by which each is most like the one
 * before it of the same key; or for two members, where one alone will not do. Where none makes a
 * difference, they are states of one document.
 */
export function findKey(objects: readonly Record<string, unknown>[], time?: string): KeyFinding {
  const leaves = objects.map((object) => leavesOf(object));
  const times = timesIn(leaves, time);
  const shapes = leaves.map((each) => shapeOf(each, times));
  const keyless = shapes.map((shape, i) => (i === 0 ? 0 : changeBetween(at(shapes, i - 1), shape)));
  const judge = (path: string, keys: readonly (Key | undefined)[]): KeyCandidate =>
    judged(path, keys, shapes, keyless);
  const some = leaves.slice(0, PAIR_OBJECTS_MAX);
  const singles = pathsOf(leaves, (leaf) => asKey(leaf) !== undefined)
    .filter((path) => !times.has(path))
    .slice(0, CANDIDATES_MAX)
    .map((path) => judge(path, keysAt(leaves, path)))
    .sort((a, b) => rank(a) - rank(b));
  const unrepeated = singles.find(
    (each) =>
      each.isNamedLikeKey && !NUMBERS_MESSAGES.test(each.path) && isNew(each, objects.length),
  );
  const single = isOneMoment(leaves, time)
    ? (unrepeated ?? singles.find((each) => isFit(each, objects.length)))
    : singles.find((each) => isFit(each, objects.length));
  const looksForTwo = unrepeated === undefined && (single?.cost ?? 1) > GOOD_COST;
  const pairs = looksForTwo ? pairsOf(some, times, judge) : [];
  const pair = pairs.find((each) => isPairFit(each, single, some.length));
  // A likely name is believed; that there may be a second member is told.
  const chosen = single?.isNamedLikeKey === true ? single : (pair ?? single);
  return {
    chosen,
    candidates: pair === undefined ? singles : [pair, ...singles],
    objects: objects.length,
    unrepeated: unrepeated?.path,
    log: chosen !== undefined && chosen === unrepeated ? undefined : logId(leaves, singles, time),
    keysOfKinds: chosen?.path === undefined ? [] : keysOfKinds(leaves, chosen.path),
  };
}

/** Whether all objects are of one time: then nothing could repeat, and nothing is a log. */
function isOneMoment(leaves: Leaves, time: string | undefined): boolean {
  if (time === undefined) return false;
  const first = leaves[0]?.get(time);
  return first !== undefined && leaves.every((each) => each.get(time) === first);
}

function isNew({ repeats, presence }: KeyCandidate, objects: number): boolean {
  return repeats <= objects * LOG_REPEATS_MAX && presence > EVERY;
}

/** The member that makes each object another one: an id, or of what has a time, its text. */
function logId(
  leaves: Leaves,
  singles: readonly KeyCandidate[],
  time: string | undefined,
): string | undefined {
  const { length } = leaves;
  if (length < LOG_OBJECTS_MIN || isOneMoment(leaves, time)) return undefined;
  const fits = ({ path, isNamedLikeKey }: KeyCandidate): boolean => {
    if (isNamedLikeKey && !NUMBERS_MESSAGES.test(path)) return true;
    return !OF_CONTENT.test(path) && isMost(leaves, path, isMade);
  };
  const id = singles.find((each) => isNew(each, length) && fits(each));
  if (id !== undefined || time === undefined) return id?.path;
  return singles.find((each) => each.presence > EVERY && isMessage(leaves, each))?.path;
}

function isMade(leaf: unknown): boolean {
  return typeof leaf === 'string' && MADE_TO_BE_NEW.test(leaf);
}

/** A text for people that is a new one nearly each time. */
function isMessage(leaves: Leaves, { path, distinct }: KeyCandidate): boolean {
  if (distinct < leaves.length * EVERY) return false;
  return isMost(leaves, path, (leaf) => {
    return typeof leaf === 'string' && /\p{L}.*\s|\s.*\p{L}/u.test(leaf) && !isWrittenDate(leaf);
  });
}

/** Words alone are no date: engines read a year or a month out of "GET /users/5" as well. */
function isWrittenDate(text: string): boolean {
  const words = text.match(/\p{L}+/gu) ?? [];
  return words.every((word) => WORD_OF_DATE.test(word)) && !Number.isNaN(Date.parse(text));
}

function isMost(leaves: Leaves, path: string, passes: (leaf: unknown) => boolean): boolean {
  return leaves.filter((each) => passes(each.get(path))).length > leaves.length * EVERY;
}

/** Keys of objects that are of several kinds, where the key of all is none of them. */
function keysOfKinds(leaves: Leaves, chosen: string): string[] {
  const counts = new Map<string, number>();
  for (const each of leaves) {
    for (const [path, leaf] of each) {
      const isKey = isNamed(path) && !NUMBERS_MESSAGES.test(path) && asKey(leaf) !== undefined;
      if (isKey) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  if ((counts.get(chosen) ?? 0) >= leaves.length * EVERY) return [];
  return [...counts]
    .filter(([, count]) => count >= leaves.length * SOME_MIN && count < leaves.length * EVERY)
    .map(([path]) => path)
    .filter((path) => path !== chosen)
    .slice(0, KIND_KEYS_MAX);
}

/** Two members together, each of which repeats; what has the least left of the change first. */
function pairsOf(
  leaves: Leaves,
  times: ReadonlySet<string>,
  judge: (path: string, keys: readonly (Key | undefined)[]) => KeyCandidate,
): KeyCandidate[] {
  const isPart = (leaf: unknown): boolean => typeof leaf === 'number' || asKey(leaf) !== undefined;
  const parts = pathsOf(leaves, isPart)
    .filter((path) => !times.has(path) && isTelling(leaves, path))
    .slice(0, PARTS_MAX);
  const pairs = parts.flatMap((first, i) => parts.slice(i + 1).map((second) => [first, second]));
  return pairs
    .map((both) =>
      judge(
        joinedPath(both),
        leaves.map((each) => shortKey(keyOfParts(both.map((path) => each.get(path))))),
      ),
    )
    .sort((a, b) => a.cost - b.cost);
}

/** Whether a member has several values, and each more than once in the mean. */
function isTelling(leaves: Leaves, path: string): boolean {
  const { size } = new Set(leaves.map((each) => each.get(path)));
  return size > 1 && size <= leaves.length / 2;
}

/** Two members have to be better than one by much, and still repeat. */
function isPairFit(
  { cost, repeats, changes, distinct }: KeyCandidate,
  single: KeyCandidate | undefined,
  objects: number,
): boolean {
  // Where nothing is left to change, all that changes is in the key.
  if (repeats < objects * REPEATS_MIN || changes < repeats * PAIR_CHANGES_MIN) return false;
  if (single === undefined) return cost <= COST_MAX;
  return cost <= single.cost * PAIR_GAIN && distinct >= single.distinct * PAIR_VALUES_MIN;
}

function at(shapes: readonly Shape[], index: number): Shape {
  return shapes[index] ?? new Map<string, string>();
}

/** A first snapshot has only keys that are new: they say nothing against a likely name. */
function rank({ cost, costOfRepeats, isNamedLikeKey, ...counts }: KeyCandidate): number {
  if (!isNamedLikeKey) return cost;
  const { presence, changes, repeats, distinct } = counts;
  const isOften = repeats >= distinct * NAMED_REPEATS_MIN;
  const comesAgain = presence > EVERY && changes > 0 && isOften;
  return NAME_BONUS * (comesAgain ? Math.min(cost, costOfRepeats) : cost);
}

function isFit(
  { cost, isNamedLikeKey, repeats, returns, distinct }: KeyCandidate,
  objects: number,
): boolean {
  if (repeats === 0 || distinct < 2) return false;
  if (isNamedLikeKey) return cost <= COST_OF_NAMED_MAX;
  return cost <= COST_MAX && returns >= objects * REPEATS_MIN;
}

/** An object whose key is new tells nothing; it counts as what it would be without keys. */
function judged(
  path: string,
  keys: readonly (Key | undefined)[],
  shapes: readonly Shape[],
  keyless: readonly number[],
): KeyCandidate {
  const last = new Map<Key, Shape>();
  const whole = keyless.reduce((sum, bytes) => sum + bytes, 0);
  const perChange = whole / Math.max(1, keys.length - 1);
  let [bytes, ofRepeats, repeats, returns, changes, present] = [0, 0, 0, 0, 0, 0];
  for (const [i, key] of keys.entries()) {
    const shape = at(shapes, i);
    const before = key === undefined ? undefined : last.get(key);
    if (before === undefined) {
      bytes += keyless[i] ?? 0;
    } else {
      const change = changeBetween(before, shape);
      ofRepeats += change;
      repeats++;
      if (keys[i - 1] !== key) returns++;
      if (change > 0) changes++;
    }
    if (key === undefined) continue;
    present++;
    last.set(key, shape);
  }
  return {
    path,
    presence: present / Math.max(1, keys.length),
    distinct: last.size,
    repeats,
    returns,
    changes,
    cost: whole === 0 ? 1 : (bytes + ofRepeats) / whole,
    costOfRepeats: whole === 0 ? 1 : ofRepeats / Math.max(1, repeats) / perChange,
    isNamedLikeKey: isNamed(path),
  };
}
