import { DiffStreamError } from '../core/errors.ts';

/** `bad-argument` for what cannot abort: it is the controller that is passed by mistake. */
export function checkSignal(call: string, signal: AbortSignal | undefined): void {
  if (signal === undefined || typeof signal.addEventListener === 'function') return;
  throw new DiffStreamError('bad-argument', `the signal of ${call} has to be an AbortSignal`);
}

/** What is to be done when a signal aborts; each has one listener of its own for all. */
const actions = new WeakMap<AbortSignal, Aborting>();

interface Aborting {
  readonly actions: Set<() => void>;
  readonly listener: () => void;
}

/**
 * Calls `action` when the signal aborts, which it has not yet. Returns what makes it forget that.
 * One signal ends all the replicas of a process, and Node takes its eleventh listener for a leak.
 */
export function whenAborted(signal: AbortSignal, action: () => void): () => void {
  const known = actions.get(signal) ?? begin(signal);
  known.actions.add(action);
  return () => {
    known.actions.delete(action);
    if (known.actions.size === 0) end(signal, known);
  };
}

function begin(signal: AbortSignal): Aborting {
  const waiting = new Set<() => void>();
  const aborting = {
    actions: waiting,
    listener: (): void => {
      end(signal, aborting);
      for (const action of waiting) action();
    },
  };
  actions.set(signal, aborting);
  signal.addEventListener('abort', aborting.listener, { once: true });
  return aborting;
}

function end(signal: AbortSignal, aborting: Aborting): void {
  if (actions.get(signal) !== aborting) return;
  signal.removeEventListener('abort', aborting.listener);
  actions.delete(signal);
}
