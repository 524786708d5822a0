import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Item } from '../analysis/item.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { InputOptions } from './analyze-text.ts';
import { badInput, parsed } from './analyze-text.ts';
import { openFeedSource } from './feed-source.ts';
import { printable } from './printable.ts';

const JSON_FILE = /\.json(?:\.gz|\.br)?$/i;

/** Names with numbers in them go by the numbers: `9.json` before `10.json`. */
const order = new Intl.Collator('en', { numeric: true }).compare;

async function namesIn(path: string): Promise<{ files: string[]; folders: string[] }> {
  const entries = await readdir(path, { withFileTypes: true });
  const named = (test: (entry: (typeof entries)[number]) => boolean): string[] =>
    entries
      .filter(test)
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('.'))
      .sort(order);
  return {
    files: named((entry) => !entry.isDirectory()).filter((name) => JSON_FILE.test(name)),
    folders: named((entry) => entry.isDirectory()),
  };
}

/**
 * The states in a folder, in the order of their names: a JSON file each; or, where there are only
 * folders, a folder each, whose files are entries named for them.
 */
export async function* itemsOfFolder(path: string, options: InputOptions): AsyncGenerator<Item> {
  const { files, folders } = await namesIn(path);
  for (const name of files) {
    const item = await itemOfFile(join(path, name), name, options);
    if (item !== undefined) yield item;
  }
  if (files.length > 0) return;
  let any = false;
  for (const folder of folders) {
    for (const name of (await namesIn(join(path, folder))).files) {
      any = true;
      const place = `${folder}/${name}`;
      const item = await itemOfFile(join(path, folder, name), place, options);
      if (item !== undefined) yield { ...item, key: name.replace(JSON_FILE, ''), part: folder };
    }
  }
  if (!any) throw badInput(`${printable(path)} holds no .json files, nor folders of them`);
}

async function itemOfFile(
  path: string,
  name: string,
  options: InputOptions,
): Promise<Item | undefined> {
  const place = printable(name);
  const text = await textOfFile(path, place, options);
  return text === undefined ? undefined : parsed(text, place, options.onRefused);
}

async function textOfFile(
  path: string,
  place: string,
  { stdin, bytesMax, onRefused }: InputOptions,
): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    const source = await openFeedSource(path, stdin);
    for await (const chunk of source.chunks()) {
      length += chunk.length;
      if (length > bytesMax) {
        throw badInput(`more than the limit of ${bytesMax} bytes; raise it with --line-bytes`);
      }
      pieces.push(chunk);
    }
  } catch (error) {
    if (!(error instanceof DiffStreamError)) throw error;
    onRefused(badInput(`${place}: ${error.message}`), 'unreadable');
    return undefined;
  }
  return Buffer.concat(pieces)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}
