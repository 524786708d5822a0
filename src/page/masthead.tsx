import type { ReactNode } from 'react';
import type { HubRow } from '../server/page-row.ts';
import type { PageState } from './page-state.ts';
import { Pill } from './pill.tsx';
import { countOf, durationText } from './quantity.ts';

/** Who this is, whether it still hears the hub, and how the demo stands. */
export function Masthead({ state }: { readonly state: PageState }): ReactNode {
  const { model, status } = state;
  const { hub, demo } = model;
  const isLive = status === 'live';
  const waits = hub === undefined ? 'connecting' : 'the hub is gone; looking for it';
  return (
    <header className="masthead">
      <h1>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <rect width="16" height="16" rx="4" />
          <path d="M3.5 8h3l1.5-4 2 8 1.5-4h1" />
        </svg>
        DiffStream
      </h1>
      <p className="where">
        {location.host}
        {hub !== undefined && `, ${hubText(hub)}`}
      </p>
      <div className="standing">
        {demo !== undefined && demo.proof === '' && (
          <span className="phase">
            {demo.phase}, {durationText(Math.max(0, demo.forMs - demo.elapsedMs))} to go
          </span>
        )}
        <output>
          {demo !== undefined && demo.proof !== '' && (
            <Pill tone={demo.isProven ? 'good' : 'bad'}>{demo.proof}</Pill>
          )}{' '}
          {status === 'closed' ? (
            <Pill tone="bad">{state.refusal}</Pill>
          ) : (
            <Pill tone={isLive ? 'good' : 'warn'}>{isLive ? 'live' : waits}</Pill>
          )}
        </output>
      </div>
    </header>
  );
}

function hubText({ upMs, streams, sessions }: HubRow): string {
  const age = durationText(upMs);
  return `up for ${age}, ${countOf(streams, 'stream')}, ${countOf(sessions, 'session')}`;
}
