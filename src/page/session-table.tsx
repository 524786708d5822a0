import type { ReactNode } from 'react';
import type { Rung } from '../protocol/answer-log.ts';
import type { HubRow, SessionRow } from '../server/page-row.ts';
import { DataTable } from './data-table.tsx';
import type { DataColumn } from './data-table.tsx';
import { Pill } from './pill.tsx';
import { bytesText, clockText, countOf, countText } from './quantity.ts';

/** The consumers that are connected: all of them counted, and those shown that need a look. */
export function SessionTable(props: {
  readonly sessions: readonly SessionRow[];
  readonly hub: HubRow | undefined;
}): ReactNode {
  const { sessions, hub } = props;
  return (
    <DataTable
      title="Sessions"
      note={hub !== undefined && hub.sessions > 0 ? noteOf(hub, sessions.length) : undefined}
      columns={columns}
      rows={sessions}
      idOf={({ id }) => String(id)}
      empty="Nobody is connected."
    />
  );
}

function noteOf({ sessions: total, notLive, behind }: HubRow, shown: number): string {
  const ailing = `${countText(notLive)} not live, ${countText(behind)} behind`;
  const all = `${countOf(total, 'session')}: ${ailing}`;
  return total > shown ? `${all}; the ${countText(shown)} shown need a look first` : all;
}

const rungWords: Readonly<Record<Rung, string>> = {
  equal: 'was equal',
  changes: 'patches',
  newer: 'newer values',
  compared: 'comparing',
  mended: 'mended',
  everything: 'everything',
};

const columns: readonly DataColumn<SessionRow>[] = [
  { title: 'session', cell: ({ id, name }) => (name === '' ? id : `${id} ${name}`) },
  { title: 'stream', cell: ({ stream }) => stream },
  {
    title: 'status',
    cell: ({ state, isBehind }) => (
      <Pill tone={state !== 'serving' || isBehind ? 'warn' : 'good'}>
        {state === 'serving' && isBehind ? 'behind' : state}
      </Pill>
    ),
  },
  {
    title: 'version',
    hint: 'The version it has been sent',
    isFigure: true,
    cell: ({ version }) => countText(version),
  },
  {
    title: 'lag',
    hint: 'Versions it has not been sent yet',
    isFigure: true,
    cell: ({ lagVersions, version }) => countText(version > 0 ? lagVersions : Number.NaN),
  },
  {
    title: 'under way',
    hint: 'Bytes sent and not acknowledged yet',
    isFigure: true,
    cell: ({ unacknowledgedBytes }) => bytesText(unacknowledgedBytes),
  },
  { title: 'sent', isFigure: true, cell: ({ sentBytes }) => bytesText(sentBytes) },
  { title: 'frames', isFigure: true, cell: ({ frames }) => countText(frames) },
  ...(['changes', 'newer', 'mended', 'everything'] as const).map((rung) => ({
    title: rungWords[rung],
    hint: 'How often its requests were answered like this',
    isFigure: true,
    cell: ({ rungs }: SessionRow) => countText(rungs[rung]),
  })),
  {
    title: 'last request',
    cell: ({ lastRung, lastRungMs }) =>
      lastRung === '' ? '–' : `${clockText(lastRungMs)} ${rungWords[lastRung]}`,
  },
];
