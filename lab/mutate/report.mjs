// The outcome as a table, and the survivors with their lines.
// @ts-check
import { interval } from './sample.mjs';

/**
 * @typedef {'killed' | 'timeout' | 'survived' | 'no coverage'} Verdict
 * @typedef {{ file: string, line: number, kind: string, from: string, to: string,
 *   verdict: Verdict }} Result
 */

const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;
const folderOf = (/** @type {string} */ file) => file.slice(0, file.lastIndexOf('/'));

/** @param {readonly Result[]} results @param {string} name @param {number} total */
function row(results, name, total) {
  const count = (/** @type {Verdict} */ verdict) =>
    results.filter((one) => one.verdict === verdict).length;
  const dead = count('killed') + count('timeout');
  const [low, high] = interval(dead, results.length, total);
  return [
    name,
    `${results.length} of ${total}`,
    String(count('killed')),
    String(count('timeout')),
    String(count('survived')),
    String(count('no coverage')),
    results.length === 0 ? '-' : percent(dead / results.length),
    `${percent(low)} to ${percent(high)}`,
  ];
}

/** @param {readonly Result[]} results @param {ReadonlyMap<string, number>} totals by file */
export function table(results, totals) {
  const files = [...new Set(results.map(({ file }) => file))].toSorted();
  const folders = [...new Set([...totals.keys()].map(folderOf))].toSorted();
  const sumOf = (/** @type {string} */ start) =>
    [...totals].reduce((sum, [file, count]) => sum + (file.startsWith(start) ? count : 0), 0);
  const rows = [
    ['', 'mutants', 'killed', 'timeout', 'survived', 'no coverage', 'score', '95 % interval'],
    ...files.map((file) =>
      row(
        results.filter((one) => one.file === file),
        file,
        totals.get(file) ?? 0,
      ),
    ),
    ...folders.map((folder) =>
      row(
        results.filter((one) => folderOf(one.file) === folder),
        folder,
        sumOf(`${folder}/`),
      ),
    ),
    row(results, 'all', sumOf('')),
  ];
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((cells) => (cells[i] ?? '').length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths?.[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @param {readonly Result[]} results */
export function survivors(results) {
  return results
    .filter(({ verdict }) => verdict === 'survived' || verdict === 'no coverage')
    .toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
    .map(
      ({ file, line, kind, from, to, verdict }) =>
        `${file}:${line} ${verdict}, ${kind}\n  - ${from}\n  + ${to}\n`,
    )
    .join('\n');
}
