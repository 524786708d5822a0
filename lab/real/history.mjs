// Every state that some hub ever had, as plain texts, told by the hubs before anyone was sent it.
import { fingerprint } from './fingerprint.mjs';

/** One epoch: the commits of one hub process. */
class Reign {
  term;
  commits = [];
  state = new Map();
  /** When the hub fell silent, in ms: it was killed, or stopped; Infinity: it is at work. */
  silentSinceMs = Number.POSITIVE_INFINITY;

  constructor(term) {
    this.term = term;
  }
}

export class History {
  commits = 0;
  #reigns = new Map();
  #names = new Set();

  begin(epoch) {
    this.#reigns.set(epoch, new Reign(Number(epoch.split('.')[0])));
  }

  reign(epoch) {
    return this.#reigns.get(epoch);
  }

  /** `changes`: keys with their texts; null where a key was deleted. */
  record(epoch, version, atMs, changes) {
    const reign = this.#reigns.get(epoch);
    if (version !== reign.commits.length + 1) {
      throw new Error(`${epoch} told of ${version} after ${reign.commits.length}`);
    }
    for (const [key, text] of changes) {
      if (text === null) reign.state.delete(key);
      else reign.state.set(key, text);
    }
    const name = fingerprint(reign.state);
    reign.commits.push({ atMs, changes, name });
    this.#names.add(name);
    this.commits++;
  }

  /** The name of the state at a version; undefined: not told of yet. */
  at(epoch, version) {
    return this.#reigns.get(epoch)?.commits[version - 1]?.name;
  }

  knows(name) {
    return this.#names.has(name);
  }

  /** The epochs that had this state at this version. */
  epochsOf(version, name) {
    return [...this.#reigns.keys()].filter((epoch) => this.at(epoch, version) === name);
  }

  /** Keys with texts at a version, made again from what was told. */
  stateAt(epoch, version) {
    const state = new Map();
    for (const { changes } of this.#reigns.get(epoch).commits.slice(0, version)) {
      for (const [key, text] of changes) {
        if (text === null) state.delete(key);
        else state.set(key, text);
      }
    }
    return state;
  }

  /** How long a version had been left behind by the next at some time, in ms; 0: it had not. */
  behindMs(epoch, version, nowMs) {
    const next = this.#reigns.get(epoch)?.commits[version];
    return next === undefined ? 0 : Math.max(0, nowMs - next.atMs);
  }
}
