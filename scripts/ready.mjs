// Makes a checkout ready to run: installs the packages and builds, each only when needed.
//
//   node scripts/ready.mjs                  install and build if out of date; silent otherwise
//   node scripts/ready.mjs --install-only   install if out of date
//   node scripts/ready.mjs --force          build even if up to date
//
// Plain Node, no packages: this runs before there are any. Progress goes to stderr.
// @ts-check
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const LOCK = join(ROOT, '.ready', 'lock');
const INSTALL_STAMP = join(ROOT, 'node_modules', '.diffstream-install');
const BUILD_STAMP = join(ROOT, 'dist', '.ready.json');
const CLI_ENTRY = join(ROOT, 'dist', 'cli', 'main.js');
const CLI_BUNDLE = join(ROOT, 'dist', 'bin', 'diffstream.js');

/** Oldest Node that works, as [major, minor]; the same as `engines` in package.json. */
const OLDEST_NODE = [20, 19];
/** A lock whose owner cannot be checked is taken over after this many milliseconds. */
const STALE_LOCK_MS = 10 * 60 * 1000;
/** How often a waiting run looks at the lock, in milliseconds. */
const LOCK_POLL_MS = 200;
/** Packages the command line carries inside it; their licences travel with it. */
const BUNDLED = ['ws', 'picocolors', 'fast-json-patch', 'json-merge-patch', 'fast-deep-equal'];

/** A step that failed for a reason the reader can act on: printed without a stack. */
class StepFailed extends Error {}

/** @param {string} path */
const readOr = (path, otherwise = '') =>
  fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : otherwise;

/** @param {string} text */
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needMajor = 0, needMinor = 0] = OLDEST_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  throw new StepFailed(
    `Node ${process.versions.node} is too old: DiffStream needs Node ${OLDEST_NODE.join('.')} ` +
      'or newer.\nInstall a newer Node, then run the same command again.',
  );
}

/**
 * Runs a program to its end, keeping what it prints.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<{ code: number, text: string }>}
 */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const viaShell = process.platform === 'win32' && !program.endsWith('.exe');
    const child = spawn(program, args, {
      cwd: ROOT,
      shell: viaShell,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, text: text.trim() }));
  });
}

/**
 * Prints `title…`, runs the step, then prints the time it took on the same line.
 * @param {string} title
 * @param {() => Promise<string | void>} work  resolves to a remark to print after the time
 */
async function step(title, work) {
  const started = performance.now();
  process.stderr.write(`${title}… `);
  try {
    const remark = await work();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stderr.write(`${seconds} s${remark ? ` (${remark})` : ''}\n`);
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  }
}

// ---- packages ----

/** @returns {Record<string, { version?: string, optional?: boolean, peer?: boolean }>} */
function lockedPackages(/** @type {string} */ path) {
  return JSON.parse(readOr(path, '{}')).packages ?? {};
}

/** Whether node_modules holds what the lock file names, whoever installed it. */
function installed() {
  const lockFile = join(ROOT, 'package-lock.json');
  const hash = sha256(readOr(lockFile));
  if (readOr(INSTALL_STAMP) === hash) return true;
  const present = lockedPackages(join(ROOT, 'node_modules', '.package-lock.json'));
  if (Object.keys(present).length === 0) return false;
  for (const [path, wanted] of Object.entries(lockedPackages(lockFile))) {
    if (path === '' || (wanted.optional && !present[path])) continue;
    if (present[path]?.version !== wanted.version) return false;
    if (!fs.existsSync(join(ROOT, path))) return false;
  }
  fs.writeFileSync(INSTALL_STAMP, hash);
  return true;
}

/** @param {string} output */
function whyInstallFailed(output) {
  const lines = output.split('\n');
  const network = /\b(EAI_AGAIN|ENOTFOUND|ECONN\w+|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/;
  const symptom = lines.find((line) => network.test(line));
  if (symptom) {
    return (
      `${symptom}\nnpm could not reach its package registry. Connect to the network (behind a ` +
      'proxy: `npm config set proxy …`), then run the same command again.'
    );
  }
  if (output.includes('EUSAGE')) {
    return (
      `${lines.slice(0, 12).join('\n')}\n` +
      'package.json and package-lock.json disagree: run `npm install` once, commit the lock file.'
    );
  }
  return `${lines.slice(-20).join('\n')}\n\`npm ci\` failed: npm's own words are above.`;
}

async function install() {
  // Under `npm run`, npm says where it lives; otherwise it is looked up on the path.
  const self = process.env['npm_execpath'] ?? '';
  const viaNode = self.endsWith('npm-cli.js') && fs.existsSync(self);
  const args = ['ci', '--no-audit', '--no-fund'];
  const result = await (viaNode ? run(process.execPath, [self, ...args]) : run('npm', args)).catch(
    (error) => {
      if (error.code !== 'ENOENT') throw error;
      throw new StepFailed(
        'npm was not found. It comes with Node: install Node from its official packages, ' +
          'or put npm on the PATH, then run the same command again.',
      );
    },
  );
  if (result.code !== 0) throw new StepFailed(whyInstallFailed(result.text));
  fs.writeFileSync(INSTALL_STAMP, sha256(readOr(join(ROOT, 'package-lock.json'))));
}

// ---- build ----

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesUnder(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** Changes whenever a source or a setting of the build appears, changes or goes. */
function buildInputs() {
  const settings = fs
    .readdirSync(ROOT)
    .filter((name) => /^(tsconfig.*\.json|rolldown\.config\.mjs|package-lock\.json)$/.test(name));
  const paths = [...settings.map((name) => join(ROOT, name)), ...filesUnder(join(ROOT, 'src'))];
  const lines = paths.toSorted().map((path) => {
    const { size, mtimeMs } = fs.statSync(path);
    return `${relative(ROOT, path)} ${size} ${mtimeMs}`;
  });
  return sha256(lines.join('\n'));
}

function built() {
  if (!fs.existsSync(BUILD_STAMP)) return false;
  return JSON.parse(readOr(BUILD_STAMP)).inputs === buildInputs();
}

/** Output of a source that is gone would still be importable and published: remove it. */
function removeOrphans() {
  const dist = join(ROOT, 'dist');
  for (const path of filesUnder(dist)) {
    const name = relative(dist, path);
    if (name.startsWith(`bin${sep}`) || !/\.(js|d\.ts|js\.map)$/.test(name)) continue;
    const source = join(ROOT, 'src', name.replace(/\.(js|d\.ts|js\.map)$/, '.ts'));
    if (!fs.existsSync(source) && !fs.existsSync(`${source}x`)) fs.rmSync(path);
  }
}

/**
 * Runs the script of an installed package with this same Node.
 * @param {string} script
 * @param {string[]} args
 */
async function tool(script, args) {
  const path = join(ROOT, 'node_modules', script);
  const result = await run(process.execPath, [path, ...args]);
  if (result.code !== 0) throw new StepFailed(result.text);
}

async function bundleCommandLine() {
  await tool('rolldown/bin/cli.mjs', ['-c', 'rolldown.config.mjs', '--log-level', 'warn']);
  const code = fs.readFileSync(CLI_BUNDLE, 'utf8');
  const shebang = '#!/usr/bin/env node\n';
  if (!code.startsWith('#!')) fs.writeFileSync(CLI_BUNDLE, shebang + code);
  fs.chmodSync(CLI_BUNDLE, 0o755);
  const licences = BUNDLED.map((name) => {
    const files = ['LICENSE', 'LICENSE.txt'].map((file) => join(ROOT, 'node_modules', name, file));
    const text = readOr(files.find((file) => fs.existsSync(file)) ?? '', 'see its package');
    return `${name}\n${'-'.repeat(name.length)}\n${text}`;
  });
  fs.writeFileSync(join(dirname(CLI_BUNDLE), 'THIRD-PARTY.txt'), licences.join('\n\n'));
}

async function build() {
  const inputs = buildInputs();
  fs.rmSync(BUILD_STAMP, { force: true });
  removeOrphans();
  await tool('typescript/bin/tsc', ['-b', 'tsconfig.platform.json']);
  const hasCommandLine = fs.existsSync(CLI_ENTRY);
  if (hasCommandLine) await bundleCommandLine();
  fs.mkdirSync(dirname(BUILD_STAMP), { recursive: true });
  fs.writeFileSync(BUILD_STAMP, JSON.stringify({ inputs }));
  return hasCommandLine ? '' : 'no src/cli/main.ts: the command line was left out';
}

// ---- one run at a time ----

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * The process that holds a lock, or 0 when it is free or was left behind.
 * @param {string} lock
 */
function lockOwner(lock) {
  const stat = fs.statSync(lock, { throwIfNoEntry: false });
  if (!stat) return 0;
  const pid = Number(readOr(join(lock, 'pid')));
  const age = Date.now() - stat.mtimeMs;
  // Without a number the owner is between its two first steps, or died there.
  if (!pid) return age < 5_000 ? -1 : 0;
  return alive(pid) && age < STALE_LOCK_MS ? pid : 0;
}

async function takeLock() {
  fs.mkdirSync(dirname(LOCK), { recursive: true });
  for (let told = false; ;) {
    try {
      fs.mkdirSync(LOCK);
      fs.writeFileSync(join(LOCK, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    if (lockOwner(LOCK) === 0) {
      dropStaleLock();
      continue;
    }
    if (!told) process.stderr.write('waiting for another run that prepares this checkout…\n');
    told = true;
    await sleep(LOCK_POLL_MS);
  }
}

/** Moves the lock away before deleting it: of two runs that find it stale, one wins. */
function dropStaleLock() {
  const aside = `${LOCK}.${process.pid}.stale`;
  try {
    fs.renameSync(LOCK, aside);
    // Another run may have replaced the stale lock by its own since the look: give it back.
    if (lockOwner(aside) !== 0) fs.renameSync(aside, LOCK);
  } catch {
    return; // the other run was quicker
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

function releaseLock() {
  if (Number(readOr(join(LOCK, 'pid'))) !== process.pid) return;
  fs.rmSync(LOCK, { recursive: true, force: true });
}

/** @param {{ force: boolean, installOnly: boolean }} options */
async function ready({ force, installOnly }) {
  checkNode();
  const buildNeeded = () => !installOnly && (force || !built());
  if (installed() && !buildNeeded()) return;
  await takeLock();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      releaseLock();
      process.exit(130);
    });
  }
  try {
    if (!installed()) await step('installing packages', install);
    if (buildNeeded()) await step('building', build);
  } finally {
    releaseLock();
  }
}

try {
  const args = new Set(process.argv.slice(2));
  await ready({ force: args.has('--force'), installOnly: args.has('--install-only') });
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
