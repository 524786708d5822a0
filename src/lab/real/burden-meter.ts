import type { Burden } from './ipc.ts';

/** Processor time and memory of this process. */
export class BurdenMeter {
  private from = process.cpuUsage();
  private memoryBytes = 0;

  /** Processor time counts from here. */
  restart(): void {
    this.from = process.cpuUsage();
  }

  read(): Burden {
    const { user, system } = process.cpuUsage(this.from);
    this.memoryBytes = Math.max(this.memoryBytes, process.memoryUsage.rss());
    return { cpuMs: (user + system) / 1000, memoryBytes: this.memoryBytes };
  }
}
