import { numberText } from '../../charts/number-text.ts';
import type { KeyFigures, Section, Verdict } from '../../charts/section.ts';
import { quantileOf } from '../result.ts';
import type { LabResult, RunResult } from '../result.ts';
import {
  best,
  codecName,
  gridOf,
  isRun,
  msText,
  plural,
  timesText,
  workloadName,
} from './wording.ts';

/** The whole of it on one screen. */
export function answerSection(result: LabResult): Section {
  return {
    title: 'The answer',
    parts: [verdictOf(result), keyFiguresOf(result)],
  };
}

function verdictOf(result: LabResult): Verdict {
  const { runs, planned, mode } = result;
  const broken = runs.filter((run) => run.broken !== null);
  const left = planned - runs.length;
  const cut = runs.filter(({ isPartial }) => isPartial).length + left;
  const partial =
    cut === 0
      ? []
      : [`Ended on demand: ${plural(cut, 'run')} of ${planned} not played to the end.`];
  if (broken.length > 0) {
    return {
      kind: 'verdict',
      tone: 'no',
      headline: `Promises were broken in ${plural(broken.length, 'run')} of ${runs.length}.`,
      reasons: [...broken.map(brokenText), ...partial],
    };
  }
  if (runs.length === 0) {
    return { kind: 'verdict', tone: 'mixed', headline: 'Nothing was run.', reasons: partial };
  }
  const ratios = gridOf(result).flatMap(({ runs: group }) => best(group)?.figures.ratio ?? []);
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  const isOne = timesText(least) === timesText(most);
  const range = isOne ? timesText(least) : `${timesText(least)} to ${timesText(most)}`;
  const saved =
    ratios.length === 0
      ? 'Nothing was sent'
      : least < 1
        ? `Diffs sent ${range} less than whole values: not everywhere fewer bytes`
        : `Diffs sent ${range} less than whole values`;
  const kept = mode === 'real' ? 'every replica was equal at the end' : 'every promise was kept';
  return {
    kind: 'verdict',
    tone: partial.length > 0 || least < 1 ? 'mixed' : 'yes',
    headline: `${saved}, and ${kept}.`,
    reasons: [...bytesReasons(result), ...faultReasons(result), heldText(result), ...partial],
  };
}

function brokenText({ id, broken, command }: RunResult): string {
  const at = broken === null || broken.atMs === null ? '' : ` after ${msText(broken.atMs)}`;
  return `${id}: ${broken?.promise}${at}: ${broken?.what}. Again: ${command}`;
}

function bytesReasons(result: LabResult): string[] {
  const byWorkload = new Map<string, RunResult>();
  for (const { runs } of gridOf(result)) {
    const run = best(runs);
    if (run === undefined || run.figures.ratio === null) continue;
    const name = workloadName(run);
    const before = byWorkload.get(name)?.figures.ratio ?? 0;
    if (run.figures.ratio > before) byWorkload.set(name, run);
  }
  return [...byWorkload].map(([name, run]) => {
    const { ratio, bytesPerUpdate } = run.figures;
    const each = numberText('bytes', bytesPerUpdate ?? 0);
    const network = run.settings.network.name;
    const how = `with ${codecName(run)} over ${network}`;
    return `${name}: ${each} an update and consumer, ${timesText(ratio)} less, ${how}.`;
  });
}

function faultReasons({ runs, mode }: LabResult): string[] {
  const struck = runs.filter(({ figures }) => figures.recoveries.count > 0);
  const faults = struck.reduce((sum, { figures }) => sum + figures.recoveries.count, 0);
  if (faults === 0) return ['No fault struck.'];
  const times = recoveryTimes(struck);
  const where = `in ${plural(struck.length, mode === 'real' ? 'real run' : 'simulated run')}`;
  const p50 = msText(quantileOf(times, 0.5));
  const p99 = msText(quantileOf(times, 0.99));
  return [
    `${plural(faults, 'fault')} ${where}: half were made up for within ${p50} of their end, ` +
      `99 of 100 within ${p99}.`,
  ];
}

function recoveryTimes(runs: readonly RunResult[]): readonly number[] {
  return runs
    .flatMap(({ figures }) => figures.recoveries.list)
    .flatMap(({ recoveryMs }) => recoveryMs ?? [])
    .toSorted((a, b) => a - b);
}

function heldText({ runs, mode }: LabResult): string {
  const replicas = runs.reduce((sum, { proof }) => sum + (proof?.equal ?? 0), 0);
  const played = plural(runs.filter(isRun).length, 'run');
  const equal =
    `At the end ${plural(replicas, 'replica')} of ${played} equalled their producers: ` +
    'version, digest, and every entry as JSON text.';
  if (mode === 'real') return equal;
  const deliveries = runs.reduce((sum, run) => sum + (run.deliveries ?? 0), 0);
  const arrived = `${plural(deliveries, 'message')} arrived`;
  return `${arrived}, each held against the promises P1 to P7 and P9 to P14. ${equal}`;
}

function keyFiguresOf(result: LabResult): KeyFigures {
  const run = result.runs.filter(isRun);
  const groups = gridOf(result).flatMap(({ runs }) => best(runs) ?? []);
  const ratios = groups.flatMap(({ figures }) => figures.ratio ?? []).toSorted((a, b) => a - b);
  const faults = run.reduce((sum, { figures }) => sum + figures.recoveries.count, 0);
  const replicas = run.reduce((sum, { proof }) => sum + (proof?.replicas ?? 0), 0);
  const equal = run.reduce((sum, { proof }) => sum + (proof?.equal ?? 0), 0);
  const broken = run.filter(({ broken: one }) => one !== null).length;
  return {
    kind: 'key-figures',
    conditions:
      `${plural(result.planned, 'run')}; ratio: bytes of whole values against bytes sent, median ` +
      'over conditions with the best codec of each; recovery: from the end of a fault until its ' +
      'replica is live and shows all that was committed by then',
    figures: [
      { label: 'Fewer bytes', value: quantileOf(ratios, 0.5), unit: 'ratio', remark: 'median' },
      { label: 'Faults survived', value: faults, unit: 'count' },
      {
        label: 'Recovery, median',
        value: quantileOf(recoveryTimes(run), 0.5),
        unit: 'ms',
        remark: `p99 ${msText(quantileOf(recoveryTimes(run), 0.99))}`,
      },
      {
        label: 'Replicas equal at the end',
        value: equal,
        unit: 'count',
        remark: `of ${replicas}`,
        tone: equal === replicas ? 'good' : 'bad',
      },
      {
        label: 'Promises broken',
        value: broken,
        unit: 'count',
        tone: broken === 0 ? 'good' : 'bad',
      },
    ],
  };
}
