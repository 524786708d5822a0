import { memo, useId, useState } from 'react';
import type { ReactNode } from 'react';
import type { EventRow } from '../server/page-row.ts';
import { eventWords, toneOf, toneWords } from './event-words.ts';
import type { EventTone } from './event-words.ts';
import { clockText, clipped, countText } from './quantity.ts';
import { Scroller } from './scroller.tsx';

/** Repairs and what led to them, as they happen. */
export function EventList({ events }: { readonly events: readonly EventRow[] }): ReactNode {
  const id = useId();
  const [showsJoins, setShowsJoins] = useState(true);
  // All that the hub keeps: a bound of its own would let one kind push out the others.
  const shown = events.filter((event) => showsJoins || toneOf(event) !== 'join');
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
  join: '+',
  repair: '✓',
  trouble: '!',
  fault: '⚡',
};

/** An event that is the same object says the same. */
const Line = memo(function Line({ event }: { readonly event: EventRow }): ReactNode {
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
        {event.count > 1 && (
          <span className="repeats">
            {' '}
            {countText(event.count)} times since {clockText(event.sinceMs)}
          </span>
        )}
      </span>
    </li>
  );
});
