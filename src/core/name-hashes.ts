import { combine, hashText, lane } from './hash.ts';

/** What the names of an object add to its digest: the same for all objects of one shape. */
interface NameHashes {
  readonly names: readonly string[];
  /** lo and hi of each name by turns, as signed words. */
  readonly words: readonly number[];
  /** The sum over neighbours, which is of the names alone. */
  readonly sumLo: number;
  readonly sumHi: number;
  /** See `expectShape`; undefined where the names are few. */
  readonly example: object | undefined;
}

const SALT_NAME = 0x18;
const SALT_NEIGHBOURS = 0x1a;

/** Shapes of more names, or UTF-16 units in them, are hashed each time: 200 KB are kept at most. */
const NAMES_MAX = 64;
const UNITS_MAX = 1024;
const SHAPES = 64;

/** Shapes met lately: rows of a table are all of one. A memo, which makes no result another. */
const met: (NameHashes | undefined)[] = Array.from({ length: SHAPES });

/** Members that V8 adds one by one to an object before it thinks of it as a table. */
const ONE_BY_ONE_MAX = 16;

/** Hash of a member's name into `lane`. */
export function nameInto(name: string): void {
  hashText(name, SALT_NAME);
}

/** g(name, next) into `lane`. */
export function neighboursInto(name: string, next: string): void {
  nameInto(name);
  const { lo, hi } = lane;
  nameInto(next);
  combine(lo, hi, SALT_NEIGHBOURS);
}

/** Hashes of an object's names, in their order. Cost: a look at each, where the shape is known. */
export function nameHashesOf(names: readonly string[]): NameHashes {
  const [first] = names;
  if (first === undefined || names.length > NAMES_MAX) return hashed(names);
  const last = names[names.length - 1] as string;
  const slot = (names.length + 5 * first.length + 11 * last.length) % SHAPES;
  const known = met[slot];
  if (known !== undefined && areSame(known.names, names)) return known;
  const hashes = hashed(names);
  if (names.join('').length > UNITS_MAX) return hashes;
  return (met[slot] = { ...hashes, example: exampleOf(names) });
}

/**
 * To be called before an object gets these names one by one. V8 makes a hash table of an object
 * that grows beyond about 18 members under names that are computed: two to three times the memory,
 * and four to eight times as slow to read. Where an object made of all these names at once,
 * in this order, is still there, others get its hidden class. Cost: as `nameHashesOf`.
 */
export function expectShape(names: readonly string[]): void {
  if (names.length > ONE_BY_ONE_MAX) nameHashesOf(names);
}

function exampleOf(names: readonly string[]): object | undefined {
  if (names.length <= ONE_BY_ONE_MAX) return undefined;
  return Object.fromEntries(names.map((name) => [name, null]));
}

/** Whether two lists hold the same names in the same order. */
export function areSame(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function hashed(names: readonly string[]): NameHashes {
  const words: number[] = [];
  let sumLo = 0;
  let sumHi = 0;
  for (const name of names) {
    nameInto(name);
    const before = words.length - 2;
    words.push(lane.lo | 0, lane.hi | 0);
    if (before < 0) continue;
    combine(words[before] as number, words[before + 1] as number, SALT_NEIGHBOURS);
    sumLo = (sumLo + lane.lo) | 0;
    sumHi = (sumHi + lane.hi) | 0;
  }
  return { names, words, sumLo, sumHi, example: undefined };
}
