/** Everything that can go wrong in a simulated run. */
const faultKinds = [
  'loss',
  'duplicate',
  'reorder',
  'delay',
  'jam',
  'flip',
  'scramble',
  'truncate',
  'splice',
  'stale',
  'cut',
  'half-open',
  'partition',
  'one-way partition',
  'hub restart',
  'hub restored',
  'hub restored with its epoch',
  'hub restarted empty',
  'hub deposed',
  'second writer',
  'hub paused',
  'replica restart',
  'replica with old cache',
  'replica with corrupt cache',
  'replica with foreign cache',
  'replica paused',
  'slow reader',
  'herd',
  'clock jump',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export type FaultCounts = Record<FaultKind, number>;

function noFaults(): FaultCounts {
  return Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as FaultCounts;
}

/**
 * Numbers faults in the order in which they would strike, counts those that do, and lets only
 * some of them happen where a run is to be repeated with fewer.
 */
export class FaultLog {
  readonly counts = noFaults();
  /** Numbers of those that struck. */
  readonly struck: number[] = [];
  private readonly allowed: ReadonlySet<number> | undefined;
  private drawn = 0;
  /** No more faults: the time to heal has come. */
  isOver = false;

  constructor(allowed: readonly number[] | undefined) {
    this.allowed = allowed === undefined ? undefined : new Set(allowed);
  }

  /** A fault is due; whether it happens. */
  strikes(kind: FaultKind): boolean {
    const number = this.drawn++;
    if (this.isOver || this.allowed?.has(number) === false) return false;
    this.counts[kind]++;
    this.struck.push(number);
    return true;
  }
}
