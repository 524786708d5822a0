// Feeds every decoder and both machines with inputs that are nearly right:
//   npm run fuzz -- [--target NAME]… [--seconds N] [--executions N] [--blind] [--seed S]
//                   [--workers N] [--input HEX] [--save-corpus]
// @ts-check
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { option, readCall, WrongCall } from '../scripts/tool-call.mjs';
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

const USAGE = `usage: npm run fuzz -- [options]

  --target NAME     only this one; may come several times (default: all; blind: all decoders)
  --seconds N       ends after so long (default ${DEFAULT_SECONDS})
  --executions N    ends after so many, all targets and threads together (default: no end)
  --seed TEXT       of the inputs and their order (default 1)
  --workers N       threads; each has a seed and a corpus of its own (default 2)
  --blind           no coverage; every 16th input is compared with the reference
  --input HEX       runs this one input, and shows the error in full
  --save-corpus     writes the shortest inputs that reached something new to corpus/`;

const targetName = option.value((given) => {
  if (Object.hasOwn(targets, given)) return given;
  throw new WrongCall(`no target '${given}'; there are: ${Object.keys(targets).join(' ')}`);
});
const hexBytes = option.value((given, what) => {
  if (/^(?:[\da-f]{2})*$/i.test(given)) return given;
  throw new WrongCall(`${what} wants bytes in hex, got '${given}'`);
});
const options = {
  target: option.several(targetName),
  seconds: option.positive,
  executions: option.count,
  workers: option.count,
  seed: option.text,
  input: hexBytes,
  blind: option.flag,
  'save-corpus': option.flag,
};
const values = readCall({ usage: USAGE, options });
const { seed: chosenSeed = '1', workers = 2, blind: isBlind = false } = values;
const everything = Object.keys(targets).filter((name) => !isBlind || !machines.has(name));
const names = values.target ?? everything;

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
  const make = targets[name];
  if (make === undefined) throw new TypeError(`no target '${name}'`);
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
  const { executions: wanted = Number.POSITIVE_INFINITY } = values;
  const { seconds = values.executions === undefined ? DEFAULT_SECONDS : 1e9 } = values;
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
    const seed = `${chosenSeed} ${index}`;
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
  console.log(`seed ${chosenSeed}, ${kind}, ${tookSeconds.toFixed(0)} s`);
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
