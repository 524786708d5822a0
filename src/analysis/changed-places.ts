import { jsonBytes } from '../core/json-size.ts';
import type { Edit, Op, Splice } from '../core/op.ts';
import { plainOp } from '../core/unquote.ts';
import type { Value } from '../core/value.ts';
import { isArray, isContainer } from '../core/value.ts';

/** One place where a value changed. */
export interface ChangedPlace {
  /** Names of members and indexes of elements; see `step` for which elements have an index. */
  readonly path: readonly string[];
  /** About the bytes that a patch spends here: a weight to share its real bytes by. */
  readonly weight: number;
  /** JSON text of what is new here, in bytes. */
  readonly jsonBytes: number;
}

/** Any element of an array whose elements are alike. */
export const ANY_ELEMENT = '[]';
/** Longer arrays of scalars are lists; up to here an index says what an element means. */
const ROW_LENGTH_MAX = 8;

/** Kind, place and ends: what most edits have beside what is new. */
const EDIT_WEIGHT = 2;
const MOVE_WEIGHT = 3;
/** Around a string of JSON. */
const QUOTES = 2;

/** `[2]` in rows such as `[price, volume, time]`, else `[]`. */
function elementStep(array: readonly Value[], index: number): string {
  const isRow = array.length <= ROW_LENGTH_MAX && !array.some((element) => isContainer(element));
  return isRow ? `[${index}]` : ANY_ELEMENT;
}

function partStep(base: Value, names: readonly string[], index: number): string {
  if (isArray(base)) return elementStep(base, index);
  return names[index] ?? '';
}

/** Calls `found` for each place where an op changes its base. */
export function eachChangedPlace(
  base: Value,
  given: Op,
  found: (place: ChangedPlace) => void,
): void {
  walk(base, plainOp(base, given), [], found);
}

function walk(
  base: Value,
  op: Op,
  path: readonly string[],
  found: (place: ChangedPlace) => void,
): void {
  switch (op.kind) {
    case 'set': {
      const bytes = jsonBytes(op.value);
      found({ path, weight: EDIT_WEIGHT + bytes, jsonBytes: bytes });
      return;
    }
    case 'number':
      // The new number has about as many digits as the old one.
      found({ path, weight: numberWeight(op.delta), jsonBytes: jsonBytes(base) });
      return;
    case 'text':
      found({ path, weight: spliceWeight(op.splices), jsonBytes: insertedBytes(op.splices) });
      return;
    case 'quoted':
      return;
    default:
      walkEdits(base, op.edits, path, found);
  }
}

function walkEdits(
  base: Value,
  edits: readonly Edit[],
  path: readonly string[],
  found: (place: ChangedPlace) => void,
): void {
  const names = isContainer(base) && !isArray(base) ? Object.keys(base) : [];
  const partOf = (index: number): Value =>
    (isArray(base) ? base[index] : (base as Record<string, Value>)[names[index] ?? '']) ?? null;
  let at = 0;
  for (const edit of edits) {
    at += edit.keep;
    if (edit.kind === 'change') {
      walk(partOf(at), edit.op, [...path, partStep(base, names, at)], found);
      at++;
    } else if (edit.kind === 'drop') {
      const step = isArray(base) ? ANY_ELEMENT : (names[at] ?? '');
      found({ path: [...path, step], weight: EDIT_WEIGHT, jsonBytes: 0 });
      at += edit.count;
    } else if (edit.kind === 'add') {
      const bytes = jsonBytes(edit.value) + edit.name.length;
      const step = isArray(base) ? ANY_ELEMENT : edit.name;
      found({ path: [...path, step], weight: EDIT_WEIGHT + bytes, jsonBytes: bytes });
    } else {
      const step = isArray(base) ? ANY_ELEMENT : (names[edit.from] ?? '');
      found({ path: [...path, step], weight: MOVE_WEIGHT, jsonBytes: 0 });
      if (edit.op !== undefined) walk(partOf(edit.from), edit.op, [...path, step], found);
    }
  }
}

function numberWeight(delta: number): number {
  return EDIT_WEIGHT + Math.ceil(Math.log2(Math.abs(delta) * 4 + 1) / 7);
}

function insertedBytes(splices: readonly Splice[]): number {
  let bytes = 0;
  for (const { insert } of splices) bytes += jsonBytes(insert) - QUOTES;
  return bytes;
}

function spliceWeight(splices: readonly Splice[]): number {
  let weight = EDIT_WEIGHT;
  for (const { insert } of splices) weight += MOVE_WEIGHT + insert.length;
  return weight;
}
