/** Time and turns of the platform: the only place where they come from. */
export interface Clock {
  /** Milliseconds that never run backwards. */
  nowMs(): number;
  /** The time of day as `Date.now()` counts, which may be set back. */
  wallMs(): number;
  /** Calls back at a time of this clock, or a little later; returns what prevents it. */
  at(timeMs: number, work: () => void): () => void;
  /** Calls back when the running turn of the event loop is over, before it waits for more. */
  endOfTurn(work: () => void): void;
}

/** Longer sleeps would overflow the platform's timer. */
const SLEEP_MS_MAX = 0x7fff_ffff;

const platform = globalThis as { setImmediate?: (work: () => void) => void };

export const platformClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  at: (timeMs, work) => {
    const sleepMs = Math.min(SLEEP_MS_MAX, Math.max(0, Math.ceil(timeMs - performance.now())));
    const timer = setTimeout(work, sleepMs);
    return () => clearTimeout(timer);
  },
  endOfTurn: (work) => {
    if (platform.setImmediate === undefined) setTimeout(work, 0);
    else platform.setImmediate(work);
  },
};
