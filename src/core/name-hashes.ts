import { combine, hashText, lane } from './hash.ts';

/** What the names of an object add to its digest: the same for all objects of one shape. */
export interface NameHashes {
  readonly names: readonly string[];
  /** lo and hi of each name by turns, as signed words. */
  readonly words: readonly number[];
  /** The sum over neighbours, which is of the names alone. */
  readonly sumLo: number;
  readonly sumHi: number;
}

const SALT_NAME = 0x18;
const SALT_NEIGHBOURS = 0x1a;

/** Shapes of more names, or UTF-16 units in them, are hashed each time: 200 KB are kept at most. */
const NAMES_MAX = 64;
const UNITS_MAX = 1024;
const SHAPES = 64;

/** Shapes met lately: rows of a table are all of one. A memo, which makes no result another. */
const met: (NameHashes | undefined)[] = Array.from({ length: SHAPES });

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
  if (names.join('').length <= UNITS_MAX) met[slot] = hashes;
  return hashes;
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
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
  return { names, words, sumLo, sumHi };
}
