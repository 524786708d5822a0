import type { Swarm } from '../../testing/simulator/swarm.ts';
import type { RunCodec, RunSettings } from '../experiment/experiment.ts';

/** Settings with which the simulator itself does nothing: faults are the lab's. */
export function calmSwarm(settings: RunSettings & { readonly codec: RunCodec }): Swarm {
  return {
    unpackMs: 5,
    chaosMs: settings.forMs,
    replicas: settings.consumers,
    keys: 0,
    valueChars: 0,
    commitEveryMs: 0,
    commitsPerTurn: 1,
    batches: 0,
    deletions: 0,
    replacements: 0,
    latencyMs: 0,
    jitterMs: 0,
    loss: 0,
    duplicates: 0,
    reorders: 0,
    longDelays: 0,
    jams: 0,
    flips: 0,
    scrambles: 0,
    truncations: 0,
    splices: 0,
    stales: 0,
    cutEveryMs: 0,
    halfOpenEveryMs: 0,
    partitionEveryMs: 0,
    hubRestartEveryMs: 0,
    hubPauseEveryMs: 0,
    deposedEveryMs: 0,
    replicaRestartEveryMs: 0,
    replicaPauseEveryMs: 0,
    slowReaderEveryMs: 0,
    herdEveryMs: 0,
    clockJumpEveryMs: 0,
    session: {},
    codec: settings.codec,
    limits: {},
  };
}
