import { TRACE, workloadKind, workloadKinds } from '../workload/roster.ts';
import { preset } from '../network.ts';
import type { Network } from '../network.ts';
import { defaultRun, experimentBounds, isCounted, labCodecs, variables } from './experiment.ts';
import type { Experiment, LabCodec, PlannedRun, RunSettings, Variable } from './experiment.ts';
import { FilePart, nameAmong, problem } from './file-part.ts';
import { networkArgument, networkFrom } from './read-network.ts';

/** A workload with its shape. */
type WorkloadChoice = Pick<RunSettings, 'workload' | 'trace' | 'size' | 'change'>;

const workloadNames = [...workloadKinds.map(({ name }) => name), TRACE];
/** A name, or an object with a name and a shape, or with `trace` and perhaps `key`. */
function workloadFrom(value: unknown, where: string): WorkloadChoice {
  const part = new FilePart(typeof value === 'string' ? { name: value } : value, where);
  const path = part.text('trace');
  const keyName = part.text('key') ?? defaultRun.keyName;
  const name = part.text('name') ?? (path === undefined ? '' : TRACE);
  nameAmong(name, workloadNames, 'workload', part.path('name'));
  const kind = workloadKind(name);
  if (kind === undefined) {
    part.end();
    if (path === undefined) {
      throw part.wrong('trace', 'the file of a recorded feed', path ?? null);
    }
    return { workload: TRACE, trace: { path, keyName }, size: 0, change: 0 };
  }
  if (path !== undefined) throw part.wrong('name', TRACE, name);
  const size = part.number('size', kind.size.min, kind.size.max, true) ?? kind.size.initial;
  const change = part.number('change', kind.change.min, kind.change.max, true);
  part.end();
  return { workload: name, trace: undefined, size, change: change ?? kind.change.initial };
}

function codecFrom(value: unknown, where: string): LabCodec {
  return nameAmong(String(value), labCodecs, 'codec', where);
}

interface Choices {
  readonly workloads: readonly WorkloadChoice[];
  readonly networks: readonly Network[];
  readonly codecs: readonly LabCodec[];
  readonly consumers: number;
  readonly slow: number;
  readonly rate: number;
  readonly forMs: number;
  readonly seed: string;
}

const { consumersMax, rateMax, forMsMin, forMsMax, runsMax, deliveriesMax } = experimentBounds;

/** Reads what a part says of runs; what it leaves out is as in `base`. */
function choicesFrom(part: FilePart, base: Choices): Choices {
  return {
    workloads: part.list('workloads', workloadFrom) ?? base.workloads,
    networks: part.list('networks', networkFrom) ?? base.networks,
    codecs: part.list('codecs', codecFrom) ?? base.codecs,
    consumers: part.number('consumers', 1, consumersMax, true) ?? base.consumers,
    slow: part.number('slow', 0, consumersMax, true) ?? base.slow,
    rate: part.number('rate', 0.01, rateMax, false) ?? base.rate,
    forMs: part.duration('for', forMsMin, forMsMax) ?? base.forMs,
    seed: part.seed('seed') ?? base.seed,
  };
}

function baseChoices(): Choices {
  const { workload, network, codec, consumers, slow, rate, forMs, seed } = defaultRun;
  return {
    workloads: [workloadFrom(workload, '')],
    networks: [networkFrom(network, '')],
    codecs: [codec],
    ...{ consumers, slow, rate, forMs, seed },
  };
}

/**
 * An experiment as its file has it: a cross product of workloads, networks and codecs, and lines
 * in which one number is varied. `overrides` are members that take the place of the file's.
 * Throws `bad-argument`, which names the member that is wrong.
 */
export function readExperiment(
  json: unknown,
  overrides: Readonly<Record<string, unknown>> = {},
): Experiment {
  const given = new FilePart(json, '');
  const part = new FilePart({ ...(json as object), ...overrides }, '');
  const name = part.text('name') ?? 'experiment';
  if (!/^[\w.-]{1,64}$/.test(name)) {
    throw given.wrong('name', 'letters, digits and - . _, at most 64', name);
  }
  const question = part.text('question') ?? '';
  const choices = choicesFrom(part, baseChoices());
  const lines = part.list('vary', (value, where) => lineFrom(value, where, choices, overrides));
  part.end();
  const grid = runsOf(choices, undefined);
  const runs = [...grid, ...(lines ?? []).flat()];
  if (runs.length > runsMax) {
    throw problem('', `${runs.length} runs are more than the limit of ${runsMax}`);
  }
  return { name, question, runs: withoutRepeats(runs) };
}

/** One line: `of` names what is varied, `values` the values it takes. */
function lineFrom(
  value: unknown,
  where: string,
  choices: Choices,
  overrides: Readonly<Record<string, unknown>>,
): readonly PlannedRun[] {
  // What the command line says holds for lines too, but for what they are made of.
  const { for: length, seed, rate } = overrides;
  const kept = Object.entries({ for: length, seed, rate }).filter(([, one]) => one !== undefined);
  const part = new FilePart({ ...(value as object), ...Object.fromEntries(kept) }, where);
  const of = nameAmong(part.text('of') ?? '', variables, 'variable', part.path('of'));
  const own = choicesFrom(part, choices);
  const values = part.list('values', (one, at) => {
    const number = Number(one);
    if (typeof one === 'number' && Number.isFinite(number)) return number;
    throw problem(at, `expected a number, got ${JSON.stringify(one)}`);
  });
  part.end();
  if (values === undefined) throw part.wrong('values', 'a list of numbers', null);
  return values.flatMap((number, i) =>
    runsOf(withValue(own, of, number, `${part.path('values')}[${i}]`), { of, value: number }),
  );
}

function withValue(choices: Choices, of: Variable, value: number, where: string): Choices {
  const inRange = (min: number, max: number): number => {
    if (value >= min && value <= max && (of === 'rate' || Number.isInteger(value))) return value;
    throw problem(where, `expected ${of} from ${min} to ${max}, got ${value}`);
  };
  if (of === 'consumers') return { ...choices, consumers: inRange(1, consumersMax) };
  if (of === 'slow') return { ...choices, slow: inRange(0, choices.consumers) };
  if (of === 'rate') return { ...choices, rate: inRange(0.01, rateMax) };
  const workloads = choices.workloads.map((workload) => {
    const kind = workloadKind(workload.workload);
    if (kind === undefined) throw problem(where, `a trace has no ${of}`);
    const { min, max } = kind[of];
    return { ...workload, [of]: inRange(min, max) };
  });
  return { ...choices, workloads };
}

function runsOf(choices: Choices, varied: PlannedRun['varied']): PlannedRun[] {
  const { workloads, networks, codecs, consumers, slow, rate, forMs, seed } = choices;
  if (slow > consumers) {
    throw problem('slow', `${slow} slow consumers are more than there are: ${consumers}`);
  }
  const deliveries = (consumers * rate * forMs) / 1000;
  if (deliveries > deliveriesMax) {
    const what = `${Math.round(deliveries)} updates to consumers in one run`;
    throw problem('', `${what} are more than the limit of ${deliveriesMax}: ask for less`);
  }
  return workloads.flatMap((workload) =>
    networks.flatMap((network) =>
      codecs.map((codec): PlannedRun => {
        const shape = { consumers, slow, rate, forMs, seed };
        const settings: RunSettings = { ...workload, network, codec, ...shape };
        return { id: idOf(settings, varied), settings, varied };
      }),
    ),
  );
}

function idOf({ workload, network, codec }: RunSettings, varied: PlannedRun['varied']): string {
  const line = varied === undefined ? [] : [`${varied.of}=${varied.value}`];
  // The command has every member; here a name of one's own says enough.
  const place = preset(network.name) === undefined ? network.name : networkArgument(network);
  return [workload, place, codec, ...line].join('/');
}

/** Of two runs with the same name the second gets a number. */
function withoutRepeats(runs: readonly PlannedRun[]): readonly PlannedRun[] {
  const seen = new Map<string, number>();
  return runs.map((run) => {
    const count = (seen.get(run.id) ?? 0) + 1;
    seen.set(run.id, count);
    return count === 1 ? run : { ...run, id: `${run.id}#${count}` };
  });
}

/** Checks what real processes ask for beyond; returns the runs that can be real. */
export function realRuns({ runs }: Experiment): readonly PlannedRun[] {
  const real = runs.filter(({ settings }) => !isCounted(settings.codec));
  if (real.length === 0) {
    throw problem('codecs', 'only compact, dense and auto can run in real processes');
  }
  const max = experimentBounds.realConsumersMax;
  for (const { id, settings } of real) {
    if (settings.consumers <= max) continue;
    throw problem('consumers', `${id}: ${settings.consumers} processes are more than ${max}`);
  }
  return real;
}
