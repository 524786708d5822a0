import { deflateRawSync } from 'node:zlib';

import type { Key } from '../../core/key.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import type { RunSettings } from '../experiment/experiment.ts';
import { DeflateContext } from '../deflate-context.ts';
import { IntervalLog, intervalMsFor } from '../measure/intervals.ts';
import { planFaults } from '../fault-plan.ts';
import { isFaulty } from '../network.ts';
import { LagHistogram } from '../measure/lag-histogram.ts';
import { changedBytes } from '../measure/changed-bytes.ts';
import type { CostSample } from '../result.ts';
import { Schedule } from '../workload/schedule.ts';
import type { Due } from '../workload/schedule.ts';
import type { Trace } from '../workload/trace.ts';
import { Bandwidth, drawDelayMs, lineBytes } from './line-delay.ts';
import type { OnProgress } from './on-progress.ts';
import { LAG_STEPS } from './run-meter.ts';

/** Changes whose cost is kept one by one. */
const SAMPLES_MAX = 300;
/** How often progress is told of. */
const PROGRESS_STEPS = 50;

/** What came of it, before it is made a result. */
export interface CountedOutcome {
  readonly title: string;
  readonly log: IntervalLog;
  readonly lag: LagHistogram;
  readonly samples: readonly CostSample[];
  readonly entries: number;
  readonly initialBytes: number;
  readonly joinBytes: number;
}

interface Line {
  readonly bandwidth: Bandwidth;
  readonly delays: SeededRandom;
  lastMs: number;
}

/**
 * What sending every changed value whole to every consumer takes: the same updates at the same
 * times, and a copy of everything for who comes back, since values that were missed are not known.
 * Who is out of reach is sent nothing; damaged bytes cost nothing here. On networks with faults
 * there is no lag to tell: this would look too good.
 */
export async function countWhole(
  settings: RunSettings,
  trace: Trace | undefined,
  onProgress: OnProgress,
): Promise<CountedOutcome> {
  const { forMs } = settings;
  const schedule = new Schedule(settings, trace);
  const count = new WholeCount(settings);
  await count.begin(schedule.workload.initial());
  let toldMs = 0;
  let isEnded = false;
  for (let due = schedule.next(); due !== undefined; due = schedule.next()) {
    if (due.atMs >= toldMs + forMs / PROGRESS_STEPS) {
      toldMs = due.atMs;
      isEnded = !(await onProgress(toldMs / forMs));
      if (isEnded) break;
    }
    await count.add(due);
  }
  return count.end(schedule.workload.title, isEnded ? toldMs : forMs);
}

class WholeCount {
  private readonly settings: RunSettings;
  private readonly lines: readonly Line[];
  private readonly context: DeflateContext | undefined;
  private readonly log = new IntervalLog();
  private readonly lag: LagHistogram | undefined;
  private readonly samples: CostSample[] = [];
  private readonly sampleEvery: number;
  private readonly texts = new Map<Key, string>();
  private readonly copies: Copies;
  private readonly intervalMs: number;
  private intervalEndMs: number;
  private initialBytes = 0;
  private joinBytes = 0;

  constructor(settings: RunSettings) {
    const { consumers, seed, network, forMs, rate, codec } = settings;
    this.settings = settings;
    const random = new SeededRandom(seed).fork('network');
    this.lines = Array.from({ length: consumers }, (_, i): Line => {
      const delays = random.fork(`link ${i + 1}`).fork('delay down');
      return { bandwidth: new Bandwidth(network), delays, lastMs: 0 };
    });
    this.context = codec === 'json-deflate' ? new DeflateContext() : undefined;
    this.lag = isFaulty(network) ? undefined : new LagHistogram(LAG_STEPS);
    this.sampleEvery = Math.max(1, Math.ceil((rate * forMs) / 1000 / SAMPLES_MAX));
    this.copies = new Copies(settings);
    this.intervalMs = intervalMsFor(forMs);
    this.intervalEndMs = this.intervalMs;
  }

  /** What is there at first: a copy of it for everyone. */
  async begin(initial: readonly (readonly [Key, unknown])[]): Promise<void> {
    for (const [key, value] of initial) this.texts.set(key, JSON.stringify(value));
    for (const text of this.texts.values()) this.initialBytes += Buffer.byteLength(text);
    const whole = [...this.texts.values()].join('\n');
    this.joinBytes = this.settings.consumers * (await this.onLine(whole));
  }

  async add({ atMs, update }: Due): Promise<void> {
    const { log, lag, texts, copies, settings } = this;
    this.endIntervals(atMs);
    const isSampled = log.updates % this.sampleEvery === 0;
    let [valueBytes, changed] = [0, 0];
    const parts: string[] = [];
    for (const { key, value } of update) {
      const before = texts.get(key);
      const text = value === undefined ? undefined : JSON.stringify(value);
      if (text === before) continue;
      if (isSampled) changed += changedBytes(parsed(before), value);
      if (text === undefined) texts.delete(key);
      else texts.set(key, text);
      valueBytes += Buffer.byteLength(text ?? '');
      parts.push(text ?? JSON.stringify({ deleted: key }));
    }
    if (parts.length === 0) return;
    log.passed('down', copies.until(atMs, texts));
    const bytes = await this.onLine(parts.join('\n'));
    const keys = update.map(({ key }) => key);
    log.committed(keys, valueBytes * settings.consumers);
    log.passed('down', bytes * (settings.consumers - copies.awayAt(atMs)));
    if (isSampled) this.samples.push([changed, valueBytes, bytes]);
    for (const line of this.lines) lag?.add(arrivalMs(line, bytes, atMs, settings) - atMs);
  }

  end(title: string, endMs: number): CountedOutcome {
    const { log, samples, initialBytes, joinBytes } = this;
    this.endIntervals(endMs - 1);
    log.endInterval(endMs);
    this.context?.close();
    const lag = this.lag ?? new LagHistogram(LAG_STEPS);
    return { title, log, lag, samples, entries: this.texts.size, initialBytes, joinBytes };
  }

  /** Those that are over by then. */
  private endIntervals(atMs: number): void {
    for (; this.intervalEndMs <= atMs; this.intervalEndMs += this.intervalMs) {
      this.log.endInterval(this.intervalEndMs);
    }
  }

  private async onLine(text: string): Promise<number> {
    return lineBytes((await this.context?.length(text)) ?? Buffer.byteLength(text), 'down');
  }
}

/** A silent connection is noticed after three heartbeats. */
const SILENCE_MS = 3000;

/** Who has lost a connection, and the copies that they get when they come back. */
class Copies {
  private readonly returnsMs: number[];
  private readonly absences: readonly {
    readonly replica: number;
    readonly fromMs: number;
    readonly toMs: number;
  }[];
  private readonly isDeflated: boolean;

  constructor(settings: RunSettings) {
    const lost = planFaults(settings).filter(({ kind }) => kind !== 'stall');
    const absences = lost.map(({ kind, replica, atMs, forMs }) => ({
      replica,
      fromMs: atMs,
      toMs: kind === 'silence' ? atMs + SILENCE_MS : atMs + forMs,
    }));
    this.absences = absences;
    this.returnsMs = absences.map(({ toMs }) => toMs).toSorted((a, b) => a - b);
    this.isDeflated = settings.codec === 'json-deflate';
  }

  /** How many are out of reach. */
  awayAt(atMs: number): number {
    const away = this.absences.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
    return new Set(away.map(({ replica }) => replica)).size;
  }

  /** Bytes of the copies for those who have come back since the last call. */
  until(atMs: number, texts: ReadonlyMap<Key, string>): number {
    const back = this.returnsMs.findIndex((ms) => ms > atMs);
    const count = this.returnsMs.splice(0, back < 0 ? this.returnsMs.length : back).length;
    if (count === 0) return 0;
    const whole = [...texts.values()].join('\n');
    const length = this.isDeflated ? deflateRawSync(whole).length : Buffer.byteLength(whole);
    return count * lineBytes(length, 'down');
  }
}

function arrivalMs(line: Line, bytes: number, atMs: number, { network }: RunSettings): number {
  const leftMs = line.bandwidth.send(bytes, atMs);
  line.lastMs = Math.max(line.lastMs, leftMs + drawDelayMs(network, line.delays));
  return line.lastMs;
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
