/** The command line as people run it: the bundle, in a process of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../support/source.ts';

const PROGRAM = join(ROOT, 'dist', 'bin', 'diffstream.js');

/** Far more than any wait in these tests takes, and less than the runner's own limit. */
const PATIENCE_MS = 18_000;

const running = new Set<Command>();

/** A started command: what it printed so far, and how it ended. */
export class Command {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | string>;
  readonly #watchers = new Set<() => void>();
  stdout = '';
  stderr = '';

  constructor(args: readonly string[]) {
    if (!existsSync(PROGRAM)) throw new Error('there is no bundle: run `npm run build` first');
    const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
    const child = spawn(process.execPath, [PROGRAM, ...args], { env });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#tell();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#tell();
    });
    this.#ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(this);
        resolve(code ?? signal ?? 'unknown');
        this.#tell();
      });
    });
    running.add(this);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return !running.has(this);
  }

  get stdin(): ChildProcessWithoutNullStreams['stdin'] {
    return this.#child.stdin;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** The exit code, or the signal that ended the process; rejects if it goes on for too long. */
  end(): Promise<number | string> {
    return this.#inTime(this.#ended, 'its end');
  }

  /** The first match in what the command prints, now or later. */
  prints(where: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this[where]);
        if (match === null && !this.hasEnded) return;
        this.#watchers.delete(look);
        if (match !== null) resolve(match);
        else reject(new Error(`it ended without ${String(pattern)} on ${where}${this.#said()}`));
      };
      this.#watchers.add(look);
      look();
    });
    return this.#inTime(found, `${String(pattern)} on ${where}`);
  }

  #tell(): void {
    for (const look of this.#watchers) look();
  }

  #said(): string {
    return `; stdout: ${this.stdout.slice(-2000)}; stderr: ${this.stderr.slice(-2000)}`;
  }

  async #inTime<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`waited too long for ${what}${this.#said()}`)),
        PATIENCE_MS,
      );
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

export function start(...args: string[]): Command {
  return new Command(args);
}

/** Runs a command to its end. */
export async function run(
  ...args: string[]
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const command = new Command(args);
  const code = await command.end();
  return { code, stdout: command.stdout, stderr: command.stderr };
}

/** For `afterEach`: whatever a test left running. */
export async function endAll(): Promise<void> {
  const left = [...running];
  for (const command of left) command.signal('SIGKILL');
  await Promise.all(left.map((command) => command.end()));
}

/** Whether a process still runs; one that only waits to be buried does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/stat`;
  return !existsSync(status) || !/\) Z/.test(readFileSync(status, 'utf8'));
}

export async function gone(pids: readonly number[]): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (pids.some(isRunning)) {
    if (performance.now() > untilMs) throw new Error(`still running: ${pids.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
