// A process that does what its parent asks: requests in, answers out, one at a time.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The parent's side. A request is `{ what, … }`; the answer is what its handler returned. */
class MeasuredProcess {
  #child;
  #waiting = new Map();
  #count = 0;

  constructor(child) {
    this.#child = child;
    child.on('message', ({ id, answer, error }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(error));
    });
    const over = (why) => {
      const error = new Error(`a measured process ended: ${why}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    child.once('error', ({ message }) => over(message));
    child.once('exit', (code, signal) => over(signal ?? code));
  }

  ask(what, request = {}) {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, what, ...request });
    });
  }

  signal(name) {
    this.#child.kill(name);
  }

  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => {
      this.#child.once('exit', resolve);
    });
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** `givesWay`: at the lowest priority, as if it ran on a machine of its own. */
export function startProcess(url, { givesWay = false } = {}) {
  const execArgv = ['--expose-gc', '--max-old-space-size=6144'];
  const options = { execArgv, serialization: 'advanced' };
  if (givesWay && process.platform !== 'win32') {
    // From the start, since a priority that is set later counts for the main thread alone.
    options.execPath = 'nice';
    options.execArgv = ['-n', '19', process.execPath, ...execArgv];
  }
  return new MeasuredProcess(fork(fileURLToPath(url), options));
}

/** The child's side: answers until its parent is gone. */
export function answerRequests(handlers) {
  process.on('disconnect', () => process.exit(0));
  const answer = async ({ id, what, ...request }) => {
    try {
      process.send({ id, answer: await handlers[what](request) });
    } catch (error) {
      process.send({ id, error: `${what}: ${error.stack}` });
    }
  };
  process.on('message', (request) => void answer(request));
}
