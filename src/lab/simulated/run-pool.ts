import { DiffStreamError } from '../../core/errors.ts';
import { LabProcess } from '../child-process.ts';
import type { PlannedRun } from '../experiment/experiment.ts';
import type { RunResult } from '../result.ts';
import type { FromRun, ToRun } from './run-process.ts';

export interface RunPoolOptions {
  readonly runs: readonly PlannedRun[];
  readonly programFile: string;
  /** The verb of this program that simulates. */
  readonly verb: string;
  /** Processes at one time. */
  readonly workers: number;
  /** Ends the runs under way before their time; the others are not begun. */
  readonly signal: AbortSignal;
  readonly onResult: (result: RunResult) => void;
}

/** A run in a process. */
interface UnderWay {
  readonly run: PlannedRun;
  part: number;
}

/**
 * Plays runs in processes of their own, several at one time: one cannot disturb another, and the
 * memory of each is its own. Which of them end first changes nothing in them.
 */
export class RunPool {
  readonly #options: RunPoolOptions;
  readonly #underWay = new Set<UnderWay>();
  readonly #results = new Map<PlannedRun, RunResult>();
  #next = 0;

  constructor(options: RunPoolOptions) {
    this.#options = options;
  }

  /** Runs that are over, and those under way with how much of each is, 0 to 1. */
  get progress(): {
    readonly done: number;
    readonly underWay: readonly { readonly id: string; readonly part: number }[];
  } {
    const underWay = [...this.#underWay].map(({ run, part }) => ({ id: run.id, part }));
    return { done: this.#results.size, underWay };
  }

  /**
   * The results, in the order of the runs; without those that the signal kept from beginning.
   * Rejects where a run cannot be played, with what is wrong about it.
   */
  async play(): Promise<readonly RunResult[]> {
    const { runs, workers } = this.#options;
    const count = Math.min(workers, runs.length);
    await Promise.all(Array.from({ length: count }, () => this.#work()));
    return runs.flatMap((run) => this.#results.get(run) ?? []);
  }

  /** A process for each run: what one leaves in memory is no part of the next. */
  async #work(): Promise<void> {
    const { runs, signal } = this.#options;
    for (;;) {
      const run = runs[this.#next++];
      if (run === undefined || signal.aborted) return;
      const result = await this.#playOne(run);
      this.#results.set(run, result);
      this.#options.onResult(result);
    }
  }

  async #playOne(run: PlannedRun): Promise<RunResult> {
    const { programFile, verb, signal } = this.#options;
    const underWay = { run, part: 0 };
    this.#underWay.add(underWay);
    let child: LabProcess<ToRun, FromRun> | undefined;
    const onAbort = (): void => child?.send({ kind: 'end' });
    signal.addEventListener('abort', onAbort);
    try {
      return await new Promise<RunResult>((resolve, reject) => {
        const fail = (what: string): void => {
          // What is wrong with a recorded feed is wrong with all its runs.
          reject(new DiffStreamError('bad-input', `run ${run.id}: ${what}`));
        };
        child = new LabProcess<ToRun, FromRun>({
          programFile,
          args: [verb],
          onGone: (how) => fail(`its process ended: ${how}`),
          onMessage: (message) => {
            if (message.kind === 'ready') {
              child?.send({ kind: 'play', run });
              if (signal.aborted) onAbort();
            } else if (message.kind === 'progress') underWay.part = message.part;
            else if (message.kind === 'result') resolve(message.result);
            else fail(message.message);
          },
        });
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#underWay.delete(underWay);
      await child?.stop();
    }
  }
}
