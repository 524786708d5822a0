import type { Cell } from '../../charts/data-table.ts';
import { numberText } from '../../charts/number-text.ts';
import type { Unit } from '../../charts/number-text.ts';
import type { Code, Section, Table } from '../../charts/section.ts';
import { AWAY_MS, STALL_MS } from '../network.ts';
import type { Network } from '../network.ts';
import type { LabResult, RunResult } from '../result.ts';
import { isRun } from './wording.ts';

/** Every run with its figures, and all that they depend on. */
export function conditionsSection(result: LabResult): Section {
  return {
    title: 'All runs, and what they depend on',
    parts: [
      networksTable(result),
      bytesTable(result),
      timesTable(result),
      machineTable(result),
      commandsOf(result),
    ],
  };
}

function bytesTable({ runs }: LabResult): Table {
  return {
    kind: 'table',
    title: 'All runs: bytes',
    conditions:
      'Since updates began; the first copies are a column of their own. Sent: down, to all ' +
      'consumers. Rows set off: a promise was broken, or replicas differed.',
    columns: [
      { label: 'Run' },
      { label: 'updates', unit: 'count' },
      { label: 'whole values', unit: 'bytes' },
      { label: 'sent', unit: 'bytes' },
      { label: 'up', unit: 'bytes' },
      { label: 'ratio', unit: 'ratio' },
      { label: 'first copies', unit: 'bytes' },
    ],
    rows: runs.map(({ id, figures }) => [
      id,
      figures.updates,
      figures.originalBytes,
      figures.sentBytes,
      figures.upBytes,
      figures.ratio,
      figures.joinBytes,
    ]),
    emphasis: brokenRows(runs),
  };
}

function timesTable({ runs }: LabResult): Table {
  const shown = runs.filter(isRun);
  return {
    kind: 'table',
    title: 'All runs: times',
    conditions:
      'What was counted only has no part in this. Visible: updates each second, each consumer.',
    columns: [
      { label: 'Run' },
      { label: 'visible', unit: 'per second' },
      { label: 'lag p50', unit: 'ms' },
      { label: 'p99', unit: 'ms' },
      { label: 'longest', unit: 'ms' },
      { label: 'faults', unit: 'count' },
      { label: 'recovery p99', unit: 'ms' },
      { label: 'equal', align: 'end' },
    ],
    rows: shown.map(({ id, figures, proof }) => [
      id,
      figures.visiblePerSecond,
      figures.lag.p50Ms,
      figures.lag.p99Ms,
      figures.lag.maxMs,
      figures.recoveries.count,
      figures.recoveries.p99Ms,
      proof === null ? 'not proved' : `${proof.equal} of ${proof.replicas}`,
    ]),
    emphasis: brokenRows(shown),
  };
}

function brokenRows(runs: readonly RunResult[]): number[] {
  return runs.flatMap(({ broken }, i) => (broken === null ? [] : [i]));
}

function machineTable({ runs, machine, mode }: LabResult): Table {
  const { node, platform, processor, cores, seconds } = machine;
  const about = `${processor}, ${cores} cores, ${platform}, Node ${node.replace('v', '')}`;
  return {
    kind: 'table',
    title: 'This machine',
    conditions:
      `${about}; ${Math.round(seconds)} s in all. ` +
      (mode === 'real'
        ? 'Processor time and memory (resident) of the hub process, and the mean of replicas.'
        : 'Processor time of commit and turn, median of some updates; memory (resident) of the ' +
          'process of a run, with replicas and checks. Different each time; all else is not.'),
    columns: [
      { label: 'Run' },
      { label: 'took', unit: 'ms' },
      { label: 'hub', unit: 'ms' },
      { label: 'hub, an update', unit: 'µs' },
      { label: 'memory', unit: 'bytes' },
      { label: 'replica', unit: 'ms' },
      { label: 'its memory', unit: 'bytes' },
    ],
    rows: runs
      .filter(({ mode: one }) => one !== 'counted')
      .map(({ id, machine: one }) => [
        id,
        one.wallMs,
        one.hubMs,
        one.hubMicrosPerUpdate,
        one.hubMemoryBytes,
        one.replicaMs,
        one.replicaMemoryBytes,
      ]),
  };
}

function networksTable({ runs, mode }: LabResult): Table {
  const networks = new Map(
    runs.map(({ settings: { network } }) => [JSON.stringify(network), network] as const),
  );
  const all = [...networks.values()];
  return {
    kind: 'table',
    title: 'Networks',
    conditions:
      'Every consumer has a link of its own. Delay is the least; jitter, times and distances ' +
      'between faults, are means; late messages are late by so much at the median. ' +
      (mode === 'real'
        ? 'Late messages are left out with real processes.'
        : 'Sessions have the limits that serve and connect have by default.'),
    columns: [
      { label: 'What it does' },
      ...all.map(({ name }) => ({ label: name, align: 'end' as const })),
    ],
    rows: members.flatMap(([label, unit, of]) => {
      const values = all.map(of);
      if (values.every((value) => value === undefined)) return [];
      const row: Cell[] = [label];
      return [
        row.concat(values.map((value) => (value === undefined ? null : numberText(unit, value)))),
      ];
    }),
  };
}

/** Rows of the table: what it is, in what, and where it stands. */
const members: readonly (readonly [string, Unit, (network: Network) => number | undefined])[] = [
  ['delay', 'ms', ({ delayMs }) => delayMs],
  ['jitter', 'ms', ({ jitterMs }) => jitterMs],
  ['late messages', 'share', ({ lateShare }) => lateShare],
  ['… by', 'ms', ({ lateMs }) => lateMs],
  ['bandwidth', 'bytes/s', ({ bytesPerSecond }) => bytesPerSecond],
  ['cut every', 'ms', ({ cutEveryMs }) => cutEveryMs],
  ['out of reach every', 'ms', ({ awayEveryMs }) => awayEveryMs],
  ['… for', 'ms', ({ awayEveryMs, awayMs = AWAY_MS }) => awayEveryMs && awayMs],
  ['stalled every', 'ms', ({ stallEveryMs }) => stallEveryMs],
  ['… for', 'ms', ({ stallEveryMs, stallMs = STALL_MS }) => stallEveryMs && stallMs],
  ['silent every', 'ms', ({ silenceEveryMs }) => silenceEveryMs],
  ['a bit flipped every', 'bytes', ({ corruptEveryBytes }) => corruptEveryBytes],
  ['bytes lost every', 'bytes', ({ dropEveryBytes }) => dropEveryBytes],
  ['bytes twice every', 'bytes', ({ duplicateEveryBytes }) => duplicateEveryBytes],
];

/** A table would shorten them. */
function commandsOf({ runs, mode }: LabResult): Code {
  return {
    kind: 'code',
    label:
      mode === 'real'
        ? 'Every run again: workload and faults follow from the seed, what they hit on the moment'
        : 'Every run again: each command gives the same figures, on the same version of Node',
    text: runs.map(({ command }) => command).join('\n'),
  };
}
