import type { Head } from '../../cache/entry.ts';
import { serve } from '../../server/index.ts';
import type { Hub } from '../../server/index.ts';
import type { Faults } from '../../testing/index.ts';
import type { Interrupt } from '../interrupt.ts';
import { BROWSER, DemoPage } from './demo-page.ts';
import { Lag } from './lag.ts';
import { MeasuredStream } from './measured-stream.ts';
import { Meter } from './meter.ts';
import { monotonicMs } from '../../lab/monotonic-clock.ts';
import { judge } from '../../lab/real/verdict.ts';
import type { Truth, Verdict } from '../../lab/real/verdict.ts';
import { DemoNetwork } from './network.ts';
import { ReplicaHandle } from './replica-handle.ts';
import type { Snapshot, Traffic } from './snapshot.ts';
import type { Workload } from './workload.ts';

/** Faults begin when every replica has joined, and after this time, in ms, in any case. */
const JOIN_MS_MAX = 5000;
/** Time for the replicas to reach the head once updates have stopped and the network is healed. */
const SETTLE_MS_MAX = 15_000;
const POLL_MS = 50;
/** A replica in a page gets this long, in ms, once the others are done: nobody waits for it. */
const BROWSER_MS_MAX = 1500;

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
  /** Whether the replica in the page, if there is one, is at the producer's head too. */
  readonly browser: boolean | undefined;
}

/** A hub, a network with faults, replica processes, and what happens between them. */
export class DemoRun {
  readonly #options: DemoRunOptions;
  readonly #hub: Hub;
  readonly #network: DemoNetwork;
  readonly #page: DemoPage;
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
    const page = new DemoPage();
    const hub = await serve({ dashboard: page.options });
    const numbers = Array.from({ length: options.replicas }, (_, index) => String(index + 1));
    const names = [...numbers, BROWSER];
    const network = await DemoNetwork.start({ port: hub.port, seed: options.seed, names });
    return new DemoRun(options, hub, network, page);
  }

  private constructor(options: DemoRunOptions, hub: Hub, network: DemoNetwork, page: DemoPage) {
    this.#options = options;
    this.#hub = hub;
    this.#network = network;
    this.#page = page;
    const producer = hub.stream(STREAM);
    this.#stream = new MeasuredStream(producer);
    this.#contents = () => ({
      head: producer.head(),
      contents: new Map([...producer].map(([key, value]) => [key, JSON.stringify(value)])),
    });
    const { programFile, onNotice } = options;
    this.#replicas = Array.from({ length: options.replicas }, (_, index) => {
      const number = index + 1;
      const url = `${network.url(String(number), `/${STREAM}`)}?name=replica-${number}`;
      const onFrame = this.#onFrame;
      return new ReplicaHandle({
        ...{ number, programFile, url, stream: STREAM },
        versionNow: () => producer.version,
        onTrouble: (text) => this.#tell(String(number), 'trouble', text),
        ...{ onFrame, onNotice },
      });
    });
    page.begin({
      ...{ stream: STREAM, network },
      snapshot: () => this.snapshot(),
      digestAt: (version) => this.#stream.commitDigests.at(version),
      onAct: (name, act) => this.#tell(name, 'fault', `${act}, by hand`),
      onTrouble: (name, text) => this.#tell(name, 'trouble', text),
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

  get pageUrl(): string {
    return this.#hub.pageUrl ?? '';
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
    this.#network.heal();
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
    const browser = await this.#browserVerdict(truth.head);
    return { head: truth.head, entries: truth.contents.size, verdicts, browser };
  }

  /** Shows the outcome on the page, for as long as the hub is still there. */
  show(words: string, isProven: boolean): void {
    this.#phase = 'over';
    this.#page.end(words, isProven);
    this.#hub.dashboard?.refresh();
  }

  async #browserVerdict({ version, digest }: Head): Promise<boolean | undefined> {
    const untilMs = performance.now() + BROWSER_MS_MAX;
    for (;;) {
      const { browser } = this.#page;
      if (browser === undefined) return undefined;
      if (browser.version >= version) return browser.digest === digest;
      if (performance.now() >= untilMs) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #tell(name: string, what: 'trouble' | 'fault', cause: string): void {
    const who = name === BROWSER ? name : `replica-${name}`;
    this.#hub.dashboard?.tell({ stream: STREAM, who, what, from: 0, to: 0, cause });
  }

  /** Ends the replica processes, the network and the hub. */
  async close(): Promise<void> {
    await Promise.all(this.#replicas.map((replica) => replica.stop()));
    await this.#network.close();
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
      faults: this.#network.counters,
      byHand: this.#network.byHand,
      replicas: this.#replicas.map((replica) => {
        const { number, pid, status, version: its, digest, behind, restarts, counts } = replica;
        return { number, pid, status, version: its, digest, behind, restarts, ...counts };
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
    const names = this.#replicas.map(({ number }) => String(number));
    return { jsonBytes, sentBytes: this.#network.bytesDown(names) };
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
    this.#network.begin(this.#options.faults);
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
