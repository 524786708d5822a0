import type { Sums } from '../analysis/breakdowns.ts';
import type { Prices } from '../analysis/costs.ts';
import { costOf } from '../analysis/costs.ts';
import type { Findings, KeySums } from '../analysis/findings.ts';
import { loadsOf } from '../analysis/findings.ts';
import type { Form } from '../analysis/form.ts';
import type { PathFigures } from '../analysis/path-tree.ts';
import type { Setting } from '../analysis/settings.ts';
import { settingsOf } from '../analysis/settings.ts';
import type { StrategyId } from '../analysis/strategies.ts';
import type { Log, Reason, Verdict } from '../analysis/verdict.ts';
import { monthsOf, verdictOf } from '../analysis/verdict.ts';
import { foundText } from './analyze-found.ts';
import { headlineOf } from './analyze-headline.ts';
import { reasonText, settingText } from './analyze-words.ts';
import type { RefusedGroup } from './analyze-refused.ts';
import type { RunOutcome, Stop } from './analyze-run.ts';

/** Of what has no end, so many are shown and written: paths, and keys with the most bytes. */
const PATHS_MAX = 12;
const KEYS_MAX = 20;
/** Costs are told for one consumer, for as many as were asked for, and for so many times more. */
const MANY = 100;

/** What an analysis found: the same for the table, JSON and HTML. Plain data. */
export interface AnalysisResult {
  readonly format: 'diffstream-analysis';
  /** Of this schema: rises when a member changes its meaning or goes. */
  readonly version: 1;
  readonly input: {
    readonly name: string;
    readonly parts: readonly { readonly what: string; readonly form: Form }[];
    /** How it was understood, and how to say otherwise. */
    readonly found: readonly string[];
    readonly refused: readonly RefusedGroup[];
    readonly updates: number;
    /** Why no more was read. */
    readonly stop: Stop;
  };
  readonly prices: Prices;
  readonly findings: Omit<Findings, 'byKey' | 'paths'>;
  readonly paths: readonly (PathFigures & { readonly share: number })[];
  /** The keys with the most bytes as full JSON, and all others together. */
  readonly keys: readonly KeySums[];
  readonly otherKeys: Sums & { readonly keys: number };
  readonly costs: {
    /** Months that the data stands for; null where it has no times: then per million changes. */
    readonly months: number | null;
    /** Numbers of consumers that costs are told for. */
    readonly consumers: readonly number[];
    readonly each: readonly StrategyCost[];
  };
  readonly verdict: Omit<Verdict, 'reasons'> & {
    readonly headline: string;
    readonly reasons: readonly (Reason & { readonly text: string })[];
  };
  readonly settings: readonly (Setting & { readonly text: string })[];
}

interface StrategyCost {
  readonly id: StrategyId;
  /** To each consumer, for the data as it is: what follows the first state, in bytes. */
  readonly bytes: number;
  /** Work of the server once, and for each consumer, in µs. */
  readonly onceUs: number;
  readonly eachUs: number;
  /** Money for each number of consumers: in a month, or for a million changes. */
  readonly costs: readonly number[];
}

/** Puts everything together. The findings have at least one change. */
export function resultOf(
  name: string,
  run: RunOutcome,
  refused: readonly RefusedGroup[],
  findings: Findings,
  prices: Prices,
): AnalysisResult {
  const { byKey, paths, ...others } = findings;
  const form = run.forms[0]?.form;
  const verdict = verdictOf(findings, prices, logOf(form));
  const months = monthsOf(findings);
  const part = months ?? findings.counts.changed / 1e6;
  const consumers = [1, prices.consumers, prices.consumers * MANY];
  const patchBytes = paths.reduce((sum, path) => sum + path.patchBytes, 0);
  const settings = settingsOf(findings, form ?? { kind: 'given', key: undefined });
  return {
    format: 'diffstream-analysis',
    version: 1,
    input: {
      name,
      parts: run.forms,
      found: foundText(run),
      refused,
      updates: run.updates,
      stop: run.stop,
    },
    prices,
    findings: others,
    paths: paths
      .slice(0, PATHS_MAX)
      .map((path) => Object.assign(path, { share: path.patchBytes / patchBytes })),
    ...keysOf(byKey),
    costs: {
      months: months ?? null,
      consumers,
      each: loadsOf(findings).map((load) => {
        const costs = consumers.map(
          (count) => costOf(load, { ...prices, consumers: count }) / part,
        );
        return Object.assign(load, { costs });
      }),
    },
    verdict: {
      ...verdict,
      headline: headlineOf(verdict, findings),
      reasons: verdict.reasons.map((each) => withText(each, reasonText(each))),
    },
    settings:
      verdict.answer === 'diffs' ? settings.map((each) => withText(each, settingText(each))) : [],
  };
}

function logOf(form: Form | undefined): Log | undefined {
  const id = form?.finding?.log;
  return form === undefined || id === undefined ? undefined : { id, key: form.key };
}

function withText<T extends object>(each: T, text: string): T & { readonly text: string } {
  return Object.assign(each, { text });
}

function keysOf({ keys, others }: Findings['byKey']): Pick<AnalysisResult, 'keys' | 'otherKeys'> {
  const sorted = keys.toSorted((a, b) => b.bytes['full-json'] - a.bytes['full-json']);
  const rest = sorted.slice(KEYS_MAX);
  const bytes = { ...others.bytes };
  let { changes } = others;
  for (const sums of rest) {
    changes += sums.changes;
    for (const id of Object.keys(bytes) as (keyof typeof bytes)[]) bytes[id] += sums.bytes[id];
  }
  return { keys: sorted.slice(0, KEYS_MAX), otherKeys: { keys: rest.length, changes, bytes } };
}
