import type {
  DemoRow,
  EventRow,
  HubRow,
  PageRow,
  ReplicaRow,
  SessionRow,
  StreamRow,
} from '../server/page-row.ts';

/** The rows of the stream `$hub`, by kind. */
export interface HubModel {
  readonly hub: HubRow | undefined;
  readonly streams: readonly StreamRow[];
  readonly sessions: readonly SessionRow[];
  /** The latest first. */
  readonly events: readonly EventRow[];
  readonly demo: DemoRow | undefined;
  readonly replicas: readonly ReplicaRow[];
}

export const emptyModel: HubModel = {
  ...{ hub: undefined, streams: [], sessions: [], events: [], demo: undefined, replicas: [] },
};

/** Sorts rows by kind; rows of a kind that this page does not know are left out. */
export function hubModel(rows: Iterable<PageRow>): HubModel {
  let hub: HubRow | undefined;
  let demo: DemoRow | undefined;
  const streams: StreamRow[] = [];
  const sessions: SessionRow[] = [];
  const events: EventRow[] = [];
  const replicas: ReplicaRow[] = [];
  for (const row of rows) {
    if (row.kind === 'hub') hub = row;
    else if (row.kind === 'demo') demo = row;
    else if (row.kind === 'stream') streams.push(row);
    else if (row.kind === 'session') sessions.push(row);
    else if (row.kind === 'event') events.push(row);
    else if (row.kind === 'replica') replicas.push(row);
  }
  // A replica keeps the order in which entries came, which is none.
  streams.sort((a, b) => (a.name < b.name ? -1 : 1));
  sessions.sort((a, b) => a.id - b.id);
  // An answer is told of a little after it was given; the clock of people may have been set since.
  events.sort((a, b) => b.upMs - a.upMs || b.number - a.number);
  replicas.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  return { hub, streams, sessions, events, demo, replicas };
}

/** Sums over all streams. */
export interface Totals {
  readonly versions: number;
  readonly sentBytes: number;
  readonly wholeBytes: number;
  /** Answers to consumers that had something already, but not all: resumes and repairs. */
  readonly recoveries: number;
}

export function totalsOf({ streams }: HubModel): Totals {
  const sum = (of: (stream: StreamRow) => number): number =>
    streams.reduce((total, stream) => total + of(stream), 0);
  return {
    versions: sum(({ version }) => version),
    sentBytes: sum(({ sentBytes }) => sentBytes),
    wholeBytes: sum(({ wholeBytes }) => wholeBytes),
    recoveries: sum(({ rungs }) => rungs.changes + rungs.newer + rungs.compared),
  };
}
