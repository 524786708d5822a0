import type { Key } from '../../core/key.ts';
import type { Direction } from '../../testing/simulator/network.ts';
import { IntervalLog } from '../measure/intervals.ts';
import { LagHistogram } from '../measure/lag-histogram.ts';
import { kindOf } from '../measure/message-kind.ts';
import { Recoveries } from '../measure/recoveries.ts';
import type { StatusChange } from '../result.ts';
import { lineBytes } from './line-delay.ts';

/** Buckets for each doubling: quantiles are right to 2 %. */
export const LAG_STEPS = 16;
/** Of runs with more replicas no timeline is kept, and of one replica not more changes. */
const TIMELINES_MAX = 16;
const STATUSES_MAX = 2000;

/** What a run is measured by. Nothing of it acts on the run. */
export class RunMeter {
  /** Until every consumer has its first copy; while there are updates; and from then on. */
  readonly joining = new IntervalLog();
  readonly updating = new IntervalLog();
  private readonly healing = new IntervalLog();
  private current = this.joining;
  readonly lag = new LagHistogram(LAG_STEPS);
  readonly slowLag = new LagHistogram(LAG_STEPS);
  readonly recoveries = new Recoveries();
  readonly timelines: StatusChange[][];
  /** Virtual time at which updates begin, in ms; NaN: not yet. */
  beganMs = Number.NaN;
  private readonly slow: number;
  private readonly status: string[];
  private readonly version: number[];
  /** Frames sent in the turn under way, which is sampled; how often each. */
  private sampled: Map<Uint8Array, number> | undefined;

  constructor(consumers: number, slow: number) {
    this.slow = slow;
    this.status = Array.from({ length: consumers }, () => 'connecting');
    this.version = Array.from({ length: consumers }, () => 0);
    const kept = consumers <= TIMELINES_MAX ? consumers : 0;
    this.timelines = Array.from({ length: kept }, () => []);
  }

  /** Every consumer has its copy. */
  begin(nowMs: number): void {
    this.beganMs = nowMs;
    this.current = this.updating;
    for (const timeline of this.timelines) timeline.push([0, 'live']);
  }

  /** Updates are over: what heals is not counted with what updates cost. */
  end(sinceMs: number): void {
    this.updating.endInterval(sinceMs);
    this.current = this.healing;
  }

  get areAllLive(): boolean {
    return this.status.every((status) => status === 'live');
  }

  committed(keys: Iterable<Key>, originalBytes: number): void {
    this.updating.committed(keys, originalBytes);
  }

  sent(way: Direction, bytes: Uint8Array): void {
    this.current.sent(way, bytes, lineBytes(bytes.length, way));
    const { sampled } = this;
    if (sampled === undefined || way === 'up') return;
    const kind = kindOf(bytes);
    if (kind === 'frame' || kind === 'dense') sampled.set(bytes, (sampled.get(bytes) ?? 0) + 1);
  }

  /** What a turn costs one consumer that keeps up; undefined where none did. */
  sample(turn: () => void): number | undefined {
    const sampled = new Map<Uint8Array, number>();
    this.sampled = sampled;
    turn();
    this.sampled = undefined;
    let [best, times] = [undefined as Uint8Array | undefined, 0];
    for (const [bytes, count] of sampled) if (count > times) [best, times] = [bytes, count];
    return best === undefined ? undefined : lineBytes(best.length, 'down');
  }

  /** A frame has become visible; `committedMs` knows when each of its versions was committed. */
  changed(
    replica: number,
    { from, to }: { readonly from: number; readonly to: number },
    nowMs: number,
    committedMs: (version: number) => number,
  ): void {
    const lag = replica <= this.slow ? this.slowLag : this.lag;
    this.version[replica - 1] = to;
    // A first copy is no update that is late.
    for (let version = from === 0 ? to + 1 : from + 1; version <= to; version++) {
      const atMs = committedMs(version);
      if (atMs >= this.beganMs) lag.add(nowMs - atMs);
    }
    this.shown(replica, nowMs);
  }

  statusOf(replica: number, status: string, nowMs: number): void {
    this.status[replica - 1] = status;
    const timeline = this.timelines[replica - 1];
    const isKept = timeline !== undefined && timeline.length < STATUSES_MAX;
    if (isKept && nowMs >= this.beganMs) timeline.push([nowMs - this.beganMs, status]);
    this.shown(replica, nowMs);
  }

  private shown(replica: number, nowMs: number): void {
    const isLive = this.status[replica - 1] === 'live';
    const version = this.version[replica - 1] ?? 0;
    this.recoveries.shown(replica, version, isLive, nowMs - this.beganMs);
  }
}
