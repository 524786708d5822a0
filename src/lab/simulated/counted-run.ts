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
import type { Trace } from '../workload/trace.ts';
import { Bandwidth, drawDelayMs, lineBytes } from './line-delay.ts';
import { LAG_STEPS } from './run-meter.ts';

const SAMPLES_MAX = 300;

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
): Promise<CountedOutcome> {
  const { consumers, seed, network, forMs, rate, codec } = settings;
  const schedule = new Schedule(settings, trace);
  const random = new SeededRandom(seed).fork('network');
  const lines = Array.from({ length: consumers }, (_, i): Line => {
    const delays = random.fork(`link ${i + 1}`).fork('delay down');
    return { bandwidth: new Bandwidth(network), delays, lastMs: 0 };
  });
  const context = codec === 'json-deflate' ? new DeflateContext() : undefined;
  const onLine = async (text: string): Promise<number> =>
    lineBytes((await context?.length(text)) ?? Buffer.byteLength(text), 'down');
  const log = new IntervalLog();
  const lag = isFaulty(network) ? undefined : new LagHistogram(LAG_STEPS);
  const samples: CostSample[] = [];
  const sampleEvery = Math.max(1, Math.ceil((rate * forMs) / 1000 / SAMPLES_MAX));
  const texts = new Map<Key, string>();
  for (const [key, value] of schedule.workload.initial()) texts.set(key, JSON.stringify(value));
  const whole = [...texts.values()].join('\n');
  const initialBytes = Buffer.byteLength(whole) - Math.max(0, texts.size - 1);
  const joinBytes = consumers * (await onLine(whole));
  const copies = new Copies(settings);
  const intervalMs = intervalMsFor(forMs);
  let intervalEndMs = intervalMs;
  for (let due = schedule.next(); due !== undefined; due = schedule.next()) {
    const { atMs, update } = due;
    for (; intervalEndMs <= atMs; intervalEndMs += intervalMs) log.endInterval(intervalEndMs);
    const isSampled = log.updates % sampleEvery === 0;
    let [valueBytes, changed] = [0, 0];
    const parts: string[] = [];
    for (const { key, value } of update) {
      const text = value === undefined ? undefined : JSON.stringify(value);
      if (text === texts.get(key)) continue;
      if (isSampled) changed += changedBytes(parsed(texts.get(key)), value);
      if (text === undefined) texts.delete(key);
      else texts.set(key, text);
      valueBytes += Buffer.byteLength(text ?? '');
      parts.push(text ?? JSON.stringify({ deleted: key }));
    }
    if (parts.length === 0) continue;
    log.passed('down', copies.until(atMs, texts));
    const bytes = await onLine(parts.join('\n'));
    log.committed(
      update.map(({ key }) => key),
      valueBytes * consumers,
    );
    log.passed('down', bytes * (consumers - copies.awayAt(atMs)));
    if (isSampled) samples.push([changed, valueBytes, bytes]);
    for (const line of lines) lag?.add(arrivalMs(line, bytes, atMs, settings) - atMs);
  }
  for (; intervalEndMs < forMs; intervalEndMs += intervalMs) log.endInterval(intervalEndMs);
  log.endInterval(forMs);
  context?.close();
  const { title } = schedule.workload;
  return {
    title,
    log,
    lag: lag ?? new LagHistogram(),
    samples,
    entries: texts.size,
    initialBytes,
    joinBytes,
  };
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
