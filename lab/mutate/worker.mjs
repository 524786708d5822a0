// Runs tests against one mutant after the other: one vitest for all, in a process that the parent
// ends where a mutant never comes to an end.
// @ts-check
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVitest } from 'vitest/node';
import { FOLDERS } from './folders.mjs';
import { functionsOf } from './mutants.mjs';

/** @typedef {{ file: string, start: number, end: number, text: string }} Edit */

const HITS = fileURLToPath(new URL('./hits.mjs', import.meta.url));
const root = process.cwd();
/** @type {Edit | undefined} */
let edit;

/** The sources as they are, but for the mutant; and a mark in each function in the first run. */
const plugin = {
  name: 'mutate',
  enforce: /** @type {const} */ ('pre'),
  /** @param {string} code @param {string} id */
  transform(code, id) {
    const file = relative(root, id.split('?')[0] ?? id);
    if (process.env['MUTATE_HITS'] !== undefined) return marked(code, file);
    if (edit === undefined || file !== edit.file) return undefined;
    return code.slice(0, edit.start) + edit.text + code.slice(edit.end);
  },
};

/** @param {string} code @param {string} file */
function marked(code, file) {
  if (!FOLDERS.some((folder) => file.startsWith(`${folder}/`))) return undefined;
  let out = code;
  for (const at of functionsOf(code).toSorted((a, b) => b - a)) {
    const mark = `globalThis.__mutateHits?.add(${JSON.stringify(`${file}:${at}`)});`;
    out = `${out.slice(0, at + 1)}${mark}${out.slice(at + 1)}`;
  }
  return out;
}

/** Files in the order in which they are given: those first that are likely to fail soon. */
class AsGiven {
  /** @template T @param {T[]} files */
  sort(files) {
    return files;
  }

  /** @template T @param {T[]} files */
  shard(files) {
    return files;
  }
}

const vitest = await createVitest(
  'test',
  {
    watch: false,
    bail: process.env['MUTATE_HITS'] === undefined ? 1 : 0,
    pool: 'forks',
    maxWorkers: 1,
    isolate: process.env['MUTATE_HITS'] !== undefined,
    fileParallelism: false,
    sequence: { sequencer: AsGiven },
    setupFiles: process.env['MUTATE_HITS'] === undefined ? [] : [HITS],
    reporters: [{}],
    coverage: { enabled: false },
    testTimeout: 30_000,
  },
  { plugins: [plugin] },
);
await vitest.standalone();

/** @param {string[]} files */
async function run(files) {
  const specs = files.map((file) => vitest.getRootProject().createSpecification(join(root, file)));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specs);
  // Vitest tells of every file that it has ever run, and how that went the last time.
  const failed = testModules.find((one) => files.includes(one.relativeModuleId) && !one.ok());
  return {
    failed: failed === undefined ? undefined : failed.relativeModuleId,
    broken: unhandledErrors.length > 0,
    ms: testModules.map((one) => [one.relativeModuleId, one.diagnostic().duration]),
  };
}

/** @param {{ edit?: Edit, files: string[] }} task */
async function take(task) {
  const touched = new Set([edit?.file, task.edit?.file]);
  edit = task.edit;
  for (const file of touched) {
    if (file !== undefined) vitest.invalidateFile(join(root, file));
  }
  try {
    process.send?.(await run(task.files));
  } catch (error) {
    process.send?.({ failed: 'run', broken: true, ms: [], error: String(error) });
  }
}

process.on('message', (/** @type {{ edit?: Edit, files: string[] }} */ task) => void take(task));
process.send?.('ready');
