import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import type { Key } from '../../core/key.ts';
import { printable, shortened } from '../printable.ts';
import type { FromReplica, ProofRequest, ReplicaProof, ReplicaReport } from './replica-message.ts';
import { REPLICA_VERB } from './replica-process.ts';

/** A process that does not end by itself within this time, in ms, is killed. */
const STOP_MS_MAX = 1500;
/** Time for the contents to come over, in ms, after the replica has reached the head. */
const CONTENTS_MS_MAX = 15_000;
const RESTARTS_MAX = 1;
/** What a process said last on stderr, in characters: told when it dies. */
const LAST_WORDS_LENGTH = 1000;

export interface ReplicaHandleOptions {
  /** Counted from 1. */
  readonly number: number;
  readonly programFile: string;
  readonly url: string;
  readonly stream: string;
  /** The producer's version. */
  readonly versionNow: () => number;
  /** Called for each frame the replica applied, with the time in ms (monotonicMs). */
  readonly onFrame: (from: number, to: number, atMs: number) => void;
  /** Called with what the replica found wrong, the latest of it. */
  readonly onTrouble: (text: string) => void;
  /** Called with what the person should know. */
  readonly onNotice: (text: string) => void;
}

export interface ProofAndContents {
  readonly proof: ReplicaProof;
  readonly contents: ReadonlyMap<Key, string>;
}

/** Counters of a replica over all its processes. */
export interface ReplicaCounts {
  readonly resumes: number;
  readonly repairs: number;
  readonly snapshots: number;
  readonly wireBytes: number;
}

const NO_COUNTS: ReplicaCounts = { resumes: 0, repairs: 0, snapshots: 0, wireBytes: 0 };

/** One replica as its parent sees it: a process, started again once if it dies. */
export class ReplicaHandle {
  readonly #options: ReplicaHandleOptions;
  #child: ChildProcess | undefined;
  #report: ReplicaReport | undefined;
  #behind = 0;
  #earlier = NO_COUNTS;
  #restarts = 0;
  #isStopping = false;
  #lastWords = '';
  #contents = new Map<Key, string>();
  #onProof: ((proof: ReplicaProof | undefined) => void) | undefined;

  constructor(options: ReplicaHandleOptions) {
    this.#options = options;
  }

  get number(): number {
    return this.#options.number;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** The replica's own word, or `starting`, or `down`. */
  get status(): string {
    if (this.#child === undefined) return 'down';
    return this.#report?.status ?? 'starting';
  }

  get version(): number {
    return this.#report?.version ?? 0;
  }

  /** Versions, when it last reported. */
  get behind(): number {
    return this.#behind;
  }

  /** '' before it has any. */
  get digest(): string {
    return this.#report?.digest ?? '';
  }

  get lastError(): string | undefined {
    return this.#report?.lastError;
  }

  get counts(): ReplicaCounts {
    return sum(this.#earlier, this.#report ?? NO_COUNTS);
  }

  start(): void {
    const { programFile, url, stream } = this.#options;
    const child = fork(programFile, [REPLICA_VERB, url, stream], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#lastWords = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_LENGTH);
    });
    child.on('message', (message) => this.#onMessage(message as FromReplica));
    let isGone = false;
    const gone = (how: string): void => {
      if (isGone) return;
      isGone = true;
      this.#onGone(how, child.pid);
    };
    child.once('error', (error) => gone(error.message));
    child.once('exit', (code, signal) => gone(signal ?? `exit code ${code}`));
  }

  /** Undefined if the process dies or does not answer in time. */
  prove(request: Omit<ProofRequest, 'kind'>): Promise<ProofAndContents | undefined> {
    const child = this.#child;
    if (child === undefined) return Promise.resolve(undefined);
    this.#contents = new Map();
    return new Promise((resolve) => {
      const answer = (proof: ReplicaProof | undefined): void => {
        clearTimeout(timer);
        this.#onProof = undefined;
        resolve(proof === undefined ? undefined : { proof, contents: this.#contents });
      };
      const timer = setTimeout(() => answer(undefined), request.waitMs + CONTENTS_MS_MAX);
      this.#onProof = answer;
      child.send({ kind: 'prove', ...request } satisfies ProofRequest, (error) => {
        if (error !== null) answer(undefined);
      });
    });
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (child === undefined) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(timer);
  }

  #onMessage(message: FromReplica): void {
    if (message.kind === 'contents') {
      for (const [key, json] of message.entries) this.#contents.set(key, json);
    } else if (message.kind === 'proof') {
      this.#onProof?.(message);
    } else {
      const { lastError = '', errors } = message;
      if (errors > (this.#report?.errors ?? 0)) this.#options.onTrouble(lastError);
      this.#report = message;
      this.#behind = Math.max(0, this.#options.versionNow() - message.version);
      const { frames } = message;
      for (let i = 0; i + 2 < frames.length; i += 3) {
        this.#options.onFrame(frames[i] ?? 0, frames[i + 1] ?? 0, frames[i + 2] ?? 0);
      }
    }
  }

  #onGone(how: string, pid: number | undefined): void {
    this.#earlier = this.counts;
    this.#report = undefined;
    this.#child = undefined;
    this.#onProof?.(undefined);
    if (this.#isStopping) return;
    const said = this.#lastWords.trim();
    const words = said === '' ? '' : `; it said: ${printable(shortened(said, 300))}`;
    const died = `replica ${this.number} (process ${pid ?? '?'}) died: ${how}${words}`;
    if (this.#restarts >= RESTARTS_MAX) {
      this.#options.onNotice(`${died}; it was started again before and stays down`);
      return;
    }
    this.#restarts++;
    this.#options.onNotice(`${died}; started again`);
    this.start();
  }
}

function sum(a: ReplicaCounts, b: ReplicaCounts): ReplicaCounts {
  return {
    resumes: a.resumes + b.resumes,
    repairs: a.repairs + b.repairs,
    snapshots: a.snapshots + b.snapshots,
    wireBytes: a.wireBytes + b.wireBytes,
  };
}
