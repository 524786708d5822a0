import type { Writable } from 'node:stream';

import picocolors from 'picocolors';

import type { DiffStreamError } from '../core/errors.ts';
import { adviceOn } from './advice.ts';
import { printable } from './printable.ts';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** A stream that may be a terminal: `process.stdout` and `process.stderr` are. */
export type TerminalStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

type Environment = Readonly<Record<string, string | undefined>>;

function colorsFor(stream: TerminalStream, env: Environment): Colors {
  // https://no-color.org: any value but the empty one switches colours off.
  const refused = Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb';
  const wanted = stream.isTTY === true || Boolean(env['FORCE_COLOR']);
  return picocolors.createColors(wanted && !refused);
}

/** Where the command line writes: results to stdout; notes and errors to stderr. */
export class Terminal {
  readonly out: TerminalStream;
  readonly err: TerminalStream;
  /** For what goes to stdout. */
  readonly colors: Colors;
  /** For what goes to stderr. */
  readonly errColors: Colors;
  /** Whether stdout is a screen on which lines can be drawn again in place. */
  readonly isScreen: boolean;
  /** Whether stderr is: progress is shown only there. */
  readonly showsProgress: boolean;

  constructor(out: TerminalStream, err: TerminalStream, env: Environment) {
    this.out = out;
    this.err = err;
    this.colors = colorsFor(out, env);
    this.errColors = colorsFor(err, env);
    const canDraw = env['TERM'] !== 'dumb';
    this.isScreen = out.isTTY === true && canDraw;
    this.showsProgress = err.isTTY === true && canDraw;
  }

  /** A line on stdout. */
  print(line: string): void {
    this.out.write(`${line}\n`);
  }

  /** Text on stdout; resolves when the reader has kept up, so that a slow one costs no memory. */
  async printAll(text: string): Promise<void> {
    if (this.out.write(text) || this.out.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of ['drain', 'close', 'error']) this.out.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'close', 'error']) this.out.on(event, done);
    });
  }

  /** A line on stderr. */
  note(line: string): void {
    this.err.write(`${line}\n`);
  }

  /** `error <code>: <message>` on stderr, and a line on what to do. */
  error(error: DiffStreamError, advice = adviceOn(error)): void {
    this.#problem(this.errColors.red('error'), error, advice);
  }

  /** The same for what was mended or left out, and changes nothing else. */
  warning(error: DiffStreamError, advice: string): void {
    this.#problem(this.errColors.yellow('warning'), error, advice);
  }

  #problem(label: string, error: DiffStreamError, advice: string): void {
    this.note(`${label} ${error.code}: ${printable(error.message)}`);
    if (advice !== '') this.note(`  ${this.errColors.dim(printable(advice))}`);
  }
}
