import { availableParallelism, cpus } from 'node:os';

import { shellWord } from '../lab/experiment/command.ts';
import type { Experiment, PlannedRun, RunSettings } from '../lab/experiment/experiment.ts';
import { labCodecs } from '../lab/experiment/experiment.ts';
import { realRuns } from '../lab/experiment/read-experiment.ts';
import { intervalFile } from '../lab/interval-file.ts';
import { presets } from '../lab/network.ts';
import { RealRun } from '../lab/real/real-run.ts';
import { labReport } from '../lab/report/report.ts';
import { isKept, RESULT_VERSION, rounded } from '../lab/result.ts';
import type { LabResult, RunResult } from '../lab/result.ts';
import { RunPool } from '../lab/simulated/run-pool.ts';
import { workloadKinds } from '../lab/workload/roster.ts';
import { updatesMaxOf } from '../lab/workload/trace.ts';
import { duration } from './duration.ts';
import { ExitCode } from './exit-code.ts';
import { closingLines, LabProgress, poolText, realText, runLines } from './lab-display.ts';
import { experimentFor, shippedExperiments } from './lab-experiment.ts';
import { LAB_VERBS } from './lab-processes.ts';
import { loadTrace } from './lab-trace.ts';
import { count, flag, optional, rate, text } from './option.ts';
import { OutputFolder } from './output-folder.ts';
import { printable } from './printable.ts';
import { ProblemLog } from './problem-log.ts';
import { defineVerb } from './verb.ts';
import type { Request } from './verb.ts';

const WORKERS_MAX = 16;

function names(all: readonly { readonly name: string }[]): string {
  return all.map(({ name }) => name).join(', ');
}

const options = {
  workload: text('names', 'what is updated, by commas', undefined),
  size: optional(count('how much of it there is', 0, { min: 1 })),
  change: optional(count('how much of it changes at once', 0, { min: 1 })),
  trace: text('file', 'a recorded feed instead: .ndjson, .ndjson.gz, .ndjson.br', undefined),
  key: text('member', 'with --trace: member that holds the key of a plain object', 'key'),
  codec: text('names', `by commas: ${labCodecs.join(', ')}`, undefined),
  network: text('names', 'presets by commas, or with members of your own', undefined),
  preset: text('name', 'the same as --network', undefined),
  consumers: optional(count('replicas', 0, { min: 1 })),
  slow: optional(count('how many of them read only every two seconds', 0)),
  rate: optional(rate('updates, at random times', 0)),
  for: duration('how long there are updates and faults', undefined),
  seed: text('text', 'seed of updates, network and faults', undefined),
  real: flag('real processes and WebSockets, through a proxy with the faults'),
  out: text('folder', 'where report, data and intervals go', 'lab-results'),
  workers: optional(count('processes that simulate at one time', 0, { min: 1, max: WORKERS_MAX })),
  list: flag('tells what experiments there are'),
  json: flag('a summary as JSON in the last line'),
};

type LabRequest = Request<typeof options>;

export const lab = defineVerb({
  name: 'lab',
  summary: 'examines cost and reliability under a network of your choice',
  usage: '[experiment]',
  positionalsMin: 0,
  positionalsMax: 1,
  options,
  notes: [
    [
      'An experiment is a small JSON file, or the name of one that comes along (--list).',
      'Options take the place of what it says. With no name it is `default`; with no name',
      'and options that say what to run, one run: auctions over mobile, but for these.',
    ].join('\n'),
    [
      'Runs are simulated: the machines and bytes of production in virtual time, from a',
      'seed. The same command gives the same figures; every message is held against the',
      'promises. With --real they are processes and sockets, and at the end every replica',
      'is compared with the producer. json and json-deflate are values sent whole: they',
      'are counted, not run.',
    ].join('\n'),
    `Workloads: ${names(workloadKinds)}.`,
    [
      `Networks: ${names(presets)}; mobile:cutEveryMs=2000:delayMs=80 changes one,`,
      'mine:delayMs=5:bytesPerSecond=20000 is a new one. Members are told in lab/README.md.',
    ].join('\n'),
    [
      'Writes <name>.html, the report; <name>.json, the same figures; and what was counted',
      'in each interval, <name>.intervals.csv. Exit code 0 only if every promise was kept',
      'and every replica was equal at the end.',
    ].join('\n'),
  ],
  run: runLab,
});

async function runLab(request: LabRequest): Promise<ExitCode> {
  const { values, positionals, terminal, programFile, interrupt } = request;
  if (values.list) {
    for (const { name, question } of await shippedExperiments(programFile)) {
      terminal.print(`${name.padEnd(12)}  ${printable(question)}`);
    }
    return ExitCode.done;
  }
  const experiment = await experimentFor(positionals[0], values, values.real, programFile);
  const runs = values.real ? realRuns(experiment) : experiment.runs;
  await checkTraces(request, runs);
  const out = new OutputFolder(values.out);
  await out.check(Object.values(fileNames(experiment)));
  const { question } = experiment;
  const headline = question === '' ? '' : `: ${printable(question)}`;
  terminal.print(`${terminal.colors.bold(printable(commandOf(request)))}${headline}`);
  const beganMs = performance.now();
  const results = await (values.real ? playReal(request, runs) : simulate(request, runs));
  const seconds = (performance.now() - beganMs) / 1000;
  const result = resultOf(experiment, runs.length, results, { isReal: values.real, seconds });
  const files = await out.write(contentsOf(result, commandOf(request)));
  for (const line of closingLines(result, files, terminal.colors)) terminal.print(line);
  if (values.json) terminal.print(JSON.stringify(summaryOf(result, files)));
  if (!isKept(result)) return ExitCode.failed;
  return interrupt.requested ? ExitCode.interrupted : ExitCode.done;
}

/** A feed that cannot be used is told before anything runs. */
async function checkTraces({ terminal }: LabRequest, runs: readonly PlannedRun[]): Promise<void> {
  const longest = new Map<string, RunSettings>();
  for (const { settings } of runs) {
    const path = settings.trace?.path;
    if (path === undefined) continue;
    const other = longest.get(path);
    if (other === undefined || updatesMaxOf(settings) > updatesMaxOf(other)) {
      longest.set(path, settings);
    }
  }
  for (const settings of longest.values()) {
    const log = new ProblemLog(terminal);
    const { trace } = settings;
    if (trace !== undefined) {
      await loadTrace(trace, updatesMaxOf(settings), (problem) => log.add(problem));
    }
  }
}

async function simulate(
  { terminal, interrupt, programFile, values }: LabRequest,
  runs: readonly PlannedRun[],
): Promise<readonly RunResult[]> {
  const pool = new RunPool({
    ...{ runs, programFile },
    verb: LAB_VERBS.run,
    workers: values.workers ?? Math.min(availableParallelism(), WORKERS_MAX),
    signal: interrupt.signal,
    onResult: (run) => {
      for (const line of runLines(rounded(run), terminal.colors)) progress.say(line);
    },
  });
  const progress = new LabProgress(terminal, () => poolText(runs.length, pool.progress));
  try {
    return await pool.play();
  } finally {
    progress.end();
  }
}

/** One after the other: each has the machine for itself. */
async function playReal(
  { terminal, interrupt, programFile }: LabRequest,
  runs: readonly PlannedRun[],
): Promise<readonly RunResult[]> {
  const { hub, replica } = LAB_VERBS;
  const results: RunResult[] = [];
  for (const run of runs) {
    if (interrupt.requested) break;
    const real = new RealRun(run, { programFile, hub, replica }, interrupt.signal);
    real.onStarted = (pids) =>
      terminal.note(`processes ${pids.join(', ')} run ${printable(run.id)}`);
    const progress = new LabProgress(
      terminal,
      () => `${printable(run.id)}: ${realText(real.progress)}`,
    );
    try {
      const result = await real.play();
      results.push(result);
      for (const line of runLines(rounded(result), terminal.colors)) progress.say(line);
    } finally {
      progress.end();
    }
  }
  return results;
}

function resultOf(
  { name, question }: Experiment,
  planned: number,
  runs: readonly RunResult[],
  { isReal, seconds }: { readonly isReal: boolean; readonly seconds: number },
): LabResult {
  const processors = cpus();
  return rounded({
    kind: 'diffstream-lab',
    version: RESULT_VERSION,
    ...{ name, question, planned, runs },
    mode: isReal ? 'real' : 'simulated',
    machine: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      processor: processors[0]?.model ?? 'unknown',
      cores: processors.length,
      seconds,
    },
  });
}

/** The command as it was given. */
function commandOf({ given }: LabRequest): string {
  return ['diffstream', 'lab', ...given.map(shellWord)].join(' ');
}

function fileNames({ name }: { readonly name: string }) {
  return { report: `${name}.html`, data: `${name}.json`, intervals: `${name}.intervals.csv` };
}

function contentsOf(result: LabResult, command: string): readonly (readonly [string, string])[] {
  const { report, data, intervals } = fileNames(result);
  return [
    [report, labReport(result, { command, dataFile: data, generated: now() })],
    [data, `${JSON.stringify(result)}\n`],
    [intervals, intervalFile(result)],
  ];
}

function now(): string {
  return `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function summaryOf(result: LabResult, files: readonly string[]): object {
  return {
    ok: isKept(result),
    name: result.name,
    mode: result.mode,
    seconds: result.machine.seconds,
    planned: result.planned,
    runs: result.runs.map(({ id, figures, broken, trace, proof }) => {
      const { updates, sentBytes, originalBytes, ratio, lag, recoveries } = figures;
      return {
        ...{ id, updates, sentBytes, originalBytes, ratio, trace },
        lagMs: { p50: lag.p50Ms, p99: lag.p99Ms, max: lag.maxMs },
        faults: recoveries.count,
        equal: proof === null ? null : proof.equal === proof.replicas,
        broken,
      };
    }),
    files,
  };
}
