import { connect } from '../../client/index.ts';
import type { Replica } from '../../client/index.ts';
import { DiffStreamError } from '../../core/errors.ts';
import { contentsOf, digestOfContents, partsOf } from '../../lab/real/contents.ts';
import { ExitCode } from '../exit-code.ts';
import { shortened } from '../printable.ts';
import { defineVerb } from '../verb.ts';
import { monotonicMs } from '../../lab/monotonic-clock.ts';
import type { FromReplica, ProofRequest } from './replica-message.ts';
import { sabotaged } from './sabotage.ts';

/** The verb of a replica process; no person types it. */
export const REPLICA_VERB = '__replica';

/**
 * This network fails every few seconds, and at random: replicas try again sooner than they would
 * elsewhere, and do not take many repairs for a systematic error.
 */
const SESSION = { backoffMaxMs: 2_000, answerTimeoutMs: 3_000, repairsPerMinuteMax: 60 };

const REPORT_EVERY_MS = 150;

/**
 * One replica in a process of its own, for the demo that started it: reports what it does, and
 * proves its contents when asked. Ends when the channel to its parent closes, however the parent
 * ended; signals are for the parent to answer.
 */
export const replicaProcess = defineVerb({
  name: REPLICA_VERB,
  summary: 'one replica of the demo; started by it',
  usage: '<url> <stream>',
  positionalsMin: 2,
  positionalsMax: 2,
  options: {},
  notes: [],
  run: async ({ positionals }) => {
    const [url = '', stream = ''] = positionals;
    if (process.send === undefined) {
      throw new DiffStreamError('bad-argument', `${REPLICA_VERB} is started by demo alone`);
    }
    const replica = connect(url, { session: SESSION });
    const reporter = new Reporter(replica);
    const timer = setInterval(() => reporter.report(), REPORT_EVERY_MS);
    process.on('message', (request: ProofRequest) => {
      void prove(replica, stream, request).then(() => reporter.report());
    });
    await new Promise((resolve) => process.once('disconnect', resolve));
    clearInterval(timer);
    return ExitCode.done;
  },
});

/** Resolves when the message is on its way: a long proof does not pile up in memory. */
function send(message: FromReplica): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(message, () => resolve());
    else resolve();
  });
}

class Reporter {
  readonly #replica: Replica<unknown>;
  #frames: number[] = [];
  #lastError: string | undefined;
  #errors = 0;

  constructor(replica: Replica<unknown>) {
    this.#replica = replica;
    // Told by 'error' as well.
    replica.ready.catch(() => {});
    replica.subscribe(({ from, to }) => {
      this.#frames.push(from, to, monotonicMs());
    });
    replica.on('error', (error) => {
      this.#errors++;
      this.#lastError = shortened(`${error.code}: ${error.message}`, 200);
    });
  }

  report(): void {
    const { status, version, size, stats } = this.#replica;
    const { resumes, repairs, snapshots, wireBytes } = stats;
    const frames = this.#frames;
    this.#frames = [];
    const lastError = this.#lastError;
    const errors = this.#errors;
    const digest = this.#replica.head()?.digest ?? '';
    const counts = { resumes, repairs, snapshots, wireBytes, errors };
    const state = { status, version, digest, entries: size };
    void send({ kind: 'report', ...state, frames, lastError, ...counts });
  }
}

async function prove(
  replica: Replica<unknown>,
  stream: string,
  { token, waitMs, sabotage }: ProofRequest,
): Promise<void> {
  // Whether it got there shows in the proof.
  await replica.atLeast(token, { signal: AbortSignal.timeout(waitMs) }).catch(() => {});
  const { status } = replica;
  const head = replica.head();
  const own = contentsOf(replica);
  const contents = sabotage ? sabotaged(own) : own;
  for (const entries of partsOf(contents)) await send({ kind: 'contents', entries });
  const contentsDigest = digestOfContents(contents, stream);
  await send({ kind: 'proof', status, head, contentsDigest });
}
