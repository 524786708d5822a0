import { defaultLimits } from '../core/limits.ts';
import type { Findings } from './findings.ts';
import type { Form } from './form.ts';
import { AT_ONCE_MIN } from './form.ts';
import { SAVED_MIN } from './verdict.ts';

/** A setting of DiffStream that fits the data, and what it was told by. */
export type Setting =
  | { readonly kind: 'codec'; readonly codec: 'auto' | 'compact'; readonly denseSaves: number }
  | { readonly kind: 'key'; readonly keyName: string; readonly isMember: boolean }
  | { readonly kind: 'document' }
  | { readonly kind: 'large-value'; readonly meanBytes: number; readonly newShare: number }
  | { readonly kind: 'batch'; readonly updatesAtOnce: number }
  | {
      readonly kind: 'journal';
      readonly seconds: number;
      readonly records: number;
      /** What to raise `journalEntriesMax` to; undefined where the default does. */
      readonly entriesMax: number | undefined;
    };

/** From here on, in bytes, finding what changed takes longer than coding it. */
const LARGE_VALUE_BYTES = 16 * 1024;
const SMALL_SHARE = 0.02;
/** So long a replica should be able to be away, in seconds. */
const AWAY_SECONDS = 60;
/** Heap that a record of the journal takes beside the old parts of its value, in bytes. */
const RECORD_BYTES = 300;

/** How to set DiffStream up for such data. */
export function settingsOf(findings: Findings, form: Pick<Form, 'kind' | 'key'>): Setting[] {
  const { wireTotal, values, newShare, span } = findings;
  const denseSaves = 1 - wireTotal.dense / wireTotal.compact;
  const codec = denseSaves >= SAVED_MIN ? 'auto' : 'compact';
  const settings: Setting[] = [{ kind: 'codec', codec, denseSaves }];
  if (form.kind === 'documents') settings.push({ kind: 'document' });
  else if (form.key !== undefined) {
    settings.push({ kind: 'key', keyName: form.key, isMember: !/[.,]/.test(form.key) });
  }
  if (values.mean >= LARGE_VALUE_BYTES && newShare <= SMALL_SHARE) {
    settings.push({ kind: 'large-value', meanBytes: values.mean, newShare });
  }
  if (span === undefined) return settings;
  if (span.updatesAtOnce >= AT_ONCE_MIN) {
    settings.push({ kind: 'batch', updatesAtOnce: span.updatesAtOnce });
  }
  return [...settings, journalFor(findings, span.changesPerSecond)];
}

function journalFor({ values, newShare }: Findings, perSecond: number): Setting {
  const { journalEntriesMax, journalBytesMax } = defaultLimits;
  const recordBytes = RECORD_BYTES + 2 * values.mean * newShare;
  const records = Math.floor(Math.min(journalEntriesMax, journalBytesMax / recordBytes));
  const seconds = records / perSecond;
  const isLong = seconds >= AWAY_SECONDS;
  const entriesMax = isLong ? undefined : Math.ceil(perSecond * AWAY_SECONDS);
  return { kind: 'journal', seconds, records, entriesMax };
}
