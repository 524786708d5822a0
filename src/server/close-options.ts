import { DiffStreamError } from '../core/errors.ts';
import type { OptionKinds } from '../core/option-kinds.ts';
import { checkOptions } from '../core/option-kinds.ts';

export interface CloseOptions {
  /** How long replicas that are behind may take to get the rest, in ms. Default 0. */
  readonly drainMs?: number;
}

const KINDS: OptionKinds<CloseOptions> = { drainMs: 'any' };

/** How long to drain; `bad-argument` for other options, or no time. */
export function drainOf(options: CloseOptions): number {
  checkOptions('close', options, KINDS);
  const { drainMs = 0 } = options;
  if (typeof drainMs === 'number' && drainMs >= 0) return drainMs;
  const what = `the option drainMs of close has to be a time in ms, not ${JSON.stringify(drainMs)}`;
  throw new DiffStreamError('bad-argument', what);
}
