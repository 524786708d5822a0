import { DiffStreamError } from '../../core/errors.ts';
import { resolveLimits } from '../../core/limits.ts';
import { resolveSessionLimits } from '../../protocol/session-limits.ts';
import type { Swarm } from './swarm.ts';

/** A day of virtual time: longer than any timeout, and still the work of minutes. */
const DAY_MS = 86_400_000;
const TIME = [0, DAY_MS] as const;
const SHARE = [0, 1] as const;

type Numbered = { [Name in keyof Swarm]: Swarm[Name] extends number ? Name : never }[keyof Swarm];

/** The least and the most of each number; shares alone may be parts. */
const RANGES: Readonly<Record<Numbered, readonly [least: number, most: number]>> = {
  unpackMs: [1, DAY_MS],
  chaosMs: TIME,
  replicas: [1, 1000],
  keys: [1, 100_000],
  valueChars: [0, 1_000_000],
  commitEveryMs: TIME,
  commitsPerTurn: [1, 1000],
  batches: SHARE,
  deletions: SHARE,
  replacements: SHARE,
  latencyMs: TIME,
  jitterMs: TIME,
  loss: SHARE,
  duplicates: SHARE,
  reorders: SHARE,
  longDelays: SHARE,
  jams: SHARE,
  flips: SHARE,
  scrambles: SHARE,
  truncations: SHARE,
  splices: SHARE,
  stales: SHARE,
  cutEveryMs: TIME,
  halfOpenEveryMs: TIME,
  partitionEveryMs: TIME,
  hubRestartEveryMs: TIME,
  hubPauseEveryMs: TIME,
  deposedEveryMs: TIME,
  replicaRestartEveryMs: TIME,
  replicaPauseEveryMs: TIME,
  slowReaderEveryMs: TIME,
  herdEveryMs: TIME,
  clockJumpEveryMs: TIME,
};

/**
 * `bad-argument` that names the setting, for one that there is not, or out of its range: what is
 * misspelt would test something else, and pass.
 */
export function checkSwarm({ session, limits, codec, ...numbers }: Partial<Swarm>): void {
  resolveSessionLimits(session);
  resolveLimits(limits);
  if (codec !== undefined && !['auto', 'compact', 'dense'].includes(codec)) {
    throw wrong(`the codec is auto, compact or dense, not ${JSON.stringify(codec)}`);
  }
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(RANGES, name)) throw wrong(`there is no setting '${name}'`);
    const range = RANGES[name as Numbered];
    const [least, most] = range;
    const isKind = range === SHARE ? typeof value === 'number' : Number.isInteger(value);
    if (isKind && value >= least && value <= most) continue;
    const kind = range === SHARE ? 'a share' : 'a whole number';
    throw wrong(`${name} has to be ${kind} from ${least} to ${most}, not ${String(value)}`);
  }
}

function wrong(what: string): DiffStreamError {
  return new DiffStreamError('bad-argument', `a swarm: ${what}`);
}
