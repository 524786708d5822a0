import type { Network } from '../network.ts';

/**
 * How values get to consumers. `json` and `json-deflate` send every value whole, the second
 * through one deflate context for each connection; they are counted, on a line without faults.
 * The others are DiffStream's codecs.
 */
export const labCodecs = ['json', 'json-deflate', 'compact', 'dense', 'auto'] as const;
export type LabCodec = (typeof labCodecs)[number];

/** Codecs of the machines, which are run. */
export type RunCodec = Exclude<LabCodec, CountedCodec>;
/** Those that are only counted. */
export type CountedCodec = 'json' | 'json-deflate';

export function isCounted(codec: LabCodec): codec is CountedCodec {
  return codec === 'json' || codec === 'json-deflate';
}

/** A recorded feed that takes the place of a made-up workload. */
export interface TraceFile {
  readonly path: string;
  /** The member that holds the key of a plain object. */
  readonly keyName: string;
}

/** All that one run depends on: the same settings give the same simulated figures. */
export interface RunSettings {
  /** A name of the roster, or `trace`. */
  readonly workload: string;
  readonly trace: TraceFile | undefined;
  /** How much there is, and how much of it changes at once; 0 for a trace. */
  readonly size: number;
  readonly change: number;
  readonly codec: LabCodec;
  readonly network: Network;
  readonly consumers: number;
  /** How many of the consumers read only now and then. */
  readonly slow: number;
  /** Updates a second, on average. */
  readonly rate: number;
  /** How long there are updates and faults, in ms. */
  readonly forMs: number;
  readonly seed: string;
}

/** What a line of an experiment varies. */
export const variables = ['consumers', 'size', 'change', 'rate', 'slow'] as const;
export type Variable = (typeof variables)[number];

/** A run with its place in the experiment. */
export interface PlannedRun {
  /** What tells it from the others: `auctions/mobile/dense`. */
  readonly id: string;
  readonly settings: RunSettings;
  /** Part of a line of runs in which one thing is varied. */
  readonly varied: { readonly of: Variable; readonly value: number } | undefined;
}

/** The name of an experiment that options describe. */
export const UNNAMED = 'lab';

/** A question, and the runs that answer it. */
export interface Experiment {
  readonly name: string;
  readonly question: string;
  readonly runs: readonly PlannedRun[];
}

/** Bounds of experiments, each with its reason. Not options: a second experiment can have more. */
export const experimentBounds = {
  /** Runs: so many rows and curves can still be read. */
  runsMax: 200,
  /** Consumers of a simulated run: the checks of one process hold so many. */
  consumersMax: 256,
  /** Of a real run: so many processes fit on a machine of everyday size. */
  realConsumersMax: 32,
  /** Updates a second: the generators keep up with so many. */
  rateMax: 10_000,
  /** Length of a run, in ms: at least one interval, at most an hour. */
  forMsMin: 1000,
  forMsMax: 3_600_000,
  /** Consumers × updates: five minutes of work, more or less. */
  deliveriesMax: 5_000_000,
} as const;

/** What a run is like where nothing else is said. */
export const defaultRun = {
  workload: 'auctions',
  codec: 'auto',
  network: 'mobile',
  consumers: 4,
  slow: 0,
  rate: 100,
  forMs: 20_000,
  seed: '1',
  keyName: 'key',
} as const;
