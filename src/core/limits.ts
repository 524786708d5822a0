import { DiffStreamError } from './errors.ts';

/**
 * Every bound of the pure layers, by name. Each is checked before memory is taken.
 * To raise one, pass `limits: { name: value }` on both sides: a message that the
 * producer may send and the consumer refuses never gets through.
 */
export interface Limits {
  /** Nesting of arrays and objects, in levels. A root scalar has depth 0. */
  readonly depthMax: number;
  /** A string key, in UTF-8 bytes. Keys are repeated in messages and held for ever. */
  readonly keyBytesMax: number;
  /** One string value or member name, in UTF-8 bytes. */
  readonly stringBytesMax: number;
  /** The JSON text of one value, in bytes: parts can be copied by reference, text cannot. */
  readonly valueBytesMax: number;
  /** Leaves, members and elements in one message: bounds the work, not only the bytes. */
  readonly nodesMax: number;
  /** One encoded message or frame, in bytes. Frames above the part size travel in parts. */
  readonly frameBytesMax: number;
  /** Changes in one frame. */
  readonly changesMax: number;
  /** Entries the journal keeps before the oldest are let go. */
  readonly journalEntriesMax: number;
  /** Estimated heap that the journal keeps alive, in bytes. */
  readonly journalBytesMax: number;
  /** Deleted keys remembered, so that a late message cannot bring one back. */
  readonly tombstonesMax: number;
  /** Keys a consumer of stand-alone messages may hold beyond a gap and still heal by a frame. */
  readonly aheadMax: number;
}

export const defaultLimits: Limits = {
  // Far above real documents; a recursion this deep is safe on every engine's stack.
  depthMax: 128,
  keyBytesMax: 1024,
  stringBytesMax: 16 * 1024 * 1024,
  valueBytesMax: 128 * 1024 * 1024,
  nodesMax: 8 * 1024 * 1024,
  // A snapshot of about a million small entries.
  frameBytesMax: 256 * 1024 * 1024,
  changesMax: 4 * 1024 * 1024,
  // Minutes of history at a few hundred updates a second.
  journalEntriesMax: 65_536,
  journalBytesMax: 16 * 1024 * 1024,
  tombstonesMax: 65_536,
  aheadMax: 16_384,
};

/** The protocol's own ceiling for nesting: the walks are recursive. */
export const DEPTH_CEILING = 128;

/** Those that were resolved before: a cache hands its own to each message that it reads. */
const known = new WeakSet<Partial<Limits>>([Object.freeze(defaultLimits)]);

/** Fills in the defaults; `bad-argument` for an unknown name or a value that bounds nothing. */
export function resolveLimits(partial: Partial<Limits> | undefined): Limits {
  if (partial === undefined) return defaultLimits;
  if (known.has(partial)) return partial as Limits;
  const resolved = Object.freeze(withDefaults(defaultLimits, partial, 0));
  checkCeiling('depthMax', resolved.depthMax, DEPTH_CEILING);
  known.add(resolved);
  return resolved;
}

/** Limits by name, each a whole number from `least` on; `bad-argument` for any other. */
export function withDefaults<L extends object>(
  defaults: L,
  partial: { readonly [Name in keyof L]?: L[Name] | undefined },
  least: 0 | 1,
): L {
  const resolved = { ...defaults } as Record<string, number>;
  for (const [name, value] of Object.entries(partial as Partial<Record<string, number>>)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(resolved, name)) {
      throw new DiffStreamError('bad-argument', `there is no limit named '${name}'`);
    }
    if (!Number.isSafeInteger(value) || value < least) {
      const what = least === 0 ? 'a whole number' : 'a positive whole number';
      throw new DiffStreamError(
        'bad-argument',
        `limit '${name}' must be ${what}, got ${String(value)}`,
      );
    }
    resolved[name] = value;
  }
  return resolved as L;
}

/** `bad-argument` for a limit above what the protocol allows. */
export function checkCeiling(name: string, value: number, ceiling: number): void {
  if (value <= ceiling) return;
  throw new DiffStreamError('bad-argument', `limit '${name}' can be at most ${ceiling}`);
}

export function limitExceeded(name: keyof Limits, limit: number, what: string): DiffStreamError {
  return new DiffStreamError('limit-exceeded', `${what} exceeds the limit ${name} = ${limit}`);
}
