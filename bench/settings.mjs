// What a run is asked to do. Throws a TypeError or RangeError that names the option.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run bench -- [options]

  --traces DIR    folder of recorded feeds, .ndjson[.gz|.br], and anchors.json
                  (default ../shared/traces beside the checkout, where it exists)
  --only NAMES    feeds and rows whose names hold one of these, separated by commas
  --records N     records of each feed (default: those of the anchors, else 1500)
  --patience S    seconds after which a contestant leaves a feed (default 20)
  --out FILE      the results as JSON
  --smoke         a small generated feed, no times held against goals`;

const DEFAULT_TRACES = '../shared/traces';

function numberOf(name, text) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text === '' || !Number.isFinite(number) || number <= 0) {
    throw new RangeError(`--${name} wants a number above 0, got '${text}'`);
  }
  return number;
}

function tracesOf(given, root) {
  if (given === undefined) {
    const path = join(root, DEFAULT_TRACES);
    return existsSync(path) ? path : undefined;
  }
  if (!statSync(given, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RangeError(`--traces wants a folder, there is none at '${given}'`);
  }
  return given;
}

export function settingsFrom(args, root) {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  const options = { traces: text, only: text, records: text, patience: text, out: text };
  const { values } = parseArgs({ args, options: { ...options, smoke: flag, help: flag } });
  return {
    help: values.help === true,
    smoke: values.smoke === true,
    traces: values.smoke ? undefined : tracesOf(values.traces, root),
    only: values.only?.split(',').filter((name) => name !== ''),
    records: numberOf('records', values.records),
    patienceMs: (numberOf('patience', values.patience) ?? 20) * 1000,
    out: values.out,
  };
}

/** Whether a name is among those asked for. */
export function wanted({ only }, name) {
  return only === undefined || only.some((part) => name.includes(part));
}
