import { DiffStreamError } from '../../core/errors.ts';
import { durationText } from '../../core/duration.ts';
import { duration } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { openFeedSource } from '../feed-source.ts';
import { countText } from '../figures.ts';
import { choice, count, flag, rate, text } from '../option.ts';
import type { OptionValues } from '../option.ts';
import { printable } from '../printable.ts';
import { checkedEvery } from '../system-publisher.ts';
import { ProblemLog } from '../problem-log.ts';
import { defineVerb } from '../verb.ts';
import type { Request } from '../verb.ts';
import { DemoDisplay } from './demo-display.ts';
import { isProven, reportData, reportLines, summaryOf } from './demo-report.ts';
import { DemoRun } from './demo-run.ts';
import type { DemoResult } from './demo-run.ts';
import { faultLevels, faultsOf } from './fault-level.ts';
import { auctionWorkload, feedWorkload, systemWorkload } from './workload.ts';
import type { Workload } from './workload.ts';

const sources = ['auctions', 'system'] as const;

const options = {
  for: duration('how long there are updates', 20_000),
  replicas: count('replica processes', 3, { min: 1, max: 64 }),
  rate: rate('pace of the updates; 0: as fast as possible', 400),
  faults: choice('what the network does', faultLevels, 'default'),
  auctions: count('auctions in the collection', 1000, { min: 1, max: 1_000_000 }),
  source: choice('what is published', sources, 'auctions'),
  every: duration('with --source system: time between two samples', 500),
  file: text('file', 'a recorded feed instead: .ndjson, .ndjson.gz, .ndjson.br', undefined),
  key: text('member', 'with --file: member that holds the key of a plain object', 'key'),
  seed: text('text', 'seed of auctions, bids and faults', '1'),
  sabotage: flag('alters one entry in one replica before the proof, which then fails'),
  json: flag('a summary as JSON in the last line'),
};

export const demo = defineVerb({
  name: 'demo',
  summary: 'replicas over a bad network, and the proof that they are equal',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options,
  notes: [
    [
      'A hub in this process and replicas in processes of their own, connected by WebSockets',
      'through a network that cuts, delays, stalls and damages. At the end updates stop, the',
      'network heals, and each replica is compared with the producer: version, digests and',
      'every entry as JSON text. Exit code 0 only if all are equal.',
    ].join('\n'),
    [
      'The page shows it live, and has buttons that cut, delay, corrupt and stall the',
      'network of one replica. --source system publishes figures of this machine: its',
      'processors, memory, network interfaces and processes, by name and without arguments.',
    ].join('\n'),
  ],
  run: runDemo,
});

type DemoRequest = Request<typeof options>;

async function runDemo(request: DemoRequest): Promise<ExitCode> {
  const { values, terminal, interrupt, programFile } = request;
  let say = (line: string): void => terminal.note(line);
  const workload = await workloadOf(request, (line) => say(line));
  terminal.print(headingOf(values, workload, terminal.colors.bold('diffstream demo')));
  const run = await DemoRun.start({
    ...{ workload, programFile, interrupt, seed: values.seed },
    replicas: values.replicas,
    faults: faultsOf[values.faults],
    forMs: values.for,
    onNotice: (line) => say(line),
  });
  const processes = `replica processes ${run.pids.join(', ')}`;
  terminal.print(`hub ${run.hubUrl}, ${processes} connect through a network of their own`);
  terminal.print(`live page ${run.pageUrl} with buttons that hurt the network`);
  const display = new DemoDisplay(terminal, () => run.snapshot());
  say = (line) => display.say(line);
  try {
    await run.update();
    const result = interrupt.requested ? undefined : await proofOf(run, request);
    display.end();
    if (result === undefined) {
      terminal.note('interrupted: nothing was proved');
      return ExitCode.interrupted;
    }
    run.show(summaryOf(result), isProven(result));
    const report = { result, snapshot: run.snapshot(), lagMs: run.lagMs };
    for (const line of reportLines(report, terminal.colors)) terminal.print(line);
    if (values.json) terminal.print(JSON.stringify(reportData(report)));
    return isProven(result) ? ExitCode.done : ExitCode.failed;
  } finally {
    display.end();
    say = (line) => terminal.note(line);
    await run.close();
  }
}

/** Undefined where the person does not wait for it. */
function proofOf(run: DemoRun, request: DemoRequest): Promise<DemoResult | undefined> {
  const interrupted = request.interrupt.wait().then(() => undefined);
  return Promise.race([run.prove(request.values.sabotage), interrupted]);
}

async function workloadOf(
  { values, stdin, terminal }: DemoRequest,
  say: (line: string) => void,
): Promise<Workload> {
  const { file, key, rate: perSecond, auctions, seed } = values;
  if (values.source === 'system') {
    if (file === undefined) return systemWorkload(checkedEvery(values.every));
    throw new DiffStreamError('bad-argument', 'either --file or --source system, not both');
  }
  if (file === undefined) return auctionWorkload({ count: auctions, seed, perSecond });
  const source = await openFeedSource(file, stdin);
  const tell = (label: string) => (error: DiffStreamError, advice: string | undefined) => {
    say(`${label} ${error.code}: ${printable(error.message)}`);
    if (advice) say(`  ${terminal.errColors.dim(printable(advice))}`);
  };
  const log = new ProblemLog({ error: tell('error'), warning: tell('warning'), note: say });
  const onProblem = log.add.bind(log);
  return feedWorkload({ source, keyName: key, perSecond, onProblem });
}

function paceText({ source, rate: perSecond, every }: OptionValues<typeof options>): string {
  if (source === 'system') return `a sample every ${durationText(every)}`;
  return perSecond === 0 ? 'as fast as possible' : `${countText(perSecond)} updates/s`;
}

function headingOf(values: OptionValues<typeof options>, workload: Workload, name: string): string {
  const pace = paceText(values);
  return [
    `${name}: ${workload.title}`,
    pace,
    `${values.replicas} replica processes`,
    `faults ${values.faults}`,
    `seed ${printable(values.seed)}`,
    durationText(values.for),
  ].join(', ');
}
