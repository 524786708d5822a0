import type { Key } from '../core/key.ts';

/** One JSON value of an input, and where it stood. */
export interface Item {
  /** For people: `line 12`, `element 3`, `a.json`. */
  readonly place: string;
  readonly value: unknown;
  /** The entry it is, where the input tells by other means than the value. */
  readonly key?: Key;
  /** When it was, in ms since 1970, where the input tells by other means. */
  readonly t?: number | undefined;
  /** What it came in together with others, where that is more than the value itself. */
  readonly part?: string;
  /** Length of its text, where it was one. */
  readonly characters?: number;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member by its name, or by names with dots between them from the root down. */
export function memberAt(value: unknown, path: string): unknown {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, path)) return value[path];
  const dot = path.indexOf('.');
  if (dot < 0) return undefined;
  const name = path.slice(0, dot);
  return Object.hasOwn(value, name) ? memberAt(value[name], path.slice(dot + 1)) : undefined;
}

/** The key that a value can be; undefined for what is none. */
export function asKey(value: unknown): Key | undefined {
  if (typeof value === 'string') return value;
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}
