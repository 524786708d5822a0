import type { Edit, Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import { clipped } from './quantity.ts';

export type Path = readonly (string | number)[];

/** One thing that a patch does, at a place of the value after it (of the one before: removed). */
export interface PatchStep {
  readonly kind: 'changed' | 'added' | 'removed' | 'moved';
  readonly path: Path;
  /** As JSON text, shortened; '' where there is none. */
  readonly before: string;
  readonly after: string;
}

/** Steps shown; a patch may have a million. */
const STEPS_MAX = 500;
const TEXT_LENGTH_MAX = 160;

/** What a patch does to its base, place by place; at most `STEPS_MAX` steps. */
export function patchSteps(op: Op | undefined, base: Value, next: Value): PatchStep[] {
  const steps: PatchStep[] = [];
  if (op !== undefined) walk(op, { path: [], base, next }, steps);
  return steps;
}

interface Place {
  readonly path: Path;
  readonly base: Value;
  readonly next: Value;
}

function walk(op: Op, place: Place, steps: PatchStep[]): void {
  if (steps.length >= STEPS_MAX) return;
  const { path, base, next } = place;
  if (op.kind === 'object') walkMembers(op.edits, place, steps);
  else if (op.kind === 'array') walkElements(op.edits, place, steps);
  else steps.push({ kind: 'changed', path, before: shown(base), after: shown(next) });
}

function walkMembers(
  edits: readonly Edit[],
  { path, base, next }: Place,
  steps: PatchStep[],
): void {
  const [before, after] = [base as Record<string, Value>, next as Record<string, Value>];
  const names = Object.keys(before);
  const taken = takenParts(edits);
  let at = 0;
  for (const edit of edits) {
    at += edit.keep;
    if (edit.kind === 'drop') {
      for (const name of names.slice(at, at + edit.count)) {
        if (!taken.has(at++)) steps.push(removed([...path, name], before[name]));
      }
    } else if (edit.kind === 'add') {
      steps.push(added([...path, edit.name], edit.value));
    } else {
      const name = names[edit.kind === 'take' ? edit.from : at++] ?? '';
      if (edit.kind === 'take') steps.push(moved([...path, name]));
      const place = { path: [...path, name], base: own(before, name), next: own(after, name) };
      if (edit.op !== undefined) walk(edit.op, place, steps);
    }
    if (steps.length >= STEPS_MAX) return;
  }
}

function walkElements(
  edits: readonly Edit[],
  { path, base, next }: Place,
  steps: PatchStep[],
): void {
  const [before, after] = [base as readonly Value[], next as readonly Value[]];
  const taken = takenParts(edits);
  let at = 0;
  let out = 0;
  for (const edit of edits) {
    at += edit.keep;
    out += edit.keep;
    if (edit.kind === 'drop') {
      for (let i = 0; i < edit.count && steps.length < STEPS_MAX; i++) {
        if (!taken.has(at + i)) steps.push(removed([...path, at + i], before[at + i]));
      }
      at += edit.count;
    } else if (edit.kind === 'add') {
      steps.push(added([...path, out++], edit.value));
    } else {
      const from = edit.kind === 'take' ? edit.from : at++;
      if (edit.kind === 'take') steps.push(moved([...path, out]));
      const place = { path: [...path, out], base: before[from] ?? null, next: after[out] ?? null };
      if (edit.op !== undefined) walk(edit.op, place, steps);
      out++;
    }
    if (steps.length >= STEPS_MAX) return;
  }
}

function own(object: Record<string, Value>, name: string): Value {
  return Object.hasOwn(object, name) ? (object[name] ?? null) : null;
}

function takenParts(edits: readonly Edit[]): Set<number> {
  return new Set(edits.flatMap((edit) => (edit.kind === 'take' ? [edit.from] : [])));
}

function added(path: Path, value: Value): PatchStep {
  return { kind: 'added', path, before: '', after: shown(value) };
}

function removed(path: Path, value: Value | undefined): PatchStep {
  return { kind: 'removed', path, before: shown(value ?? null), after: '' };
}

function moved(path: Path): PatchStep {
  return { kind: 'moved', path, before: '', after: '' };
}

function shown(value: Value): string {
  return clipped(JSON.stringify(value), TEXT_LENGTH_MAX);
}

/** `bids[3].amount`, names that are no words quoted; the value itself: `(value)`. */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${clipped(JSON.stringify(part), TEXT_LENGTH_MAX)}]`;
  }
  return text === '' ? '(value)' : text;
}

/** A name for a place that no other has. */
export function pathId(path: Path): string {
  return JSON.stringify(path);
}
