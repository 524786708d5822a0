// Makes the checkout ready, runs the tests, and ends with one line a machine can read:
// `N passed, N failed`, with `, N skipped` when there are any. Arguments go to vitest.
// @ts-check
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPTS = dirname(fileURLToPath(import.meta.url));
const ROOT = join(SCRIPTS, '..');

/**
 * @param {string[]} args
 * @param {Record<string, string>} [extraEnv]
 * @returns {Promise<number>} the exit code
 */
function node(args, extraEnv = {}) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...extraEnv };
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** @param {string} file */
function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }; // the run ended before it could count
  }
}

/** @param {string[]} args */
async function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'diffstream-test-'));
  try {
    const file = join(folder, 'counts.json');
    const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
    const reporters = ['default', join(SCRIPTS, 'count-reporter.mjs')];
    const flags = reporters.map((reporter) => `--reporter=${reporter}`);
    const code = await node([vitest, 'run', ...flags, ...args], { DIFFSTREAM_TEST_COUNTS: file });
    return { code, ...readCounts(file) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// An interrupt reaches the child too; this process stays to report how it ended.
process.on('SIGINT', () => {});

const readyCode = await node([join(SCRIPTS, 'ready.mjs')]);
const outcome =
  readyCode === 0
    ? await runTests(process.argv.slice(2))
    : { code: readyCode, passed: 0, failed: 1, skipped: 0 };
if (outcome.code !== 0 && outcome.failed === 0) outcome.failed = 1;
const skipped = outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : '';
process.stdout.write(`${outcome.passed} passed, ${outcome.failed} failed${skipped}\n`);
process.exitCode = outcome.failed > 0 ? outcome.code || 1 : outcome.code;
