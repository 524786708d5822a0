import type { ProducerCache } from '../../cache/producer.ts';
import { serve } from '../../server/index.ts';
import type { Hub } from '../../server/index.ts';
import { isCounted } from '../experiment/experiment.ts';
import type { RunSettings } from '../experiment/experiment.ts';
import { monotonicMs } from '../monotonic-clock.ts';
import { Schedule } from '../workload/schedule.ts';
import type { Due } from '../workload/schedule.ts';
import type { Trace } from '../workload/trace.ts';
import type { Update } from '../workload/workload.ts';
import { BurdenMeter } from './burden-meter.ts';
import { parentGone, tellParent } from '../child-process.ts';
import { contentsOf, partsOf } from './contents.ts';
import { STREAM } from './ipc.ts';
import type { CommitReport, FromHub, ToHub } from './ipc.ts';

const REPORT_EVERY_MS = 100;
/** What is due is committed once in so long, in ms: a timer cannot wait for less. */
const TURN_MS = 1;
/** Longer than this, in ms, no turn commits: sessions get theirs. */
const SLICE_MS = 8;

/** The hub of a real run, in a process of its own. Ends when the channel to its parent closes. */
export async function runHubProcess(
  loadTrace: (settings: RunSettings) => Promise<Trace | undefined>,
): Promise<void> {
  let running: RunningHub | undefined;
  const start = async (settings: RunSettings): Promise<void> => {
    running = await RunningHub.start(settings, await loadTrace(settings));
  };
  process.on('message', (message: ToHub) => {
    if (message.kind === 'start') {
      void start(message.settings);
    } else if (message.kind === 'begin') running?.begin();
    else void running?.finish();
  });
  await parentGone();
  running?.end();
}

function tell(message: FromHub): Promise<void> {
  return tellParent(message);
}

class RunningHub {
  private readonly hub: Hub;
  private readonly stream: ProducerCache;
  private readonly schedule: Schedule;
  private readonly burden = new BurdenMeter();
  private commits: CommitReport[] = [];
  private reporter: NodeJS.Timeout | undefined;
  private turn: NodeJS.Timeout | undefined;
  private isOver = false;

  static async start(settings: RunSettings, trace: Trace | undefined): Promise<RunningHub> {
    return new RunningHub(await serve({}), settings, trace);
  }

  private constructor(hub: Hub, settings: RunSettings, trace: Trace | undefined) {
    const { codec } = settings;
    this.hub = hub;
    this.stream = hub.stream(STREAM, isCounted(codec) ? {} : { codec });
    this.schedule = new Schedule(settings, trace);
    const { title } = this.schedule.workload;
    let initialBytes = 0;
    this.stream.batch((tx) => {
      for (const [key, value] of this.schedule.workload.initial()) {
        initialBytes += jsonBytesOf(value);
        tx.set(key, value);
      }
    });
    void tell({ kind: 'listening', port: hub.port, title, initialBytes });
  }

  begin(): void {
    const beganMs = monotonicMs();
    this.burden.restart();
    this.reporter = setInterval(() => this.report(), REPORT_EVERY_MS);
    let due = this.schedule.next();
    const turn = (): void => {
      const nowMs = monotonicMs();
      for (; due !== undefined && beganMs + due.atMs <= nowMs; due = this.schedule.next()) {
        this.commit(due);
        if (monotonicMs() > nowMs + SLICE_MS) break;
      }
      if (due === undefined) this.isOver = true;
      else this.turn = setTimeout(turn, Math.max(TURN_MS, waitMs(due, beganMs)));
    };
    turn();
  }

  /** Tells where the producer stands, and all it holds. */
  async finish(): Promise<void> {
    clearTimeout(this.turn);
    clearInterval(this.reporter);
    const burden = this.burden.read();
    this.isOver = true;
    this.report();
    for (const entries of partsOf(contentsOf(this.stream))) {
      await tell({ kind: 'contents', entries });
    }
    const pattern = /^diffstream_frames_encoded_total\{[^}]*\} (\d+)$/m;
    const framesEncoded = Number(pattern.exec(this.hub.metrics())?.[1] ?? Number.NaN);
    await tell({ kind: 'finished', head: this.stream.head(), burden, framesEncoded });
  }

  end(): void {
    clearTimeout(this.turn);
    clearInterval(this.reporter);
    void this.hub.close({ drainMs: 0 });
  }

  private commit({ update }: Due): void {
    const { stream } = this;
    const before = stream.version;
    apply(stream, update);
    if (stream.version === before) return;
    let valueBytes = 0;
    for (const { value } of update) if (value !== undefined) valueBytes += jsonBytesOf(value);
    const keys = update.map(({ key }) => key);
    this.commits.push({ version: stream.version, atMs: monotonicMs(), keys, valueBytes });
  }

  private report(): void {
    const { commits, isOver } = this;
    this.commits = [];
    void tell({ kind: 'commits', commits, burden: this.burden.read(), isOver });
  }
}

function apply(stream: ProducerCache, update: Update): void {
  // A recorded feed may delete what is not there.
  const changes = update.filter(({ key, value }) => value !== undefined || stream.get(key));
  const [first] = changes;
  if (first === undefined) return;
  if (changes.length === 1) {
    if (first.value === undefined) stream.delete(first.key);
    else stream.set(first.key, first.value);
    return;
  }
  stream.batch((tx) => {
    for (const { key, value } of changes) {
      if (value === undefined) tx.delete(key);
      else tx.set(key, value);
    }
  });
}

function waitMs({ atMs }: Due, beganMs: number): number {
  return beganMs + atMs - monotonicMs();
}

function jsonBytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
