import { connect } from '../../client/index.ts';
import type { Replica } from '../../client/index.ts';
import type { StatusChange } from '../result.ts';
import { reasonOf } from '../measure/absences.ts';
import { monotonicMs } from '../monotonic-clock.ts';
import { SLOW_PAUSE_MS } from '../simulated/simulated-run.ts';
import { BurdenMeter } from './burden-meter.ts';
import { parentGone, tellParent } from '../child-process.ts';
import { contentsOf, digestOfContents, partsOf } from './contents.ts';
import { countingSocket } from './counting-socket.ts';
import type { SocketCounts } from './counting-socket.ts';
import { STREAM } from './ipc.ts';
import type { FromReplica, ToReplica } from './ipc.ts';

const REPORT_EVERY_MS = 100;
/** How long a slow replica is awake between two pauses, in ms. */
const AWAKE_MS = 50;
const ERROR_LENGTH_MAX = 200;
/** Errors told in one report; more within a tenth of a second tell nothing new. */
const FAILURES_MAX = 100;

/** One replica of a real run, in a process of its own. `isSlow`: it reads only now and then. */
export async function runReplicaProcess(url: string, isSlow: boolean): Promise<void> {
  const { Socket, counts } = countingSocket();
  const replica = connect(url, { WebSocket: Socket });
  const reporter = new Reporter(replica, counts);
  const timer = setInterval(() => reporter.report(), REPORT_EVERY_MS);
  let slow: NodeJS.Timeout | undefined;
  process.on('message', (message: ToReplica) => {
    if (message.kind === 'begin') {
      reporter.begin();
      if (isSlow) slow = setInterval(sleep, AWAKE_MS);
      return;
    }
    clearInterval(slow);
    void prove(replica, reporter, message);
  });
  await parentGone();
  clearInterval(slow);
  clearInterval(timer);
  await replica.close();
}

/** Nothing of this process runs meanwhile, as with one that has too much to do. */
function sleep(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLOW_PAUSE_MS);
}

function tell(message: FromReplica): Promise<void> {
  return tellParent(message);
}

class Reporter {
  private readonly counts: SocketCounts;
  private readonly burden = new BurdenMeter();
  private frames: number[] = [];
  private statuses: StatusChange[] = [];
  private failures: (readonly [atMs: number, why: string])[] = [];
  private lastError: string | undefined;

  constructor(replica: Replica<unknown>, counts: SocketCounts) {
    this.counts = counts;
    // Told by 'error' as well.
    replica.ready.catch(() => {});
    replica.subscribe(({ from, to }) => {
      this.frames.push(from, to, monotonicMs());
    });
    replica.on('status', (status) => {
      this.statuses.push([monotonicMs(), status]);
    });
    replica.on('error', (error) => {
      this.lastError = `${error.code}: ${error.message}`.slice(0, ERROR_LENGTH_MAX);
      if (this.failures.length === FAILURES_MAX) return;
      const why = reasonOf(error.code, error.message).slice(0, ERROR_LENGTH_MAX);
      this.failures.push([monotonicMs(), why]);
    });
  }

  /** Updates begin: processor time counts from here. */
  begin(): void {
    this.burden.restart();
  }

  report(): void {
    const { frames, statuses, failures, lastError } = this;
    const { messages, rungs, triedMs } = this.counts;
    this.frames = [];
    this.statuses = [];
    this.failures = [];
    this.counts.triedMs = [];
    const burden = this.burden.read();
    const passed = { messages, rungs, triedMs, burden };
    void tell({ kind: 'report', frames, statuses, failures, lastError, ...passed });
  }
}

async function prove(
  replica: Replica<unknown>,
  reporter: Reporter,
  { token, waitMs }: Extract<ToReplica, { kind: 'prove' }>,
): Promise<void> {
  // Whether it got there shows in the claim.
  await replica.atLeast(token, { signal: AbortSignal.timeout(waitMs) }).catch(() => {});
  // All that was shown is told before the claim: what comes later nobody looks at.
  reporter.report();
  const { status } = replica;
  const head = replica.head();
  const contents = contentsOf(replica);
  for (const entries of partsOf(contents)) await tell({ kind: 'contents', entries });
  const contentsDigest = digestOfContents(contents, STREAM);
  await tell({ kind: 'claim', status, head, contentsDigest });
}
