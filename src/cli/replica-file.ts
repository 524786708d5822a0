import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { Key } from '../core/key.ts';
import { cannotWrite } from './cannot-write.ts';

/** The order of entries in a file: numeric keys ascending, then strings by UTF-16 code units. */
function compareKeys(a: Key, b: Key): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** `{"key":…,"value":…}` of each entry in that order, each with its line end. */
export function* replicaLines(entries: Iterable<readonly [Key, unknown]>): Generator<string> {
  const sorted = [...entries].sort(([a], [b]) => compareKeys(a, b));
  for (const [key, value] of sorted) {
    yield `{"key":${JSON.stringify(key)},"value":${JSON.stringify(value)}}\n`;
  }
}

const WRITE_LENGTH = 256 * 1024;

/**
 * Writes the entries to a file so that whoever reads the path sees the old file or the new one,
 * whole, even after a power cut. A path that exists and is no file (a pipe, `/dev/null`) is written
 * to directly. Throws `bad-input` with the cause; the old file is untouched then.
 */
export async function writeReplicaFile(
  path: string,
  entries: Iterable<readonly [Key, unknown]>,
): Promise<void> {
  try {
    const { file, isPlain, mode } = await targetOf(path);
    if (isPlain) await replaceFile(file, mode, replicaLines(entries));
    else await overwrite(file, replicaLines(entries));
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/** Throws `bad-input` if a file at this path could not be written: better now than at the end. */
export async function checkWritable(path: string): Promise<void> {
  try {
    const { file, isPlain } = await targetOf(path);
    if (!isPlain) return;
    const probe = temporaryName(file);
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

interface Target {
  /** The path behind symbolic links: those stay. */
  readonly file: string;
  readonly isPlain: boolean;
  readonly mode: number;
}

async function targetOf(path: string): Promise<Target> {
  try {
    const file = await realpath(path);
    const { mode, isFile, isDirectory } = await kindOf(file);
    if (isDirectory) throw new Error('it is a folder');
    return { file, isPlain: isFile, mode };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { file: path, isPlain: true, mode: 0o666 };
  }
}

async function kindOf(
  file: string,
): Promise<{ mode: number; isFile: boolean; isDirectory: boolean }> {
  const stats = await stat(file);
  return {
    mode: stats.mode & 0o777,
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
  };
}

/** In the same folder, since a rename works within one file system only. */
function temporaryName(file: string): string {
  return join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
}

async function replaceFile(file: string, mode: number, lines: Iterable<string>): Promise<void> {
  const temporary = temporaryName(file);
  try {
    const handle = await open(temporary, 'w', mode);
    try {
      await writeLines(handle, lines);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

async function overwrite(file: string, lines: Iterable<string>): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await writeLines(handle, lines);
  } finally {
    await handle.close();
  }
}

async function writeLines(handle: FileHandle, lines: Iterable<string>): Promise<void> {
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < WRITE_LENGTH) continue;
    await handle.writeFile(text);
    text = '';
  }
  await handle.writeFile(text);
}

/** Makes the rename itself durable, where the system can do that. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Some systems cannot open a folder; the file itself is written by now.
  } finally {
    await handle?.close();
  }
}
