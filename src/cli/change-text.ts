import { keyText } from '../core/key.ts';
import type { Applied } from '../cache/entry.ts';
import type { Key } from '../core/key.ts';
import { countOf } from './figures.ts';
import { printable, shortened } from './printable.ts';

/** What one frame did to a replica. */
export interface FrameEvent {
  readonly from: number;
  readonly to: number;
  readonly changes: readonly Applied<unknown>[];
}

/** Changes of one frame shown to people; a first state has thousands. */
const SHOWN_MAX = 20;

/** Whether a key is the one a person typed: an integer key and its text look the same there. */
export function isKey(key: Key, typed: string | undefined): boolean {
  return typed === undefined || String(key) === typed;
}

/** One JSON object a line for each change: `{"from","version","cmd","key","value"}`. */
export function changeJsonLines({ from, to, changes }: FrameEvent, typed?: string): string {
  let text = '';
  for (const [cmd, key, value] of changes) {
    if (!isKey(key, typed)) continue;
    text += `${JSON.stringify({ from, version: to, cmd, key, value })}\n`;
  }
  return text;
}

const SIGNS: Readonly<Record<Applied<unknown>[0], string>> = {
  new: '+',
  update: '~',
  delete: '-',
  retran: '~',
  ignored: ' ',
};

/** Lines for people, of at most `columns` characters: version, key and value of each change. */
export function changeLines(event: FrameEvent, columns: number, typed?: string): string {
  const changes = event.changes.filter(([, key]) => isKey(key, typed));
  if (changes.length === 0) return '';
  const version = `v${event.to}`;
  const lines = changes.slice(0, SHOWN_MAX).map(([cmd, key, value]) => {
    const shown = cmd === 'delete' ? '' : ` ${JSON.stringify(value)}`;
    return shortened(printable(`${version} ${SIGNS[cmd]} ${keyText(key)}${shown}`), columns);
  });
  const more = changes.length - lines.length;
  if (more > 0) lines.push(`${version} … and ${countOf(more, 'change')} more`);
  return `${lines.join('\n')}\n`;
}
