import { DiffStreamError } from '../core/errors.ts';
import { runHubProcess } from '../lab/real/hub-process.ts';
import { runReplicaProcess } from '../lab/real/replica-process.ts';
import { runSimulationProcess } from '../lab/simulated/run-process.ts';
import { ExitCode } from './exit-code.ts';
import { traceOf } from './lab-trace.ts';
import { flag } from './option.ts';
import { defineVerb } from './verb.ts';

/** The verbs of processes that the lab starts; no person types them. */
export const LAB_VERBS = { run: '__lab-run', hub: '__lab-hub', replica: '__lab-replica' } as const;

function checkParent(verb: string): void {
  if (process.send !== undefined) return;
  throw new DiffStreamError('bad-argument', `${verb} is started by lab alone`);
}

const startedByLab = {
  summary: 'a process of the lab; started by it',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {},
  notes: [],
} as const;

export const labProcesses = [
  defineVerb({
    ...startedByLab,
    name: LAB_VERBS.run,
    run: async () => {
      checkParent(LAB_VERBS.run);
      await runSimulationProcess(traceOf);
      return ExitCode.done;
    },
  }),
  defineVerb({
    ...startedByLab,
    name: LAB_VERBS.hub,
    run: async () => {
      checkParent(LAB_VERBS.hub);
      await runHubProcess(traceOf);
      return ExitCode.done;
    },
  }),
  defineVerb({
    ...startedByLab,
    name: LAB_VERBS.replica,
    usage: '<url>',
    positionalsMin: 1,
    positionalsMax: 1,
    options: { slow: flag('reads only now and then') },
    run: async ({ positionals: [url = ''], values }) => {
      checkParent(LAB_VERBS.replica);
      await runReplicaProcess(url, values.slow);
      return ExitCode.done;
    },
  }),
] as const;
