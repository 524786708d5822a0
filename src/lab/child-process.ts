import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** A process that does not end by itself within this time, in ms, is killed. */
const STOP_MS_MAX = 1500;
/** What a process said last on stderr, in characters: told when it dies. */
const LAST_WORDS_LENGTH = 1000;

/** A process of this program that the lab has started. It ends when the lab does. */
export class LabProcess<To extends object, From extends object> {
  readonly #child: ChildProcess;
  #lastWords = '';
  #isStopping = false;
  #isGone = false;

  /**
   * @param options.onGone Called once, with how it ended and its last words, unless it was
   * stopped.
   */
  constructor(options: {
    readonly programFile: string;
    readonly args: readonly string[];
    readonly onMessage: (message: From) => void;
    readonly onGone: (how: string) => void;
  }) {
    const child = fork(options.programFile, [...options.args], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_LENGTH);
    });
    child.on('message', (message) => options.onMessage(message as From));
    const gone = (how: string): void => {
      if (this.#isGone) return;
      this.#isGone = true;
      const said = this.#lastWords.trim();
      if (!this.#isStopping) options.onGone(said === '' ? how : `${how}; it said: ${said}`);
    };
    child.once('error', (error) => gone(error.message));
    // Its last words come before `close`, but not before `exit`.
    child.once('close', (code, signal) => gone(signal ?? `exit code ${code}`));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Does nothing where the process is gone: `onGone` has told of it. */
  send(message: To): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(timer);
  }
}

/** For such a process: tells its parent; resolves when the message is on its way. */
export function tellParent(message: object): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(message, () => resolve());
    else resolve();
  });
}

/** For such a process: resolves when the channel to its parent closes, however that ended. */
export function parentGone(): Promise<unknown> {
  return new Promise((resolve) => {
    if (process.connected) process.once('disconnect', resolve);
    else resolve(undefined);
  });
}
