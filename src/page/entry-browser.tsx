import { useId, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { Key } from '../core/key.ts';
import type { StreamRow } from '../server/page-row.ts';
import { DigestText } from './digest-text.tsx';
import { EntryView } from './entry-view.tsx';
import { KeyList } from './key-list.tsx';
import { KEYS_MAX, matchingKeys } from './key-search.ts';
import { Pill, statusTone } from './pill.tsx';
import { bytesText, countOf, countText } from './quantity.ts';
import type { ReplicaWatch } from './replica-watch.ts';

/** Up to so many keys are searched again whenever one comes or goes. */
const KEYS_EAGER_MAX = 20_000;

/** The entries of a stream, as this page holds them: it is a replica like any other. */
export function EntryBrowser(props: {
  readonly streams: readonly StreamRow[];
  readonly stream: StreamRow | undefined;
  readonly watch: ReplicaWatch | undefined;
  readonly nowMs: number;
  readonly choose: (name: string) => void;
  readonly follow: (name: string) => void;
}): ReactNode {
  const { streams, stream, watch, nowMs, choose, follow } = props;
  const id = useId();
  if (stream === undefined) {
    // What the skip link leads to is always there.
    return (
      <section className="panel entries" id="entries" aria-labelledby={id} tabIndex={-1}>
        <div className="panel-head">
          <h2 id={id}>Entries</h2>
        </div>
        <p className="empty">There is no stream whose entries could be shown.</p>
      </section>
    );
  }
  const isFollowed = watch?.stream === stream.name;
  return (
    <section className="panel entries" id="entries" aria-labelledby={id} tabIndex={-1}>
      <div className="panel-head">
        <h2 id={id}>Entries</h2>
        <label className="note">
          of stream{' '}
          <select value={stream.name} onChange={(event) => choose(event.target.value)}>
            {streams.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {isFollowed && <Proof watch={watch} stream={stream} />}
      </div>
      {isFollowed ? (
        <Entries watch={watch} nowMs={nowMs} />
      ) : (
        <p className="empty">
          This stream holds {bytesText(stream.jsonBytes)} of JSON, all of which comes to this
          browser.{' '}
          <button type="button" onClick={() => follow(stream.name)}>
            Follow it all the same
          </button>
        </p>
      )}
    </section>
  );
}

function Proof(props: { readonly watch: ReplicaWatch; readonly stream: StreamRow }): ReactNode {
  const { replica, proof } = props.watch;
  return (
    <div className="note proof">
      <span>this page is a replica:</span>
      <Pill tone={statusTone(replica.status)}>{replica.status}</Pill>
      {proof === undefined ? (
        <Pill tone="plain">no digest compared yet</Pill>
      ) : (
        <Pill tone={proof.isEqual ? 'good' : 'bad'}>
          digest {proof.isEqual ? 'equal' : 'DIFFERENT'} at version {countText(proof.version)}
        </Pill>
      )}
      <span>
        version {countText(replica.version)} <DigestText digest={replica.head()?.digest ?? ''} />,
        hub {countText(props.stream.version)} <DigestText digest={props.stream.digest} />
      </span>
    </div>
  );
}

function Entries(props: { readonly watch: ReplicaWatch; readonly nowMs: number }): ReactNode {
  const { watch, nowMs } = props;
  const [query, setQuery] = useState('');
  const [picked, setPicked] = useState<Key | undefined>(undefined);
  const searchId = useId();
  const { replica, keysRevision } = watch;
  // Of many keys, a search looks at all: not at every drawing.
  const revision = replica.size > KEYS_EAGER_MAX ? Math.floor(nowMs / 2000) : keysRevision;
  const matches = useMemo(
    () => matchingKeys(replica.keys(), query),
    // The keys themselves change only with their revision.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [replica, revision, query],
  );
  // An entry that is gone stays in view: why it went is what one wants to see.
  const key = picked ?? matches.keys[0];
  return (
    <div className="browser">
      <div className="keys">
        <label htmlFor={searchId}>Find a key</label>
        <input
          id={searchId}
          type="search"
          value={query}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setQuery(event.target.value)}
        />
        <KeyList keys={matches.keys} chosen={key} choose={setPicked} watch={watch} nowMs={nowMs} />
        <p className="note">
          {matches.hasMore
            ? `the first ${KEYS_MAX} of ${query === '' ? countText(replica.size) : 'more'}`
            : countOf(matches.keys.length, 'key')}
        </p>
      </div>
      {key === undefined ? (
        <p className="empty">{replica.size === 0 ? 'No entries.' : 'No key holds this text.'}</p>
      ) : (
        <EntryView entryKey={key} watch={watch} />
      )}
    </div>
  );
}
