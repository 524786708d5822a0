import { clipped } from './quantity.ts';
import type { PatchStep, Path } from './patch-step.ts';
import { pathId } from './patch-step.ts';

/** A line of a value as indented JSON. */
export interface ValueLine {
  readonly depth: number;
  readonly text: string;
  /** Whether the last patch changed or added what stands here. */
  readonly isTouched: boolean;
}

/** Lines made; a value may have millions. */
export const LINES_MAX = 1000;
/** A container that fits into this many characters stays on one line. */
const INLINE_LENGTH_MAX = 72;
const TEXT_LENGTH_MAX = 400;

/** A value as indented JSON, with what a patch touched marked; cut after `LINES_MAX` lines. */
export function valueLines(value: unknown, steps: readonly PatchStep[]): ValueLine[] {
  const lines: ValueLine[] = [];
  new LineMaker(steps, lines).add(value, { path: [], head: '', tail: '', isTouched: false });
  return lines;
}

interface Spot {
  readonly path: Path;
  /** What stands before the value on its line, and after it. */
  readonly head: string;
  readonly tail: string;
  /** Whether something around it was touched as a whole. */
  readonly isTouched: boolean;
}

class LineMaker {
  private readonly lines: ValueLine[];
  /** Places that were touched as a whole, and those that hold such a place. */
  private readonly touched = new Set<string>();
  private readonly ways = new Set<string>();

  constructor(steps: readonly PatchStep[], lines: ValueLine[]) {
    this.lines = lines;
    for (const { kind, path } of steps) {
      if (kind === 'removed') continue;
      this.touched.add(pathId(path));
      for (let depth = 0; depth < path.length; depth++) this.ways.add(pathId(path.slice(0, depth)));
    }
  }

  add(value: unknown, spot: Spot): void {
    if (this.lines.length >= LINES_MAX) return;
    const { path, head, tail } = spot;
    const depth = path.length;
    const id = pathId(path);
    const isTouched = spot.isTouched || this.touched.has(id);
    const put = (text: string): void => void this.lines.push({ depth, text, isTouched });
    // What holds a touched place is opened, so that only that place is marked.
    const inline = this.ways.has(id) && !isTouched ? undefined : inlineText(value);
    if (inline !== undefined) return put(`${head}${inline}${tail}`);
    const isArray = Array.isArray(value);
    put(`${head}${isArray ? '[' : '{'}`);
    const names = isArray ? [...value.slice(0, LINES_MAX).keys()] : Object.keys(value as object);
    const count = isArray ? value.length : names.length;
    for (const [index, name] of names.entries()) {
      if (this.lines.length >= LINES_MAX) return;
      const named = isArray ? '' : `${clipped(JSON.stringify(name), TEXT_LENGTH_MAX)}: `;
      const part = (value as Record<string | number, unknown>)[name];
      const comma = index < count - 1 ? ',' : '';
      this.add(part, { path: [...path, name], head: named, tail: comma, isTouched });
    }
    put(`${isArray ? ']' : '}'}${tail}`);
  }
}

/** Undefined for what does not fit on a line. */
function inlineText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) {
    return clipped(JSON.stringify(value) ?? 'undefined', TEXT_LENGTH_MAX);
  }
  if (roomAfter(value, INLINE_LENGTH_MAX) < 0) return undefined;
  return JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ');
}

/** Characters left of a line after a value; below 0: it does not fit. Cost: the line. */
function roomAfter(value: unknown, room: number): number {
  if (typeof value === 'string') return room - value.length - 2;
  if (typeof value !== 'object' || value === null) return room - String(value).length;
  const isArray = Array.isArray(value);
  let left = room - 4;
  if (isArray && value.length > room) return -1;
  for (const name in value) {
    left -= isArray ? 2 : name.length + 6;
    if (left >= 0) left = roomAfter((value as Record<string, unknown>)[name], left);
    if (left < 0) return left;
  }
  return left;
}
