import type { ArrayOp, Edit, ObjectOp, Op } from './op.ts';
import type { Container, Value } from './value.ts';
import { isArray, isContainer } from './value.ts';

/**
 * How many bytes the value that `op` makes takes at least, encoded by itself; counted up to
 * `enough`. A guess from below that spares making the value. Cost: `enough`, and the op.
 */
export function leastBytesAfter(base: Container, op: ObjectOp | ArrayOp, enough: number): number {
  // The first object has its names in full; those of one inside may stand in front already.
  return new LeastBytes(base, true).after(op.edits, enough);
}

/** An array, or an object whose parts are read by their names. */
type ValueList = readonly Value[];

/** Counts what becomes of a container's parts. */
class LeastBytes {
  private readonly base: Container;
  private readonly names: readonly string[] | undefined;
  /** Names that count: each has a length and a text. */
  private readonly counted: readonly string[] | undefined;

  constructor(base: Container, named: boolean) {
    this.base = base;
    this.names = isArray(base) ? undefined : Object.keys(base);
    this.counted = named ? this.names : undefined;
  }

  after(edits: readonly Edit[], enough: number): number {
    const count = this.names?.length ?? (this.base as ValueList).length;
    let bytes = 1;
    let at = 0;
    for (const edit of edits) {
      const changed = at + edit.keep;
      for (; at < changed && bytes < enough; at++) bytes += this.kept(at, enough - bytes);
      if (bytes >= enough) return bytes;
      bytes += this.made(edit, changed, enough - bytes);
      at = changed + (edit.kind === 'drop' ? edit.count : edit.kind === 'change' ? 1 : 0);
    }
    for (; at < count && bytes < enough; at++) bytes += this.kept(at, enough - bytes);
    return bytes;
  }

  private kept(index: number, enough: number): number {
    return this.name(index) + leastBytes(this.part(index), enough);
  }

  private made(edit: Edit, at: number, enough: number): number {
    switch (edit.kind) {
      case 'drop':
        return 0;
      case 'add':
        return (
          (this.counted === undefined ? 0 : 1 + edit.name.length) + leastBytes(edit.value, enough)
        );
      case 'change':
        return this.name(at) + leastOfChanged(this.part(at), edit.op, enough);
      default:
        return edit.op === undefined
          ? this.kept(edit.from, enough)
          : this.name(edit.from) + leastOfChanged(this.part(edit.from), edit.op, enough);
    }
  }

  private part(index: number): Value {
    return (this.base as ValueList)[(this.names?.[index] ?? index) as number] as Value;
  }

  private name(index: number): number {
    const name = this.counted?.[index];
    return name === undefined ? 0 : 1 + name.length;
  }
}

function leastOfChanged(part: Value, op: Op, enough: number): number {
  switch (op.kind) {
    case 'set':
      return leastBytes(op.value, enough);
    case 'text':
      return op.splices.reduce(
        (bytes, { drop, insert }) => bytes + insert.length - drop,
        1 + (part as string).length,
      );
    case 'object':
    case 'array':
      return new LeastBytes(part as Container, false).after(op.edits, enough);
    default:
      return 1;
  }
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
