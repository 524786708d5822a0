import { open, stat, unlink, writeFile } from 'node:fs/promises';

import { cannotWrite } from './cannot-write.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

/** Stands for the standard output. */
const STDOUT = '-';

/** Where a report goes: a file, or the standard output instead of the table. */
export class ReportOutput {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  get isStdout(): boolean {
    return this.#file === STDOUT;
  }

  /**
   * Tries whether it can be written before a minute of work. Throws `bad-input` for what cannot,
   * and for what is to be read. Leaves no file where there was none.
   */
  async check(input: string): Promise<void> {
    if (this.isStdout) return;
    try {
      const [there, read] = await Promise.all(
        [this.#file, input].map((each) => stat(each).catch(() => undefined)),
      );
      if (there?.isDirectory() === true) throw new Error('it is a folder');
      if (there !== undefined && there.ino === read?.ino && there.dev === read.dev) {
        throw new Error('it is what is to be analysed');
      }
      // What is no file, such as a pipe, may wait for its reader to be opened.
      if (there !== undefined && !there.isFile()) return;
      await (await open(this.#file, 'a')).close();
      if (there === undefined) await unlink(this.#file);
    } catch (cause) {
      throw cannotWrite(this.#file, cause, '--html');
    }
  }

  async write(html: string, terminal: Terminal): Promise<void> {
    if (this.isStdout) {
      await terminal.printAll(html.endsWith('\n') ? html : `${html}\n`);
      return;
    }
    try {
      await writeFile(this.#file, html);
    } catch (cause) {
      throw cannotWrite(this.#file, cause, '--html');
    }
    terminal.note(`report written to ${printable(this.#file)}`);
  }
}
