/** The import rule: which file may use which, as a function from sources to violations. */
import { posix } from 'node:path';
import { literalAt, maskSource } from './source.ts';

/** Folders of src/ from the bottom up; a file may use its own rank and those below. */
const RANKS: Readonly<Record<string, number>> = {
  core: 0,
  cache: 1,
  dense: 2,
  protocol: 2,
  transport: 3,
  driver: 4,
  client: 5,
  server: 5,
  testing: 6,
  charts: 6,
  page: 6,
  analysis: 7,
  lab: 8,
  cli: 9,
};

/** Pairs of the same rank that stay strangers. */
const STRANGERS: ReadonlySet<string> = new Set([
  'client server',
  'server client',
  'dense protocol',
  'protocol dense',
]);

/** Of the folders that also run in browsers, only files named like this are for Node. */
const NODE_FILE = /^(?:ws|node|file)[-.]/;

/** What each folder may import from outside the project; `node:` stands for every built-in. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  server: ['node:', 'ws'],
  testing: ['node:', 'ws'],
  charts: ['d3-array', 'd3-format', 'd3-scale', 'd3-shape'],
  page: ['react', 'react-dom/client', 'uplot'],
  analysis: ['node:', 'fast-json-patch', 'json-merge-patch'],
  lab: ['node:', 'ws'],
  cli: ['node:', 'ws', 'picocolors'],
};
const OUTSIDE_OF_NODE_FILES: readonly string[] = ['node:', 'ws'];

/** The main door opens on the values and the cache; the driver gives a new epoch its time. */
const MAIN_DOOR = 'src/index.ts';
const MAIN_DOOR_USES: readonly string[] = ['core', 'cache', 'driver'];

/** Every module a source names: static, re-exported, dynamic, or in a type. */
export function importsOf(source: string): string[] {
  const masked = maskSource(source);
  const patterns = [
    /\b(?:import|export)\b[^;'"`()]*?\bfrom\s*(?=['"])/g,
    /\bimport\s*(?=['"])/g,
    /\b(?:import|require)\s*\(\s*(?=['"`])/g,
  ];
  const found = patterns.flatMap((pattern) =>
    [...masked.matchAll(pattern)].map((match) => match.index + match[0].length),
  );
  const computed = [...masked.matchAll(/\bimport\s*\(\s*(?!['"`\s])/g)].map(() => '(computed)');
  return [...found.toSorted((a, b) => a - b).map((at) => literalAt(source, at)), ...computed];
}

function folderOf(path: string): string {
  return path.split('/').length > 2 ? (path.split('/')[1] ?? '') : '';
}

function outsideProblem(path: string, folder: string, name: string): string | undefined {
  const forNode = folder === 'transport' && NODE_FILE.test(posix.basename(path));
  const allowed = forNode ? OUTSIDE_OF_NODE_FILES : (OUTSIDE[folder] ?? []);
  const fits = allowed.some((entry) =>
    entry.endsWith(':') ? name.startsWith(entry) : name === entry,
  );
  return fits ? undefined : `${path} imports ${name}: ${folder || 'a door'} may not`;
}

function insideProblem(path: string, target: string): string | undefined {
  const from = folderOf(path);
  const to = folderOf(target);
  if (path === MAIN_DOOR) {
    return MAIN_DOOR_USES.includes(to)
      ? undefined
      : `${path} imports ${target}: the main door may use ${MAIN_DOOR_USES.join(' and ')} only`;
  }
  const [rankFrom = -1, rankTo = -1] = [RANKS[from], RANKS[to]];
  if (rankTo < 0) return `${path} imports ${target}: only folders with a rank may be used`;
  if (rankTo > rankFrom) return `${path} imports ${target}: ${from} is below ${to}`;
  if (STRANGERS.has(`${from} ${to}`))
    return `${path} imports ${target}: ${from} and ${to} do not meet`;
  return undefined;
}

function importProblem(
  path: string,
  name: string,
  files: ReadonlyMap<string, string>,
): string | undefined {
  if (!name.startsWith('.')) return outsideProblem(path, folderOf(path), name);
  const target = posix.join(posix.dirname(path), name);
  if (!files.has(target)) return `${path} imports ${name}: no such file (write the .ts ending)`;
  return insideProblem(path, target);
}

/** Each circle of files that import one another, once, as `a -> b -> a`. */
function cyclesOf(files: ReadonlyMap<string, string>): string[] {
  const cycles: string[] = [];
  const finished = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push(`cycle: ${[...trail.slice(start), path].join(' -> ')}`);
    if (start >= 0 || finished.has(path)) return;
    trail.push(path);
    for (const name of importsOf(files.get(path) ?? '')) {
      const target = posix.join(posix.dirname(path), name);
      if (name.startsWith('.') && files.has(target)) visit(target);
    }
    trail.pop();
    finished.add(path);
  };
  for (const path of files.keys()) visit(path);
  return cycles;
}

/** Every way in which the sources, by path from the root, break the rule. */
export function layerViolations(files: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  for (const [path, source] of files) {
    const folder = folderOf(path);
    if (RANKS[folder] === undefined && path !== MAIN_DOOR) {
      problems.push(`${path}: ${folder || 'the root of src'} has no rank in the layer table`);
      continue;
    }
    for (const name of importsOf(source)) {
      const problem = importProblem(path, name, files);
      if (problem !== undefined) problems.push(problem);
    }
  }
  return [...problems, ...cyclesOf(files)];
}
