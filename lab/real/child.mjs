// Processes that end with their parent, however it ends: none is left behind, stopped ones least
// of all.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const running = new Set();
const INTERRUPTED = 130;
const NOTES_KEPT = 20;

process.on('exit', () => {
  // Only this signal ends a process that is stopped.
  for (const child of running) child.kill('SIGKILL');
});
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(name, () => process.exit(INTERRUPTED));
}

function eachLine(stream, take) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) take(line);
  });
}

/**
 * A process of this run. `onLine` hears the lines of its stdout, `onNote` those of its stderr,
 * `onReport` what it sends by itself; `ask` is answered by `answerRequests` on its side.
 */
export class Child {
  /** Resolves with `{ code, signal }` when it is gone and all that it wrote has been read. */
  exited;
  isGone = false;
  notes = [];
  #process;
  #waiting = new Map();
  #count = 0;

  constructor(script, { args = [], flags = [], onLine, onNote, onReport } = {}) {
    const file = script instanceof URL ? fileURLToPath(script) : script;
    const stdio = ['ignore', 'pipe', 'pipe', ...(onReport === undefined ? [] : ['ipc'])];
    const child = spawn(process.execPath, [...flags, file, ...args], {
      stdio,
      serialization: 'advanced',
    });
    this.#process = child;
    running.add(child);
    eachLine(child.stdout, onLine ?? (() => {}));
    eachLine(child.stderr, (line) => {
      this.notes.push(line);
      if (this.notes.length > NOTES_KEPT) this.notes.shift();
      onNote?.(line);
    });
    child.on('message', (message) => this.#take(message, onReport));
    // Requests to a process that has just been killed fail; 'close' says why.
    child.on('error', () => {});
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child);
        this.isGone = true;
        const error = new Error(`a process ended: ${signal ?? code}\n${this.notes.join('\n')}`);
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
        resolve({ code, signal });
      });
    });
  }

  ask(what, request = {}) {
    if (this.isGone) return Promise.reject(new Error(`${what}: the process has ended`));
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, what, ...request }, () => {});
    });
  }

  signal(name) {
    if (!this.isGone) this.#process.kill(name);
  }

  async end() {
    this.signal('SIGKILL');
    await this.exited;
  }

  #take({ id, answer, error, report }, onReport) {
    if (report !== undefined) {
      onReport(report);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(error));
  }
}
