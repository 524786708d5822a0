import type { Row } from '../../protocol/session-rig.ts';
import type { Command } from './command.ts';
import { wholeNumber } from './command.ts';

/** A change to one key: a row to put, or a key to delete. */
export type RowChange = { readonly put: Row } | { readonly remove: string };

/**
 * The rows that a command names: `a:1` a row, `-a` its deletion, `k1..9:0` nine rows. Options
 * for all of them: `text=word`, or `pad=400` for so many characters.
 */
export function rowChangesOf(command: Command): RowChange[] {
  const pad = command.numberOption('pad');
  const text = command.option('text') ?? (pad === undefined ? undefined : padding(pad));
  return command.takeWords().flatMap((word): RowChange[] => {
    if (word.startsWith('-')) return keysOf(word.slice(1)).map((remove) => ({ remove }));
    const [keys = '', n = ''] = word.split(':');
    const rest = { n: wholeNumber(n), ...(text === undefined ? {} : { text }) };
    return keysOf(keys).map((key) => ({ put: { key, ...rest } }));
  });
}

/** The rows of a command that deletes nothing. */
export function rowsOf(command: Command): Row[] {
  return rowChangesOf(command).map((change) => {
    if ('remove' in change) throw new Error(`${command.verb} takes rows, not deletions`);
    return change.put;
  });
}

export function entriesOf(rows: readonly Row[]): [Row['key'], Row][] {
  return rows.map((row) => [row.key, row]);
}

export function keysOf(word: string): string[] {
  const match = /^([a-z]+)(\d+)\.\.(\d+)$/.exec(word);
  if (match === null) return [word];
  const [, name = '', first = '', last = ''] = match;
  const keys: string[] = [];
  for (let i = wholeNumber(first); i <= wholeNumber(last); i++) keys.push(name + i);
  return keys;
}

/** Text that is not all the same letter, so that its size survives a compressor somewhat. */
function padding(length: number): string {
  let text = '';
  for (let i = 0; text.length < length; i++) text += (i * 7919).toString(36);
  return text.slice(0, length);
}
