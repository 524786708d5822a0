// The parent's side of the replicas: processes with a proxy each, whose lives are checked.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { monotonicMs } from '../measure/waiting.mjs';
import { ReplicaChecks } from './checks.mjs';
import { Child } from './child.mjs';
import { fingerprint } from './fingerprint.mjs';
import { STREAM } from './stream.mjs';

const REPLICAS = new URL('replicas.mjs', import.meta.url);
const COMMAND = fileURLToPath(new URL('../../dist/bin/diffstream.js', import.meta.url));

/** A replica that reports all that it shows. */
export class ReplicaRig {
  name;
  proxy;
  checks;
  #child;
  #options;

  /** `options`: history, findings, bounds, session. */
  constructor(name, proxy, options) {
    this.name = name;
    this.proxy = proxy;
    this.#options = options;
  }

  async start() {
    const checks = new ReplicaChecks(this.name, this.#options);
    this.checks = checks;
    this.#child = new Child(REPLICAS, { onReport: (report) => checks.take(report) });
    const url = this.proxy.url(`/${STREAM}`);
    // It may be killed before it has answered.
    await this.#child
      .ask('join', { replica: 0, url, session: this.#options.session })
      .catch(() => {});
  }

  kill() {
    return this.#child.end();
  }

  pause() {
    this.#child.signal('SIGSTOP');
  }

  resume() {
    this.checks.wokenMs = monotonicMs();
    this.#child.signal('SIGCONT');
  }

  settle(nowMs) {
    this.checks.settle(nowMs);
  }

  isAt(epoch, version, name) {
    const { last } = this.checks;
    return (
      last?.status === 'live' &&
      last.epoch === epoch &&
      last.version === version &&
      last.name === name
    );
  }

  describe() {
    const { status, epoch, version, size } = this.checks.last ?? {};
    return `${this.name}: ${status}, ${size} entries at ${version} of ${epoch}`;
  }
}

/**
 * `diffstream watch --json --out`: what it prints is put together again, and its file has to be
 * a state that the history knows, whenever it is written and however the command ends.
 */
export class WatchRig {
  name;
  proxy;
  #child;
  #options;
  #file;
  #shown = new Map();
  /** The frame that is being printed, line by line. */
  #frame;

  constructor(name, proxy, options) {
    this.name = name;
    this.proxy = proxy;
    this.#options = options;
    this.#file = `${options.folder}/${name.replace(' ', '-')}.ndjson`;
  }

  start() {
    this.#shown = new Map();
    this.#frame = undefined;
    this.#child = new Child(COMMAND, {
      args: ['watch', this.proxy.url(`/${STREAM}`), '--json', '--out', this.#file],
      onLine: (line) => this.#printed(JSON.parse(line)),
    });
  }

  /** Killed, it leaves the file as it was. */
  async kill() {
    const before = this.#text();
    await this.#child.end();
    if (this.#text() !== before) this.#fail('P4', 'killed, and its file is another');
  }

  /** Asked to end, it writes its file. */
  async finish() {
    this.#child.signal('SIGCONT');
    this.#child.signal('SIGINT');
    const { code, signal } = await this.#child.exited;
    this.#closeFrame();
    const notes = this.#child.notes.join('\n');
    const wrote = /wrote .* at version (\d+)/.exec(notes);
    if (wrote === null) {
      // A signal that comes before the command listens to signals ends it as any process.
      if (code !== 130 && signal !== 'SIGINT')
        this.#fail('P4', `ended with ${signal ?? code}, no file:\n${notes}`);
      return;
    }
    const { history, findings } = this.#options;
    findings.files++;
    const name = this.#fileName();
    const epochs = history.epochsOf(Number(wrote[1]), name);
    if (code !== 0) this.#fail('P4', `ended with ${signal ?? code}`);
    if (epochs.length === 0) this.#fail('P1', `a file of ${wrote[1]} that no hub ever had`);
  }

  pause() {
    this.#child.signal('SIGSTOP');
  }

  resume() {
    this.#child.signal('SIGCONT');
  }

  settle() {
    const name = this.#fileName();
    if (name !== undefined && !this.#options.history.knows(name)) {
      this.#fail('P4', 'its file is no state that a hub ever had');
    }
  }

  /** Whether all that it printed comes to this state; the last frame counts as complete then. */
  isAt(_epoch, _version, name) {
    return fingerprint(this.#shown) === name;
  }

  /** Its file, byte for byte, once it has been asked to end at this state. */
  checkFile(state) {
    const byKey = ([a], [b]) => {
      if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
      return a < b ? -1 : 1;
    };
    const lines = [...state].sort(byKey).map(([key, text]) => {
      return `{"key":${JSON.stringify(key)},"value":${text}}\n`;
    });
    if (this.#text() !== lines.join('')) this.#fail('P6', 'its file is not the last state');
  }

  describe() {
    const note = this.#child.notes.at(-1);
    return `${this.name}: ${this.#shown.size} entries at ${this.#frame?.version}; ${note}`;
  }

  #printed({ from, version, cmd, key, value }) {
    if (this.#frame?.from !== from || this.#frame.version !== version) {
      this.#closeFrame();
      this.#frame = { from, version };
      this.#options.findings.changes++;
    }
    if (cmd === 'delete') this.#shown.delete(key);
    else this.#shown.set(key, JSON.stringify(value));
  }

  #closeFrame() {
    if (this.#frame === undefined) return;
    const { version } = this.#frame;
    const name = fingerprint(this.#shown);
    const { history } = this.#options;
    if (history.epochsOf(version, name).length > 0) return;
    // The hub's word may be on its way still; what it was is kept until then.
    setTimeout(() => {
      if (history.epochsOf(version, name).length > 0) return;
      this.#fail('P1', `printed a state at version ${version} that no hub ever had`);
    }, 2000).unref();
  }

  #text() {
    try {
      return readFileSync(this.#file, 'utf8');
    } catch {
      return undefined;
    }
  }

  #fileName() {
    const text = this.#text();
    if (text === undefined) return undefined;
    const lines = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    return fingerprint(lines.map(({ key, value }) => [key, JSON.stringify(value)]));
  }

  #fail(promise, what) {
    this.#options.findings.add(promise, this.name, what);
  }
}
