import { commandFor } from '../experiment/command.ts';
import type { PlannedRun, RunCodec } from '../experiment/experiment.ts';
import { isCounted } from '../experiment/experiment.ts';
import { longestAbsences } from '../measure/absences.ts';
import { LagHistogram } from '../measure/lag-histogram.ts';
import { finite, lagFigures, noRungs, recoveryFigures } from '../result.ts';
import type { MachineFigures, RunFigures, RunResult, Rungs } from '../result.ts';
import type { Trace } from '../workload/trace.ts';
import type { IntervalLog } from '../measure/intervals.ts';
import { countWhole } from './counted-run.ts';
import { SimulatedRun } from './simulated-run.ts';
import type { OnProgress } from './on-progress.ts';
import type { SimulatedOutcome } from './outcome.ts';

/** Plays one run, or counts it, in this process. Rejects with what its workload is wrong about. */
export async function playRun(
  run: PlannedRun,
  trace: Trace | undefined,
  onProgress: OnProgress,
): Promise<RunResult> {
  const { settings } = run;
  const beganMs = performance.now();
  const { codec } = settings;
  const command = commandFor(settings, false);
  let isPartial = false;
  const goesOn: OnProgress = async (part) => {
    const wanted = await onProgress(part);
    isPartial ||= !wanted;
    return wanted;
  };
  const about = { id: run.id, settings, varied: run.varied, command };
  if (isCounted(codec)) {
    const figures = await counted(run, trace, goesOn);
    return {
      ...about,
      mode: 'counted',
      ...figures,
      ...{ trace: null, deliveries: null, proof: null, broken: null, isPartial },
      machine: { ...noMachine, wallMs: performance.now() - beganMs },
    };
  }
  const simulated = new SimulatedRun({ ...settings, codec: codec satisfies RunCodec }, trace);
  const outcome = await simulated.play(goesOn);
  const { proof, broken, hubMicrosPerUpdate } = summaryOf(outcome, settings.consumers);
  return {
    ...about,
    mode: 'simulated',
    title: simulated.title,
    figures: figuresOf(outcome, run),
    trace: outcome.trace,
    deliveries: outcome.deliveries,
    proof,
    broken,
    isPartial,
    machine: {
      ...noMachine,
      wallMs: performance.now() - beganMs,
      hubMicrosPerUpdate,
      hubMemoryBytes: process.resourceUsage().maxRSS * 1024,
    },
  };
}

const noMachine: MachineFigures = {
  wallMs: 0,
  hubMs: null,
  hubMicrosPerUpdate: null,
  hubMemoryBytes: null,
  replicaMs: null,
  replicaMemoryBytes: null,
};

function summaryOf(outcome: SimulatedOutcome, consumers: number) {
  const { broken, equal, version, digest, entries, hubMicrosPerUpdate } = outcome;
  const differences = broken === undefined ? [] : [broken.what];
  const proof = { replicas: consumers, equal, version, entries, digest, differences };
  return { proof, broken: broken ?? null, hubMicrosPerUpdate };
}

function figuresOf(outcome: SimulatedOutcome, { settings }: PlannedRun): RunFigures {
  const { meter, reached } = outcome;
  const { updating, joining, recoveries, lag, slowLag } = meter;
  const ranMs = updating.intervals.at(-1)?.atMs ?? settings.forMs;
  const endMs = ranMs + (finite(outcome.healMs) ?? 0);
  const rungs: Rungs = {
    equal: reached['equal content adopted'],
    journal: reached['resume by the journal'],
    versions: reached['resume by versions and tombstones'],
    comparison: reached['comparison'],
    snapshot: Math.max(
      0,
      reached['packed snapshot'] + reached['small snapshot'] - settings.consumers,
    ),
  };
  return {
    ...costFigures(updating, settings),
    entries: outcome.entries,
    initialBytes: outcome.initialBytes,
    joinBytes: joining.sentBytes,
    joinMs: outcome.joinMs,
    framesEncodedPerUpdate: finite(outcome.framesEncoded / updating.updates),
    visiblePerSecond: visiblePerSecond(lag, slowLag, settings),
    lag: lagFigures(lag),
    slowLag: lagFigures(slowLag),
    faults: recoveries.counts,
    recoveries: recoveryFigures(recoveries.faults, recoveries.counts),
    rungs,
    messages: updating.messages,
    timelines: meter.timelines,
    absences: longestAbsences(meter.timelines, endMs, recoveries.faults),
    samples: outcome.samples,
    healMs: finite(outcome.healMs),
  };
}

function visiblePerSecond(
  lag: LagHistogram,
  slowLag: LagHistogram,
  { consumers, forMs }: PlannedRun['settings'],
): number {
  return (lag.total + slowLag.total) / consumers / (forMs / 1000);
}

function costFigures(log: IntervalLog, { consumers }: PlannedRun['settings']) {
  const { updates, distinctKeys, originalBytes, sentBytes, upBytes, intervals } = log;
  return {
    ...{ updates, distinctKeys, originalBytes, sentBytes, upBytes, intervals },
    ratio: finite(originalBytes / sentBytes),
    bytesPerUpdate: finite(sentBytes / updates / consumers),
  };
}

async function counted(
  { settings }: PlannedRun,
  trace: Trace | undefined,
  onProgress: OnProgress,
): Promise<Pick<RunResult, 'title' | 'figures'>> {
  const { title, log, lag, ...rest } = await countWhole(settings, trace, onProgress);
  const none = new LagHistogram();
  const figures: RunFigures = {
    ...costFigures(log, settings),
    ...rest,
    joinMs: 0,
    framesEncodedPerUpdate: null,
    visiblePerSecond: visiblePerSecond(lag, none, settings),
    lag: lagFigures(lag),
    slowLag: lagFigures(none),
    faults: {},
    recoveries: recoveryFigures([], {}),
    rungs: noRungs,
    messages: {},
    timelines: [],
    absences: [],
    healMs: null,
  };
  return { title, figures };
}
