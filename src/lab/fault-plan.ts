import { SeededRandom } from '../testing/seeded-random.ts';
import { AWAY_MS, STALL_MS } from './network.ts';
import type { Network } from './network.ts';

/** What a plan has; what strikes at places in the bytes happens as bytes pass. */
type PlannedKind = 'cut' | 'away' | 'stall' | 'silence';
export type FaultKind = PlannedKind | 'flip' | 'gap' | 'repeat';

/** For legends and tables. */
export const faultNames: Readonly<Record<FaultKind, string>> = {
  cut: 'cut',
  away: 'out of reach',
  stall: 'stalled',
  silence: 'silent',
  flip: 'bit flipped',
  gap: 'bytes lost',
  repeat: 'bytes twice',
};

/** Something that is done to one replica's link. */
export interface PlannedFault {
  readonly kind: PlannedKind;
  /** Counted from 1. */
  readonly replica: number;
  readonly atMs: number;
  /** How long it lasts, in ms; 0: it is over at once. */
  readonly forMs: number;
}

/** An absence can be longer than the mean, but not so long that nothing else is seen. */
const AWAY_MEANS_MAX = 4;
/** Faults of one run, evenly among replicas and kinds; more would hide one another. */
const PLANNED_MAX = 20_000;
const KINDS = 4;

/**
 * Everything that strikes at times, for all replicas, earliest first. It depends on network,
 * consumers, length and seed only, so that all codecs, and real runs too, meet the same.
 */
export function planFaults(options: {
  readonly network: Network;
  readonly consumers: number;
  readonly forMs: number;
  readonly seed: string;
}): readonly PlannedFault[] {
  const { network, consumers, forMs } = options;
  const seeds = new SeededRandom(options.seed).fork('faults');
  const plan: PlannedFault[] = [];
  const most = Math.ceil(PLANNED_MAX / KINDS / consumers);
  const add = (
    kind: PlannedKind,
    everyMs: number | undefined,
    lastsMs: (random: SeededRandom) => number,
  ): void => {
    if (everyMs === undefined) return;
    for (let replica = 1; replica <= consumers; replica++) {
      const random = seeds.fork(`${kind} of ${replica}`);
      let atMs = random.exponential(everyMs);
      for (let count = 0; count < most && atMs < forMs; count++) {
        plan.push({ kind, replica, atMs, forMs: lastsMs(random) });
        atMs += random.exponential(everyMs);
      }
    }
  };
  const { awayMs = AWAY_MS, stallMs = STALL_MS } = network;
  add('cut', network.cutEveryMs, () => 0);
  add('away', network.awayEveryMs, (random) =>
    Math.min(random.exponential(awayMs), AWAY_MEANS_MAX * awayMs),
  );
  add('stall', network.stallEveryMs, () => stallMs);
  add('silence', network.silenceEveryMs, () => 0);
  return plan.toSorted((a, b) => a.atMs - b.atMs || a.replica - b.replica);
}
