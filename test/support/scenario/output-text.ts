/** What machines want done and what applications see, as lines. */
import type { Applied } from '../../../src/cache/entry.ts';
import type { PublisherOutput, SubscriberOutput } from '../../../src/protocol/index.ts';
import type { Row } from '../../protocol/session-rig.ts';
import { countText, fieldsText } from './message-text.ts';

/** What fits on a line, also where rows have texts. */
const SHOWN_MAX = 5;
const CHANGES_SHOWN_MAX = 3;
const TEXT_SHOWN_MAX = 5;

/** `a:3`, and the beginning of its text where it has one. */
export function rowText(row: Readonly<Row>): string {
  const { n, text } = row;
  const key = typeof row.key === 'number' ? `#${row.key}` : row.key;
  if (text === undefined) return `${key}:${n}`;
  const more = text.length > TEXT_SHOWN_MAX ? `…${text.length}` : '';
  return `${key}:${n}'${text.slice(0, TEXT_SHOWN_MAX)}${more}'`;
}

export function listText(items: readonly string[]): string {
  const more = items.length - SHOWN_MAX;
  const shown = items.slice(0, SHOWN_MAX).join(' ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function changeText([cmd, key, row]: Applied<Row>): string {
  return `${cmd} ${row === undefined ? String(key) : rowText(row)}`;
}

function changesText(from: number, to: number, changes: readonly Applied<Row>[]): string {
  if (changes.length === 0) return `sees ${from}->${to}, no change`;
  const shown = changes.slice(0, CHANGES_SHOWN_MAX).map(changeText);
  const more = changes.length - shown.length;
  if (more > 0) shown.push(countText(more, 'others'));
  return `sees ${from}->${to}: ${shown.join(', ')}`;
}

/** Undefined for what shows elsewhere: a message shows where it arrives. */
export function consumerText(output: SubscriberOutput<Row>): string | undefined {
  switch (output.kind) {
    case 'send':
      return undefined;
    case 'dial':
      return 'dials';
    case 'hang-up':
      return `hangs up with ${output.code}: ${output.reason}`;
    case 'changes': {
      const { from, to, changes } = output.event;
      return changesText(from, to, changes);
    }
    case 'status':
      return `is ${output.status}`;
    case 'error':
      return `error ${output.error.code}, ${output.error.recovery}`;
    default:
      return unknownText(output);
  }
}

export function hubText(output: PublisherOutput): string | undefined {
  switch (output.kind) {
    case 'send':
      return undefined;
    case 'close': {
      const error = output.error === undefined ? '' : `, error ${output.error.code}`;
      return `closes with ${output.code}${error}`;
    }
    default:
      return unknownText(output);
  }
}

/** Kinds of outputs that came later than this file. */
function unknownText(output: unknown): string {
  const { kind, session: _owner, ...fields } = output as Readonly<Record<string, unknown>>;
  const text = fieldsText(fields);
  // `progress` is what the output `progress` is about: that needs to be said once only.
  return text.startsWith(`${String(kind)}(`) ? text : `${String(kind)} ${text}`.trimEnd();
}
