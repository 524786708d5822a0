import type { Head } from '../../cache/entry.ts';
import type { Key } from '../../core/key.ts';
import type { RunSettings } from '../experiment/experiment.ts';
import { LabProcess } from '../child-process.ts';
import type { Burden, CommitReport, FromHub, ToHub } from './ipc.ts';

/** What the hub's process told when it was asked to finish. */
export interface HubEnd {
  readonly head: Head;
  readonly contents: ReadonlyMap<Key, string>;
  readonly burden: Burden;
  readonly framesEncoded: number;
}

/** The hub as the lab sees it: a process that tells what it commits. */
export class HubWatch {
  /** The last version that it told of. */
  version = 1;
  isOver = false;
  burden: Burden = { cpuMs: 0, memoryBytes: 0 };
  private readonly timesMs: number[] = [];
  private readonly contents = new Map<Key, string>();
  private readonly process: LabProcess<ToHub, FromHub>;
  private readonly onCommit: (commit: CommitReport) => void;
  private onListening: (message: Extract<FromHub, { kind: 'listening' }>) => void = () => {};
  private onFinished: (end: HubEnd) => void = () => {};
  private fail: (error: Error) => void = () => {};
  private readonly failure: Promise<never>;

  constructor(options: {
    readonly programFile: string;
    readonly args: readonly string[];
    readonly onCommit: (commit: CommitReport) => void;
  }) {
    this.onCommit = options.onCommit;
    this.failure = new Promise((_resolve, reject) => {
      this.fail = reject;
    });
    this.failure.catch(() => {});
    this.process = new LabProcess({
      programFile: options.programFile,
      args: options.args,
      onMessage: (message) => this.hear(message),
      onGone: (how) => this.fail(new Error(`the hub's process ended: ${how}`)),
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** Rejects when its process ends before it should. */
  get lost(): Promise<never> {
    return this.failure;
  }

  start(settings: RunSettings): Promise<Extract<FromHub, { kind: 'listening' }>> {
    const listening = new Promise<Extract<FromHub, { kind: 'listening' }>>((resolve) => {
      this.onListening = resolve;
    });
    this.process.send({ kind: 'start', settings });
    return Promise.race([listening, this.failure]);
  }

  begin(): void {
    this.process.send({ kind: 'begin' });
  }

  finish(): Promise<HubEnd> {
    const finished = new Promise<HubEnd>((resolve) => {
      this.onFinished = resolve;
    });
    this.process.send({ kind: 'finish' });
    return Promise.race([finished, this.failure]);
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  /** NaN for a version that it has not told of. */
  committedMs(version: number): number {
    return this.timesMs[version] ?? Number.NaN;
  }

  private hear(message: FromHub): void {
    switch (message.kind) {
      case 'listening':
        return this.onListening(message);
      case 'commits':
        for (const commit of message.commits) {
          this.timesMs[commit.version] = commit.atMs;
          this.version = commit.version;
          this.onCommit(commit);
        }
        this.burden = message.burden;
        this.isOver = message.isOver;
        return;
      case 'contents':
        for (const [key, json] of message.entries) this.contents.set(key, json);
        return;
      case 'finished': {
        const { head, burden, framesEncoded } = message;
        return this.onFinished({ head, burden, framesEncoded, contents: this.contents });
      }
    }
  }
}
