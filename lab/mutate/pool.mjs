// Processes that run tests against mutants. One that does not answer in time is ended with all
// that it has started, and another takes its place.
// @ts-check
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url));
const START_MS = 120_000;

/**
 * @typedef {import('./worker.mjs').Edit} Edit
 * @typedef {{ failed?: string, broken: boolean, ms: [string, number][], error?: string }} Outcome
 */

export class Runner {
  /** @param {Record<string, string>} env */
  constructor(env) {
    this.env = { ...process.env, ...env };
    /** @type {import('node:child_process').ChildProcess | undefined} */
    this.child = undefined;
  }

  /**
   * What came of the tests in these files; undefined: nothing within the time.
   * @param {Edit | undefined} edit @param {string[]} files @param {number} timeoutMs
   * @returns {Promise<Outcome | undefined>}
   */
  async run(edit, files, timeoutMs) {
    const child = this.child ?? (await this.start());
    const answer = this.answer(child, timeoutMs);
    child.send({ edit, files });
    return await answer;
  }

  async start() {
    // A group of its own, so that the processes of its tests end with it.
    const child = fork(WORKER, { env: this.env, detached: true, stdio: 'ignore' });
    this.child = child;
    if ((await this.answer(child, START_MS)) === undefined) throw new Error('no worker starts');
    return child;
  }

  /** @param {import('node:child_process').ChildProcess} child @param {number} timeoutMs */
  answer(child, timeoutMs) {
    return new Promise((/** @type {(outcome: any) => void} */ resolve) => {
      const done = (/** @type {unknown} */ outcome) => {
        clearTimeout(timer);
        child.removeAllListeners();
        if (outcome === undefined) this.stop();
        resolve(outcome);
      };
      const timer = setTimeout(() => done(undefined), timeoutMs);
      child.once('message', done);
      child.once('exit', () => done(undefined));
    });
  }

  stop() {
    const { child } = this;
    this.child = undefined;
    if (child?.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
