import type { Edit, NumberOp, Op, Splice } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import { printable, shortened } from './printable.ts';

const VALUE_LENGTH_MAX = 200;

/**
 * An op for people, one line each step, indented by two spaces. Without its base a patch names
 * members and elements by their place only: `#3` is the fourth one of the base.
 */
export function opLines(op: Op | undefined): string[] {
  if (op === undefined) return ['nothing changes'];
  if (op.kind === 'set') return [`becomes ${valueText(op.value)}`];
  if (op.kind === 'number') return [`number ${numberText(op)}`];
  if (op.kind === 'text') return spliceLines(op.splices);
  if (op.kind === 'quoted') {
    return [`quotes its base: ${op.count} new texts in ${op.quotes.length} bytes`];
  }
  return [op.kind, ...indented(editLines(op.edits, op.kind === 'object' ? 'member' : 'element'))];
}

/** A value as JSON on one line, shortened. */
export function valueText(value: unknown): string {
  return printable(shortened(JSON.stringify(value), VALUE_LENGTH_MAX));
}

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function numberText({ delta, scale }: NumberOp): string {
  const signed = delta < 0 ? String(delta) : `+${delta}`;
  if (scale === undefined) return `${signed} units of its last decimal`;
  return scale === 0 ? signed : `${signed} × 10^-${scale}`;
}

function spliceLines(splices: readonly Splice[]): string[] {
  const lines = ['text'];
  let at = 0;
  for (const { keep, drop, insert } of splices) {
    at += keep;
    const parts = [
      ...(drop > 0 ? [`drop ${drop}`] : []),
      ...(insert === '' ? [] : [`insert ${valueText(insert)}`]),
    ];
    lines.push(`  at ${at}: ${parts.join(', ')}`);
    at += drop;
  }
  return lines;
}

function editLines(edits: readonly Edit[], part: 'member' | 'element'): string[] {
  const lines: string[] = [];
  let at = 0;
  for (const edit of edits) {
    at += edit.keep;
    for (const line of oneEdit(edit, at, part)) lines.push(line);
    if (edit.kind === 'change') at += 1;
    if (edit.kind === 'drop') at += edit.count;
  }
  return lines;
}

function oneEdit(edit: Edit, at: number, part: 'member' | 'element'): string[] {
  if (edit.kind === 'change') return joined(`~ ${part} #${at}:`, edit.op);
  if (edit.kind === 'add') return [addition(edit.name, edit.value, at, part)];
  if (edit.kind === 'drop') {
    const last = edit.count > 1 ? ` to #${at + edit.count - 1}` : '';
    return [`- ${part} #${at}${last}`];
  }
  const line = `> ${part} #${edit.from} comes before #${at}`;
  return edit.op === undefined ? [line] : joined(`${line}, and`, edit.op);
}

function addition(name: string, value: Value, at: number, part: 'member' | 'element'): string {
  const named = part === 'member' ? ` ${printable(JSON.stringify(name))}` : '';
  return `+ ${part}${named} before #${at}: ${valueText(value)}`;
}

/** The op on the same line as its heading, what is inside it below. */
function joined(heading: string, op: Op): string[] {
  const [first = '', ...rest] = opLines(op);
  return [`${heading} ${first}`, ...indented(rest)];
}

/** The op as plain data for JSON: without what its maker kept in it for itself. */
export function opData(op: Op | undefined): unknown {
  if (op === undefined) return null;
  if (op.kind === 'quoted') return { kind: op.kind, quotes: op.quotes.length, count: op.count };
  if (op.kind !== 'object' && op.kind !== 'array') return op;
  return { kind: op.kind, edits: op.edits.map(editData) };
}

function editData(edit: Edit): unknown {
  return 'op' in edit && edit.op !== undefined ? { ...edit, op: opData(edit.op) } : edit;
}
