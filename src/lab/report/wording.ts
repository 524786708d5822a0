import { numberText } from '../../charts/number-text.ts';
import { isCounted } from '../experiment/experiment.ts';
import { workloadKind } from '../workload/roster.ts';
import { codecNames } from '../result.ts';
import type { LabResult, RunResult } from '../result.ts';

/** Runs of the same conditions but for the codec. */
export interface Group {
  readonly workload: string;
  readonly network: string;
  readonly runs: readonly RunResult[];
}

/** Of runs that are in no line: by workload and network, in the order of the experiment. */
export function gridOf({ runs }: LabResult): readonly Group[] {
  const groups = new Map<string, RunResult[]>();
  for (const run of runs) {
    if (run.varied !== undefined) continue;
    const { workload, trace, size, change, network } = run.settings;
    const name = JSON.stringify([workload, trace, size, change, network]);
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const network = first.settings.network.name;
    return [{ workload: workloadName(first), network, runs: group }];
  });
}

/** `auctions`, or the file of a trace. */
export function workloadName({ settings, title }: RunResult): string {
  const { workload, trace, size, change } = settings;
  if (trace !== undefined) return title;
  const kind = workloadKind(workload);
  const isUsual =
    kind === undefined || (size === kind.size.initial && change === kind.change.initial);
  return isUsual ? workload : `${workload} (${size}, ${change} at once)`;
}

export function codecName({ settings }: RunResult): string {
  return codecNames[settings.codec];
}

export function isRun({ mode }: RunResult): boolean {
  return mode !== 'counted';
}

/** What to emphasise: the codec of the fewest bytes among those that were run. */
export function best(runs: readonly RunResult[]): RunResult | undefined {
  return runs
    .filter((run) => !isCounted(run.settings.codec))
    .reduce<RunResult | undefined>(
      (least, run) =>
        least === undefined || run.figures.sentBytes < least.figures.sentBytes ? run : least,
      undefined,
    );
}

/** What a run was like, for a figure's caption. */
export function conditionsOf(run: RunResult, without: readonly string[] = []): string {
  const { settings, mode, title } = run;
  const { consumers, slow, rate, forMs, seed, network } = settings;
  const parts: Record<string, string> = {
    workload: title,
    rate: `${rate} updates/s for ${numberText('s', forMs / 1000)}`,
    consumers: `${consumers} ${consumers === 1 ? 'consumer' : 'consumers'}`,
    slow: slow > 0 ? `${slow} of them slow` : '',
    network: `network ${network.name}`,
    mode: mode === 'real' ? 'real processes and WebSockets' : 'simulated',
    seed: `seed ${seed}`,
  };
  const told = Object.entries(parts).filter(([name, text]) => text && !without.includes(name));
  return told.map(([, text]) => text).join(', ');
}

/** `12.3×`, or that there is none. */
export function timesText(ratio: number | null): string {
  return ratio === null ? 'none' : numberText('ratio', ratio);
}

export function msText(ms: number | null): string {
  return ms === null ? 'none' : numberText('ms', ms);
}

export function plural(count: number, one: string, more = `${one}s`): string {
  return `${numberText('count', count)} ${count === 1 ? one : more}`;
}
