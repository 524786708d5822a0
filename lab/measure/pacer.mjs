import { monotonicMs } from './waiting.mjs';

/** Commits at a steady rate: what is late is made up for, and when each was made is kept. */
export class Pacer {
  /** [version, monotonic ms] of each commit. */
  #commits = [];
  #timer;
  #beganMs = monotonicMs();
  #made = 0;

  constructor(rate, producer, commit) {
    const everyMs = 1000 / rate;
    this.#timer = setInterval(
      () => {
        const nowMs = monotonicMs();
        for (; this.#beganMs + this.#made * everyMs <= nowMs; this.#made++) {
          commit(this.#beganMs + this.#made * everyMs);
          this.#commits.push([producer.version, nowMs]);
        }
      },
      Math.max(1, Math.floor(everyMs)),
    );
  }

  stop() {
    clearInterval(this.#timer);
    return this.#commits;
  }
}
