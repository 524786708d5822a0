import { DiffStreamError } from '../core/errors.ts';
import { quoted } from '../core/path.ts';
import { stopText } from './analyze-found.ts';
import type { RefusedGroup } from './analyze-refused.ts';
import type { RunOutcome } from './analyze-run.ts';
import { countOf } from './figures.ts';

/** Reasons for leaving something out that are told. */
const GROUPS_MAX = 3;

/** Why a run ended before it was at the end of its input. */
export type EarlyEnd = 'interrupted' | 'time';

/** What was found out of data in which no entry changed. */
export interface Unchanged extends RunOutcome {
  readonly keys: number;
  /** Updates that repeat what is there. */
  readonly repeats: number;
  /** All updates have the same time. */
  readonly isOneMoment: boolean;
  readonly refused: readonly RefusedGroup[];
}

/** The end came before there was anything to tell. `seconds`: how long it had. */
export function tooEarly(
  name: string,
  end: EarlyEnd,
  updates: number,
  seconds: number,
): DiffStreamError {
  const read = updates === 0 ? 'nothing to use had come' : `${countOf(updates, 'update')} read`;
  const so = `${read}, and no change of an entry yet`;
  if (end === 'interrupted') return new DiffStreamError('aborted', `${name}: interrupted: ${so}`);
  const longer = 'give it more with --seconds, or --seconds 0 for no limit';
  const message = `${name}: the time of ${seconds} s was up: ${so}; ${longer}`;
  return new DiffStreamError('timeout', message);
}

/** Data in which no entry changes has no answer. */
export function nothingChanged(name: string, found: Unchanged): DiffStreamError {
  const { refused, updates, stop } = found;
  let why = whyOf(found);
  const stopped = stopText(updates, stop);
  if (stopped !== undefined) why += `; ${stopped}`;
  if (refused.length > 0) {
    const groups = refused.slice(0, GROUPS_MAX).map(({ count, first }) => `${count}, ${first}`);
    why += `; left out: ${groups.join('; ')}`;
  }
  return new DiffStreamError('bad-input', `${name} has ${why}`);
}

function whyOf({ forms, updates, keys, repeats, stop, isOneMoment }: Unchanged): string {
  if (updates === 0) return 'nothing that can be used';
  if (updates === 1) return 'one value, which cannot change: give its next states, too';
  const form = forms[0]?.form;
  const key = form?.key;
  const all = `${countOf(updates, 'update')} and no change of an entry`;
  if (repeats > 0 && repeats === updates - keys) {
    const what = keys === 1 ? 'all are the same' : 'each entry stays as it was first';
    return `${all}: ${what}, and what does not change needs no diff; give later states, too`;
  }
  if (key === undefined) return `${all}: name what tells entries apart with --key`;
  if (keys === updates && isOneMoment) return `${all}: all are of one time; give later ones, too`;
  if (keys === updates && stop === 'end') {
    return (
      `${all}: ${quoted(key)} is another one in each, as in a log. There is nothing to diff: ` +
      'compress it, or send it as it is; or name the member that repeats with --key'
    );
  }
  const advice = 'name the member that repeats with --key, or --key none for one document';
  return `${all}; the key was ${quoted(key)}: ${advice}`;
}
