import { useEffect, useId, useRef } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { Key } from '../core/key.ts';
import { keyLabel } from './key-search.ts';
import { clipped } from './quantity.ts';
import type { ReplicaWatch } from './replica-watch.ts';

/** An entry that changed in so many milliseconds is marked. */
const FRESH_MS = 1500;
const PAGE_STEP = 10;

/** Keys to choose from: one tab stop, arrows inside. */
export function KeyList(props: {
  readonly keys: readonly Key[];
  readonly chosen: Key | undefined;
  readonly choose: (key: Key) => void;
  readonly watch: ReplicaWatch;
  readonly nowMs: number;
}): ReactNode {
  const { keys, chosen, choose, watch, nowMs } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const at = chosen === undefined ? -1 : keys.indexOf(chosen);
  useEffect(() => {
    // By hand: scrollIntoView would move the page as well.
    const { current: box } = list;
    const option = box?.children[at];
    if (!(option instanceof HTMLElement) || box === null) return;
    const { offsetTop: top, offsetHeight: height } = option;
    if (top < box.scrollTop) box.scrollTop = top;
    const bottom = top + height - box.clientHeight;
    if (bottom > box.scrollTop) box.scrollTop = bottom;
  }, [at]);
  const move = (event: KeyboardEvent): void => {
    const to = targetOf(event.key, at, keys.length);
    const key = to === undefined ? undefined : keys[to];
    if (key === undefined) return;
    event.preventDefault();
    choose(key);
  };
  return (
    // No select: that cannot mark what has changed, and opens over the page on small screens.
    <div
      ref={list}
      className="key-list"
      role="listbox"
      aria-label="keys"
      tabIndex={0}
      aria-activedescendant={at < 0 ? undefined : `${id}-${at}`}
      onKeyDown={move}
    >
      {keys.map((key, index) => {
        const { seenMs = Number.NEGATIVE_INFINITY } = watch.lastChanges.get(key) ?? {};
        const isFresh = nowMs - seenMs < FRESH_MS;
        return (
          // The list takes the keys, and the focus, for its options.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={`${typeof key} ${key}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            className={isFresh ? 'fresh' : undefined}
            onClick={() => choose(key)}
          >
            <bdi>{clipped(keyLabel(key), 200)}</bdi>
          </div>
        );
      })}
    </div>
  );
}

function targetOf(key: string, at: number, count: number): number | undefined {
  const last = count - 1;
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + PAGE_STEP,
    PageUp: at - PAGE_STEP,
    Home: 0,
    End: last,
  };
  const wanted = steps[key];
  return wanted === undefined ? undefined : Math.max(0, Math.min(last, wanted));
}
