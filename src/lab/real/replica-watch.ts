import type { Key } from '../../core/key.ts';
import type { Token } from '../../cache/entry.ts';
import type { FaultProxy, FaultCounters } from '../../testing/index.ts';
import type { FaultKind } from '../fault-plan.ts';
import { messageKinds } from '../measure/message-kind.ts';
import type { AttemptLog } from '../measure/absences.ts';
import type { MessageCounts, MessageKind } from '../measure/message-kind.ts';
import { noRungs } from '../result.ts';
import type { Rungs } from '../result.ts';
import { LabProcess } from '../child-process.ts';
import type { Burden, FromReplica, ToReplica } from './ipc.ts';
import type { ReplicaClaim } from './verdict.ts';

/** Time for the contents to come over, in ms, after the replica has reached the head. */
const CONTENTS_MS_MAX = 15_000;
/** Connections of one replica that are kept, and errors; later ones are left out. */
const ATTEMPTS_MAX = 10_000;

/** Something that a replica showed, in the order of time. */
type Shown =
  | { readonly atMs: number; readonly kind: 'frame'; readonly from: number; readonly to: number }
  | { readonly atMs: number; readonly kind: 'status'; readonly status: string };

/** Faults that a proxy strikes by itself, by its counters. */
const strikes: readonly (readonly [FaultKind, keyof FaultCounters])[] = [
  ['flip', 'corruptions'],
  ['gap', 'drops'],
  ['repeat', 'duplicates'],
  ['silence', 'halfOpens'],
];

/** One replica as the lab sees it: a process, and the proxy that its connections pass. */
export class ReplicaWatch {
  readonly number: number;
  readonly proxy: FaultProxy;
  status = 'starting';
  lastError: string | undefined;
  private triedMs: number[] = [];
  private failures: (readonly [atMs: number, why: string])[] = [];
  private rungs: Rungs = noRungs;
  private rungsBefore: Rungs = noRungs;
  burden: Burden = { cpuMs: 0, memoryBytes: 0 };
  /** How its process ended, where it did. */
  gone: string | undefined;
  /** What it showed, and nobody has taken yet. */
  private shown: Shown[] = [];
  private messages: MessageCounts = {};
  private messagesBefore: MessageCounts = {};
  private before: FaultCounters;
  private contents = new Map<Key, string>();
  private onClaim: ((claim: ReplicaClaim | undefined) => void) | undefined;
  private readonly process: LabProcess<ToReplica, FromReplica>;

  constructor(options: {
    readonly number: number;
    readonly proxy: FaultProxy;
    readonly programFile: string;
    readonly args: readonly string[];
  }) {
    this.number = options.number;
    this.proxy = options.proxy;
    this.before = { ...options.proxy.counters };
    this.process = new LabProcess({
      programFile: options.programFile,
      args: options.args,
      onMessage: (message) => this.hear(message),
      onGone: (how) => {
        this.gone = how;
        this.status = 'gone';
        this.onClaim?.(undefined);
      },
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  begin(): void {
    this.shown = [];
    this.messagesBefore = structuredClone(this.messages);
    this.rungsBefore = this.rungs;
    this.before = { ...this.proxy.counters };
    this.process.send({ kind: 'begin' });
  }

  /** The connections it tried, with times since `beganMs`. */
  attemptsSince(beganMs: number): AttemptLog {
    return {
      triedMs: this.triedMs.map((atMs) => atMs - beganMs),
      failures: this.failures.map(([atMs, why]) => [atMs - beganMs, why] as const),
    };
  }

  /** Since updates began. */
  get rungsSince(): Rungs {
    const { rungs, rungsBefore } = this;
    const names = Object.keys(noRungs) as (keyof Rungs)[];
    return Object.fromEntries(names.map((name) => [name, rungs[name] - rungsBefore[name]])) as {
      [Name in keyof Rungs]: number;
    };
  }

  /** What it has shown, up to a version that the hub has told of. */
  takeShown(version: number): Shown[] {
    const end = this.shown.findIndex((one) => one.kind === 'frame' && one.to > version);
    return this.shown.splice(0, end < 0 ? this.shown.length : end);
  }

  /** What passed since the last look: bytes, messages by kind, and faults. */
  takePassed(): { down: number; up: number; messages: MessageCounts; faults: FaultKind[] } {
    const now = { ...this.proxy.counters };
    const { before } = this;
    this.before = now;
    const faults = strikes.flatMap(([kind, name]) =>
      Array.from({ length: now[name] - before[name] }, () => kind),
    );
    const messages = difference(this.messages, this.messagesBefore);
    this.messagesBefore = structuredClone(this.messages);
    const down = now.bytesDown - before.bytesDown;
    return { down, up: now.bytesUp - before.bytesUp, messages, faults };
  }

  /** Undefined if the process dies or does not answer in time. */
  prove(
    token: Token,
    waitMs: number,
  ): Promise<{ claim: ReplicaClaim; contents: ReadonlyMap<Key, string> } | undefined> {
    if (this.gone !== undefined) return Promise.resolve(undefined);
    this.contents = new Map();
    return new Promise((resolve) => {
      const answer = (claim: ReplicaClaim | undefined): void => {
        clearTimeout(timer);
        this.onClaim = undefined;
        resolve(claim === undefined ? undefined : { claim, contents: this.contents });
      };
      const timer = setTimeout(() => answer(undefined), waitMs + CONTENTS_MS_MAX);
      this.onClaim = answer;
      this.process.send({ kind: 'prove', token, waitMs });
    });
  }

  async close(): Promise<void> {
    await this.process.stop();
    await this.proxy.close();
  }

  private hear(message: FromReplica): void {
    if (message.kind === 'contents') {
      for (const [key, json] of message.entries) this.contents.set(key, json);
      return;
    }
    if (message.kind === 'claim') {
      this.onClaim?.(message);
      return;
    }
    const { frames, statuses } = message;
    const shown: Shown[] = statuses.map(([atMs, status]) => ({ atMs, kind: 'status', status }));
    for (let i = 0; i + 2 < frames.length; i += 3) {
      const [from = 0, to = 0, atMs = 0] = frames.slice(i, i + 3);
      shown.push({ atMs, kind: 'frame', from, to });
    }
    // What was shown before a change of status at the same time is told first.
    for (const one of shown.toSorted((a, b) => a.atMs - b.atMs)) this.shown.push(one);
    this.status = statuses.at(-1)?.[1] ?? this.status;
    keep(this.triedMs, message.triedMs);
    keep(this.failures, message.failures);
    this.messages = message.messages;
    this.rungs = message.rungs;
    this.burden = message.burden;
    this.lastError = message.lastError;
  }
}

function keep<T>(list: T[], more: readonly T[]): void {
  for (const one of more.slice(0, ATTEMPTS_MAX - list.length)) list.push(one);
}

function difference(now: MessageCounts, before: MessageCounts): MessageCounts {
  const counts: MessageCounts = {};
  for (const kind of messageKinds) {
    const entry = differenceOf(kind, now, before);
    if (entry.count > 0) counts[kind] = entry;
  }
  return counts;
}

function differenceOf(kind: MessageKind, now: MessageCounts, before: MessageCounts) {
  const { count = 0, bytes = 0 } = now[kind] ?? {};
  return { count: count - (before[kind]?.count ?? 0), bytes: bytes - (before[kind]?.bytes ?? 0) };
}
