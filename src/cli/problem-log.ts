import type { FeedProblem } from './feed-record.ts';
import type { Terminal } from './terminal.ts';

/** Problems told one by one; the rest is counted only. */
const TOLD_MAX = 100;

/** Reports what is wrong with a feed on stderr, without drowning the rest. */
export class ProblemLog {
  readonly #terminal: Pick<Terminal, 'error' | 'warning' | 'note'>;
  #count = 0;

  constructor(terminal: Pick<Terminal, 'error' | 'warning' | 'note'>) {
    this.#terminal = terminal;
  }

  add({ error, advice, isRefused }: FeedProblem): void {
    this.#count++;
    if (this.#count > TOLD_MAX) return;
    if (isRefused) this.#terminal.error(error, advice);
    else this.#terminal.warning(error, advice);
    if (this.#count < TOLD_MAX) return;
    this.#terminal.note(`${TOLD_MAX} problems so far; the ones to come are only counted`);
  }
}
