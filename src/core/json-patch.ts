import { applyOp } from './apply.ts';
import { DiffStreamError } from './errors.ts';
import type { Op } from './op.ts';
import { diff, Patch } from './patch.ts';
import { plainOp } from './unquote.ts';
import type { Path } from './path.ts';
import { fromPointer, quoted, toPointer } from './path.ts';
import type { Value, ValueArray, ValueObject } from './value.ts';
import { getMember, isArray, isContainer, sameValue, setMember } from './value.ts';

/** One operation of RFC 6902. */
export type JsonPatchOp =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; from: string; path: string };

/**
 * A patch as RFC 6902 operations on the base it was made for. RFC 6902 knows no member
 * order: a receiver gets equal objects whose members may stand otherwise. `patch-conflict`
 * where the patch does not fit the base.
 */
export function toJsonPatch(base: unknown, patch: Patch): JsonPatchOp[] {
  const ops: JsonPatchOp[] = [];
  if (patch.op === undefined) return ops;
  const op = plainOp(base as Value, patch.op);
  applyOp(base as Value, op); // throws where the patch is not for this base
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
 * does not fit or a `test` fails, `bad-argument` for what is no operation.
 */
export function fromJsonPatch(base: unknown, ops: readonly JsonPatchOp[]): Patch {
  let value: Value | undefined = base as Value;
  for (const op of ops) value = run(value, op);
  return diff(base, value) ?? new Patch(undefined);
}

function run(root: Value | undefined, op: JsonPatchOp): Value | undefined {
  if (typeof op !== 'object' || op === null) {
    throw new DiffStreamError('bad-argument', `an operation has to be an object`);
  }
  const path = steps(op.path);
  switch (op.op) {
    case 'add':
      return editAt(root, path, () => valueOf(op), true);
    case 'replace':
      find(root, path);
      return editAt(root, path, () => valueOf(op), false);
    case 'remove':
      find(root, path);
      return editAt(root, path, () => undefined, false);
    case 'test':
      if (!sameIgnoringOrder(find(root, path), valueOf(op))) {
        throw conflict(`the test at ${quoted(op.path)} fails`);
      }
      return root;
    case 'copy':
    case 'move': {
      const from = steps(op.from);
      const value = find(root, from);
      if (op.op === 'copy') return editAt(root, path, () => value, true);
      if (op.path.startsWith(`${op.from}/`)) throw conflict('a value cannot move into itself');
      return editAt(
        editAt(root, from, () => undefined, false),
        path,
        () => value,
        true,
      );
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

function conflict(what: string): DiffStreamError {
  return new DiffStreamError('patch-conflict', `the JSON patch does not fit: ${what}`);
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

function find(root: Value | undefined, path: readonly string[]): Value {
  let value = root;
  for (const name of path) {
    if (!isContainer(value)) throw conflict(`there is no ${quoted(name)} in a scalar`);
    value = isArray(value) ? value[elementIndex(value, name, false)] : getMember(value, name);
    if (value === undefined) throw conflict(`there is no member ${quoted(name)}`);
  }
  if (value === undefined) throw conflict('there is no value');
  return value;
}

function elementIndex(array: ValueArray, name: string, inserting: boolean): number {
  if (name === '-' && inserting) return array.length;
  const index = /^(0|[1-9]\d{0,9})$/.test(name) ? Number(name) : -1;
  if (index < 0 || index >= array.length + (inserting ? 1 : 0)) {
    throw conflict(`there is no element ${quoted(name)} in an array of ${array.length}`);
  }
  return index;
}

/** The root with another value at a path, undefined to take it out; copies only along the path. */
function editAt(
  root: Value | undefined,
  path: readonly string[],
  make: () => Value | undefined,
  inserting: boolean,
  depth = 0,
): Value | undefined {
  const name = path[depth];
  if (name === undefined) return make();
  const last = depth === path.length - 1;
  if (!isContainer(root)) throw conflict(`there is no ${quoted(name)} in a scalar`);
  if (isArray(root)) {
    const next = [...root];
    const index = elementIndex(root, name, last && inserting);
    if (last && inserting) {
      next.splice(index, 0, make() as Value);
    } else {
      const value = editAt(root[index], path, make, inserting, depth + 1);
      next.splice(index, 1, ...(value === undefined ? [] : [value]));
    }
    return next;
  }
  const value = last ? make() : editAt(getMember(root, name), path, make, inserting, depth + 1);
  const next: Record<string, Value> = { ...root };
  if (value === undefined) delete next[name];
  else setMember(next, name, value);
  return next;
}

/** RFC 6902 compares objects without regard to the order of their members. */
function sameIgnoringOrder(a: Value, b: unknown): boolean {
  if (sameValue(a, b)) return true;
  if (!isContainer(a) || typeof b !== 'object' || b === null) return false;
  if (isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((element, i) => sameIgnoringOrder(element, b[i]));
  }
  if (Array.isArray(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const other = getMember(b as ValueObject, name);
      return other !== undefined && sameIgnoringOrder(a[name] as Value, other);
    })
  );
}
