import { useSyncExternalStore } from 'react';
import type { MouseEvent, ReactNode } from 'react';
import { Announcer } from './announcer.tsx';
import { EntryBrowser } from './entry-browser.tsx';
import { Masthead } from './masthead.tsx';
import { Overview } from './overview.tsx';
import type { PageStore } from './page-state.ts';
import { ReplicaTable } from './replica-table.tsx';
import { SessionTable } from './session-table.tsx';
import { StreamTable } from './stream-table.tsx';

/** Leaves the address as it is: behind its # stands the token, which a reload needs again. */
function skipToEntries(event: MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#entries')?.focus();
}

/** The whole page, drawn anew at each state of the store. */
export function App({ store }: { readonly store: PageStore }): ReactNode {
  const state = useSyncExternalStore(store.subscribe, store.snapshot);
  const { model, history, watch } = state;
  const isGone = state.status !== 'live';
  return (
    <>
      <a className="skip" href="#entries" onClick={skipToEntries}>
        Skip to the entries
      </a>
      <Masthead state={state} />
      <main className={isGone ? 'is-stale' : ''}>
        <Overview model={model} history={history} />
        {model.demo !== undefined && (
          <ReplicaTable state={state} demo={model.demo} act={store.act} />
        )}
        <StreamTable streams={model.streams} chosen={state.stream?.name} choose={store.choose} />
        <SessionTable sessions={model.sessions} hub={model.hub} />
        <EntryBrowser
          key={state.stream?.name ?? ''}
          streams={model.streams}
          stream={state.stream}
          watch={watch}
          nowMs={state.nowMs}
          choose={store.choose}
          follow={store.follow}
        />
      </main>
      <Announcer events={model.events} />
    </>
  );
}
