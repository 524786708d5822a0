import type { Terminal } from '../terminal.ts';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Matches what colours a terminal; the rest of a line is what takes room. */
// eslint-disable-next-line no-control-regex
const COLOR = /\x1b\[[\d;]*m/y;

/** The line cut to `columns` characters, colours not counted. */
export function clipped(line: string, columns: number): string {
  let room = columns;
  let at = 0;
  while (at < line.length) {
    COLOR.lastIndex = at;
    const color = COLOR.exec(line);
    if (color !== null) at += color[0].length;
    else if (room-- > 0) at++;
    else return `${line.slice(0, at)}\x1b[0m`;
  }
  return line;
}

/** Lines at the bottom of a terminal that are drawn again in place, and a log above them. */
export class LiveView {
  readonly #terminal: Terminal;
  #lines: readonly string[] = [];
  #isCursorHidden = false;
  readonly #showCursor = (): void => {
    if (this.#isCursorHidden) this.#terminal.out.write(SHOW_CURSOR);
    this.#isCursorHidden = false;
  };

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(lines: readonly string[]): void {
    const { columns = 80, rows = 24 } = this.#terminal.out;
    const up = this.#up();
    this.#lines = lines.slice(0, Math.max(1, rows - 1));
    const text = this.#lines.map((line) => `${clipped(line, columns)}${CLEAR_LINE_END}\n`).join('');
    this.#hideCursor();
    this.#terminal.out.write(`${up}${text}${CLEAR_BELOW}`);
  }

  /** A line that stays, above those that are drawn again. */
  say(line: string): void {
    const lines = this.#lines;
    this.#terminal.out.write(`${this.#up()}${CLEAR_BELOW}${line}\n`);
    this.#lines = [];
    if (lines.length > 0) this.draw(lines);
  }

  /** Leaves the lines as they are; what comes next goes below. */
  end(): void {
    this.#lines = [];
    this.#showCursor();
    process.off('exit', this.#showCursor);
  }

  #up(): string {
    return this.#lines.length > 0 ? `\x1b[${this.#lines.length}A\r` : '';
  }

  #hideCursor(): void {
    if (this.#isCursorHidden) return;
    this.#isCursorHidden = true;
    this.#terminal.out.write(HIDE_CURSOR);
    // However the process ends, the terminal gets its cursor back.
    process.on('exit', this.#showCursor);
  }
}
