import { parentGone, tellParent } from '../child-process.ts';
import type { PlannedRun, RunSettings } from '../experiment/experiment.ts';
import type { RunResult } from '../result.ts';
import type { Trace } from '../workload/trace.ts';
import { playRun } from './play-run.ts';

/** What a process that simulates is told: the runs to play, one after the other. */
export type ToRun =
  | { readonly kind: 'play'; readonly run: PlannedRun }
  /** The run under way is to end before its time. */
  | { readonly kind: 'end' };

export type FromRun =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly part: number }
  | { readonly kind: 'result'; readonly result: RunResult }
  | { readonly kind: 'failed'; readonly message: string };

function tell(message: FromRun): Promise<void> {
  return tellParent(message);
}

/** Simulates what it is told to, in a process of its own. Ends when its parent does. */
export async function runSimulationProcess(
  loadTrace: (settings: RunSettings) => Promise<Trace | undefined>,
): Promise<void> {
  let isEnding = false;
  const goOn = async (part: number): Promise<boolean> => {
    await tell({ kind: 'progress', part });
    // Messages of the parent come between two turns only.
    await new Promise((resolve) => setImmediate(resolve));
    return !isEnding;
  };
  process.on('message', (message: ToRun) => {
    if (message.kind === 'end') {
      isEnding = true;
      return;
    }
    const { run } = message;
    const play = async (): Promise<void> => {
      const result = await playRun(run, await loadTrace(run.settings), goOn);
      await tell({ kind: 'result', result });
    };
    void play().catch((error: unknown) =>
      tell({ kind: 'failed', message: (error as Error).message }),
    );
  });
  await tell({ kind: 'ready' });
  await parentGone();
}
