import { copiedMembers } from './copied-members.ts';
import type { ChangeEdit, Op } from './op.ts';
import type { Value, ValueObject } from './value.ts';

/** Members of a target that are walked: where in the base they come from, what became of them. */
export interface WalkedMembers {
  readonly present: string[];
  readonly source: number[];
  readonly ops: (Op | undefined)[];
  readonly values: Value[];
  /** Whether all of them can stay as they are in the target. */
  readonly asIs: boolean;
}

/** The first members, which both sides share, with the edits found among them. */
export function walkedMembers(
  base: ValueObject,
  present: string[],
  edits: readonly ChangeEdit[],
  changed: readonly Value[],
  asIs: boolean,
): WalkedMembers {
  const source = present.map((_, i) => i);
  const ops = present.map((): Op | undefined => undefined);
  const values = present.map((name) => base[name] as Value);
  let at = -1;
  for (const [k, edit] of edits.entries()) {
    at += edit.keep + 1;
    ops[at] = edit.op;
    values[at] = changed[k] as Value;
  }
  return { present, source, ops, values, asIs };
}

/**
 * The members as an own object will show them: only a proxy can show integer-like names elsewhere
 * than in front.
 */
export function inOrder({ present, source, ops, values, asIs }: WalkedMembers): WalkedMembers {
  const places = new Map(present.map((name, i) => [name, i]));
  const names = Object.keys(Object.fromEntries(places));
  const pick = <T>(list: readonly T[]): T[] =>
    names.map((name) => list[places.get(name) as number] as T);
  return { present: names, source: pick(source), ops: pick(ops), values: pick(values), asIs };
}

/** The object with other values for the members that edits change. */
export function withValues(
  base: ValueObject,
  names: readonly string[],
  edits: readonly ChangeEdit[],
  values: readonly Value[],
): ValueObject {
  const next = copiedMembers(base, names);
  let i = -1;
  for (const [k, edit] of edits.entries()) {
    i += edit.keep + 1;
    next[names[i] as string] = values[k] as Value;
  }
  return next;
}
