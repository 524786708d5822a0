/** One thread: takes its targets in turn, the same inputs for the same seed. */
// @ts-check
import { readFileSync, existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { Engine, prepareCoverage } from './engine.mjs';
import { loadLibrary } from './library.mjs';
import { slow, targets } from './targets.mjs';

/**
 * @typedef {object} Task
 * @property {string} folder the copy of the build
 * @property {readonly string[]} names targets
 * @property {string} seed
 * @property {number} sites counted places; 0: blind
 * @property {number} seconds
 * @property {number} executions of this thread, all targets together
 * @property {string} corpus folder of inputs to start from
 */

/**
 * @typedef {object} Report
 * @property {string} target
 * @property {number} executions
 * @property {number} accepted
 * @property {number} seconds
 * @property {number} workMax
 * @property {readonly Uint8Array[]} corpus
 * @property {Uint8Array} seen
 * @property {readonly import('./engine.mjs').Finding[]} findings
 */

/** Executions between two targets; of slow ones fewer, so that the time is shared. */
const TURN = 4000;
const SLOW_TURN = 100;
const REPORT_MS = 10_000;

/** @param {string} path */
function readCorpus(path) {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => new Uint8Array(Buffer.from(line, 'base64')));
}

/** @param {Task} task */
async function work({ folder, names, seed, sites, seconds, executions, corpus }) {
  if (sites > 0) prepareCoverage(sites);
  const lib = await loadLibrary(folder);
  const { SeededRandom } = lib.random;
  const engines = names.map((name) => {
    const make = targets[name];
    if (make === undefined) throw new Error(`there is no target '${name}'`);
    // Seeds of a target do not depend on the seed: what is kept in the corpus refers to them.
    const target = make(lib, new SeededRandom(`seeds ${name}`));
    const random = new SeededRandom(`${seed} ${name}`);
    const kept = readCorpus(`${corpus}/${name}.txt`);
    return { engine: new Engine(target, random, kept), seconds: 0 };
  });
  Error.stackTraceLimit = 0;
  const endMs = performance.now() + seconds * 1000;
  let nextReportMs = performance.now() + REPORT_MS;
  let done = 0;
  while (performance.now() < endMs && done < executions) {
    for (const one of engines) {
      const started = performance.now();
      const turn = slow.has(one.engine.target.name) ? SLOW_TURN : TURN;
      const count = Math.min(turn, executions - done);
      one.engine.run(count);
      done += count;
      one.seconds += (performance.now() - started) / 1000;
    }
    if (performance.now() > nextReportMs) {
      nextReportMs += REPORT_MS;
      tell('progress', engines.map(reportOf));
    }
  }
  tell('end', engines.map(reportOf));
}

/** @param {'progress' | 'end'} kind @param {readonly Report[]} reports */
function tell(kind, reports) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage({ kind, reports });
}

/** @param {{ engine: Engine, seconds: number }} one @returns {Report} */
function reportOf({ engine, seconds }) {
  const { executions, accepted, workMax, corpus, findings, target } = engine;
  const seen = engine.coverage();
  return { target: target.name, executions, accepted, seconds, workMax, corpus, seen, findings };
}

await work(/** @type {Task} */ (workerData));
