// What a run is asked to do.
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { option, WrongCall } from '../scripts/tool-call.mjs';

export const USAGE = `usage: npm run bench -- [options]

  --traces DIR    folder of recorded feeds, .ndjson[.gz|.br], and anchors.json
                  (default ../shared/traces beside the checkout, where it exists)
  --only NAMES    feeds and rows whose names hold one of these, separated by commas
  --records N     records of each feed (default: those of the anchors, else 1500)
  --patience S    seconds after which a contestant leaves a feed (default 20)
  --out FILE      the results as JSON
  --smoke         a small generated feed, no times held against goals`;

const DEFAULT_TRACES = '../shared/traces';

/** Where a file can be written: told before the work, not behind it. */
const fileToWrite = option.value((given, what) => {
  const isFolder = existsSync(given) && statSync(given).isDirectory();
  if (!isFolder && existsSync(dirname(given))) return given;
  throw new WrongCall(`${what} wants a file in a folder that exists, got '${given}'`);
});

export const OPTIONS = {
  traces: option.folder,
  only: option.text,
  records: option.count,
  patience: option.positive,
  out: fileToWrite,
  smoke: option.flag,
};

function tracesIn(root) {
  const path = join(root, DEFAULT_TRACES);
  return existsSync(path) ? path : undefined;
}

export function settingsFrom({ smoke = false, traces, only, records, patience = 20, out }, root) {
  return {
    smoke,
    traces: smoke ? undefined : (traces ?? tracesIn(root)),
    only: only?.split(',').filter((name) => name !== ''),
    records,
    patienceMs: patience * 1000,
    out,
  };
}

/** Whether a name is among those asked for. */
export function wanted({ only }, name) {
  return only === undefined || only.some((part) => name.includes(part));
}
