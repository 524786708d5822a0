import type { Head } from '../../cache/entry.ts';
import { serve } from '../../server/index.ts';
import type { Hub } from '../../server/index.ts';
import { startFaultProxy } from '../../testing/index.ts';
import type { FaultProxy, Faults } from '../../testing/index.ts';
import type { Interrupt } from '../interrupt.ts';
import { Lag } from './lag.ts';
import { MeasuredStream } from './measured-stream.ts';
import { Meter } from './meter.ts';
import { monotonicMs } from './monotonic-clock.ts';
import { judge } from './proof.ts';
import type { Truth, Verdict } from './proof.ts';
import { ReplicaHandle } from './replica-handle.ts';
import type { Snapshot, Traffic } from './snapshot.ts';
import type { Workload } from './workload.ts';

/** Faults begin when every replica has joined, and after this time, in ms, in any case. */
const JOIN_MS_MAX = 5000;
/** Time for the replicas to reach the head once updates have stopped and the network is healed. */
const SETTLE_MS_MAX = 15_000;
const POLL_MS = 50;

const STREAM = 'demo';

const UNKNOWN_TRAFFIC: Traffic = { jsonBytes: Number.NaN, sentBytes: Number.NaN };

export interface DemoRunOptions {
  readonly workload: Workload;
  readonly replicas: number;
  readonly faults: Faults;
  readonly seed: string;
  readonly forMs: number;
  readonly programFile: string;
  readonly interrupt: Interrupt;
  readonly onNotice: (text: string) => void;
}

export interface ReplicaVerdict extends Verdict {
  readonly number: number;
  /** The latest of its errors: they are part of a bad network, and may say why it failed. */
  readonly lastError: string | undefined;
}

export interface DemoResult {
  readonly head: Head;
  readonly entries: number;
  readonly verdicts: readonly ReplicaVerdict[];
}

/** A hub, a network with faults, replica processes, and what happens between them. */
export class DemoRun {
  readonly #options: DemoRunOptions;
  readonly #hub: Hub;
  readonly #proxy: FaultProxy;
  readonly #stream: MeasuredStream;
  readonly #contents: () => Truth;
  readonly #replicas: readonly ReplicaHandle[];
  readonly #lag = new Lag();
  readonly #meter = new Meter();
  readonly #startMs = performance.now();
  #phase = 'replicas join';
  /** When every replica had joined (monotonicMs), what that took, and the traffic until then. */
  #joined:
    | { readonly atMs: number; readonly joining: Traffic; readonly until: Traffic }
    | undefined;

  /** Rejects with what `serve` rejects with. */
  static async start(options: DemoRunOptions): Promise<DemoRun> {
    const hub = await serve({});
    const proxy = await startFaultProxy({ target: { port: hub.port }, seed: options.seed });
    return new DemoRun(options, hub, proxy);
  }

  private constructor(options: DemoRunOptions, hub: Hub, proxy: FaultProxy) {
    this.#options = options;
    this.#hub = hub;
    this.#proxy = proxy;
    const producer = hub.stream(STREAM);
    this.#stream = new MeasuredStream(producer);
    this.#contents = () => ({
      head: producer.head(),
      contents: new Map([...producer].map(([key, value]) => [key, JSON.stringify(value)])),
    });
    const { programFile, onNotice } = options;
    this.#replicas = Array.from({ length: options.replicas }, (_, index) => {
      const url = proxy.url(`/${STREAM}`);
      const onFrame = this.#onFrame;
      return new ReplicaHandle({
        ...{ number: index + 1, programFile, url, stream: STREAM },
        versionNow: () => producer.version,
        ...{ onFrame, onNotice },
      });
    });
    for (const replica of this.#replicas) replica.start();
    this.#meter.perSecond(0, this.#startMs);
  }

  get hubUrl(): string {
    return `${this.#hub.url}/${STREAM}`;
  }

  /** Of the replica processes, in their order. */
  get pids(): readonly number[] {
    return this.#replicas.flatMap(({ pid }) => pid ?? []);
  }

  get networkUrl(): string {
    return this.#proxy.url(`/${STREAM}`);
  }

  /** Updates, with faults as soon as every replica has joined, until the time is over. */
  async update(): Promise<void> {
    const { workload, forMs, interrupt } = this.#options;
    const over = new AbortController();
    const work = workload.run(this.#stream, over.signal);
    try {
      const time = this.#timeOver(forMs);
      await Promise.race([time, failureOf(work), this.#beginFaults(time)]);
      if (!interrupt.requested) await Promise.race([time, failureOf(work)]);
    } finally {
      over.abort();
    }
    await work;
  }

  /** Stops all faults, waits for the replicas, and compares each with the producer. */
  async prove(sabotage: boolean): Promise<DemoResult> {
    this.#phase = 'replicas catch up';
    this.#proxy.heal();
    const truth = this.#contents();
    const { epoch, version } = truth.head;
    const last = this.#replicas.length - 1;
    const verdicts = await Promise.all(
      this.#replicas.map(async (replica, index): Promise<ReplicaVerdict> => {
        const answer = await replica.prove({
          token: { epoch, version },
          waitMs: SETTLE_MS_MAX,
          sabotage: sabotage && index === last,
        });
        const { number, lastError } = replica;
        if (answer === undefined) return { number, lastError, ...noAnswer(replica) };
        return { number, lastError, ...judge(truth, answer.proof, answer.contents) };
      }),
    );
    return { head: truth.head, entries: truth.contents.size, verdicts };
  }

  /** Ends the replica processes, the network and the hub. */
  async close(): Promise<void> {
    await Promise.all(this.#replicas.map((replica) => replica.stop()));
    await this.#proxy.close();
    await this.#hub.close({ drainMs: 0 });
  }

  /** Lags of the whole run, in ms. */
  get lagMs(): { readonly p50: number; readonly p99: number } {
    return { p50: this.#lag.whole.quantile(0.5), p99: this.#lag.whole.quantile(0.99) };
  }

  snapshot(): Snapshot {
    const nowMs = performance.now();
    const { updates, version, entries } = this.#stream;
    const { recent } = this.#lag;
    const all = this.#traffic;
    const { joining, until } = this.#joined ?? { joining: UNKNOWN_TRAFFIC, until: all };
    return {
      elapsedMs: nowMs - this.#startMs,
      forMs: this.#options.forMs,
      phase: this.#phase,
      version,
      entries,
      updates,
      updatesPerSecond: this.#meter.perSecond(updates, nowMs),
      joining,
      updating: {
        jsonBytes: all.jsonBytes - until.jsonBytes,
        sentBytes: all.sentBytes - until.sentBytes,
      },
      lagMs: { p50: recent.quantile(0.5), p99: recent.quantile(0.99) },
      faults: { ...this.#proxy.counters },
      replicas: this.#replicas.map((replica) => {
        const { number, pid, status, version: its, behind, restarts, counts } = replica;
        return { number, pid, status, version: its, behind, restarts, ...counts };
      }),
    };
  }

  readonly #onFrame = (from: number, to: number, atMs: number): void => {
    // A first state is no update that arrived late.
    if (from === 0) return;
    const joinedMs = this.#joined?.atMs ?? Infinity;
    for (let version = from + 1; version <= to; version++) {
      const committedMs = this.#stream.commitTimes.at(version) ?? 0;
      if (committedMs >= joinedMs) this.#lag.add(atMs - committedMs, atMs);
    }
  };

  get #traffic(): Traffic {
    const jsonBytes = this.#stream.jsonBytes * this.#replicas.length;
    return { jsonBytes, sentBytes: this.#proxy.counters.bytesDown };
  }

  #timeOver(forMs: number): Promise<unknown> {
    const leftMs = Math.max(0, forMs - (performance.now() - this.#startMs));
    return this.#options.interrupt.wait(leftMs);
  }

  async #beginFaults(timeOver: Promise<unknown>): Promise<void> {
    const untilMs = performance.now() + JOIN_MS_MAX;
    const hasJoined = (): boolean => this.#replicas.every(({ status }) => status === 'live');
    while (!hasJoined() && performance.now() < untilMs) {
      const pause = new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const isOver = await Promise.race([timeOver.then(() => true), pause.then(() => false)]);
      if (isOver) return;
    }
    const until = this.#traffic;
    const jsonBytes = this.#stream.stateJsonBytes() * this.#replicas.length;
    this.#joined = { atMs: monotonicMs(), joining: { ...until, jsonBytes }, until };
    this.#phase = 'updates and faults';
    this.#proxy.set(this.#options.faults);
  }
}

/** Rejects when the work does; stays pending where it ends well. */
function failureOf(work: Promise<void>): Promise<never> {
  return new Promise((_resolve, reject) => {
    work.catch(reject);
  });
}

function noAnswer(replica: ReplicaHandle): Verdict {
  const why = replica.pid === undefined ? 'its process is gone' : 'its process does not answer';
  return { isEqual: false, reasons: [why], differences: [], differenceCount: 0 };
}
