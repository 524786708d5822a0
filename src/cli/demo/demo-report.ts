import { bytesText, countOf, countText, msText } from '../figures.ts';
import { printable } from '../printable.ts';
import type { Colors } from '../terminal.ts';
import type { DemoResult, ReplicaVerdict } from './demo-run.ts';
import { byHandText } from './network.ts';
import { differenceLines } from './proof.ts';
import { faultsText, joinText, ratioOf } from './snapshot.ts';
import type { ReplicaSnapshot, Snapshot } from './snapshot.ts';

/** All there is to say at the end. */
export interface DemoReport {
  readonly result: DemoResult;
  readonly snapshot: Snapshot;
  readonly lagMs: { readonly p50: number; readonly p99: number };
}

export function isProven({ verdicts }: DemoResult): boolean {
  return verdicts.every(({ isEqual }) => isEqual);
}

/** What was measured, then the proof. */
export function reportLines({ result, snapshot, lagMs }: DemoReport, colors: Colors): string[] {
  const { joining, updating, updates, faults, byHand, replicas } = snapshot;
  const hands = byHandText(byHand);
  const total = (one: 'resume' | 'repair' | 'snapshot'): string =>
    countOf(
      replicas.reduce((sum, replica) => sum + replica[`${one}s`], 0),
      one,
    );
  return [
    '',
    colors.bold('measured'),
    `  ${countOf(updates, 'update')}; ${bytesText(updating.jsonBytes)} as whole JSON objects, ` +
      `${bytesText(updating.sentBytes)} sent: ${ratioOf(updating)} less`,
    `  to join: ${joinText(joining)}`,
    `  lag p50 ${msText(lagMs.p50)}, p99 ${msText(lagMs.p99)}, with the time replicas were cut off`,
    `  faults: ${faultsText(faults)}`,
    ...(hands === '' ? [] : [`  of them by hand: ${hands}`]),
    `  ${total('resume')}, ${total('repair')}, ${total('snapshot')}`,
    '',
    ...proofLines(result, colors),
  ];
}

function proofLines(result: DemoResult, colors: Colors): string[] {
  const { head, entries, verdicts } = result;
  const proven = isProven(result);
  const summary = summaryOf(result);
  return [
    colors.bold('proof'),
    `  producer   version ${countText(head.version)}, ${countOf(entries, 'entry', 'entries')}, ` +
      `digest ${head.digest}`,
    ...verdicts.flatMap((verdict) => verdictLines(verdict, colors)),
    ...browserLines(result, colors),
    '',
    proven ? colors.green(summary) : colors.red(summary),
  ];
}

/** The outcome in a line. */
export function summaryOf(result: DemoResult): string {
  const { entries, verdicts } = result;
  const equal = verdicts.filter(({ isEqual }) => isEqual).length;
  return isProven(result)
    ? `equal: ${equal} of ${verdicts.length} replicas, ` +
        `${countOf(entries * equal, 'entry', 'entries')} compared as JSON text, ` +
        'member order included'
    : `NOT EQUAL: ${verdicts.length - equal} of ${verdicts.length} replicas`;
}

/** A page comes and goes as it likes: it is told of, and does not count. */
function browserLines({ browser }: DemoResult, colors: Colors): string[] {
  if (browser === undefined) return [];
  const equal = `${colors.green('equal')}: same version and digest`;
  return [`  browser    ${browser ? equal : colors.yellow('was not there in time')}`];
}

function verdictLines(verdict: ReplicaVerdict, colors: Colors): string[] {
  const { number, isEqual, reasons, differences, differenceCount, lastError } = verdict;
  const name = `  replica ${number}  `;
  if (isEqual) return [`${name}${colors.green('equal')}: same version, digests and contents`];
  const lines = [`${name}${colors.red('DIFFERENT')}: ${reasons.join('; ')}`];
  for (const difference of differences) {
    for (const line of differenceLines(difference)) lines.push(`    ${line}`);
  }
  const more = differenceCount - differences.length;
  if (more > 0) lines.push(`    … and ${countOf(more, 'entry', 'entries')} more`);
  if (lastError !== undefined) lines.push(`    its latest error: ${printable(lastError)}`);
  return lines;
}

/** The same for programs. */
export function reportData({ result, snapshot, lagMs }: DemoReport): object {
  const { elapsedMs, updates, joining, updating, faults, byHand, replicas } = snapshot;
  return {
    ok: isProven(result),
    seconds: elapsedMs / 1000,
    updates,
    entries: result.entries,
    version: result.head.version,
    digest: result.head.digest,
    joining,
    updating,
    ratio: finite(updating.jsonBytes / updating.sentBytes),
    lagMs: { p50: finite(lagMs.p50), p99: finite(lagMs.p99) },
    faults,
    byHand,
    browser: result.browser ?? null,
    replicas: replicas.map((replica) => replicaData(replica, result)),
  };
}

function replicaData(replica: ReplicaSnapshot, { verdicts }: DemoResult): object {
  return { ...replica, ...verdicts.find(({ number }) => number === replica.number) };
}

/** JSON has no NaN. */
function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null;
}
