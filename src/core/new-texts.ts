import { weightOf } from './digest.ts';
import type { AddEdit, Edit, Op } from './op.ts';
import type { NewParts } from './new-parts.ts';
import { BASE_UNITS_MAX, LEARNED_MAX, NEW_UNITS_MAX } from './quote-coder.ts';
import type { Value } from './value.ts';
import { isArray, isContainer } from './value.ts';

/** Fewer new units than this are not worth a look into any base. */
const NEW_MIN = 64;
/** Units of the base for each new one, above which looking through it takes too long. */
const BASE_PER_NEW = 8192;
/** What a quote costs beside its units, in units: the base is looked through, and learned from. */
export function quotingUnits(looked: string): number {
  return Math.min(looked.length, LEARNED_MAX) / 4 + looked.length / 64;
}

/** The JSON texts of what is new in an op, in the order in which it stands there. */
export class NewTexts implements NewParts {
  readonly texts: string[] = [];
  units = 0;

  value(value: Value): void {
    this.push(JSON.stringify(value));
  }

  insert(text: string): void {
    this.push(JSON.stringify(text).slice(1, -1));
  }

  addsAtOnce(edits: readonly Edit[], at: number): number {
    let end = at + 1;
    if (edits[at]?.kind !== 'add') return 1;
    while (edits[end]?.kind === 'add' && edits[end]?.keep === 0) end++;
    return end - at;
  }

  add(kind: 'object' | 'array', edits: readonly AddEdit[]): void {
    const parts = edits.map(({ name, value }) =>
      kind === 'object'
        ? `${JSON.stringify(name)}:${JSON.stringify(value)}`
        : JSON.stringify(value),
    );
    this.push(parts.join(','));
  }

  private push(text: string): void {
    this.texts.push(text);
    this.units += text.length + 1;
  }
}

/**
 * Whether so much of an op is new that its base may hold some of it, and not too much. A guess: the
 * length of the base is looked at before it is quoted.
 */
export function isWorthQuoting(base: Value, op: Op, unitsMax: number): boolean {
  const most = Math.min(unitsMax, NEW_UNITS_MAX);
  const fresh = newIn(op, most, unitsUpTo);
  if (fresh < NEW_MIN || fresh >= most) return false;
  return unitsAbout(base) < Math.min(fresh * BASE_PER_NEW, 2 * BASE_UNITS_MAX);
}

/** Parts of a container that are looked at to guess the size of all. */
const SAMPLES = 12;
/** Units of JSON text for a weight of 1: 6 of numbers, 30 where names are long. */
const UNITS_PER_WEIGHT = 12;

/**
 * About the units of a value's JSON text: of a heavy value from its weight, of another from a look
 * at some of its parts, which a single large one would mislead.
 */
function unitsAbout(value: Value): number {
  const weight = weightOf(value);
  if (weight > 0) return weight * UNITS_PER_WEIGHT;
  if (typeof value === 'string') return value.length + 2;
  if (!isContainer(value)) return 4;
  const names = isArray(value) ? undefined : Object.keys(value);
  const count = isArray(value) ? value.length : (names as string[]).length;
  const step = Math.max(1, Math.floor(count / SAMPLES));
  let units = 0;
  let seen = 0;
  for (let i = 0; i < count; i += step, seen++) {
    const name = names?.[i];
    const part = (value as Record<string | number, Value>)[name ?? i] as Value;
    units += (name === undefined ? 1 : name.length + 4) + unitsAbout(part);
  }
  return 2 + Math.ceil((units * count) / Math.max(1, seen));
}

/** How much of an op is new, counted up to `enough`; `sizeOf` measures values in the same way. */
export function newIn(
  op: Op,
  enough: number,
  sizeOf: (value: Value, enough: number) => number,
): number {
  switch (op.kind) {
    case 'set':
      return sizeOf(op.value, enough);
    case 'text':
      return op.splices.reduce((size, { insert }) => size + insert.length, 0);
    case 'object':
    case 'array': {
      let size = 0;
      for (const edit of op.edits) {
        if (edit.kind === 'add') {
          size += edit.name.length + sizeOf(edit.value, enough - size);
        } else if (edit.kind !== 'drop' && edit.op !== undefined) {
          size += newIn(edit.op, enough - size, sizeOf);
        }
        if (size >= enough) break;
      }
      return size;
    }
    default:
      return 0;
  }
}

/** About the units of a value's JSON text, counted up to `enough`. */
function unitsUpTo(value: Value, enough: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'number') return 4;
  if (!isContainer(value)) return 4;
  let units = 2;
  if (isArray(value)) {
    for (let i = 0; i < value.length && units < enough; i++) {
      units += 1 + unitsUpTo(value[i] as Value, enough - units);
    }
    return units;
  }
  for (const name of Object.keys(value)) {
    units += name.length + 4 + unitsUpTo(value[name] as Value, enough - units);
    if (units >= enough) break;
  }
  return units;
}
