// Runs Spin over every model and every variant: those that must hold are searched to the end, and
// those that lack a guard must be refuted. Arguments pick variants by words of their name.
// @ts-check
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCall, WrongCall } from './tool-call.mjs';

const USAGE = `usage: npm run models -- [words]

Runs every variant that has all the words: a model (resume, conflation), what is expected of it
(holds, fails), or a flag as it stands in the name of a variant (UNPACK, NREQ=3).`;

const MODELS = join(dirname(fileURLToPath(import.meta.url)), '..', 'models');
/** More at once would need more memory than it saves time: a search takes up to a gigabyte. */
const AT_ONCE_MAX = 4;
const COMPILE = ['-O2', '-w', '-DSAFETY', '-DNOREDUCE', '-DCOLLAPSE', '-DMEMLIM=3000'];
/** Longest path that is followed; a search that gets there has not seen everything. */
const DEPTH_MAX = 100_000;

/**
 * @typedef {{ model: string, expected: 'holds' | 'fails', flags: string }} Variant
 * @typedef {{ code: number, output: string }} Ended
 * @typedef {{ verdict: string, states: string, depth: string }} Outcome
 */

/** What each variant shows is in models/README.md. */
const PLAN = {
  resume: {
    holds: [
      '',
      'CORRUPT',
      'REUSE CORRUPT',
      'LEFTOVER NREQ=3',
      'UNPACK NREQ=3',
      'UNPACK LEFTOVER CORRUPT NREQ=5 MAXV=2',
      'REUSE UNPACK LEFTOVER CORRUPT MAXV=2',
      'SAMETERM UNPACK LEFTOVER CORRUPT MAXV=2',
      'REPLAY CORRUPT LEFTOVER NREQ=3 MAXV=2',
      // One guard is missing, another one does its work.
      'NO_REFUSE_STALE',
      'NO_FROM',
      'NO_CHECK MAXV=2',
      'NO_DIGEST MAXV=2',
      'NO_REPEAT MAXV=2',
      'NO_LEAST MAXV=2',
      'REUSE NO_AHEAD MAXV=2',
    ],
    fails: [
      'LEFTOVER NO_NONCE',
      'REPLAY NO_NONCE MAXV=2',
      'LEFTOVER NO_DROP',
      'UNPACK NO_UNPACK_HERE',
      'REUSE NO_DIGEST',
      'REUSE NO_CHECK',
      'CORRUPT NO_CHECK',
      'REUSE NO_HEAD_DIGEST',
      'CORRUPT NO_ANSWER_CHECK',
      'SAMETERM NO_INCARNATION',
      'NO_REFUSE_STALE NO_FOREIGN',
      'REUSE NO_AHEAD NO_REPEAT',
      'NO_LEAST NO_REPEAT',
      'NO_FROM NO_CHECK',
      'NO_VERSION_ZERO',
      'REUSE REPLAY MAXV=2',
    ],
  },
  conflation: {
    holds: [
      'MAXV=6',
      'PARTS GATHER',
      'BRIDGE',
      'COMPARE MAXV=4',
      'PARTS GATHER COMPARE MAXV=3',
      'LIAR PARTS',
    ],
    fails: [
      'NO_TOMB_FLOOR',
      'NO_TOMB_CLEAR',
      'NO_ENTRY_VERSION',
      'NO_JOURNAL_FLOOR',
      'TRIM_HALF',
      'LAST_BEFORE',
      'NO_RESTART',
      'NO_REPLACE',
      'NO_USABLE',
      'NO_HEAD_ORDER',
      'PARTS NO_HEAD_ORDER',
      'PARTS NO_TRANSFER_RESET',
      'BRIDGE NO_BRIDGE_FROM',
      'GATHER NO_GATHER',
      'COMPARE NO_LEAST',
      'COMPARE NO_MERGE',
      'COMPARE NO_MEND_REACH',
      'LIAR NO_ACK_CHECK',
    ],
  },
  cohort: {
    holds: [
      'FRAMES=4',
      'PARTS',
      'CORRUPT',
      'TWICE LOSS',
      'RESTART',
      'FAIL',
      'AUTO',
      'LEFTOVER MAXV=4 MAXG=3',
      'AUTO FAIL RESTART LOSS PARTS MAXV=4',
      'TWICE CORRUPT RESTART PARTS MAXV=4',
      // One guard is missing, another one does its work.
      'NO_CHECK',
      'CORRUPT NO_INDEX',
      'LOSS NO_FORGET MAXV=5',
    ],
    fails: [
      'NO_CURSOR',
      'NO_JOIN',
      'NO_LEAVE FRAMES=4',
      'NO_RESET',
      'FAIL NO_END',
      'CORRUPT NO_SESSION_RESET',
      'CORRUPT NO_FORGET',
      'RESTART NO_FORGET',
      'LOSS NO_CHECK',
      'CORRUPT NO_CHECK',
    ],
  },
};

function variants() {
  /** @type {Variant[]} */
  const all = [];
  for (const [model, { holds, fails }] of Object.entries(PLAN)) {
    for (const flags of holds) all.push({ model, expected: 'holds', flags });
    for (const flags of fails) all.push({ model, expected: 'fails', flags });
  }
  return all;
}

/** @param {Variant} variant */
const nameOf = ({ model, flags }) => `${model} ${flags}`.trim();

/** @param {string} command @param {string[]} args @param {string} cwd @returns {Promise<Ended>} */
function run(command, args, cwd) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (piece) => (output += piece));
    child.stderr.on('data', (piece) => (output += piece));
    child.on('error', (error) => resolve({ code: -1, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}

/** Words of a search that did not see everything, whatever its count of errors says. */
const CUT_SHORT = /max search depth too small|out of memory|MEMLIM|not completed|resizing failed/i;

/** What a search found, from what it printed. @param {Ended} search @returns {Outcome} */
export function outcomeOf({ code, output }) {
  const states = /^\s*(\S+) states, stored/m.exec(output)?.[1] ?? '-';
  const depth = /depth reached (\d+)/.exec(output)?.[1] ?? '-';
  const errors = /errors: (\d+)/.exec(output)?.[1];
  const violated = /^pan:\d+: assertion violated/m.test(output);
  const counts = { states, depth };
  if (violated && errors !== '0') return { verdict: 'fails', ...counts };
  // Anything else that stops a search, as a step that blocks, is a fault of the model.
  const complete = code === 0 && errors === '0' && !CUT_SHORT.test(output);
  return { verdict: complete ? 'holds' : 'no verdict', ...counts };
}

/** @param {Variant} variant @param {string} folder */
async function check(variant, folder) {
  for (const file of readdirSync(MODELS)) {
    if (file.endsWith('.pml')) cpSync(join(MODELS, file), join(folder, file));
  }
  const flags = variant.flags.split(' ').filter(Boolean);
  /** @type {[string, string[]][]} */
  const steps = [
    ['spin', ['-a', ...flags.map((flag) => `-D${flag}`), `${variant.model}.pml`]],
    ['gcc', [...COMPILE, '-o', 'pan', 'pan.c']],
    [join(folder, 'pan'), [`-m${DEPTH_MAX}`, '-w22']],
  ];
  let ended = { code: 0, output: '' };
  for (const [command, args] of steps) {
    ended = await run(command, args, folder);
    if (ended.code !== 0) break;
  }
  return { ...outcomeOf(ended), output: ended.output };
}

/** @param {string[]} cells */
function row([name = '', expected = '', verdict = '', states = '', depth = '', seconds = '']) {
  const words = [name.padEnd(51), expected.padEnd(8), verdict.padEnd(10)];
  return [...words, states.padStart(9), depth.padStart(5), seconds.padStart(7)].join(' ');
}

/** Checks one variant and prints its row; false where it is not as expected. */
/** @param {Variant} variant */
async function report(variant) {
  const folder = mkdtempSync(join(tmpdir(), 'diffstream-models-'));
  const started = performance.now();
  try {
    const { verdict, states, depth, output } = await check(variant, folder);
    const right = verdict === variant.expected;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const shown = right ? verdict : verdict.toUpperCase();
    const number = Number.isFinite(Number(states)) ? String(Number(states)) : states;
    console.log(row([nameOf(variant), variant.expected, shown, number, depth, seconds]));
    if (!right) console.log(output.trim().replaceAll(/^/gm, '    '));
    return right;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where a tool is missing, what to do. @returns {Promise<string | undefined>} */
async function missing() {
  const tools = { spin: ['-V'], gcc: ['--version'] };
  for (const [tool, args] of Object.entries(tools)) {
    const { code } = await run(tool, args, MODELS);
    if (code === 0) continue;
    return `${tool} is not on the PATH. On Debian or Ubuntu: sudo apt-get install spin gcc`;
  }
  return undefined;
}

/** @param {Variant} variant */
const wordsOf = (variant) => [...nameOf(variant).split(' '), variant.expected];

/** @param {string[]} words */
function chosenBy(words) {
  const all = variants();
  const known = new Set(all.flatMap(wordsOf));
  const unknown = words.find((word) => !known.has(word));
  if (unknown !== undefined) throw new WrongCall(`no variant has the word '${unknown}'`);
  const chosen = all.filter((one) => words.every((word) => wordsOf(one).includes(word)));
  if (chosen.length === 0) throw new WrongCall(`no variant has all of: ${words.join(' ')}`);
  return chosen;
}

/** @param {Variant[]} chosen */
async function main(chosen) {
  const lack = await missing();
  if (lack !== undefined) {
    console.error(lack);
    return 2;
  }
  console.log(row(['variant', 'expected', 'verdict', 'states', 'depth', 'seconds']));
  const started = performance.now();
  const waiting = [...chosen];
  let wrong = 0;
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (!(await report(next))) wrong++;
    }
  };
  const workers = Math.min(AT_ONCE_MAX, availableParallelism());
  await Promise.all(Array.from({ length: workers }, worker));
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${chosen.length} variants, ${wrong} not as expected, ${seconds} s`);
  return wrong > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const call = { usage: USAGE, allowPositionals: true };
  process.exitCode = await main(readCall(call, (_values, words) => chosenBy(words)));
}
