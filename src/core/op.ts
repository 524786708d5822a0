import type { Limits } from './limits.ts';
import type { QuoteBudget } from './quote-budget.ts';
import type { Container, Value } from './value.ts';

/**
 * One step of a patch: what happens to one value. Ops form a tree along the value's own
 * structure; a member is named by its place among the base's members, an element by its
 * index, so that the base is the dictionary.
 */
export type Op = SetOp | ObjectOp | ArrayOp | NumberOp | TextOp | QuotedOp;

/** The value is replaced. */
interface SetOp {
  readonly kind: 'set';
  readonly value: Value;
}

/** A number moves by `delta` units of 10^-scale; scale undefined: the base's own decimals. */
export interface NumberOp {
  readonly kind: 'number';
  readonly scale: number | undefined;
  readonly delta: number;
}

/** Splices from left to right; positions are UTF-16 code units of the base. */
export interface TextOp {
  readonly kind: 'text';
  readonly splices: readonly Splice[];
}

export interface Splice {
  /** Units kept between the previous splice's end in the base and this one. */
  readonly keep: number;
  readonly drop: number;
  readonly insert: string;
}

/**
 * Edits walk over the base's parts from left to right. Each first keeps `keep` parts as
 * they are; what is left after the last edit is kept too.
 *
 *   change  the next part changes in place
 *   drop    the next `count` parts are left out
 *   add     a new part comes here
 *   take    the base's part number `from` comes here, changed by `op` if there is one; where
 *           it stood it is dropped by a `drop` of its own, or else (arrays only) it is copied
 */
export type Edit = ChangeEdit | DropEdit | AddEdit | TakeEdit;

export interface ChangeEdit {
  readonly kind: 'change';
  readonly keep: number;
  readonly op: Op;
}
interface DropEdit {
  readonly kind: 'drop';
  readonly keep: number;
  readonly count: number;
}
export interface AddEdit {
  readonly kind: 'add';
  readonly keep: number;
  /** The new member's name; empty and without meaning for an element. */
  readonly name: string;
  readonly value: Value;
}
interface TakeEdit {
  readonly kind: 'take';
  readonly keep: number;
  readonly from: number;
  readonly op: Op | undefined;
}

export interface ObjectOp {
  readonly kind: 'object';
  readonly edits: readonly Edit[];
  /** The whole value after the op where its maker knows it: what `set` would have to send. */
  readonly next?: Container;
  /** The whole value before it, where its maker knows it: what new parts may be quoted from. */
  readonly base?: Container;
}

export interface ArrayOp {
  readonly kind: 'array';
  readonly edits: readonly Edit[];
  readonly next?: Container;
  readonly base?: Container;
}

/**
 * A whole patch as it was read, whose new parts are quotes from the base's JSON text: which op
 * it is shows only beside its base; see unquote.ts. Never inside another op.
 */
export interface QuotedOp {
  readonly kind: 'quoted';
  /** The op without what is new in it. */
  readonly skeleton: Uint8Array;
  /** How many texts its new parts are. */
  readonly count: number;
  /** These texts; see quote-coder.ts. */
  readonly quotes: Uint8Array;
  /** What new parts are held against. */
  readonly limits: Limits;
  /** What these texts are paid from, when they are made for the first time. */
  readonly budget: QuoteBudget;
  /** What they came to then: to apply a patch again costs its message nothing. */
  unitsPaid: number | undefined;
  /** None that show yet. */
  readonly edits: readonly [];
  readonly next?: undefined;
}
