import { mkdir, open, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { cannotWrite } from './cannot-write.ts';

/** A folder that results are written to, once they are there. */
export class OutputFolder {
  readonly #path: string;

  /** The folder does not have to exist. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Makes the folder, and finds out whether these files can be written: a person who has waited
   * for results must not lose them. Leaves files as they are, and none that was not there. Throws
   * `bad-input`.
   */
  async check(names: readonly string[]): Promise<void> {
    await this.#make();
    for (const name of names) {
      const path = join(this.#path, name);
      await checkFile(path).catch((cause: unknown) => {
        throw cannotWrite(path, cause);
      });
    }
  }

  /** Writes the files, and returns their paths. Throws `bad-input`. */
  async write(files: readonly (readonly [name: string, content: string])[]): Promise<string[]> {
    await this.#make();
    return Promise.all(
      files.map(async ([name, content]) => {
        const path = join(this.#path, name);
        await writeFile(path, content).catch((cause: unknown) => {
          throw cannotWrite(path, cause);
        });
        return path;
      }),
    );
  }

  /** Also where somebody has removed it meanwhile. */
  async #make(): Promise<void> {
    await makeFolder(this.#path).catch((cause: unknown) => {
      throw cannotWrite(this.#path, cause);
    });
  }
}

/**
 * Step by step, each of which ends: where the system says that something does not exist which
 * cannot be made either, as in /proc, Node's own recursion (20) never does.
 */
async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const problem = await attemptMkdir(folder);
    if (problem === undefined) break;
    if (problem.code !== 'ENOENT' || dirname(folder) === folder) throw problem;
    missing.push(folder);
  }
  for (const folder of missing.toReversed()) {
    const problem = await attemptMkdir(folder);
    if (problem !== undefined) throw problem;
  }
}

/** Undefined where the folder is there now. */
async function attemptMkdir(folder: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(folder);
  } catch (error) {
    const problem = error as NodeJS.ErrnoException;
    // A file in its place shows when something is to be written into it.
    if (problem.code !== 'EEXIST') return problem;
  }
  return undefined;
}

async function checkFile(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  // To open a pipe that nobody reads would wait for ever.
  if (there?.isFile() === false) throw new Error('it is there, and no file');
  await (await open(path, 'a')).close();
  if (there === undefined) await unlink(path);
}
