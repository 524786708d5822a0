// The parent's side of the hub: one process after the other, behind proxies that always lead to
// the present one, and all that each of them told.
import { monotonicMs } from '../measure/waiting.mjs';
import { Child } from './child.mjs';

const HUB = new URL('hub.mjs', import.meta.url);
/** Between the terms of two hubs, so that there is room for one that is older. */
const TERM_STEP = 1000;

export class HubRig {
  epoch;
  /** Port of the present hub; proxies ask for it at each connection. */
  port = 1;
  lives = 0;
  #child;
  #options;
  #terms = 0;

  /** `options`: history, random, seed, swarm, session, limits, commits: `{ everyMs, perTurn }`. */
  constructor(options) {
    this.#options = options;
  }

  get reign() {
    return this.#options.history.reign(this.epoch);
  }

  /** A new process with some data. `isOld`: by its epoch it is none to follow. */
  async start({ saved, isOld = false, flags = [] } = {}) {
    const { history, random, seed, swarm, session, limits, commits } = this.#options;
    const term = isOld
      ? this.#terms * TERM_STEP - 1 - random.below(TERM_STEP - 2)
      : ++this.#terms * TERM_STEP;
    const word = () => random.next().toString(16).padStart(8, '0');
    const epoch = `${term}.${word()}${word()}`;
    history.begin(epoch);
    const child = new Child(HUB, {
      flags,
      onLine: (line) => history.record(epoch, ...JSON.parse(line)),
      onReport: () => {},
    });
    this.#child = child;
    const life = ++this.lives;
    const request = { seed, life, epoch, saved, swarm, session, limits };
    this.port = await child.ask('open', request);
    this.epoch = epoch;
    await child.ask('run', commits);
  }

  /** Without a word to anyone. */
  async kill() {
    this.#fallSilent();
    await this.#child.end();
    // Told to others before it ended, it would have been told here: all of that is read now.
    this.port = 1;
  }

  pause() {
    this.#fallSilent();
    this.#child.signal('SIGSTOP');
  }

  resume() {
    this.#child.signal('SIGCONT');
    this.reign.silentSinceMs = Number.POSITIVE_INFINITY;
  }

  ask(what, request) {
    return this.#child.ask(what, request);
  }

  /** What it might have found on its disk. */
  savedState(kind) {
    const { history, random } = this.#options;
    const { length } = this.reign.commits;
    if (kind === 'empty' || length === 0) return undefined;
    const version = kind === 'same' ? length : 1 + random.below(length);
    return history.stateAt(this.epoch, version);
  }

  #fallSilent() {
    this.reign.silentSinceMs = monotonicMs();
  }
}
