import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import type { EventRow } from '../server/page-row.ts';
import { eventWords, toneOf, toneWords } from './event-words.ts';
import type { EventTone } from './event-words.ts';
import { clockText, clipped } from './quantity.ts';
import { Scroller } from './scroller.tsx';

const SHOWN_MAX = 100;

/** Repairs and what led to them, as they happen. */
export function EventList({ events }: { readonly events: readonly EventRow[] }): ReactNode {
  const id = useId();
  const [showsJoins, setShowsJoins] = useState(true);
  const shown = events
    .filter((event) => showsJoins || toneOf(event) !== 'join')
    .slice(0, SHOWN_MAX);
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>Repairs</h2>
        <label className="note">
          <input
            type="checkbox"
            checked={showsJoins}
            onChange={(event) => setShowsJoins(event.target.checked)}
          />{' '}
          and who joined
        </label>
      </div>
      {shown.length === 0 ? (
        <p className="empty">Nothing had to be repaired.</p>
      ) : (
        <Scroller className="scroller events" label="list of repairs">
          <ol>
            {shown.map((event) => (
              <Line key={event.number} event={event} />
            ))}
          </ol>
        </Scroller>
      )}
    </section>
  );
}

const SIGNS: Readonly<Record<EventTone, string>> = {
  join: '＋',
  repair: '✓',
  trouble: '!',
  fault: '⚡',
};

function Line({ event }: { readonly event: EventRow }): ReactNode {
  const tone = toneOf(event);
  return (
    <li className={`event ${tone}`}>
      <time>{clockText(event.atMs)}</time>
      <span className="sign" aria-hidden="true">
        {SIGNS[tone]}
      </span>
      <span>
        <span className="heard-only">{toneWords[tone]}: </span>
        <b>{clipped(event.who, 80)}</b> <span className="stream-name">{event.stream}</span>{' '}
        {eventWords(event)}
      </span>
    </li>
  );
}
