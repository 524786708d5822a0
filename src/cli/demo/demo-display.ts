import type { Terminal } from '../terminal.ts';
import { LiveView } from './live-view.ts';
import { liveLines, plainLine } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

const REDRAW_MS = 250;
const PLAIN_LINE_MS = 1000;

/** Shows the demo while it runs: a table redrawn in place, or a line a second into a pipe. */
export class DemoDisplay {
  readonly #terminal: Terminal;
  readonly #snapshot: () => Snapshot;
  readonly #view: LiveView | undefined;
  readonly #timer: NodeJS.Timeout;
  #hasEnded = false;

  constructor(terminal: Terminal, snapshot: () => Snapshot) {
    this.#terminal = terminal;
    this.#snapshot = snapshot;
    this.#view = terminal.isScreen ? new LiveView(terminal) : undefined;
    const everyMs = this.#view === undefined ? PLAIN_LINE_MS : REDRAW_MS;
    this.#timer = setInterval(() => this.#show(), everyMs);
    if (this.#view !== undefined) this.#show();
  }

  /** A line that stays. */
  say(line: string): void {
    if (this.#view === undefined || this.#hasEnded) this.#terminal.note(line);
    else this.#view.say(line);
  }

  /** Shows how it is now, for the last time. A second call does nothing. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearInterval(this.#timer);
    this.#show();
    this.#view?.end();
  }

  #show(): void {
    const snapshot = this.#snapshot();
    if (this.#view === undefined) this.#terminal.print(plainLine(snapshot));
    else this.#view.draw(liveLines(snapshot, this.#terminal.colors));
  }
}
