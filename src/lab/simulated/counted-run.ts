import type { Key } from '../../core/key.ts';
import { SeededRandom } from '../../testing/seeded-random.ts';
import type { RunSettings } from '../experiment/experiment.ts';
import { DeflateContext } from '../deflate-context.ts';
import { IntervalLog, intervalMsFor } from '../measure/intervals.ts';
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
 * times over lines of the same delay and bandwidth. What coming back after faults would take is
 * left out, and so is the lag on networks that have some: it would look too good.
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
    const bytes = await onLine(parts.join('\n'));
    log.committed(
      update.map(({ key }) => key),
      valueBytes * consumers,
    );
    log.passed('down', bytes * consumers);
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

function arrivalMs(line: Line, bytes: number, atMs: number, { network }: RunSettings): number {
  const leftMs = line.bandwidth.send(bytes, atMs);
  line.lastMs = Math.max(line.lastMs, leftMs + drawDelayMs(network, line.delays));
  return line.lastMs;
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
