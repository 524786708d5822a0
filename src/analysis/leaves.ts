import { isObject } from './item.ts';

const DEPTH_MAX = 3;
/** Leaves of one object that are looked at; further ones tell nothing new about its key. */
const LEAVES_MAX = 256;

/** Parts of an object by their paths, with dots: scalars, arrays, and objects far down. */
export function leavesOf(object: Record<string, unknown>): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const visit = (value: Record<string, unknown>, prefix: string, depth: number): void => {
    for (const [name, part] of Object.entries(value)) {
      if (leaves.size >= LEAVES_MAX) return;
      if (isObject(part) && depth < DEPTH_MAX) visit(part, `${prefix}${name}.`, depth + 1);
      else leaves.set(`${prefix}${name}`, part);
    }
  };
  visit(object, '', 1);
  return leaves;
}
