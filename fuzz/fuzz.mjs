// Feeds every decoder and both machines with inputs that are nearly right:
//   npm run fuzz -- [--target NAME]… [--seconds N] [--executions N] [--blind] [--seed S]
//                   [--workers N] [--input HEX] [--save-corpus]
// @ts-check
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe } from './engine.mjs';
import { copyBuild } from './instrument.mjs';
import { loadLibrary } from './library.mjs';
import { machines, targets } from './targets.mjs';

/** @typedef {import('./worker.mjs').Report} Report */
/** @typedef {import('./engine.mjs').Finding} Finding */

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CORPUS = join(HERE, 'corpus');
const DEFAULT_SECONDS = 60;
/** What is kept of one target's corpus, in bytes. */
const CORPUS_BYTES_MAX = 12_000;

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    executions: { type: 'string' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    input: { type: 'string' },
    blind: { type: 'boolean', default: false },
    'save-corpus': { type: 'boolean', default: false },
  },
});

/** @param {string} what @returns {never} */
function misuse(what) {
  console.error(what);
  process.exit(2);
}

/** @param {string} name @param {string | undefined} text @param {number} otherwise */
function number(name, text, otherwise) {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0)) misuse(`--${name} wants a number above 0, got '${text}'`);
  return value;
}

const isBlind = values.blind;
const everything = Object.keys(targets).filter((name) => !isBlind || !machines.has(name));
const names = values.target ?? everything;
for (const name of names) {
  if (targets[name] === undefined)
    misuse(`no target '${name}'; there are: ${everything.join(' ')}`);
}

const folder = mkdtempSync(join(tmpdir(), 'diffstream-fuzz-'));
try {
  process.exitCode = values.input === undefined ? await campaign() : await replay(values.input);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One input again, with its error in full. @param {string} hex */
async function replay(hex) {
  copyBuild(join(HERE, '../dist'), folder, false);
  const lib = await loadLibrary(folder);
  const [name = 'value'] = names;
  const make = targets[name] ?? misuse(`no target '${name}'`);
  const target = make(lib, new lib.random.SeededRandom(`seeds ${name}`));
  try {
    const accepted = target.run(new Uint8Array(Buffer.from(hex, 'hex')), true);
    console.log(`${name}: ${accepted ? 'accepted' : 'refused'}, as it should be`);
    return 0;
  } catch (error) {
    console.log(`${name}: ${describe(error)}\n${error instanceof Error ? error.stack : ''}`);
    return 1;
  }
}

async function campaign() {
  const counted = copyBuild(join(HERE, '../dist'), folder, !isBlind);
  const sites = counted.reduce((sum, one) => sum + one.sites, 0);
  const workers = number('workers', values.workers, 2);
  const wanted = number('executions', values.executions, Number.POSITIVE_INFINITY);
  const limited = values.executions !== undefined;
  const seconds = number('seconds', values.seconds, limited ? 1e9 : DEFAULT_SECONDS);
  const started = performance.now();
  const all = await Promise.all(
    Array.from({ length: workers }, (_, i) =>
      run(i, { sites, seconds, executions: Math.ceil(wanted / workers) }),
    ),
  );
  const reports = all.flat();
  print(reports, sites, (performance.now() - started) / 1000);
  if (values['save-corpus']) saveCorpus(reports);
  const findings = new Map(
    reports.flatMap((report) => report.findings.map((one) => [`${one.target} ${one.what}`, one])),
  );
  for (const finding of findings.values()) printFinding(finding);
  console.log(`${findings.size} findings`);
  return findings.size === 0 ? 0 : 1;
}

/**
 * @param {number} index @param {{ sites: number, seconds: number, executions: number }} share
 * @returns {Promise<readonly Report[]>}
 */
function run(index, share) {
  return new Promise((resolve, reject) => {
    const seed = `${values.seed} ${index}`;
    const workerData = { folder, names, seed, corpus: CORPUS, ...share };
    const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData });
    let told = 0;
    worker.on('error', reject);
    worker.on('message', (/** @type {{ kind: string, reports: Report[] }} */ message) => {
      const found = message.reports.flatMap(({ findings }) => findings);
      for (const finding of found.slice(told)) printFinding(finding);
      told = found.length;
      if (message.kind === 'end') resolve(message.reports);
      else if (index === 0) printProgress(message.reports);
    });
  });
}

/** @param {readonly Report[]} reports */
function printProgress(reports) {
  const executions = reports.reduce((sum, one) => sum + one.executions, 0);
  const seconds = reports.reduce((sum, one) => sum + one.seconds, 0);
  const inputs = reports.reduce((sum, one) => sum + one.corpus.length, 0);
  const rate = Math.round(executions / seconds);
  console.error(`first worker: ${executions} executions, ${rate}/s, ${inputs} inputs kept`);
}

/** @param {readonly Report[]} reports @param {number} sites @param {number} tookSeconds */
function print(reports, sites, tookSeconds) {
  const kind = isBlind ? 'blind' : `coverage of ${sites} branches`;
  console.log(`seed ${values.seed}, ${kind}, ${tookSeconds.toFixed(0)} s`);
  const head = ['target', 'executions', 'per s', 'accepted', 'corpus', 'branches', 'most work'];
  console.log(row(head));
  const union = new Uint8Array(sites);
  let total = 0;
  for (const name of names) {
    const own = reports.filter(({ target }) => target === name);
    const sum = (/** @type {(report: Report) => number} */ of) =>
      own.reduce((so, report) => so + of(report), 0);
    const seen = new Uint8Array(sites);
    for (const report of own) {
      for (const [i, bits] of report.seen.entries()) {
        seen[i] = (seen[i] ?? 0) | bits;
        union[i] = (union[i] ?? 0) | bits;
      }
    }
    const executions = sum((one) => one.executions);
    total += executions;
    const rate = Math.round(executions / sum((one) => one.seconds));
    const accepted = `${((100 * sum((one) => one.accepted)) / executions).toFixed(0)} %`;
    const work = Math.max(...own.map(({ workMax }) => workMax));
    const corpus = sum((one) => one.corpus.length);
    console.log(row([name, executions, rate, accepted, corpus, reached(seen), work]));
  }
  console.log(row(['all', total, '', '', '', reached(union), '']));
}

/** @param {Uint8Array} seen */
function reached(seen) {
  return seen.reduce((sum, bits) => sum + (bits === 0 ? 0 : 1), 0);
}

/** @param {readonly (string | number)[]} cells */
function row([first, ...rest]) {
  return String(first).padEnd(18) + rest.map((cell) => String(cell).padStart(12)).join('');
}

/** @param {Finding} finding */
function printFinding({ target, what, bytes, stack }) {
  const hex = Buffer.from(bytes).toString('hex');
  console.log(`FINDING ${target}: ${what}\n  npm run fuzz -- --target ${target} --input ${hex}`);
  console.log(stack.split('\n').slice(0, 6).join('\n'));
}

/** The shortest inputs first, as many as there is room for. @param {readonly Report[]} reports */
function saveCorpus(reports) {
  for (const name of names) {
    const own = reports.find(({ target }) => target === name);
    const inputs = (own?.corpus ?? []).toSorted((a, b) => a.length - b.length);
    let text = '';
    for (const bytes of inputs) {
      const line = `${Buffer.from(bytes).toString('base64')}\n`;
      if (text.length + line.length <= CORPUS_BYTES_MAX) text += line;
    }
    writeFileSync(join(CORPUS, `${name}.txt`), text);
  }
}
