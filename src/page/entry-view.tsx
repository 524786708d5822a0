import { memo } from 'react';
import type { ReactNode } from 'react';
import type { LastChange } from './change-memory.ts';
import { diffTrusted } from '../core/diff.ts';
import { Patch } from '../core/patch.ts';
import type { Key } from '../core/key.ts';
import type { Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import { keyLabel } from './key-search.ts';
import { pathId, pathText, patchSteps } from './patch-step.ts';
import type { PatchStep } from './patch-step.ts';
import { bytesText, clipped, clockText, countText } from './quantity.ts';
import type { ReplicaWatch } from './replica-watch.ts';
import { Scroller } from './scroller.tsx';
import { LINES_MAX, valueLines } from './value-line.ts';

/** One entry: its last patch, and the value that came of it. */
export function EntryView(props: {
  readonly entryKey: Key;
  readonly watch: ReplicaWatch;
}): ReactNode {
  const { entryKey, watch } = props;
  const { replica } = watch;
  return (
    <EntryDetail
      entryKey={entryKey}
      value={replica.get(entryKey)}
      isThere={replica.has(entryKey)}
      change={watch.lastChanges.get(entryKey)}
      hasForgotten={watch.lastChanges.hasForgotten}
    />
  );
}

/** Values and changes are never altered, so that the same ones need no second look. */
const EntryDetail = memo(function EntryDetail(props: {
  readonly entryKey: Key;
  readonly value: unknown;
  readonly isThere: boolean;
  readonly change: LastChange | undefined;
  readonly hasForgotten: boolean;
}): ReactNode {
  const { entryKey, value, isThere, change, hasForgotten } = props;
  const base = change?.before as Value;
  const isUpdate = change?.cmd === 'update' && isThere && !change.isTooLarge;
  // Cost: the change. Both are of the same replica, and share what is the same.
  const op = isUpdate ? diffTrusted(base, value as Value) : undefined;
  const steps = patchSteps(op, base, value as Value);
  return (
    <div className="entry">
      <h3>
        <bdi>{clipped(keyLabel(entryKey), 300)}</bdi>
      </h3>
      <h4>Last patch</h4>
      <p className="note">{changeText(change, op, hasForgotten)}</p>
      {steps.length > 0 && <PatchSteps steps={steps} />}
      <h4>Value</h4>
      {isThere ? (
        <ValueText value={value} steps={steps} />
      ) : (
        <p className="empty">There is no such entry any more.</p>
      )}
    </div>
  );
});

function changeText(
  change: LastChange | undefined,
  op: Op | undefined,
  hasForgotten: boolean,
): string {
  if (change === undefined) {
    const since = 'It has not changed since this page came';
    return hasForgotten ? `${since}, or so long ago that it is not remembered.` : `${since}.`;
  }
  const when = `at version ${countText(change.version)}, ${clockText(change.wallMs)}`;
  if (change.cmd === 'delete') return `Deleted ${when}.`;
  if (change.cmd === 'new') return `New ${when}.`;
  if (change.isTooLarge) return `Updated ${when}; what was there before is too large to keep.`;
  const size = op === undefined ? '' : `, a patch of ${bytesText(new Patch(op).encode().length)}`;
  return `Updated ${when}${size}.`;
}

const SIGNS: Readonly<Record<PatchStep['kind'], string>> = {
  changed: '~',
  added: '+',
  removed: '−',
  moved: '↕',
};

function PatchSteps({ steps }: { readonly steps: readonly PatchStep[] }): ReactNode {
  return (
    <ul className="steps">
      {steps.map(({ kind, path, before, after }) => (
        <li key={`${kind} ${pathId(path)}`} className={kind}>
          <span className="sign" aria-hidden="true">
            {SIGNS[kind]}
          </span>{' '}
          <span className="heard-only">{kind}: </span>
          <bdi className="path">{pathText(path)}</bdi> {before !== '' && <del>{before}</del>}{' '}
          {after !== '' && <ins>{after}</ins>}
        </li>
      ))}
    </ul>
  );
}

function ValueText(props: {
  readonly value: unknown;
  readonly steps: readonly PatchStep[];
}): ReactNode {
  const lines = valueLines(props.value, props.steps);
  const isCut = lines.length >= LINES_MAX;
  return (
    <Scroller className="value" label="value">
      {lines.map(({ depth, text, isTouched }, index) => (
        <div
          // Lines have no identity but their place.
          // eslint-disable-next-line react/no-array-index-key
          key={index}
          className={isTouched ? 'touched' : undefined}
          style={{ paddingInlineStart: `${depth}rem` }}
        >
          <bdi>{text}</bdi>
        </div>
      ))}
      {isCut && <p className="note">… the rest is not shown: {LINES_MAX} lines are the most</p>}
    </Scroller>
  );
}
