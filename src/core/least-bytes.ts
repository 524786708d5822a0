import type { ArrayOp, ObjectOp, Op } from './op.ts';
import type { Container, Value } from './value.ts';
import { isArray, isContainer } from './value.ts';

/**
 * How many bytes the value that `op` makes takes at least, encoded by itself; counted up to
 * `enough`. A guess from below that spares making the value. Cost: `enough`, and the op.
 */
export function leastBytesAfter(base: Container, op: ObjectOp | ArrayOp, enough: number): number {
  const { edits } = op;
  if (!edits.every(({ kind }) => kind === 'change')) return leastPartsAfter(base, op);
  const names = isArray(base) ? undefined : Object.keys(base);
  const count = names?.length ?? (base as ValueList).length;
  let bytes = 1;
  let next = 0;
  let changed = edits[0]?.keep ?? count;
  for (let i = 0; i < count && bytes < enough; i++) {
    const name = names?.[i];
    // The first object has its names in full: a length and a text.
    if (name !== undefined) bytes += 1 + name.length;
    const part = (base as ValueList)[(name ?? i) as number] as Value;
    if (i < changed) {
      bytes += leastBytes(part, enough - bytes);
      continue;
    }
    const edit = edits[next++];
    bytes += edit?.kind === 'change' ? leastOfChanged(part, edit.op, enough - bytes) : 1;
    const following = edits[next];
    changed = following === undefined ? count : i + 1 + following.keep;
  }
  return bytes;
}

/** An array, or an object whose parts are read by their names. */
type ValueList = readonly Value[];

/** Names of an object inside may stand in front already. */
function leastOfChanged(part: Value, op: Op, enough: number): number {
  if (op.kind === 'set') return leastBytes(op.value, enough);
  if (op.kind !== 'array' || !isContainer(part)) return 1;
  return leastBytesAfter(part, op, enough);
}

/** A byte for each part, and one for a member's name. */
function leastPartsAfter(base: Container, { kind, edits }: ObjectOp | ArrayOp): number {
  let parts = isArray(base) ? base.length : Object.keys(base).length;
  for (const edit of edits) {
    if (edit.kind === 'drop') parts -= edit.count;
    else if (edit.kind !== 'change') parts++;
  }
  return kind === 'array' ? parts : 2 * parts;
}

/** A text has a byte for each unit or more; names of objects may stand in front already. */
function leastBytes(value: Value, enough: number): number {
  if (typeof value === 'string') return 1 + value.length;
  if (!isContainer(value)) return 1;
  let bytes = 1;
  if (isArray(value)) {
    for (let i = 0; i < value.length && bytes < enough; i++) {
      bytes += leastBytes(value[i] as Value, enough - bytes);
    }
    return bytes;
  }
  for (const name in value) {
    bytes += leastBytes(value[name] as Value, enough - bytes);
    if (bytes >= enough) break;
  }
  return bytes;
}
