// Finds out whether the tests notice small mistakes in core, cache, dense and protocol:
//   npm run mutate -- [--only src/core] [--sample 300] [--seed 1] [--minutes 20]
// See test/README.md. Sources are never written to: a mutant exists in memory alone. What an
// earlier run has found out counts as long as the source is what it was; `--again` looks at
// survivors once more, `--fresh` at everything.
// @ts-check
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { option, readCall, WrongCall } from '../scripts/tool-call.mjs';
import { FOLDERS } from './mutate/folders.mjs';
import { mutantsOf } from './mutate/mutants.mjs';
import { Runner } from './mutate/pool.mjs';
import { survivors, table } from './mutate/report.mjs';
import { shuffled } from './mutate/sample.mjs';
import { hashOf, remembered, Store } from './mutate/store.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STATE = join(ROOT, 'node_modules', '.cache', 'mutate');
const TESTS = [
  'test/core',
  'test/cache',
  'test/dense',
  'test/protocol',
  'test/simulator/courses.test.ts',
  'test/bad-inputs',
  'test/documents.test.ts',
  'test/fuzz-findings.test.ts',
  'test/scenario.test.ts',
  'test/vectors.test.ts',
  'test/interop',
];
/** They measure time, which says nothing on a busy machine, or take long for what others say. */
const LEFT_OUT = /(core\/cost|dense-frames|web-socket|exchange|resources)\.test\.ts$/;
/** Properties are run at a part of their number, always with the same seed. */
const ENV = { FC_RUNS: '0.2', FC_SEED: '1', NODE_ENV: 'test' };
/** Tests that are tried before the others, in ms: most mutants do not outlive them. */
const FIRST_MS = 1500;

/**
 * @typedef {import('./mutate/mutants.mjs').Mutant} Mutant
 * @typedef {{ file: string, mutant: Mutant, name: string, from: string }} Job
 * @typedef {{ tests: string[], hits: string[] , ms: number }} Reach
 */

const USAGE = `usage: npm run mutate -- [options]

  --only PATH         a folder or file with sources; may be given again
                      (default ${FOLDERS.join(', ')})
  --sample N          so many mutants, chosen by the seed (default: all)
  --seed N            of that choice (default 1)
  --minutes N         when to stop (default 600)
  --workers N         processes side by side (default 2)
  --tests-seconds N   how long the tests of one mutant may take without it (default 20)
  --again             looks at survivors once more
  --fresh             forgets what earlier runs found`;

process.chdir(ROOT);

/** @param {string} path @returns {string[]} */
function filesIn(path) {
  if (path.endsWith('.ts')) return [path];
  const names = /** @type {string[]} */ (readdirSync(path, { recursive: true }));
  return names.map((name) => `${path}/${name.replaceAll('\\', '/')}`).toSorted();
}

/** @param {string} path */
const sourcesIn = (path) => filesIn(path).filter((file) => file.endsWith('.ts'));

const sourcePath = option.value((given, what) => {
  const isThere = existsSync(given) && statSync(given).isFile() === given.endsWith('.ts');
  if (isThere && sourcesIn(given).length > 0) return given;
  throw new WrongCall(`${what} wants a folder or file with sources, got '${given}'`);
});

const options = readCall({
  usage: USAGE,
  options: {
    only: option.several(sourcePath),
    sample: option.count,
    seed: option.whole,
    minutes: option.positive,
    workers: option.count,
    'tests-seconds': option.positive,
    again: option.flag,
    fresh: option.flag,
  },
});
const { only = FOLDERS, seed = 1, minutes = 600, workers = 2 } = options;
const testsMs = (options['tests-seconds'] ?? 20) * 1000;
const sources = only.flatMap(sourcesIn);
const tests = TESTS.flatMap(filesIn).filter(
  (file) => file.endsWith('.test.ts') && !LEFT_OUT.test(file),
);

/** Every mutant, under a name that holds as long as its file is the same. @returns {Job[]} */
function allJobs() {
  return sources.flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    const hash = hashOf(source);
    return mutantsOf(source, file).map((mutant) => ({
      file,
      mutant,
      from: source.slice(mutant.start, mutant.end),
      name: `${file} ${hash} ${mutant.start}-${mutant.end} ${mutant.text}`,
    }));
  });
}

/**
 * Runs every test file once: how long it takes, and which functions it runs.
 * @returns {Promise<Record<string, { ms: number, hits: string[] }>>}
 */
async function reach() {
  const folder = join(STATE, 'hits');
  rmSync(folder, { recursive: true, force: true });
  const runner = new Runner({ ...ENV, MUTATE_HITS: folder });
  const outcome = await runner.run(undefined, tests, 20 * 60_000);
  runner.stop();
  if (outcome === undefined || outcome.failed !== undefined) {
    throw new Error(`without a mutant the tests fail: ${JSON.stringify(outcome)}`);
  }
  const ms = new Map(outcome.ms);
  const found = readdirSync(folder).map((name) => {
    const { testPath, hits } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const file = testPath.slice(ROOT.length).replaceAll('\\', '/');
    return [file, { ms: ms.get(file) ?? 1000, hits }];
  });
  return Object.fromEntries(found);
}

const folderOf = (/** @type {string} */ file) => file.split('/')[1];

/**
 * The tests that run what a mutant changes, those of its own layer and the fast ones first.
 * @param {Job} job @param {Awaited<ReturnType<typeof reach>>} reached
 */
function testsFor({ file, mutant: { scope } }, reached) {
  const found = Object.entries(reached)
    .filter(([, { hits }]) =>
      scope < 0
        ? hits.some((hit) => hit.startsWith(`${file.slice(0, file.lastIndexOf('/'))}/`))
        : hits.includes(`${file}:${scope}`),
    )
    .map(([name, { ms }]) => ({ name, ms, rank: ms * (folderOf(name) === folderOf(file) ? 1 : 3) }))
    .toSorted((a, b) => a.rank - b.rank);
  let sum = 0;
  return found.filter(({ ms }) => (sum += ms) <= testsMs || sum === ms);
}

/** @typedef {ReturnType<typeof testsFor>} Tests */

/** @param {Runner} runner @param {Job} job @param {Tests} chosen */
async function verdictOn(runner, job, chosen) {
  if (chosen.length === 0) return { verdict: 'no coverage' };
  let sum = 0;
  const at = chosen.findIndex(({ ms }) => (sum += ms) > FIRST_MS);
  const split = at < 0 ? chosen.length : Math.max(1, at);
  for (const part of [chosen.slice(0, split), chosen.slice(split)]) {
    if (part.length === 0) continue;
    const ms = part.reduce((total, one) => total + one.ms, 0);
    const names = part.map(({ name }) => name);
    const outcome = await runner.run({ file: job.file, ...job.mutant }, names, 10_000 + 6 * ms);
    if (outcome === undefined) return { verdict: 'timeout' };
    if (outcome.failed !== undefined || outcome.broken) {
      return { verdict: 'killed', by: outcome.failed };
    }
  }
  return { verdict: 'survived' };
}

const jobs = allJobs();
const totals = new Map(
  sources.map((file) => [file, jobs.filter((job) => job.file === file).length]),
);
const store = new Store(join(STATE, 'results.jsonl'));
if (options.fresh) store.clear();
const reached = await remembered(
  join(STATE, 'reach.json'),
  hashOf(
    [...tests, ...FOLDERS.flatMap(filesIn)].map((file) => readFileSync(file, 'utf8')).join(''),
  ),
  reach,
);

const size = Math.min(jobs.length, options.sample ?? jobs.length);
const sample = shuffled(jobs, seed).slice(0, size);
const endMs = Date.now() + minutes * 60_000;
let next = 0;

/** @param {Runner} runner */
async function work(runner) {
  while (next < sample.length && Date.now() < endMs) {
    const job = sample[next++];
    if (job === undefined) return;
    const known = store.known.get(job.name)?.verdict;
    if (known !== undefined && !(options.again && known === 'survived')) continue;
    store.set(job.name, await verdictOn(runner, job, testsFor(job, reached)));
    if (next % 25 === 0) process.stderr.write(`${next} of ${sample.length}\n`);
  }
  runner.stop();
}

const runners = Array.from({ length: workers }, () => new Runner(ENV));
process.on('SIGINT', () => {
  for (const runner of runners) runner.stop();
  process.exit(130);
});
await Promise.all(runners.map(work));

const oneLine = (/** @type {string} */ text) => text.replaceAll(/\s+/g, ' ').slice(0, 160);
const results = sample.slice(0, next).flatMap((job) => {
  const known = store.known.get(job.name);
  const { file, mutant } = job;
  const { line, kind } = mutant;
  const shown = { file, line, kind, from: oneLine(job.from), to: oneLine(mutant.text) };
  return known === undefined ? [] : [{ ...shown, verdict: known.verdict }];
});
const list = join(STATE, 'survivors.txt');
writeFileSync(list, survivors(results));
process.stdout.write(`${table(results, totals)}\n\nsurvivors: ${list}\n`);
