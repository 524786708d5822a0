import { startFaultProxy } from '../../testing/index.ts';
import { commandFor } from '../experiment/command.ts';
import type { PlannedRun } from '../experiment/experiment.ts';
import { planFaults } from '../fault-plan.ts';
import type { PlannedFault } from '../fault-plan.ts';
import { longestAbsences } from '../measure/absences.ts';
import { intervalMsFor } from '../measure/intervals.ts';
import { proxyFaults } from '../network.ts';
import { monotonicMs } from '../monotonic-clock.ts';
import { finite, lagFigures, noRungs, recoveryFigures } from '../result.ts';
import type { BrokenPromise, Proof, RunFigures, RunResult, Rungs } from '../result.ts';
import { RunMeter } from '../simulated/run-meter.ts';
import { HubWatch } from './hub-watch.ts';
import type { HubEnd } from './hub-watch.ts';
import { STREAM } from './ipc.ts';
import { ReplicaWatch } from './replica-watch.ts';
import { judge } from './verdict.ts';

/** For all replicas to have a first copy, in ms: over a slow line it takes its time. */
const JOIN_MS_MAX = 60_000;
/** Consumers get dense frames a second after they have come: updates begin when all may. */
const SETTLED_MS = 1200;
/** For all replicas to reach the head once updates and faults are over, in ms. */
const HEAL_MS_MAX = 60_000;
/** The same where somebody waits for the end. */
const HURRIED_MS_MAX = 5000;
const LOOK_EVERY_MS = 50;

/** Verbs of this program that a real run starts processes of. */
export interface ProcessVerbs {
  readonly programFile: string;
  readonly hub: string;
  readonly replica: string;
}

/** Where a real run stands, for those who watch. */
export interface RealProgress {
  readonly phase: string;
  /** 0 to 1. */
  readonly part: number;
  readonly statuses: readonly string[];
  readonly updates: number;
  readonly faults: number;
}

/** One run of real processes: a hub, replicas, and a proxy with faults before each of them. */
export class RealRun {
  /** Hears the numbers of all processes that were started. */
  onStarted: (pids: readonly number[]) => void = () => {};
  private readonly run: PlannedRun;
  private readonly meter: RunMeter;
  private readonly hub: HubWatch;
  private readonly verbs: ProcessVerbs;
  private readonly signal: AbortSignal;
  private readonly timers = new Set<NodeJS.Timeout>();
  private replicas: readonly ReplicaWatch[] = [];
  private phase = 'processes start';
  private title = '';
  private initialBytes = 0;
  private joinBytes = 0;
  private joinMs = Number.NaN;

  constructor(run: PlannedRun, verbs: ProcessVerbs, signal: AbortSignal) {
    const { consumers, slow } = run.settings;
    this.run = run;
    this.verbs = verbs;
    this.signal = signal;
    this.meter = new RunMeter(consumers, slow);
    this.hub = new HubWatch({
      programFile: verbs.programFile,
      args: [verbs.hub],
      onCommit: ({ keys, valueBytes }) => this.meter.committed(keys, valueBytes * consumers),
    });
  }

  get progress(): RealProgress {
    const { updating, recoveries, beganMs } = this.meter;
    const { forMs } = this.run.settings;
    const elapsedMs = Number.isNaN(beganMs) ? 0 : monotonicMs() - beganMs;
    return {
      phase: this.phase,
      part: Math.min(1, elapsedMs / forMs),
      statuses: this.replicas.map(({ status }) => status),
      updates: updating.updates,
      faults: Object.values(recoveries.counts).reduce((sum, count) => sum + count, 0),
    };
  }

  /** Plays it to its end, or until the signal, and proves what is there then. */
  async play(): Promise<RunResult> {
    const beganMs = performance.now();
    let broken: BrokenPromise | undefined;
    let end: HubEnd | undefined;
    let proof: Proof | undefined;
    let healMs = Number.NaN;
    try {
      await this.start();
      await this.update();
      ({ end, proof, healMs } = await this.prove());
      broken = brokenBy(proof);
    } catch (error) {
      broken = { promise: 'crash', what: (error as Error).message, atMs: this.sinceBegin };
    } finally {
      await this.close();
    }
    const isPartial = this.signal.aborted;
    const { run } = this;
    return {
      ...{ id: run.id, settings: run.settings, varied: run.varied },
      mode: 'real',
      title: this.title,
      command: commandFor(run.settings, true),
      figures: this.figures(end, healMs),
      ...{ trace: null, deliveries: null, isPartial },
      proof: proof ?? null,
      broken: broken ?? null,
      machine: this.machineFigures(end, performance.now() - beganMs),
    };
  }

  private get sinceBegin(): number | null {
    return finite(monotonicMs() - this.meter.beganMs);
  }

  private async start(): Promise<void> {
    const { settings } = this.run;
    const beganMs = monotonicMs();
    const { port, title, initialBytes } = await this.hub.start(settings);
    this.title = title;
    this.initialBytes = initialBytes;
    this.phase = 'replicas join';
    const { delayMs, jitterMs, bytesPerSecond, name } = settings.network;
    const calm = {
      name,
      ...(delayMs === undefined ? {} : { delayMs }),
      ...(jitterMs === undefined ? {} : { jitterMs }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    };
    const replicas: ReplicaWatch[] = [];
    this.replicas = replicas;
    for (let number = 1; number <= settings.consumers; number++) {
      const seed = `${settings.seed} replica ${number}`;
      const proxy = await startFaultProxy({ target: { port }, seed, faults: proxyFaults(calm) });
      const slow = number <= settings.slow ? ['--slow'] : [];
      const args = [this.verbs.replica, proxy.url(`/${STREAM}`), ...slow];
      replicas.push(new ReplicaWatch({ number, proxy, args, programFile: this.verbs.programFile }));
    }
    this.onStarted([this.hub, ...replicas].flatMap(({ pid }) => pid ?? []));
    const untilMs = monotonicMs() + JOIN_MS_MAX;
    while (!replicas.every(({ status }) => status === 'live')) {
      this.checkAlive();
      if (this.signal.aborted) return;
      if (monotonicMs() > untilMs) throw new Error(`not all replicas joined in ${JOIN_MS_MAX} ms`);
      await this.pause(LOOK_EVERY_MS);
    }
    this.joinMs = monotonicMs() - beganMs;
    await this.pause(SETTLED_MS);
    for (const { proxy } of replicas) this.joinBytes += proxy.counters.bytesDown;
  }

  /** Updates and faults, until the time is over, or the updates, or the signal. */
  private async update(): Promise<void> {
    if (this.signal.aborted) return;
    const { settings } = this.run;
    const { meter, hub, replicas } = this;
    this.phase = 'updates and faults';
    for (const replica of replicas) replica.begin();
    hub.begin();
    meter.begin(monotonicMs());
    const faults = proxyFaults(settings.network);
    for (const { proxy } of replicas) proxy.set(faults);
    for (const fault of planFaults(settings)) this.at(fault.atMs, () => this.strike(fault));
    const intervalMs = intervalMsFor(settings.forMs);
    let intervalEndMs = intervalMs;
    const endMs = meter.beganMs + settings.forMs;
    while (!this.signal.aborted && monotonicMs() < endMs && !hub.isOver) {
      await Promise.race([this.pause(LOOK_EVERY_MS), hub.lost]);
      this.checkAlive();
      this.look(true);
      if (monotonicMs() - meter.beganMs < intervalEndMs) continue;
      // The last one ends with the updates.
      if (intervalEndMs >= settings.forMs) continue;
      meter.updating.endInterval(monotonicMs() - meter.beganMs);
      intervalEndMs += intervalMs;
    }
    for (const timer of this.timers) clearTimeout(timer);
  }

  private strike({ kind, replica, forMs }: PlannedFault): void {
    const { meter, hub, replicas } = this;
    const watch = replicas[replica - 1];
    // The proxies strike silence by themselves: their counters tell of it.
    if (watch === undefined || kind === 'silence') return;
    const sinceMs = (): number => monotonicMs() - meter.beganMs;
    const fault = meter.recoveries.begin(kind, replica, sinceMs(), forMs);
    if (kind === 'stall') watch.proxy.stall(forMs);
    else watch.proxy.cutAll();
    if (kind === 'away') watch.proxy.refuse(true);
    const over = (): void => {
      if (kind === 'away') watch.proxy.refuse(false);
      meter.recoveries.ended(fault, hub.version, sinceMs());
    };
    if (forMs === 0) over();
    else this.at(sinceMs() + forMs, over);
  }

  /** Takes in what replicas and proxies have to tell. */
  private look(withFaults: boolean): void {
    const { meter, hub } = this;
    const nowMs = monotonicMs();
    for (const replica of this.replicas) {
      const { number } = replica;
      for (const shown of replica.takeShown(hub.version)) {
        if (shown.kind === 'status') meter.statusOf(number, shown.status, shown.atMs);
        else meter.changed(number, shown, shown.atMs, (version) => hub.committedMs(version));
      }
      if (!withFaults) continue;
      const { down, up, messages, faults } = replica.takePassed();
      meter.updating.passed('down', down);
      meter.updating.passed('up', up);
      meter.updating.addMessages(messages);
      for (const kind of faults) {
        const fault = meter.recoveries.begin(kind, number, nowMs - meter.beganMs);
        meter.recoveries.ended(fault, hub.version, nowMs - meter.beganMs);
      }
    }
  }

  /** Stops all faults, waits for the replicas, and compares each with the producer. */
  private async prove(): Promise<{ end: HubEnd; proof: Proof; healMs: number }> {
    const { meter, hub, replicas, signal } = this;
    this.phase = 'replicas catch up';
    const beganMs = monotonicMs();
    const sinceMs = beganMs - meter.beganMs;
    if (!Number.isNaN(sinceMs)) meter.updating.endInterval(sinceMs);
    meter.recoveries.endAll(hub.version, sinceMs);
    for (const { proxy } of replicas) proxy.heal();
    const end = await hub.finish();
    const { head, contents } = end;
    const truth = { head, contents };
    const token = { epoch: head.epoch, version: head.version };
    const waitMs = signal.aborted ? HURRIED_MS_MAX : HEAL_MS_MAX;
    const verdicts = await Promise.all(
      replicas.map(async (replica) => {
        const answer = await replica.prove(token, waitMs);
        const healMs = monotonicMs() - beganMs;
        if (answer === undefined)
          return { healMs, reasons: [`its process ${replica.gone ?? 'does not answer'}`] };
        return { healMs, reasons: judge(truth, answer.claim, answer.contents).reasons };
      }),
    );
    this.look(false);
    const healMs = verdicts.reduce((most, one) => Math.max(most, one.healMs), 0);
    const differences = verdicts.flatMap(({ reasons }, i) =>
      reasons.length === 0 ? [] : [`replica ${i + 1}: ${reasons.join('; ')}${saidBy(replicas[i])}`],
    );
    const proof: Proof = {
      replicas: this.run.settings.consumers,
      equal: verdicts.length - differences.length,
      version: head.version,
      entries: contents.size,
      digest: head.digest,
      differences,
    };
    return { end, proof, healMs };
  }

  private async close(): Promise<void> {
    this.phase = 'processes end';
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.all(this.replicas.map((replica) => replica.close()));
    await this.hub.stop();
  }

  private figures(end: HubEnd | undefined, healMs: number): RunFigures {
    const { meter, replicas } = this;
    const { updating, recoveries, lag, slowLag } = meter;
    const { consumers, forMs } = this.run.settings;
    const { updates, distinctKeys, originalBytes, sentBytes, upBytes } = updating;
    const ranMs = updating.intervals.at(-1)?.atMs ?? forMs;
    const visible = (lag.total + slowLag.total) / consumers / (ranMs / 1000);
    return {
      ...{ updates, distinctKeys, originalBytes, sentBytes, upBytes },
      entries: end?.contents.size ?? 0,
      initialBytes: this.initialBytes,
      joinBytes: this.joinBytes,
      joinMs: finite(this.joinMs) ?? 0,
      ratio: finite(originalBytes / sentBytes),
      bytesPerUpdate: finite(sentBytes / updates / consumers),
      framesEncodedPerUpdate: finite((end?.framesEncoded ?? Number.NaN) / updates),
      visiblePerSecond: finite(visible) ?? 0,
      lag: lagFigures(lag),
      slowLag: lagFigures(slowLag),
      faults: recoveries.counts,
      recoveries: recoveryFigures(recoveries.faults, recoveries.counts),
      rungs: sumOfRungs(replicas.map(({ rungsSince }) => rungsSince)),
      messages: updating.messages,
      intervals: updating.intervals,
      timelines: meter.timelines,
      absences: longestAbsences(
        meter.timelines,
        ranMs + (finite(healMs) ?? 0),
        recoveries.faults,
        replicas.map((replica) => replica.attemptsSince(meter.beganMs)),
      ),
      samples: [],
      healMs: finite(healMs),
    };
  }

  private machineFigures(end: HubEnd | undefined, wallMs: number): RunResult['machine'] {
    const { replicas, hub } = this;
    const burden = end?.burden ?? hub.burden;
    const mean = (of: (replica: ReplicaWatch) => number): number | null =>
      finite(replicas.reduce((sum, replica) => sum + of(replica), 0) / replicas.length);
    return {
      wallMs,
      hubMs: burden.cpuMs,
      hubMicrosPerUpdate: finite((burden.cpuMs * 1000) / this.meter.updating.updates),
      hubMemoryBytes: burden.memoryBytes,
      replicaMs: mean((replica) => replica.burden.cpuMs),
      replicaMemoryBytes: mean((replica) => replica.burden.memoryBytes),
    };
  }

  private checkAlive(): void {
    for (const { number, gone } of this.replicas) {
      if (gone !== undefined) throw new Error(`replica ${number}'s process ended: ${gone}`);
    }
  }

  private at(sinceBeginMs: number, work: () => void): void {
    const waitMs = this.meter.beganMs + sinceBeginMs - monotonicMs();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, waitMs);
    this.timers.add(timer);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, this.signal.aborted ? 0 : ms);
      this.signal.addEventListener('abort', done);
    });
  }
}

function saidBy(replica: ReplicaWatch | undefined): string {
  return replica?.lastError === undefined ? '' : ` (its latest error: ${replica.lastError})`;
}

function brokenBy({ replicas, equal, differences }: Proof): BrokenPromise | undefined {
  if (equal === replicas) return undefined;
  const what = differences.join('; ') || `${equal} of ${replicas} replicas were there to prove`;
  return { promise: 'proof', what, atMs: null };
}

function sumOfRungs(all: readonly Rungs[]): Rungs {
  const names = Object.keys(noRungs) as (keyof Rungs)[];
  const sum = (name: keyof Rungs): number => all.reduce((total, one) => total + one[name], 0);
  return Object.fromEntries(names.map((name) => [name, sum(name)])) as {
    [Name in keyof Rungs]: number;
  };
}
