import type { Rung } from '../protocol/answer-log.ts';
import type { EventRow } from '../server/page-row.ts';
import { countOf, countText } from './quantity.ts';

/** How much an event matters: somebody came, something was repaired, found wrong, or hurt. */
export type EventTone = 'join' | 'repair' | 'trouble' | 'fault';

export function toneOf({ what, from }: EventRow): EventTone {
  if (what === 'fault') return 'fault';
  if (what === 'error' || what === 'trouble') return 'trouble';
  return from === 0 ? 'join' : 'repair';
}

export const toneWords: Readonly<Record<EventTone, string>> = {
  join: 'joined',
  repair: 'repair',
  trouble: 'trouble',
  fault: 'fault',
};

/** What happened, without who it happened to. */
export function eventWords(event: EventRow): string {
  const { what, cause } = event;
  if (what === 'error' || what === 'trouble' || what === 'fault') return cause;
  return rungWords[what](event);
}

const rungWords: Readonly<Record<Rung, (event: EventRow) => string>> = {
  everything: ({ from, to }) =>
    from === 0
      ? `got everything, at version ${countText(to)}`
      : `got everything anew: version ${countText(from)} was not to be relied on`,
  changes: ({ from, to }) =>
    `went on from version ${countText(from)}: patches for ${countOf(to - from, 'version')}`,
  newer: ({ from }) =>
    `went on from version ${countText(from)}, older than the journal: newer values whole`,
  equal: ({ from }) => `was equal already at version ${countText(from)}`,
  compared: () => 'compares digests to find what differs',
  mended: ({ to }) => `got only the entries that differ, at version ${countText(to)}`,
};
