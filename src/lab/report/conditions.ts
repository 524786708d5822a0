import type { Code, Section, Table } from '../../charts/section.ts';
import { AWAY_MS, STALL_MS } from '../network.ts';
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
        ? 'Processor time and memory (resident) of the hub process, and the mean of replica processes.'
        : 'Processor time of producer and publisher; memory (resident) of the process of a run, ' +
          'with all its replicas and the checks. Different each time; all else here is not.'),
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
  return {
    kind: 'table',
    title: 'Networks',
    conditions:
      'Every consumer has a link of its own. Delay is the least; jitter, and the times and distances ' +
      'between faults, are means; late messages are late by so much at the median. ' +
      (mode === 'real'
        ? 'Late messages are left out with real processes.'
        : 'Sessions have the limits that serve and connect have by default.'),
    columns: [
      { label: 'Network' },
      { label: 'delay', unit: 'ms' },
      { label: 'jitter', unit: 'ms' },
      { label: 'late', unit: 'share' },
      { label: 'by', unit: 'ms' },
      { label: 'bandwidth', unit: 'bytes/s' },
      { label: 'cut every', unit: 'ms' },
      { label: 'out of reach every', unit: 'ms' },
      { label: 'for', unit: 'ms' },
      { label: 'stalled every', unit: 'ms' },
      { label: 'for', unit: 'ms' },
      { label: 'silent every', unit: 'ms' },
      { label: 'bit flipped every', unit: 'bytes' },
      { label: 'gap every', unit: 'bytes' },
      { label: 'repeat every', unit: 'bytes' },
    ],
    rows: [...networks.values()].map((network) => [
      network.name,
      network.delayMs ?? 0,
      network.jitterMs ?? 0,
      network.lateShare ?? 0,
      network.lateMs,
      network.bytesPerSecond,
      network.cutEveryMs,
      network.awayEveryMs,
      network.awayEveryMs === undefined ? undefined : (network.awayMs ?? AWAY_MS),
      network.stallEveryMs,
      network.stallEveryMs === undefined ? undefined : (network.stallMs ?? STALL_MS),
      network.silenceEveryMs,
      network.corruptEveryBytes,
      network.dropEveryBytes,
      network.duplicateEveryBytes,
    ]),
  };
}

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
