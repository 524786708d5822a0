import type { FaultCounters } from '../../testing/index.ts';
import { bytesText, countOf, countText, msText, ratioText } from '../figures.ts';
import type { Colors } from '../terminal.ts';
import { tableLines } from '../text-table.ts';
import type { Column } from '../text-table.ts';
import type { ByHand } from './network.ts';

/** The demo at one moment. */
export interface Snapshot {
  readonly elapsedMs: number;
  readonly forMs: number;
  readonly phase: string;
  readonly version: number;
  readonly entries: number;
  readonly updates: number;
  readonly updatesPerSecond: number;
  /** What the first states of the replicas cost; NaN until all have theirs. */
  readonly joining: Traffic;
  /** What updates cost since then; 0 before. */
  readonly updating: Traffic;
  readonly lagMs: { readonly p50: number; readonly p99: number };
  readonly faults: Readonly<FaultCounters>;
  /** What people did to the network, part of the faults. */
  readonly byHand: ByHand;
  readonly replicas: readonly ReplicaSnapshot[];
}

export interface Traffic {
  /** The whole objects of all updates as JSON, to every replica. */
  readonly jsonBytes: number;
  /** Bytes that came out of the network towards the replicas, of every kind. */
  readonly sentBytes: number;
}

export interface ReplicaSnapshot {
  readonly number: number;
  readonly pid: number | undefined;
  readonly status: string;
  readonly version: number;
  readonly digest: string;
  /** Versions, when it last reported. */
  readonly behind: number;
  readonly resumes: number;
  readonly repairs: number;
  readonly snapshots: number;
  readonly wireBytes: number;
  readonly restarts: number;
}

function faultCount(faults: Readonly<FaultCounters>): number {
  const { cuts, stalls, corruptions, drops, duplicates, halfOpens } = faults;
  return cuts + stalls + corruptions + drops + duplicates + halfOpens;
}

export function ratioOf({ jsonBytes, sentBytes }: Traffic): string {
  return ratioText(jsonBytes / sentBytes);
}

/** `14 cuts, 9 stalls, 22 bits flipped`, those that happened. */
export function faultsText(faults: Readonly<FaultCounters>): string {
  const named: readonly (readonly [count: number, one: string, more: string])[] = [
    [faults.cuts, 'cut', 'cuts'],
    [faults.stalls, 'stall', 'stalls'],
    [faults.corruptions, 'bit flipped', 'bits flipped'],
    [faults.drops, 'gap', 'gaps'],
    [faults.duplicates, 'repeat', 'repeats'],
    [faults.halfOpens, 'silence', 'silences'],
  ];
  const happened = named
    .filter(([count]) => count > 0)
    .map(([count, one, more]) => countOf(count, one, more));
  return happened.join(', ') || 'none';
}

/** One line a second where nothing can be drawn in place. */
export function plainLine(snapshot: Snapshot): string {
  const { elapsedMs, updatesPerSecond, updating, lagMs, faults, replicas } = snapshot;
  const total = (of: 'resumes' | 'repairs'): number =>
    replicas.reduce((sum, replica) => sum + replica[of], 0);
  return [
    `${(elapsedMs / 1000).toFixed(1).padStart(5)} s`,
    `${countText(updatesPerSecond)} updates/s`,
    `JSON ${bytesText(updating.jsonBytes)}`,
    `sent ${bytesText(updating.sentBytes)}`,
    ratioOf(updating),
    `lag p50 ${msText(lagMs.p50)} p99 ${msText(lagMs.p99)}`,
    `resumes ${countText(total('resumes'))}`,
    `repairs ${countText(total('repairs'))}`,
    `faults ${countText(faultCount(faults))}`,
    replicas.map(({ status }) => status).join(' '),
  ].join(' | ');
}

const REPLICA_COLUMNS: readonly Column[] = [
  { heading: 'replica', isFigure: false },
  { heading: 'process', isFigure: true },
  { heading: 'status', isFigure: false },
  { heading: 'version', isFigure: true },
  { heading: 'behind', isFigure: true },
  { heading: 'resumes', isFigure: true },
  { heading: 'repairs', isFigure: true },
  { heading: 'snapshots', isFigure: true },
  { heading: 'received', isFigure: true },
];

/** `984 kB sent for 1.22 MB of JSON`. */
export function joinText({ jsonBytes, sentBytes }: Traffic): string {
  return `${bytesText(sentBytes)} sent for ${bytesText(jsonBytes)} of JSON`;
}

/** The table of a terminal, redrawn in place. */
export function liveLines(snapshot: Snapshot, colors: Colors): string[] {
  const { joining, updating, lagMs } = snapshot;
  const rows = snapshot.replicas.map((replica) => [
    String(replica.number),
    String(replica.pid ?? '-'),
    replica.status,
    countText(replica.version),
    countText(replica.behind),
    countText(replica.resumes),
    countText(replica.repairs),
    countText(replica.snapshots),
    bytesText(replica.wireBytes),
  ]);
  const [heading = '', ...lines] = tableLines(REPLICA_COLUMNS, rows);
  const label = (name: string): string => `  ${colors.dim(name.padEnd(10))}`;
  const pace = `${countText(snapshot.updatesPerSecond)}/s`;
  const ratio = colors.bold(ratioOf(updating));
  return [
    '',
    `${label('time')}${timeText(snapshot)}`,
    `${label('updates')}${countText(snapshot.updates)}, ${pace}`,
    `${label('as JSON')}${bytesText(updating.jsonBytes)}, each object whole to each replica`,
    `${label('sent')}${bytesText(updating.sentBytes)}, ${ratio} less`,
    `${label('to join')}${joinText(joining)}`,
    `${label('lag')}p50 ${msText(lagMs.p50)}, p99 ${msText(lagMs.p99)}`,
    `${label('faults')}${faultsText(snapshot.faults)}`,
    '',
    `  ${colors.dim(heading)}`,
    ...lines.map((line, index) => `  ${colored(line, snapshot.replicas[index]?.status, colors)}`),
  ];
}

function timeText({ elapsedMs, forMs, phase }: Snapshot): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  return `${seconds(Math.min(elapsedMs, forMs))} of ${seconds(forMs)} s, ${phase}`;
}

function colored(line: string, status: string | undefined, colors: Colors): string {
  if (status === undefined) return line;
  const paint =
    status === 'live'
      ? colors.green
      : status === 'down' || status === 'conflict'
        ? colors.red
        : colors.yellow;
  return line.replace(status, paint(status));
}
