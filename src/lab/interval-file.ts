import { messageKinds } from './measure/message-kind.ts';
import type { LabResult } from './result.ts';

/** A cell as spreadsheets read it; what could begin a formula is kept from it. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(Math.round(value * 1000) / 1000);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const COLUMNS = [
  'run',
  'workload',
  'codec',
  'network',
  'consumers',
  'at_s',
  'updates',
  'distinct_keys',
  'distinct_keys_so_far',
  'original_bytes',
  'sent_bytes',
  'up_bytes',
] as const;

/**
 * What was counted, interval by interval and run by run, as CSV: bytes sent and original, messages
 * by kind, distinct keys.
 */
export function intervalFile({ runs }: LabResult): string {
  const heading = [...COLUMNS, ...messageKinds.map((kind) => `messages_${kind}`)];
  const rows = runs.flatMap(({ id, settings, figures }) => {
    const { workload, codec, network, consumers } = settings;
    return figures.intervals.map((one) => [
      ...[id, workload, codec, network.name, consumers, one.atMs / 1000, one.updates],
      ...[one.distinctKeys, one.distinctKeysSoFar, one.originalBytes, one.sentBytes, one.upBytes],
      ...messageKinds.map((kind) => one.messages[kind]?.count ?? 0),
    ]);
  });
  return [heading, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}
