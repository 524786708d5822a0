import { keyText } from '../../core/key.ts';
import type { Difference } from '../../lab/real/verdict.ts';
import { printable, shortened } from '../printable.ts';

const CONTEXT = 30;
const SHOWN_MAX = 110;

/** The entry and both values, cut to where they differ. */
export function differenceLines({ key, producer, replica }: Difference): string[] {
  const start = commonStart(producer ?? '', replica ?? '');
  return [
    `entry ${printable(shortened(keyText(key), SHOWN_MAX))}`,
    `  producer  ${excerpt(producer, start)}`,
    `  replica   ${excerpt(replica, start)}`,
  ];
}

function commonStart(a: string, b: string): number {
  let common = 0;
  while (common < a.length && common < b.length && a[common] === b[common]) common++;
  return common;
}

function excerpt(json: string | undefined, start: number): string {
  if (json === undefined) return 'has no such entry';
  if (json.length <= SHOWN_MAX) return printable(json);
  const from = Math.max(0, start - CONTEXT);
  const before = from > 0 ? '…' : '';
  return printable(before + shortened(json.slice(from).toWellFormed(), SHOWN_MAX));
}
