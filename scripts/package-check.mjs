// Checks the package as its users get it: what is packed, and that every door opens.
// @ts-check
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** @type {string[]} */
const problems = [];

/** @returns {Set<string>} */
function packedFiles() {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const npm = process.env['npm_execpath'] ?? '';
  const output = npm.endsWith('npm-cli.js')
    ? execFileSync(process.execPath, [npm, ...args], { cwd: ROOT, encoding: 'utf8' })
    : execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  const parsed = JSON.parse(output);
  const [report] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  const kilobytes = (report.size / 1024).toFixed(0);
  console.log(`packed: ${report.entryCount} files, ${kilobytes} KB`);
  return new Set(report.files.map((/** @type {{ path: string }} */ file) => file.path));
}

/**
 * @param {string} door
 * @param {unknown} target
 * @param {Set<string>} packed
 */
async function checkDoor(door, target, packed) {
  const files = typeof target === 'string' ? [target] : Object.values(Object(target));
  for (const file of files) {
    if (!packed.has(String(file).replace('./', ''))) {
      problems.push(`${door}: ${file} is not in the package`);
    }
  }
  if (door.endsWith('.json')) return;
  const name = join(manifest.name, door).replaceAll('\\', '/');
  try {
    const names = Object.keys(await import(name));
    if (names.length === 0) problems.push(`${door}: exports no names`);
    if (names.includes('default')) problems.push(`${door}: has a default export`);
    console.log(`${name}: ${names.length} names`);
  } catch (error) {
    problems.push(`${door}: cannot be imported: ${String(error)}`);
  }
}

/**
 * @param {string} command
 * @param {string} file
 * @param {Set<string>} packed
 */
function checkCommand(command, file, packed) {
  if (!packed.has(file)) {
    problems.push(`${command}: ${file} is not in the package`);
    return;
  }
  const path = join(ROOT, file);
  if (!readFileSync(path, 'utf8').startsWith('#!/usr/bin/env node\n')) {
    problems.push(`${command}: ${file} has no shebang`);
  }
  const executable = process.platform === 'win32' || (statSync(path).mode & 0o111) === 0o111;
  if (!executable) problems.push(`${command}: ${file} is not executable`);
}

const packed = packedFiles();
for (const [door, target] of Object.entries(manifest.exports)) {
  await checkDoor(door, target, packed);
}
for (const [command, file] of Object.entries(manifest.bin)) checkCommand(command, file, packed);
for (const file of packed) {
  const built = /^dist\/(.*\.(js|d\.ts|js\.map|txt)|page\/index\.html)$/.test(file);
  const other =
    /^(docs\/\w+\.md|lab\/experiments\/\w+\.json|package\.json|LICENSE|[A-Z-]+\.md)$/.test(file);
  if (!built && !other) problems.push(`${file} should not be in the package`);
}
if (manifest.dependencies) problems.push('package.json: has run-time dependencies');

for (const problem of problems) console.error(`error: ${problem}`);
// Explicit, because a door may leave a handle open and the check must still end.
process.exit(problems.length > 0 ? 1 : 0);
