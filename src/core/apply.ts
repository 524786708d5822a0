import { Allowance } from './allowance.ts';
import { copiedMembers } from './copied-members.ts';
import { inEngineOrder } from './engine-order.ts';
import { mantissaAt, decimalScale, powerOfTen } from './decimal.ts';
import { splitsPair } from './diff-text.ts';
import { DiffStreamError } from './errors.ts';
import { plainOp } from './unquote.ts';
import type { ArrayOp, Edit, NumberOp, ObjectOp, Op, TextOp } from './op.ts';
import type { Value, ValueArray, ValueObject } from './value.ts';
import { elementsOf, isArray, isContainer, objectOf } from './value.ts';

function conflict(what: string): DiffStreamError {
  return new DiffStreamError('patch-conflict', `the patch does not fit its base: ${what}`);
}

/** The least that a part adds to the JSON text of what it is in: a digit and a comma. */
const PART_BYTES_MIN = 2;
/** What an allowance is for, here. */
const MADE = 'the JSON text of what the patch makes';

/**
 * The value that `op` makes of `base`. The base is untouched; unchanged subtrees are shared;
 * new containers are frozen. All or nothing: `patch-conflict` where the op does not fit,
 * which mostly means that it was made for another base; `limit-exceeded` where so many parts
 * would be copied that the outcome's JSON text is longer than `bytesMax`.
 */
export function applyOp(base: Value, op: Op, bytesMax = Number.POSITIVE_INFINITY): Value {
  return apply(base, plainOp(base, op), new Allowance(bytesMax, 1, MADE));
}

function apply(base: Value, op: Op, allowance: Allowance): Value {
  switch (op.kind) {
    case 'set':
      return op.value;
    case 'number':
      return applyNumber(base, op);
    case 'text':
      return applyText(base, op);
    case 'object':
      if (isContainer(base) && !isArray(base)) return applyObject(base, op, allowance);
      throw conflict('there is no object');
    case 'quoted':
      throw conflict('a quoted patch inside another');
    case 'array':
  }
  if (isContainer(base) && isArray(base)) return applyArray(base, op, allowance);
  throw conflict('there is no array');
}

function applyNumber(base: Value, { scale, delta }: NumberOp): number {
  if (typeof base !== 'number') throw conflict('there is no number');
  const own = decimalScale(base);
  const places = scale ?? own;
  const before = own < 0 ? Number.NaN : mantissaAt(base, places);
  if (Number.isNaN(before) || places < own || (scale !== undefined && scale === own)) {
    throw conflict('the number has other decimals');
  }
  const mantissa = before + delta;
  if (!Number.isSafeInteger(mantissa)) throw conflict('the number would grow out of range');
  return mantissa / powerOfTen(places);
}

function applyText(base: Value, { splices }: TextOp): string {
  if (typeof base !== 'string') throw conflict('there is no string');
  let text = '';
  let at = 0;
  for (const { keep, drop, insert } of splices) {
    const cut = at + keep;
    const end = cut + drop;
    if (end > base.length) throw conflict('a splice beyond the end of the text');
    if (splitsPair(base, cut) || splitsPair(base, end)) {
      throw conflict('a splice between the halves of a character');
    }
    text += base.slice(at, cut) + insert;
    at = end;
  }
  const rest = base.slice(at);
  // One piece of a text that was longer, or pieces that the digest makes one of as it reads them.
  const isSlice = text === '' || rest === '';
  text += rest;
  return isSlice && 2 * text.length < base.length ? copied(text) : text;
}

/**
 * V8 keeps all of a text for a slice of it: a line cut out of a megabyte would hold the megabyte.
 * A slice of a new text holds that one.
 */
function copied(text: string): string {
  return ` ${text}`.slice(1);
}

/** Where the next edit stands among `length` parts; refuses what lies beyond the end. */
function step(edit: Edit, at: number, length: number): number {
  const consumed = edit.kind === 'change' ? 1 : edit.kind === 'drop' ? edit.count : 0;
  const start = at + edit.keep;
  if (start + consumed > length) throw conflict('an edit beyond the last part');
  if (edit.kind === 'take' && edit.from >= length) throw conflict('there is no part to take');
  return start;
}

function applyObject(base: ValueObject, { edits }: ObjectOp, allowance: Allowance): ValueObject {
  const names = Object.keys(base);
  if (edits.every((edit) => edit.kind === 'change')) {
    allowance.spend(names.length * PART_BYTES_MIN);
    const next = copiedMembers(base, names);
    let at = 0;
    for (const edit of edits) {
      at = step(edit, at, names.length);
      const name = names[at++] as string;
      next[name] = apply(base[name] as Value, edit.op, allowance);
    }
    return Object.freeze(next);
  }
  const order: string[] = [];
  const values: Value[] = [];
  const put = (name: string, value: Value): void => {
    order.push(name);
    values.push(value);
  };
  const keep = (from: number, to: number): void => {
    allowance.spend((to - from) * PART_BYTES_MIN);
    for (let i = from; i < to; i++) put(names[i] as string, base[names[i] as string] as Value);
  };
  let at = 0;
  for (const edit of edits) {
    const start = step(edit, at, names.length);
    keep(at, start);
    at = start;
    if (edit.kind === 'drop') {
      at += edit.count;
    } else if (edit.kind === 'add') {
      put(edit.name, edit.value);
    } else {
      const name = names[edit.kind === 'take' ? edit.from : at++] as string;
      const value = base[name] as Value;
      put(name, edit.op === undefined ? value : apply(value, edit.op, allowance));
    }
  }
  keep(at, names.length);
  const next = objectOf(order, values);
  if (Object.keys(next).length !== order.length) throw conflict('a member comes twice');
  if (!inEngineOrder(order)) throw conflict('integer-like members out of order');
  return Object.freeze(next);
}

function applyArray(base: ValueArray, { edits }: ArrayOp, allowance: Allowance): ValueArray {
  if (edits.every((edit) => edit.kind === 'change')) {
    allowance.spend(base.length * PART_BYTES_MIN);
    const next = [...base];
    let at = 0;
    for (const edit of edits) {
      at = step(edit, at, next.length);
      next[at] = apply(next[at] as Value, edit.op, allowance);
      at++;
    }
    return Object.freeze(next);
  }
  return rearranged(base, edits, allowance);
}

function rearranged(own: ValueArray, edits: readonly Edit[], allowance: Allowance): ValueArray {
  const base = elementsOf(own);
  const next: Value[] = [];
  const keep = (from: number, to: number): void => {
    allowance.spend((to - from) * PART_BYTES_MIN);
    for (let i = from; i < to; i++) next.push(base[i] as Value);
  };
  let at = 0;
  for (const edit of edits) {
    const start = step(edit, at, base.length);
    keep(at, start);
    at = start;
    if (edit.kind === 'drop') {
      at += edit.count;
    } else if (edit.kind === 'add') {
      next.push(edit.value);
    } else {
      const element = base[edit.kind === 'take' ? edit.from : at++] as Value;
      next.push(edit.op === undefined ? element : apply(element, edit.op, allowance));
    }
  }
  keep(at, base.length);
  return Object.freeze(next);
}
