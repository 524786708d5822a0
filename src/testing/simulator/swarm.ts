import type { Limits } from '../../core/limits.ts';
import type { Codec } from '../../protocol/frame-coder.ts';
import type { SessionLimits } from '../../protocol/session-limits.ts';
import type { SeededRandom } from '../seeded-random.ts';

/** What a run is made of. A time of 0 or a share of 0 means never. */
export interface Swarm {
  /** The longest that inflating a snapshot takes, in ms. */
  readonly unpackMs: number;
  /** Virtual time with faults, in ms; what follows is the time to heal. */
  readonly chaosMs: number;
  readonly replicas: number;
  /** Keys that the workload draws from. */
  readonly keys: number;
  /** Characters of text in a value. */
  readonly valueChars: number;
  /** Mean time between two turns in which something is committed. */
  readonly commitEveryMs: number;
  /** Most commits of one turn. */
  readonly commitsPerTurn: number;
  /** Shares of commits that are batches, deletions, replacements of everything. */
  readonly batches: number;
  readonly deletions: number;
  readonly replacements: number;
  /** Time on the line, in ms: the least, and the mean of what comes on top. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Shares of messages. */
  readonly loss: number;
  readonly duplicates: number;
  readonly reorders: number;
  readonly longDelays: number;
  readonly jams: number;
  readonly flips: number;
  readonly scrambles: number;
  readonly truncations: number;
  readonly splices: number;
  readonly stales: number;
  /** Mean times between faults of lines and nodes, in ms. */
  readonly cutEveryMs: number;
  readonly halfOpenEveryMs: number;
  readonly partitionEveryMs: number;
  readonly hubRestartEveryMs: number;
  readonly hubPauseEveryMs: number;
  readonly deposedEveryMs: number;
  readonly replicaRestartEveryMs: number;
  readonly replicaPauseEveryMs: number;
  readonly slowReaderEveryMs: number;
  readonly herdEveryMs: number;
  readonly clockJumpEveryMs: number;
  readonly session: Partial<SessionLimits>;
  /** Which codec frames travel in. */
  readonly codec: Codec;
  readonly limits: Partial<Limits>;
}

/** Each kind of fault is absent in half of the runs: many at once hide what one would show. */
function share(random: SeededRandom, most: number): number {
  if (random.chance(0.5)) return 0;
  const part = random.float();
  return most * part * part;
}

function every(random: SeededRandom, leastMs: number, mostMs: number): number {
  return random.chance(0.5) ? 0 : leastMs + random.below(mostMs - leastMs);
}

/**
 * Most runs are short and a few are long: another seed shows more than the same one going on, and
 * what takes long to come about still does. Between 4 and 32 s, 11 in the mean.
 */
function chaosOf(random: SeededRandom): number {
  const part = random.below(1000) / 1000;
  return 4000 + Math.floor(28_000 * part * part * part);
}

function sessionOf(random: SeededRandom): Partial<SessionLimits> {
  const heartbeatMs = random.pick([100, 300, 1000]);
  return {
    windowBytes: random.pick([1, 300, 2000, 20_000, 262_144]),
    partBytes: random.pick([64, 500, 4000, 16_384]),
    heartbeatMs,
    helloTimeoutMs: 2000,
    answerTimeoutMs: 2000,
    idleTimeoutMs: 10 * heartbeatMs,
    ackDelayMs: random.pick([10, 100, heartbeatMs]),
    catchUpBytesPerTurn: random.pick([1, 1000, 65_536]),
    openTransferBytesMax: random.fork('open transfers').pick([1, 2000, 100_000, 67_108_864]),
    backoffMinMs: random.pick([10, 200]),
    backoffMaxMs: random.pick([500, 2000]),
    repairsPerMinuteMax: random.pick([2, 10, 100]),
  };
}

function limitsOf(random: SeededRandom): Partial<Limits> {
  return {
    journalEntriesMax: random.pick([1, 5, 50, 5000, 65_536]),
    journalBytesMax: random.pick([2000, 100_000, 16_777_216]),
    tombstonesMax: random.pick([1, 5, 1000]),
  };
}

/** What most runs come to only now and then is what these are about. */
function aim(random: SeededRandom): Partial<Swarm> {
  const often = (leastMs: number): number => leastMs + random.below(3000);
  switch (random.below(24)) {
    case 0:
    case 1:
      // Copies of an unknown past, too large to be sent anew.
      return {
        keys: 40,
        valueChars: 160,
        replicas: 1 + random.below(4),
        commitEveryMs: 50,
        hubRestartEveryMs: often(1500),
        replicaRestartEveryMs: often(1500),
      };
    case 2:
    case 3:
      // Packed snapshots, and lines that are cut while they come.
      return {
        keys: 120,
        valueChars: 160,
        replicas: 1 + random.below(4),
        commitEveryMs: 100,
        unpackMs: random.pick([5, 1000, 4000]),
        cutEveryMs: often(300),
        replicaRestartEveryMs: often(1500),
      };
    case 4: {
      // A tree of more than one level; not often and not for long: a look at it takes its time.
      if (!random.chance(0.5)) return {};
      return {
        ...{ keys: 4200, valueChars: 0, replicas: 2, commitEveryMs: 1000, chaosMs: 8000 },
        hubRestartEveryMs: often(1500),
        replicaRestartEveryMs: often(1500),
      };
    }
    case 5:
      // Readers that stop in the middle of frames, while others wait for room for theirs.
      return {
        keys: 10,
        valueChars: 400,
        replicas: 4 + random.below(5),
        // Long enough for a hub to lose patience with them.
        chaosMs: 25_000,
        replicaPauseEveryMs: often(500),
        session: {
          ...sessionOf(random),
          ...{ windowBytes: 300, partBytes: 64, openTransferBytesMax: 1 },
          ...{ heartbeatMs: 300, idleTimeoutMs: 10_000, answerTimeoutMs: 1000 },
        },
      };
    default:
      return {};
  }
}

/** Draws what a run is made of, so that each seed explores another corner. */
export function drawSwarm(random: SeededRandom): Swarm {
  const values = random.chance(0.08) ? 400 : random.pick([0, 10, 40]);
  return {
    unpackMs: 5,
    chaosMs: chaosOf(random),
    replicas: 1 + random.below(random.chance(0.2) ? 16 : 8),
    keys: random.pick([2, 5, 10, 25]),
    valueChars: values,
    commitEveryMs: random.pick([20, 50, 150]),
    commitsPerTurn: random.pick([1, 1, 1, 2, 6]),
    batches: share(random, 0.5),
    deletions: share(random, 0.4),
    replacements: share(random, 0.05),
    latencyMs: random.pick([0, 1, 5, 40]),
    jitterMs: random.pick([0, 1, 10, 60]),
    loss: share(random, 0.3),
    duplicates: share(random, 0.5),
    reorders: share(random, 0.3),
    longDelays: share(random, 0.05),
    jams: share(random, 0.01),
    flips: share(random, 0.05),
    scrambles: share(random, 0.02),
    truncations: share(random, 0.02),
    splices: share(random, 0.02),
    stales: share(random, 0.05),
    cutEveryMs: every(random, 300, 10_000),
    halfOpenEveryMs: every(random, 2000, 20_000),
    partitionEveryMs: every(random, 2000, 20_000),
    hubRestartEveryMs: every(random, 1500, 20_000),
    hubPauseEveryMs: every(random, 2000, 20_000),
    deposedEveryMs: every(random, 3000, 20_000),
    replicaRestartEveryMs: every(random, 1000, 15_000),
    replicaPauseEveryMs: every(random, 1000, 15_000),
    slowReaderEveryMs: every(random, 1000, 15_000),
    herdEveryMs: every(random, 4000, 20_000),
    clockJumpEveryMs: every(random, 3000, 20_000),
    session: sessionOf(random),
    limits: limitsOf(random),
    ...aim(random),
    codec: random.chance(0.25) ? 'dense' : 'compact',
  };
}
