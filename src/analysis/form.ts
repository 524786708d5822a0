import type { Item } from './item.ts';
import { asKey, isObject, memberAt } from './item.ts';
import type { KeyFinding } from './key-finder.ts';
import { DiffStreamError } from '../core/errors.ts';
import { quoted } from '../core/path.ts';
import { findKey } from './key-finder.ts';
import { keyAt, keyInList, listAndKey } from './key-path.ts';
import { leavesOf } from './leaves.ts';
import { findTime, timeOf } from './time-finder.ts';
import type { Together } from './update.ts';

/** What the values of an input are. */
export interface Form {
  /**
   * records: `{op, key, value}`, or what `watch --json` prints
   * objects: states of entries, told apart by a member
   * sets: arrays of such objects, many entries at a time
   * documents: each value is the next state of one document
   * given: the input says which entry each value is
   */
  readonly kind: 'records' | 'objects' | 'sets' | 'documents' | 'given';
  /** The member whose text holds the value itself, as JSON. */
  readonly wrapper: string | undefined;
  /** The member that holds the set of entries, where a value is more than that. */
  readonly list: string | undefined;
  /** A key by which a value could be taken for a set of entries, as `--key` takes it. */
  readonly entryKey: string | undefined;
  /** The member that holds the key, of objects and of the elements of sets. */
  readonly key: string | undefined;
  /** The member that tells the time: of the value, or of what is wrapped around it. */
  readonly time: string | undefined;
  /** Of sets: an entry that is not in the next one is gone. */
  readonly isComplete: boolean;
  /** What of the input is one message; undefined: each update is. */
  readonly together: Together['by'] | undefined;
  /** How the key was found; undefined where it was named or needs none. */
  readonly finding: KeyFinding | undefined;
}

export interface FormOptions {
  /** The member that holds the key; undefined: find it. `none`: there is one document. */
  readonly key: string | undefined;
  readonly time: string | undefined;
  /** Objects are states of one document, unless their key is named. */
  readonly isStates?: boolean;
}

/** Says that there is one document, and no key to be looked for. */
const NO_KEY = 'none';

const WRAPPERS = ['data', 'payload', 'payloadData', 'message', 'msg', 'body', 'text', 'raw'];
/** What a log tells of a message beside its text; what has other members is no line of one. */
const LOG_MEMBERS = new Set(
  (
    'at channel connection date dir direction event from id kind length level mask method opcode ' +
    'origin port receivedAt requestId seq sent source t target time timestamp to topic ts type url'
  ).split(' '),
);
/** Part of the values that has to look alike. */
const MOST = 0.9;
/** Elements of each set, and objects in all, that are looked at for their key. */
const ELEMENTS_MAX = 300;
const OBJECTS_MAX = 20_000;
/** Part of the keys of a set that is in the next one too, where sets are complete. */
const OVERLAP_MIN = 0.8;
/** Part of the entries of all lists that come back after a list without them. */
const BACK_MIN = 0.1;
/** From so many updates of the same time on, in the mean, they are taken for one message. */
export const AT_ONCE_MIN = 2;

function isMost<T>(values: readonly T[], test: (value: T) => boolean): boolean {
  return values.length > 0 && values.filter(test).length >= values.length * MOST;
}

/** The JSON that a member holds as text; undefined where it holds none. */
export function unwrapped(value: unknown, wrapper: string): unknown {
  const text = memberAt(value, wrapper);
  if (typeof text !== 'string' || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Refuses a member for the time that nothing has. */
function mustHold(values: readonly unknown[], time: string): void {
  const all = values.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]));
  if (all.some((value) => memberAt(value, time) !== undefined)) return;
  throw new DiffStreamError('bad-argument', `nothing has the member ${quoted(time)} of --time`);
}

function isLogLine(value: unknown, wrapper: string): boolean {
  if (unwrapped(value, wrapper) === undefined || !isObject(value)) return false;
  return Object.keys(value).every((name) => name === wrapper || LOG_MEMBERS.has(name));
}

/** Whether an object of a log says that it was sent, not received. */
export function isOutgoing(value: unknown): boolean {
  if (!isObject(value)) return false;
  const direction = value['type'] ?? value['direction'] ?? value['dir'];
  return ['send', 'sent', 'out', 'outgoing'].includes(String(direction));
}

/** Whether a value tells of an update, and is not itself the value. */
export function isRecord(value: unknown): boolean {
  if (!isObject(value) || asKey(value['key']) === undefined) return false;
  if (value['op'] === 'del' || (value['op'] === 'put' && 'value' in value)) return true;
  return ['new', 'update', 'delete', 'retran'].includes(String(value['cmd'])) && 'version' in value;
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && isMost(value, isObject);
}

/** Looks at the first values of an input. `values` are never none. */
export function findForm(items: readonly Item[], options: FormOptions): Form {
  const outer = items.map(({ value }) => value);
  const wrapper = WRAPPERS.find((name) => isMost(outer, (value) => isLogLine(value, name)));
  const values =
    wrapper === undefined
      ? outer
      : outer.map((value) => unwrapped(value, wrapper)).filter((value) => value !== undefined);
  const time = options.time ?? findTime(outer) ?? findTime(values);
  if (options.time !== undefined) mustHold([...outer, ...values], options.time);
  const together = togetherIn(items, time, wrapper);
  const form = {
    ...{ wrapper, time, together, list: undefined, entryKey: undefined, key: undefined },
    ...{ isComplete: false, finding: undefined },
  };
  if (items.some(({ key }) => key !== undefined)) return { ...form, kind: 'given' };
  if (isMost(values, isRecord)) return { ...form, kind: 'records' };
  if (options.key === NO_KEY) return { ...form, kind: 'documents', together: undefined };
  const named = options.key === undefined ? undefined : findList(values, options, time);
  if (named !== undefined) return { ...form, ...named };
  const isSets = isMost(values, isSet);
  const objects = isSets ? objectsIn(values) : values.filter(isObject).slice(0, OBJECTS_MAX);
  const isKnown = options.key !== undefined || (options.isStates === true && !isSets);
  const finding = isKnown ? undefined : findKey(objects, time);
  const key = options.key ?? finding?.chosen?.path;
  if (key === undefined) return { ...form, ...findDocument(values, options, time, finding) };
  if (!isSets) return { ...form, kind: 'objects', key, finding };
  const set = { kind: 'sets', together: 'item', isComplete: isComplete(values, key) } as const;
  return { ...form, ...set, key, finding };
}

/** When a value was, by the input or by a member of it or of what is wrapped around it. */
export function timeOfItem(
  item: Item,
  inner: unknown,
  time: string | undefined,
): number | undefined {
  if (item.t !== undefined) return item.t;
  if (time === undefined) return undefined;
  return timeOf(memberAt(item.value, time) ?? memberAt(inner, time));
}

function togetherIn(
  items: readonly Item[],
  time: string | undefined,
  wrapper: string | undefined,
): Together['by'] | undefined {
  if (items.some(({ part }) => part !== undefined)) return 'item';
  let [moments, timed] = [0, 0];
  let before: number | undefined;
  for (const item of items) {
    const inner = wrapper === undefined ? item.value : unwrapped(item.value, wrapper);
    const t = timeOfItem(item, inner, time);
    if (t === undefined) continue;
    timed++;
    if (t !== before) moments++;
    before = t;
  }
  return timed > 0 && timed >= moments * AT_ONCE_MIN ? 'time' : undefined;
}

/** Values without a key: states of a document, or messages with some of many entries in them. */
function findDocument(
  values: readonly unknown[],
  options: FormOptions,
  time: string | undefined,
  finding: KeyFinding | undefined,
): InList | Pick<Form, 'kind' | 'together' | 'entryKey' | 'finding'> {
  const inList = findList(values, options, time);
  if (inList?.isComplete === false) return inList;
  const entryKey = inList === undefined ? undefined : keyInList(inList.list, inList.key);
  return { kind: 'documents', together: undefined, entryKey, finding };
}

interface InList extends Pick<Form, 'together' | 'isComplete' | 'finding'> {
  readonly kind: 'sets';
  readonly list: string;
  readonly key: string;
}

/** Values with a member that holds entries: one that was named, or the only list of objects. */
function findList(
  values: readonly unknown[],
  options: FormOptions,
  time: string | undefined,
): InList | undefined {
  const said = options.key === undefined ? undefined : listAndKey(options.key);
  if (said !== undefined && said.list === undefined) return undefined;
  const list = said?.list ?? onlyList(values);
  if (list === undefined) return undefined;
  const lists = values.map((value) => memberAt(value, list));
  const finding = said === undefined ? findKey(objectsIn(lists), time) : undefined;
  const key = said?.key ?? finding?.chosen?.path;
  if (key === undefined || finding?.log !== undefined) return undefined;
  // Only where entries come back is a list without most of the last one not just a new list.
  const isWhole = said === undefined && !comesBack(lists, key);
  const set = { kind: 'sets', together: 'item' } as const;
  return { ...set, isComplete: isWhole || isComplete(lists, key), list, key, finding };
}

function onlyList(values: readonly unknown[]): string | undefined {
  if (!isMost(values, isObject) || values.length < 2) return undefined;
  const first = values.find(isObject) ?? {};
  const paths = [...leavesOf(first)]
    .filter(([, leaf]) => Array.isArray(leaf))
    .map(([path]) => path);
  const lists = paths.filter((path) => isMost(values, (value) => isSet(memberAt(value, path))));
  return lists.length === 1 ? lists[0] : undefined;
}

function objectsIn(sets: readonly unknown[]): Record<string, unknown>[] {
  return elementsOf(sets).filter(isObject).slice(0, OBJECTS_MAX);
}

/** The first ones of each set: most likely the same ones each time. */
function elementsOf(sets: readonly unknown[]): unknown[] {
  return sets.flatMap((set): unknown[] => (Array.isArray(set) ? set.slice(0, ELEMENTS_MAX) : []));
}

/** Whether entries that a set lacks are there again in later ones. */
function comesBack(sets: readonly unknown[], path: string): boolean {
  let [back, all] = [0, 0];
  let before = new Set<unknown>();
  const seen = new Set<unknown>();
  for (const set of sets) {
    if (!Array.isArray(set)) continue;
    const keys = new Set<unknown>(set.map((element) => keyAt(element, path)));
    for (const key of keys) if (seen.has(key) && !before.has(key)) back++;
    for (const key of keys) seen.add(key);
    all += keys.size;
    before = keys;
  }
  return back >= all * BACK_MIN;
}

/** Whether most of a set is there again in the next one. */
function isComplete(sets: readonly unknown[], path: string): boolean {
  let [kept, all] = [0, 0];
  let before: Set<unknown> | undefined;
  for (const set of sets) {
    if (!Array.isArray(set)) continue;
    const keys = new Set<unknown>(set.map((element) => keyAt(element, path)));
    if (before !== undefined) {
      all += before.size;
      for (const key of before) if (keys.has(key)) kept++;
    }
    before = keys;
  }
  return kept >= all * OVERLAP_MIN;
}
