import type { ReactNode } from 'react';
import type { StreamRow } from '../server/page-row.ts';
import { DataTable } from './data-table.tsx';
import type { DataColumn } from './data-table.tsx';
import { DigestText } from './digest-text.tsx';
import { bytesText, countText, ratioText } from './quantity.ts';

/** The streams of the hub; each opens in the entry browser. */
export function StreamTable(props: {
  readonly streams: readonly StreamRow[];
  readonly chosen: string | undefined;
  readonly choose: (name: string) => void;
}): ReactNode {
  const { streams, chosen, choose } = props;
  const columns = [nameColumn(choose), ...figures];
  return (
    <DataTable
      title="Streams"
      columns={columns}
      rows={streams}
      idOf={({ name }) => name}
      isMarked={({ name }) => name === chosen}
      empty="This hub has no streams yet."
    />
  );
}

const figures: readonly DataColumn<StreamRow>[] = [
  { title: 'version', isFigure: true, cell: ({ version }) => countText(version) },
  { title: 'entries', isFigure: true, cell: ({ entries }) => countText(entries) },
  { title: 'as JSON', isFigure: true, cell: ({ jsonBytes }) => bytesText(jsonBytes) },
  { title: 'sessions', isFigure: true, cell: ({ sessions }) => countText(sessions) },
  { title: 'sent', isFigure: true, cell: ({ sentBytes }) => bytesText(sentBytes) },
  {
    title: 'less',
    hint: 'Whole values as JSON to every session, beside what was sent',
    isFigure: true,
    cell: ({ sentBytes, wholeBytes }) => ratioText(wholeBytes, sentBytes),
  },
  {
    title: 'frames',
    hint: 'Frames sent; of them dense',
    isFigure: true,
    cell: ({ frames, denseFrames }) => `${countText(frames)} (${countText(denseFrames)} dense)`,
  },
  {
    title: 'errors',
    hint: 'Sessions ended for what the consumer sent, and consumers turned away',
    isFigure: true,
    cell: ({ errors, refusals }) => countText(errors + refusals),
  },
  { title: 'digest', cell: ({ digest }) => <DigestText digest={digest} /> },
];

function nameColumn(choose: (name: string) => void): DataColumn<StreamRow> {
  return {
    title: 'stream',
    cell: ({ name }) => (
      <button type="button" className="link" onClick={() => choose(name)}>
        {name}
      </button>
    ),
  };
}
