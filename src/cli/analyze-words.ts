import { partsOf } from '../analysis/key-path.ts';
import type { Setting } from '../analysis/settings.ts';
import { strategyNames } from '../analysis/strategies.ts';
import type { BreakEven, Offer, Reason } from '../analysis/verdict.ts';
import { quoted } from '../core/path.ts';
import { bytesText, countOf, countText, msText, ratioText } from './figures.ts';
import { shortened } from './printable.ts';

/** A text for each kind of something: a kind without one does not compile. */
type Texts<T extends { readonly kind: string }> = {
  readonly [Kind in T['kind']]: (each: Extract<T, { readonly kind: Kind }>) => string;
};

const NAME_LENGTH_MAX = 40;

/** A member's name as it is shown. */
export function named(path: string): string {
  return quoted(shortened(path, NAME_LENGTH_MAX));
}

/** What a cache by this key holds of a log; undefined: it holds one document. */
export function lastObjectText(key: string | undefined): string {
  if (key === undefined) return 'the last object';
  return `the last object of each ${partsOf(key).map(named).join(' and ')}`;
}

/** Money in US dollars: three digits, and no more than that. */
export function moneyText(dollars: number): string {
  if (!Number.isFinite(dollars)) return '-';
  if (dollars >= 100) return `$${countText(dollars)}`;
  if (dollars >= 0.01 || dollars === 0) return `$${dollars.toFixed(2)}`;
  return dollars < 0.0001 ? '<$0.0001' : `$${dollars.toPrecision(1)}`;
}

/** A share: `12 %`, `0.4 %`. */
export function percentText(share: number): string {
  if (!Number.isFinite(share)) return '-';
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return '<0.01 %';
  return `${percent >= 9.95 || percent === 0 ? percent.toFixed(0) : percent.toPrecision(2)} %`;
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function offerText({ id, bytes }: Offer): string {
  return `${strategyNames[id]} ${bytesText(bytes)}`;
}

const reasonTexts: Texts<Reason> = {
  traffic: ({ best: { whole, compress, diffs } }) =>
    `On the wire, to each consumer: ${[whole, compress, diffs].map(offerText).join('; ')}.`,
  rewritten: () =>
    'That leaves no difference worth the name. Where DiffStream is smaller all the same, it is ' +
    'because its frames are compressed, at more work.',
  'new-share': ({ meanBytes, newShare }) =>
    `Of a value of ${bytesText(meanBytes)} in the mean, ` +
    `${percentText(newShare)} is new in a change.`,
  connections: ({ consumers, memoryBytes, cores, diffCores }) => {
    const of = `${bytesText(memoryBytes)} of memory for ${countOf(consumers, 'consumer')}`;
    const work = cores === undefined ? '' : ` and ${coresText(cores)}`;
    const own = diffCores === undefined ? '' : `, ${coresText(diffCores)}`;
    return (
      `A deflate context belongs to one connection: about ${of}${work}. ` +
      `Diffs are made once for all${own}.`
    );
  },
  creations: ({ share }) =>
    `${percentText(share)} of the updates are new entries, for which there is no diff.`,
  unchanged: ({ count, share }) =>
    `${countOf(count, 'update')} (${percentText(share)}) repeat what is there, and are not ` +
    'counted: to leave them out takes no diff, only a comparison.',
  together: ({ by, atOnce, alone: { whole, compress, diffs } }) => {
    const what = by === 'item' ? 'What came together' : 'What has the same time';
    const each = [whole, compress, diffs].map(offerText).join('; ');
    return (
      `${what} is one message there, whichever way it is sent: ${atOnceText(atOnce)} updates in ` +
      `the mean. As a message each: ${each}.`
    );
  },
  log: ({ id, key, asLog, whole }) => {
    const saved = asLog.id === whole.id ? '' : `, ${ratioText(whole.bytes / asLog.bytes)} smaller`;
    return (
      `Each object has another ${named(id)}, as events of a log have. ` +
      `A keyed cache holds ${lastObjectText(key)}: who is slow or away never sees those ` +
      'between. In a log nothing changes, so that there is nothing to diff: ' +
      `${strategyNames[asLog.id]} is best${saved}.`
    );
  },
  peer: ({ id, bytes, own }) =>
    `${capitalized(strategyNames[id])} needs ${bytesText(bytes)} for a change here, DiffStream ` +
    `${bytesText(own)}: where only bytes count, it will do.`,
  wrong: ({ id, wrong, of }) =>
    `${capitalized(strategyNames[id])} gives wrong results: ` +
    `${countText(wrong)} of ${countText(of)}.`,
  work: ({ wanted }) =>
    `By bytes it would be ${wanted === 'diffs' ? 'diffs' : 'compression'}, but at these prices ` +
    'that work costs more than the bytes it saves.',
  little: ({ wholePerMonth }) =>
    `Sent whole, all of it costs ${moneyText(wholePerMonth)} a month at these prices: ` +
    'nothing needs to be saved.',
  few: ({ changes }) =>
    `Only ${countOf(changes, 'change')}: take more data before you rely on this.`,
};

/** A reason as a sentence. */
export function reasonText(reason: Reason): string {
  return (reasonTexts[reason.kind] as (each: Reason) => string)(reason);
}

/** How many in the mean. */
export function atOnceText(updates: number): string {
  return updates >= 9.95 ? countText(updates) : updates.toFixed(1);
}

function coresText(cores: number): string {
  if (cores >= 0.995) return `${cores.toFixed(1)} cores`;
  return cores < 0.01 ? 'under 1 % of a core' : `${percentText(cores)} of a core`;
}

/** From where on diffs pay, as sentences. */
export function breakEvenTexts(breakEven: BreakEven): string[] {
  const { keys, keysThatPay, changesThatPay, consumers, valueBytes, isEverySize } = breakEven;
  const share = percentText(keysThatPay / Math.max(1, keys));
  const bySize = isEverySize ? 'at every size there is' : `from ${bytesText(valueBytes ?? 0)} on`;
  const byConsumers = consumers === undefined ? 'for no number' : `from ${countText(consumers)} on`;
  return [
    `by key: for ${countText(keysThatPay)} of ${countOf(keys, 'key')} (${share}), ` +
      `with ${percentText(changesThatPay)} of the changes`,
    `by consumers: ${byConsumers}`,
    `by size of the value: ${valueBytes === undefined ? 'at none' : bySize}`,
  ];
}

const settingTexts: Texts<Setting> = {
  codec: ({ codec, denseSaves }) =>
    codec === 'auto'
      ? `codec: 'auto', the default: dense frames save ${percentText(denseSaves)} here`
      : `codec: 'compact': dense frames would save ${savedText(denseSaves)} here`,
  key: ({ keyName, isMember }) => {
    if (keyName === 'key') return "update(value): the key is the member 'key', as by default";
    if (isMember) return `keyName: ${named(keyName)}`;
    return `set(key, value), with a key that you make of ${named(keyName)}`;
  },
  document: () => "one entry: set('document', value)",
  'large-value': ({ meanBytes, newShare }) =>
    `mutate(key, recipe), or copy: false with values that share what stays: of ` +
    `${bytesText(meanBytes)} only ${percentText(newShare)} is new`,
  batch: ({ updatesAtOnce }) =>
    `batch(): ${atOnceText(updatesAtOnce)} updates carry the same time in the mean; one frame ` +
    'for all of them saves most of what frames cost',
  journal: ({ seconds, records, entriesMax }) => {
    const back = `${countText(records)} records of the journal reach back ${spanText(seconds)}`;
    if (entriesMax === undefined) return `journal as it is: about ${back}`;
    return `journalEntriesMax: ${entriesMax}, journalBytesMax in step: about ${back}`;
  },
};

/** A setting as a sentence. */
export function settingText(setting: Setting): string {
  return (settingTexts[setting.kind] as (each: Setting) => string)(setting);
}

function savedText(share: number): string {
  return share <= 0 ? 'nothing' : `only ${percentText(share)}`;
}

/** A time in seconds as one unit. */
export function spanText(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  if (seconds < 120) return msText(seconds * 1000);
  if (seconds < 7200) return `${(seconds / 60).toFixed(0)} min`;
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(0)} h`;
  return seconds < 86_400 * 730 ? `${countText(seconds / 86_400)} days` : 'for years';
}
