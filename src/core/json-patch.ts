import { applyOp } from './apply.ts';
import { DiffStreamError } from './errors.ts';
import { conflict, JsonDocument } from './json-document.ts';
import { defaultLimits } from './limits.ts';
import type { Op } from './op.ts';
import { diff, opOf, Patch } from './patch.ts';
import { plainOp } from './unquote.ts';
import type { Path } from './path.ts';
import { fromPointer, quoted, toPointer } from './path.ts';
import type { Value, ValueArray, ValueObject } from './value.ts';
import { isArray, isContainer } from './value.ts';

/** One operation of RFC 6902. */
export type JsonPatchOp =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; from: string; path: string };

/**
 * A patch as RFC 6902 operations on the base it was made for. RFC 6902 knows no member
 * order: a receiver gets equal objects whose members may stand otherwise. `patch-conflict`
 * where the patch does not fit the base, `limit-exceeded` for what `applyPatch` would not make.
 */
export function toJsonPatch(base: unknown, patch: Patch): JsonPatchOp[] {
  const ops: JsonPatchOp[] = [];
  const given = opOf(patch, 'toJsonPatch');
  if (given === undefined) return ops;
  const op = plainOp(base as Value, given);
  // Throws where the patch is not for this base, or would make too much.
  applyOp(base as Value, op, defaultLimits.valueBytesMax);
  emit(base as Value, op, [], ops);
  return ops;
}

function emit(base: Value, op: Op, path: Path, ops: JsonPatchOp[]): void {
  if (op.kind === 'object' && isContainer(base) && !isArray(base)) {
    emitObject(base, op.edits, path, ops);
  } else if (op.kind === 'array' && isContainer(base) && isArray(base)) {
    emitArray(base, op.edits, path, ops);
  } else {
    ops.push({ op: 'replace', path: toPointer(path), value: applyOp(base, op) });
  }
}

type Edits = Extract<Op, { kind: 'object' }>['edits'];

function emitObject(base: ValueObject, edits: Edits, path: Path, ops: JsonPatchOp[]): void {
  const names = Object.keys(base);
  const taken = new Set<number>();
  for (const edit of edits) if (edit.kind === 'take') taken.add(edit.from);
  let at = 0;
  const others: JsonPatchOp[] = [];
  for (const edit of edits) {
    at += edit.keep;
    if (edit.kind === 'drop') {
      for (let i = 0; i < edit.count; i++, at++) {
        // A member that is taken up again elsewhere has only moved. Members go before others
        // come, since one that comes may have the name of one that goes.
        if (taken.has(at)) continue;
        ops.push({ op: 'remove', path: toPointer([...path, names[at] as string]) });
      }
    } else if (edit.kind === 'add') {
      others.push({ op: 'add', path: toPointer([...path, edit.name]), value: edit.value });
    } else {
      const name = names[edit.kind === 'take' ? edit.from : at++] as string;
      if (edit.op !== undefined) emit(base[name] as Value, edit.op, [...path, name], others);
    }
  }
  for (const op of others) ops.push(op);
}

function emitArray(base: ValueArray, edits: Edits, path: Path, ops: JsonPatchOp[]): void {
  // The operations run one after the other: `at` counts in the base, `to` in the array as
  // it is by then, where everything left of `to` is done and the rest is still the base's.
  let at = 0;
  let to = 0;
  for (const edit of edits) {
    at += edit.keep;
    to += edit.keep;
    const place = [...path, to];
    if (edit.kind === 'drop') {
      for (let i = 0; i < edit.count; i++) ops.push({ op: 'remove', path: toPointer(place) });
      at += edit.count;
      continue;
    }
    if (edit.kind === 'change') {
      emit(base[at++] as Value, edit.op, place, ops);
    } else {
      let value = edit.kind === 'add' ? edit.value : (base[edit.from] as Value);
      if (edit.kind === 'take' && edit.op !== undefined) value = applyOp(value, edit.op);
      ops.push({ op: 'add', path: toPointer(place), value });
    }
    to++;
  }
}

/**
 * RFC 6902 operations as a patch for the same base. `patch-conflict` where an operation
 * does not fit or a `test` fails, `bad-argument` for what is no operation. Cost: what is changed
 * or tested, and the base's width there once; for each element that comes or goes the rest of its
 * array.
 */
export function fromJsonPatch(base: unknown, ops: readonly JsonPatchOp[]): Patch {
  if (!Array.isArray(ops)) {
    throw new DiffStreamError('bad-argument', 'fromJsonPatch takes a list of operations');
  }
  const document = new JsonDocument(base as Value);
  for (const op of ops as readonly JsonPatchOp[]) run(document, op);
  return diff(base, document.root) ?? new Patch(undefined);
}

function run(document: JsonDocument, op: JsonPatchOp): void {
  if (typeof op !== 'object' || op === null) {
    throw new DiffStreamError('bad-argument', `an operation has to be an object`);
  }
  const path = steps(op.path);
  switch (op.op) {
    case 'add':
      return document.add(path, valueOf(op));
    case 'replace':
      return document.replace(path, valueOf(op));
    case 'remove':
      return document.remove(path);
    case 'test':
      if (sameIgnoringOrder(document.find(path), valueOf(op))) return;
      throw conflict(`the test at ${quoted(op.path)} fails`);
    case 'copy':
      return document.add(path, document.share(steps(op.from)));
    case 'move': {
      const from = steps(op.from);
      const value = document.share(from);
      if (op.path.startsWith(`${op.from}/`)) throw conflict('a value cannot move into itself');
      document.remove(from);
      return document.add(path, value);
    }
    default:
      throw new DiffStreamError(
        'bad-argument',
        `there is no operation ${shown((op as JsonPatchOp).op)}`,
      );
  }
}

/** The value an operation carries; checked when the result is compared with the base. */
function valueOf(op: { op: string; path: string; value: unknown }): Value {
  if (op.value !== undefined) return op.value as Value;
  throw new DiffStreamError('bad-argument', `the ${op.op} at ${quoted(op.path)} has no value`);
}

function steps(pointer: unknown): string[] {
  const path = typeof pointer === 'string' ? fromPointer(pointer) : undefined;
  if (path !== undefined) return path;
  throw new DiffStreamError('bad-argument', `${shown(pointer)} is not a JSON Pointer`);
}

/** What came from outside; to turn an object into text may run its code, or fail. */
function shown(given: unknown): string {
  return typeof given === 'string' ? quoted(given) : `a value of type ${typeof given}`;
}

/**
 * RFC 6902 compares objects without regard to the order of their members. What is deeper than any
 * value may be has no equal.
 */
function sameIgnoringOrder(a: Value, b: unknown, depth = 0): boolean {
  if (a === b) return true;
  if (!isContainer(a) || typeof b !== 'object' || b === null) return false;
  if (depth >= defaultLimits.depthMax || isArray(a) !== Array.isArray(b)) return false;
  if (isArray(a)) {
    const other = b as readonly unknown[];
    if (a.length !== other.length) return false;
    return a.every((element, i) => sameIgnoringOrder(element, other[i], depth + 1));
  }
  const other = b as Readonly<Record<string, unknown>>;
  const names = Object.keys(a);
  // A member that is undefined is absent.
  const count = Object.keys(other).filter((name) => other[name] !== undefined).length;
  return (
    names.length === count &&
    names.every(
      (name) =>
        Object.hasOwn(other, name) && sameIgnoringOrder(a[name] as Value, other[name], depth + 1),
    )
  );
}
