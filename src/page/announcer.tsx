import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { EventRow } from '../server/page-row.ts';
import { eventWords, toneOf } from './event-words.ts';

/** Milliseconds between two announcements: more would talk over themselves. */
const SAID_EVERY_MS = 6000;

/** Says repairs to those who cannot see them, now and then. */
export function Announcer({ events }: { readonly events: readonly EventRow[] }): ReactNode {
  const [said, say] = useState('');
  const last = useRef({ number: -1, atMs: 0 });
  const latest = events.find((event) => toneOf(event) !== 'join');
  useEffect(() => {
    if (latest === undefined || latest.number === last.current.number) return;
    const nowMs = performance.now();
    // What was there before the page is no news.
    const isFirst = last.current.number < 0;
    if (!isFirst && nowMs - last.current.atMs < SAID_EVERY_MS) return;
    last.current = { number: latest.number, atMs: isFirst ? 0 : nowMs };
    if (!isFirst) say(`${latest.who}: ${eventWords(latest)}`);
  }, [latest]);
  return (
    <p className="heard-only" aria-live="polite">
      {said}
    </p>
  );
}
