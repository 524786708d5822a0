// DiffStream beside its peers, on the same updates:
//   npm run bench -- [--traces DIR] [--only names] [--records N] [--out file.json] [--smoke]
// Every result is compared with the original as text. Ends with 0 where every goal was met, 1 where
// one was missed or DiffStream was wrong, 2 where the call was wrong.
import { execFileSync, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCall, WrongCall } from '../scripts/tool-call.mjs';
import { goalsOf } from './goals.mjs';
import { feedTable, figureTable, summaryTable } from './report.mjs';
import { partsOf, runPart } from './selection.mjs';
import { OPTIONS, settingsFrom, USAGE } from './settings.mjs';
import { summaryOf } from './summary.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..');

function git(...args) {
  try {
    const options = { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync('git', args, options).trim();
  } catch {
    return undefined; // an export without history
  }
}

function conditions({ records, smoke }) {
  const [cpu] = cpus();
  const changed = git('status', '--porcelain', '--untracked-files=no');
  return {
    machine: `${cpu?.model ?? 'unknown'}, ${cpus().length} cores`,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    commit: git('rev-parse', 'HEAD'),
    changed: changed === undefined ? undefined : changed !== '',
    startedAt: new Date().toISOString(),
    records,
    smoke,
  };
}

function tell(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

function inProcess(name, settings) {
  const execArgv = ['--max-old-space-size=6144'];
  return new Promise((resolve, reject) => {
    const child = fork(join(HERE, 'part-process.mjs'), [], { execArgv, serialization: 'advanced' });
    let found;
    child.on('message', ({ share, outcome }) => {
      if (share !== undefined) tell(`${name} ${(share * 100).toFixed(0)} %`);
      else found = outcome;
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      tell('');
      if (found === undefined) reject(new Error(`${name} ended with ${code} and no outcome`));
      else resolve(found);
    });
    child.send({ name, settings });
  });
}

async function run(settings) {
  const conditionsNow = conditions(settings);
  const parts = partsOf(settings);
  const play = settings.smoke ? runPart : inProcess;
  const feeds = [];
  for (const name of parts.feeds) {
    const outcome = await play(name, settings);
    const feed = { ...outcome, summary: summaryOf(outcome) };
    feeds.push(feed);
    console.log(feedTable(feed));
  }
  const figures = [];
  for (const name of parts.rows) figures.push(...(await play(name, settings)));
  const goals = settings.smoke ? [] : goalsOf(feeds, figures);
  if (feeds.length > 0) console.log(summaryTable(feeds));
  if (figures.length > 0) console.log(figureTable('figures', figures));
  if (goals.length > 0) console.log(figureTable('goals', goals));
  const { machine, node, commit = 'unknown' } = conditionsNow;
  console.log(`${machine}, Node ${node}, commit ${commit.slice(0, 12)}`);
  if (settings.out !== undefined) {
    const results = { conditions: conditionsNow, feeds, figures, goals };
    writeFileSync(settings.out, `${JSON.stringify(results, null, 1)}\n`);
  }
  const rows = feeds.flatMap((feed) => feed.rows);
  const wrong = rows.some((row) => row.ours && row.wrong > 0);
  return wrong || goals.some(({ ok }) => ok === false) ? 1 : 0;
}

const settings = readCall({ usage: USAGE, options: OPTIONS }, (values) => {
  const wanted = settingsFrom(values, ROOT);
  const { feeds, rows } = partsOf(wanted);
  if (feeds.length + rows.length > 0) return wanted;
  throw new WrongCall(`--only ${values.only}: no feed or row has such a name`);
});
process.exitCode = await run(settings);
