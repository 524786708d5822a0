import { Allowance } from './allowance.ts';
import { applyOp } from './apply.ts';
import { numberLength } from './decimal.ts';
import type { Edit, Op } from './op.ts';
import type { Parts } from './part-lengths.ts';
import { partAt } from './part-lengths.ts';
import { plainOp } from './unquote.ts';
import type { Container, Value, ValueArray, ValueObject } from './value.ts';
import { elementsOf, isArray, isContainer } from './value.ts';

/**
 * The length of a value's JSON text in UTF-8 bytes, without making the text: what sending
 * the whole value would cost. Cost: the value.
 */
export function jsonBytes(value: Value): number {
  switch (typeof value) {
    case 'string':
      return 2 + escapedBytes(value);
    case 'number':
      return numberLength(value);
    case 'boolean':
      return value ? 4 : 5;
    default:
      if (value === null) return 4;
      return isArray(value) ? arrayBytes(value) : objectBytes(value);
  }
}

function arrayBytes(array: ValueArray): number {
  let bytes = 2 + Math.max(0, array.length - 1);
  for (const element of elementsOf(array)) bytes += jsonBytes(element);
  return bytes;
}

function objectBytes(object: ValueObject): number {
  const names = Object.keys(object);
  let bytes = 2 + Math.max(0, names.length - 1);
  for (const name of names) bytes += memberBytes(name, object[name] as Value);
  return bytes;
}

function memberBytes(name: string, value: Value): number {
  return escapedBytes(name) + 3 + jsonBytes(value);
}

/** Bytes of a well-formed string inside its quotes, as `JSON.stringify` escapes it. */
function escapedBytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) bytes += unit < 0x800 || (unit & 0xf800) === 0xd800 ? 1 : 2;
    else if (unit === 0x22 || unit === 0x5c) bytes += 1;
    else if (unit < 0x20) bytes += isShortEscape(unit) ? 1 : 5;
  }
  return bytes;
}

/** \b \t \n \f \r; other control characters take six bytes. */
function isShortEscape(unit: number): boolean {
  return unit >= 8 && unit <= 13 && unit !== 11;
}

/**
 * What goes, or is replaced, is looked through once, and what only moves not at all, so that honest
 * ops need one: an op may change the copies that it makes of a part, and each is looked through.
 */
const LOOKS = 4;

/** What an allowance is for, here. */
const LOOKED_AT = 'the JSON text of what the patch replaces';

/**
 * How many bytes the JSON text of `base` grows by when `op`, which fits, is applied. Cost: the
 * change, and at most a few times `bytesMax`, where it throws `limit-exceeded`.
 */
export function jsonGrowth(base: Value, op: Op, bytesMax = Number.POSITIVE_INFINITY): number {
  return growth(base, plainOp(base, op), new Allowance(bytesMax, LOOKS, LOOKED_AT));
}

function growth(base: Value, op: Op, looking: Allowance): number {
  switch (op.kind) {
    case 'set':
      return jsonBytes(op.value) - looking.spend(jsonBytes(base));
    case 'text': {
      let grown = 0;
      let at = 0;
      for (const { keep, drop, insert } of op.splices) {
        at += keep;
        looking.spend(drop);
        grown += escapedBytes(insert) - escapedBytes((base as string).slice(at, at + drop));
        at += drop;
      }
      return grown;
    }
    case 'number':
      return jsonBytes(applyOp(base, op)) - jsonBytes(base);
    case 'quoted':
      return 0;
    default:
      return containerGrowth(base, op.edits, looking);
  }
}

function containerGrowth(base: Value, edits: readonly Edit[], looking: Allowance): number {
  if (!isContainer(base)) return 0;
  const names = isArray(base) ? undefined : Object.keys(base);
  const parts = { names };
  const before = names?.length ?? (base as ValueArray).length;
  // A part that is dropped here and taken there has only moved, and is not measured: moves within
  // what moves would measure the same again at each level.
  const copies = takesOf(edits);
  let grown = 0;
  let after = before;
  let at = 0;
  for (const edit of edits) {
    at += edit.keep;
    if (edit.kind === 'change') {
      grown += growth(partAt(base, parts, at++), edit.op, looking);
    } else if (edit.kind === 'drop') {
      after -= edit.count;
      for (const end = at + edit.count; at < end; at++) {
        const taken = copies?.get(at) ?? 0;
        if (taken > 0) copies?.set(at, taken - 1);
        else grown -= looking.spend(partBytes(base, parts, at));
      }
    } else {
      after++;
      if (edit.kind === 'add') {
        grown += names === undefined ? jsonBytes(edit.value) : memberBytes(edit.name, edit.value);
      } else if (edit.op !== undefined) {
        grown += growth(partAt(base, parts, edit.from), edit.op, looking);
      }
    }
  }
  if (copies !== undefined) {
    for (const [from, count] of copies) {
      if (count > 0) grown += count * looking.spend(partBytes(base, parts, from));
    }
  }
  return grown + Math.max(0, after - 1) - Math.max(0, before - 1);
}

function partBytes(base: Container, parts: Pick<Parts, 'names'>, at: number): number {
  const part = partAt(base, parts, at);
  const name = parts.names?.[at];
  return name === undefined ? jsonBytes(part) : memberBytes(name, part);
}

/** How often each part is taken to another place; undefined where none is. */
function takesOf(edits: readonly Edit[]): Map<number, number> | undefined {
  let takes: Map<number, number> | undefined;
  for (const edit of edits) {
    if (edit.kind !== 'take') continue;
    takes ??= new Map();
    takes.set(edit.from, (takes.get(edit.from) ?? 0) + 1);
  }
  return takes;
}
