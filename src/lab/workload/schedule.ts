import { SeededRandom } from '../../testing/seeded-random.ts';
import type { RunSettings } from '../experiment/experiment.ts';
import { TRACE, workloadKind } from './roster.ts';
import { traceWorkload } from './trace.ts';
import type { Trace } from './trace.ts';
import type { Update, Workload } from './workload.ts';

/** What the clock of made-up values shows when updates begin, in ms since 1970. */
const EPOCH_MS = Date.UTC(2024, 0, 1);

/** An update with the time that it is due at, in ms since updates began. */
export interface Due {
  readonly atMs: number;
  readonly update: Update;
}

/** The updates of a run: the same from the same settings, whatever codec and network. */
export class Schedule {
  readonly workload: Workload;
  private readonly pace: SeededRandom;
  private readonly meanMs: number;
  private readonly forMs: number;
  private atMs = 0;

  /** `trace`: the feed that the settings name, where they name one. */
  constructor(settings: RunSettings, trace: Trace | undefined) {
    const { workload, seed, size, change, rate, forMs } = settings;
    const random = new SeededRandom(seed);
    const kind = workloadKind(workload);
    if (kind !== undefined) {
      this.workload = kind.make({ random: random.fork(`workload ${workload}`), size, change });
    } else if (workload === TRACE && trace !== undefined) this.workload = traceWorkload(trace);
    else throw new Error(`there is no workload ${workload}`);
    this.pace = random.fork('pace');
    this.meanMs = 1000 / rate;
    this.forMs = forMs;
  }

  /** Undefined: the time is over, or the workload. */
  next(): Due | undefined {
    this.atMs += this.pace.exponential(this.meanMs);
    if (this.atMs >= this.forMs) return undefined;
    const update = this.workload.next(EPOCH_MS + this.atMs);
    return update === undefined ? undefined : { atMs: this.atMs, update };
  }
}
