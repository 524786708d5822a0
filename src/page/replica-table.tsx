import type { ReactNode } from 'react';
import { replicaActs } from '../server/page-row.ts';
import type { DemoRow, ReplicaAct, ReplicaRow } from '../server/page-row.ts';
import { DataTable } from './data-table.tsx';
import type { DataColumn } from './data-table.tsx';
import { DigestText } from './digest-text.tsx';
import { OWN_NAME } from './page-state.ts';
import type { PageState } from './page-state.ts';
import { Pill, statusTone } from './pill.tsx';
import { bytesText, countText, durationText } from './quantity.ts';

/** The replicas of a demo, this page's own among them, with buttons that hurt their network. */
export function ReplicaTable(props: {
  readonly state: PageState;
  readonly demo: DemoRow;
  readonly act: (replica: string, act: ReplicaAct) => void;
}): ReactNode {
  const { state, demo, act } = props;
  const { canAct, problem } = state;
  const rows = withOwn(state, demo);
  const columns = canAct ? [...facts, actColumn(act)] : facts;
  const lag =
    demo.lagP50Ms === null || demo.lagP99Ms === null
      ? ''
      : `; lag p50 ${durationText(demo.lagP50Ms)}, p99 ${durationText(demo.lagP99Ms)}`;
  return (
    <DataTable
      title="Replicas"
      note={
        <>
          network: {demo.faults}
          {lag}
          {problem !== '' && (
            <span role="alert" className="problem">
              {' '}
              {problem}
            </span>
          )}
        </>
      }
      hasCards
      columns={columns}
      rows={rows}
      idOf={({ name }) => name}
      isMarked={({ name }) => name === OWN_NAME}
      empty="No replica has started yet."
    />
  );
}

/** What this page knows of its own replica is newer than what it told the demo. */
function withOwn({ watch, stream, model }: PageState, demo: DemoRow): ReplicaRow[] {
  const others = model.replicas.filter(({ name }) => name !== OWN_NAME);
  if (watch === undefined || watch.stream !== demo.stream) return others;
  const { replica, proof } = watch;
  const { resumes, repairs, snapshots, wireBytes } = replica.stats;
  const told = model.replicas.find(({ name }) => name === OWN_NAME);
  return [
    ...others,
    {
      ...{ kind: 'replica', name: OWN_NAME, status: replica.status, version: replica.version },
      lagVersions: Math.max(0, (stream?.version ?? 0) - replica.version),
      provenVersion: proof?.version ?? 0,
      isEqual: proof?.isEqual ?? false,
      digest: replica.head()?.digest ?? '',
      ...{ resumes, repairs, snapshots, wireBytes, isDelayed: told?.isDelayed ?? false },
    },
  ];
}

const facts: readonly DataColumn<ReplicaRow>[] = [
  {
    title: 'replica',
    cell: ({ name }) => (name === OWN_NAME ? 'this page' : name),
  },
  {
    title: 'status',
    isPlain: true,
    cell: ({ status }) => <Pill tone={statusTone(status)}>{status}</Pill>,
  },
  {
    title: 'proof',
    isPlain: true,
    hint: 'The latest version at which its digest was held against that of the producer',
    cell: ({ provenVersion, isEqual }) =>
      provenVersion === 0 ? (
        <Pill tone="plain">not yet</Pill>
      ) : (
        <Pill tone={isEqual ? 'good' : 'bad'}>
          {isEqual ? 'equal' : 'DIFFERENT'} at {countText(provenVersion)}
        </Pill>
      ),
  },
  { title: 'version', isFigure: true, cell: ({ version }) => countText(version) },
  {
    title: 'behind',
    hint: 'Versions, when it last told',
    isFigure: true,
    cell: ({ lagVersions }) => countText(lagVersions),
  },
  { title: 'digest', cell: ({ digest }) => <DigestText digest={digest} /> },
  { title: 'resumes', isFigure: true, cell: ({ resumes }) => countText(resumes) },
  { title: 'repairs', isFigure: true, cell: ({ repairs }) => countText(repairs) },
  { title: 'snapshots', isFigure: true, cell: ({ snapshots }) => countText(snapshots) },
  { title: 'received', isFigure: true, cell: ({ wireBytes }) => bytesText(wireBytes) },
];

const actHints: Readonly<Record<ReplicaAct, string>> = {
  cut: 'Cuts its connection now',
  delay: 'Delays everything for it, until pressed again',
  corrupt: 'Flips a bit on its way',
  stall: 'Lets nothing pass for three seconds',
};

function actColumn(act: (replica: string, act: ReplicaAct) => void): DataColumn<ReplicaRow> {
  return {
    title: 'hurt its network',
    isPlain: true,
    cell: ({ name, isDelayed }) => (
      <span className="acts">
        {replicaActs.map((one) => (
          <button
            key={one}
            type="button"
            title={actHints[one]}
            aria-label={`${one} ${name}`}
            aria-pressed={one === 'delay' ? isDelayed : undefined}
            onClick={() => act(name, one)}
          >
            {one}
          </button>
        ))}
      </span>
    ),
  };
}
