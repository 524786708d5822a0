import { numberLength } from './decimal.ts';
import { weightOf } from './digest.ts';
import type { ArrayOp, ObjectOp, Op } from './op.ts';
import type { Container, Value, ValueArray, ValueObject } from './value.ts';
import { elementsOf, isArray, isContainer } from './value.ts';

/**
 * How long the parts of a heavy container are as JSON text: what it takes to find a place in the
 * text of a large value without making that text.
 *
 * Known from the first question on, and brought up to date at the cost of the change: what a patch
 * makes of a container takes over the lengths of what stayed. The value before stays known as
 * well, since a patch between the two may still have to be written; the one before that is let go.
 */
interface Known {
  readonly parts: Parts;
  /** What it came from; not held, since nobody else may hold it any more. */
  before: WeakRef<Container> | undefined;
  /** Changes since anybody asked. */
  idle: number;
}

/** The parts of a container as pieces of its JSON text. */
export interface Parts {
  /** Units of each: of an element, or of a member with its name and colon. */
  readonly units: readonly number[];
  /** Names of members, which take time to list; of an array undefined. */
  readonly names: readonly string[] | undefined;
}

/** Changes after which nobody is expected to ask again. */
const IDLE_MAX = 16;
/** A part of fewer units is light: it has too few parts to be remembered. */
const HEAVY_UNITS_MIN = 32;
const lengths = new WeakMap<Container, Known>();

/** A heavy container has a digest that is remembered; a light one is made to text at once. */
export function isHeavy(value: Value): value is Container {
  return weightOf(value) > 0;
}

/** Units of a value's JSON text. Cost: what is not known yet. */
export function unitsOf(value: Value): number {
  if (typeof value === 'number') return numberLength(value);
  if (!isHeavy(value)) return JSON.stringify(value).length;
  const { units } = partsOf(value);
  return units.reduce((sum, part) => sum + part, 1 + Math.max(1, units.length));
}

/** The parts of a heavy container. Cost: what is not known yet. */
export function partsOf(container: Container): Parts {
  const known = lengths.get(container);
  if (known !== undefined) {
    known.idle = 0;
    return known.parts;
  }
  const parts = measured(container);
  lengths.set(container, { parts, before: undefined, idle: 0 });
  return parts;
}

/** A part by its index. */
export function partAt(
  container: Container,
  { names }: Pick<Parts, 'names'>,
  index: number,
): Value {
  // Each by an access of its own: one for both would be compiled anew again and again.
  return names === undefined
    ? ((container as ValueArray)[index] as Value)
    : ((container as ValueObject)[names[index] as string] as Value);
}

/**
 * Tells that `op` makes `next` of `base`, both with digests: where the lengths of `base` are known,
 * those of `next` are from now on. Cost: the change, and a step for each part beside it.
 */
export function carryLengths(base: Value, next: Value, op: Op): void {
  if (!isHeavy(base) || !isHeavy(next) || base === next) return;
  if (op.kind !== 'object' && op.kind !== 'array') return;
  const known = lengths.get(base);
  if (known === undefined) return;
  const own = lengths.get(next);
  if (own !== undefined) {
    // An old value was asked, which is no base of what comes next: journals hold many of them.
    if (own.before?.deref() !== base) letGo(base, op);
    return;
  }
  const older = known.before?.deref();
  if (older !== undefined) lengths.delete(older);
  known.before = undefined;
  if (known.idle >= IDLE_MAX) return forget(base);
  const parts = edited(known.parts, op, base, next);
  lengths.set(next, { parts, before: new WeakRef(base), idle: known.idle + 1 });
}

/** Forgets a container, and all that is in it. Cost: a look at each part that may be heavy. */
function forget(container: Container): void {
  const known = lengths.get(container);
  if (known === undefined) return;
  lengths.delete(container);
  for (const [i, units] of known.parts.units.entries()) {
    const part = units < HEAVY_UNITS_MIN ? null : partAt(container, known.parts, i);
    if (isContainer(part)) forget(part);
  }
}

/** Forgets a container, and what an op changes in it. */
function letGo(container: Container, op: ObjectOp | ArrayOp): void {
  const known = lengths.get(container);
  if (known === undefined) return;
  lengths.delete(container);
  let at = 0;
  for (const edit of op.edits) {
    at += edit.keep;
    if (edit.kind === 'drop') at += edit.count;
    if (edit.kind !== 'change' && edit.kind !== 'take') continue;
    const part = partAt(container, known.parts, edit.kind === 'take' ? edit.from : at++);
    const inner = edit.op;
    if (inner?.kind !== 'object' && inner?.kind !== 'array') continue;
    if (isContainer(part)) letGo(part, inner);
  }
}

function measured(container: Container): Parts {
  if (isArray(container)) return { units: elementsOf(container).map(unitsOf), names: undefined };
  const names = Object.keys(container);
  return { units: names.map((name) => memberUnits(name, container[name] as Value)), names };
}

function memberUnits(name: string, value: Value): number {
  return JSON.stringify(name).length + 1 + unitsOf(value);
}

/** The parts of `next`, which `op` made of `base`. */
function edited(parts: Parts, op: ObjectOp | ArrayOp, base: Container, next: Container): Parts {
  const moves = op.edits.some(({ kind }) => kind !== 'change');
  const names = moves && parts.names !== undefined ? Object.keys(next) : parts.names;
  const after: number[] = [];
  const made = (): Value => partAt(next, { names }, after.length);
  const measure = (): void => {
    const name = names?.[after.length];
    after.push(name === undefined ? unitsOf(made()) : memberUnits(name, made()));
  };
  const change = (from: number, edit: Op): void => {
    carryLengths(partAt(base, parts, from), made(), edit);
    measure();
  };
  let at = 0;
  const keep = (to: number): void => {
    for (; at < to; at++) after.push(parts.units[at] as number);
  };
  for (const edit of op.edits) {
    keep(at + edit.keep);
    if (edit.kind === 'change') change(at++, edit.op);
    else if (edit.kind === 'drop') at += edit.count;
    else if (edit.kind === 'add') measure();
    else if (edit.op !== undefined) change(edit.from, edit.op);
    else after.push(parts.units[edit.from] as number);
  }
  keep(parts.units.length);
  return { units: after, names };
}
