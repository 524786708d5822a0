import { readdirSync, readFileSync } from 'node:fs';
import * as nodeOs from 'node:os';
import { join } from 'node:path';

import { printable, shortened } from './printable.ts';
import { readInterfaces, readMemory, readProcess } from './system-proc.ts';
import type { InterfaceCounters, ProcessFacts } from './system-proc.ts';

/** Processes with an entry: those that use most time on processors, then most memory. */
const PROCESSES_MAX = 200;
/** Processes looked at in one sample, those with the lowest numbers: each costs some 20 µs. */
const PROCESSES_READ_MAX = 4000;
/** Interfaces with an entry; machines with many containers have thousands. */
const INTERFACES_MAX = 64;
/** Processors with an entry. */
const CPUS_MAX = 256;
const NAME_LENGTH_MAX = 64;
/** Of the kernel's clock for people: the same on every Linux. */
const TICKS_PER_SECOND = 100;

type Os = Pick<
  typeof nodeOs,
  'cpus' | 'totalmem' | 'freemem' | 'loadavg' | 'networkInterfaces' | 'uptime'
>;

export interface SystemSourceOptions {
  /** Where Linux tells of itself; elsewhere there is no such folder, and less is known. */
  readonly procFolder?: string;
  readonly os?: Os;
  readonly nowMs?: () => number;
  /** Of memory, in bytes. */
  readonly pageBytes?: number;
}

/** One state of the machine: values by key, `cpu/0`, `memory`, `net/eth0`, `process/1234`. */
export type SystemSample = ReadonlyMap<string, object>;

interface CpuTimes {
  readonly busy: number;
  readonly all: number;
}

/** Figures of this machine. What they were before is kept, to tell rates and shares. */
export class SystemSource {
  readonly #proc: string;
  readonly #os: Os;
  readonly #nowMs: () => number;
  readonly #pageBytes: number;
  #lastMs = Number.NaN;
  #cpus: readonly CpuTimes[] = [];
  #interfaces: ReadonlyMap<string, InterfaceCounters> = new Map();
  #processes: ReadonlyMap<number, ProcessFacts> = new Map();

  constructor(options: SystemSourceOptions = {}) {
    this.#proc = options.procFolder ?? '/proc';
    this.#os = options.os ?? nodeOs;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#pageBytes = options.pageBytes ?? this.#measuredPageBytes();
  }

  sample(): SystemSample {
    const nowMs = this.#nowMs();
    const seconds = (nowMs - this.#lastMs) / 1000;
    this.#lastMs = nowMs;
    const sample = new Map<string, object>();
    this.#addCpus(sample);
    this.#addMemory(sample);
    this.#addInterfaces(sample, seconds);
    this.#addProcesses(sample, seconds);
    return sample;
  }

  #addCpus(sample: Map<string, object>): void {
    const cpus = this.#os.cpus().slice(0, CPUS_MAX);
    const times = cpus.map(({ times: { user, nice, sys, irq, idle } }) => {
      const busy = user + nice + sys + irq;
      return { busy, all: busy + idle };
    });
    for (const [index, { speed }] of cpus.entries()) {
      const [now, before] = [times[index], this.#cpus[index]];
      const busy = (now?.busy ?? 0) - (before?.busy ?? 0);
      const all = (now?.all ?? 0) - (before?.all ?? 0);
      const value = { busyPercent: percent(busy, all) };
      // Not every machine tells its pace.
      sample.set(`cpu/${index}`, speed > 0 ? { ...value, megahertz: speed } : value);
    }
    this.#cpus = times;
    const [one = 0, five = 0, fifteen = 0] = this.#os.loadavg().map(hundredths);
    const uptimeSeconds = Math.round(this.#os.uptime());
    sample.set('load', { oneMinute: one, fiveMinutes: five, fifteenMinutes: fifteen });
    sample.set('uptime', { seconds: uptimeSeconds });
  }

  #addMemory(sample: Map<string, object>): void {
    const lines = readMemory(this.#read('meminfo'));
    const totalBytes = lines.get('MemTotal') ?? this.#os.totalmem();
    const freeBytes = lines.get('MemFree') ?? this.#os.freemem();
    const availableBytes = lines.get('MemAvailable') ?? freeBytes;
    const named = { cachedBytes: 'Cached', swapTotalBytes: 'SwapTotal', swapFreeBytes: 'SwapFree' };
    const more = Object.entries(named).flatMap(([name, line]) => {
      const bytes = lines.get(line);
      return bytes === undefined ? [] : [[name, bytes]];
    });
    const usedPercent = percent(totalBytes - availableBytes, totalBytes);
    const value = { totalBytes, freeBytes, availableBytes, usedPercent };
    sample.set('memory', { ...value, ...(Object.fromEntries(more) as object) });
  }

  /** Names and figures, no addresses: what is published may be read by others. */
  #addInterfaces(sample: Map<string, object>, seconds: number): void {
    const known = this.#os.networkInterfaces();
    const counters = readInterfaces(this.#read('net/dev'));
    const names = [...new Set([...counters.keys(), ...Object.keys(known)])].sort();
    for (const name of names.slice(0, INTERFACES_MAX)) {
      const now = counters.get(name);
      const before = this.#interfaces.get(name);
      const rate = (of: 'receivedBytes' | 'sentBytes'): number =>
        perSecond((now?.[of] ?? 0) - (before?.[of] ?? now?.[of] ?? 0), seconds);
      const rates = {
        receivedPerSecond: rate('receivedBytes'),
        sentPerSecond: rate('sentBytes'),
      };
      const addresses = known[name]?.length ?? 0;
      const value = now === undefined ? { addresses } : { addresses, ...now, ...rates };
      sample.set(`net/${nameText(name)}`, value);
    }
    this.#interfaces = counters;
  }

  #addProcesses(sample: Map<string, object>, seconds: number): void {
    const all = this.#readProcesses();
    const rows = [...all].map(([pid, facts]) => {
      const before = this.#processes.get(pid);
      // The same number may be another process by now.
      const ticks = before?.startTicks === facts.startTicks ? facts.ticks - before.ticks : 0;
      const cpuPercent = percent(ticks / TICKS_PER_SECOND, seconds);
      return { pid, facts, cpuPercent };
    });
    this.#processes = all;
    rows.sort(
      (a, b) =>
        b.cpuPercent - a.cpuPercent ||
        b.facts.residentPages - a.facts.residentPages ||
        a.pid - b.pid,
    );
    for (const { pid, facts, cpuPercent } of rows.slice(0, PROCESSES_MAX)) {
      const { name, state, parent, threads, residentPages } = facts;
      const residentBytes = residentPages * this.#pageBytes;
      const value = { name: nameText(name), state, parent, threads, cpuPercent, residentBytes };
      sample.set(`process/${pid}`, value);
    }
    if (all.size === 0) sample.set(`process/${process.pid}`, ownProcess());
  }

  #readProcesses(): Map<number, ProcessFacts> {
    const pids = this.#list()
      .filter((name) => /^\d{1,10}$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
    const found = new Map<number, ProcessFacts>();
    for (const pid of pids.slice(0, PROCESSES_READ_MAX)) {
      const facts = readProcess(this.#read(`${pid}/stat`));
      if (facts !== undefined) found.set(pid, facts);
    }
    return found;
  }

  /** '' for what is not there (any more), or not for us. */
  #read(path: string): string {
    try {
      return readFileSync(join(this.#proc, path), 'utf8');
    } catch {
      return '';
    }
  }

  #list(): string[] {
    try {
      return readdirSync(this.#proc);
    } catch {
      return [];
    }
  }

  /** Node does not tell the size of a page; it tells the own memory in bytes, Linux in pages. */
  #measuredPageBytes(): number {
    const pages = readProcess(this.#read('self/stat'))?.residentPages ?? 0;
    if (pages === 0) return 4096;
    return 2 ** Math.round(Math.log2(process.memoryUsage().rss / pages));
  }
}

function ownProcess(): object {
  return { name: nameText(process.title), residentBytes: process.memoryUsage().rss };
}

/** With one decimal; 0 where there is nothing to compare with. */
function percent(part: number, whole: number): number {
  return whole > 0 ? Math.max(0, Math.round((1000 * part) / whole) / 10) : 0;
}

function perSecond(difference: number, seconds: number): number {
  return seconds > 0 ? Math.max(0, Math.round(difference / seconds)) : 0;
}

function hundredths(number: number): number {
  return Math.round(100 * number) / 100;
}

/** Whoever starts a process chooses its name. */
function nameText(name: string): string {
  return printable(shortened(name.toWellFormed(), NAME_LENGTH_MAX));
}
