// Tables for people. What was not measured is `n/a`.
import { geomean, largest } from './statistics.mjs';

function shown(value, places = 2) {
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) return 'n/a';
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : places;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Rows of cells, the first column to the left, the last where `lastLeft` says so. */
function table(head, rows, lastLeft = false) {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((cells) => cells[i].length)));
  const isLeft = (i) => i === 0 || (lastLeft && i === head.length - 1);
  return all
    .map((cells) =>
      cells
        .map((cell, i) => (isLeft(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n');
}

function remarkOf({ stopped, wrong, order, value, error }) {
  const why = wrong === 0 ? '' : `${order} order, ${value} value, ${error} error`;
  return [stopped ?? '', why].filter((part) => part !== '').join('; ');
}

/** All contestants on one feed. */
export function feedTable({ name, counts, rows, parseUs, summary }) {
  const head = ['', 'B/change', '/ best', 'encode us', 'decode us', 'wrong', ''];
  const { bytes } = summary.bestStateless;
  const cells = rows.map((row) => [
    row.name,
    shown(row.bytesPerChange),
    shown(row.bytesPerChange / bytes),
    shown(row.encodeUs, 1),
    shown(row.decodeUs, 1),
    String(row.wrong),
    remarkOf(row),
  ]);
  const { records, created, changed, deleted } = counts;
  const about =
    `${name}: ${records} records, ${created} new, ${changed} changes, ${deleted} deletions; ` +
    `JSON.parse ${shown(parseUs, 1)} us`;
  return `${about}\n${table(head, cells, true)}\n`;
}

const named = (best) => (best === undefined ? 'n/a' : `${shown(best.bytes)} ${best.name}`);

function bytesTable(feeds) {
  const head = [
    'bytes for each change',
    'patch',
    'message',
    'frame',
    'dense',
    'best stateless here',
    'of anchor',
    '/ here',
    '/ anchor',
    'best with memory here',
    'of anchor',
    'dense / bound',
  ];
  const cells = feeds.map(({ name, summary }) => {
    const { own, bestStateless, bestStateful } = summary;
    const patch = own['diffstream patch'].bytes;
    return [
      name,
      shown(patch),
      shown(own['diffstream message'].bytes),
      shown(own['diffstream frame'].bytes),
      shown(own['diffstream dense'].bytes),
      named(bestStateless.own),
      named(bestStateless.anchor),
      shown(patch / bestStateless.own?.bytes),
      shown(patch / bestStateless.anchor?.bytes),
      named(bestStateful.own),
      named(bestStateful.anchor),
      shown(own['diffstream dense'].toBound),
    ];
  });
  return table(head, cells);
}

function timesTable(feeds) {
  const head = [
    'us for each change',
    'encode',
    'fastest correct peer',
    'peer / patch',
    'decode',
    'fastest correct peer',
    'peer / patch',
    'JSON.parse / patch',
    'update()',
    'digest',
    'deflate connection',
  ];
  const peer = (fastest) =>
    fastest === undefined ? 'n/a' : `${shown(fastest.us, 1)} ${fastest.name}`;
  const cells = feeds.map(({ name, summary }) => {
    const { compact, fastestEncode, fastestDecode, parseUs } = summary;
    return [
      name,
      shown(compact.encodeUs, 1),
      peer(fastestEncode),
      shown(fastestEncode?.us / compact.encodeUs),
      shown(compact.decodeUs, 1),
      peer(fastestDecode),
      shown(fastestDecode?.us / compact.decodeUs),
      shown(parseUs / compact.decodeUs),
      shown(summary.updateUs, 1),
      shown(compact.digestUs, 1),
      shown(summary.connectionUs, 1),
    ];
  });
  return table(head, cells);
}

/** All feeds on one page, and what they come to together. */
export function summaryTable(feeds) {
  const ratios = (best) =>
    feeds.map(({ summary }) => summary.compact.bytes / summary.bestStateless[best]?.bytes);
  const over = (best) =>
    `geomean ${shown(geomean(ratios(best)))}, worst ${shown(largest(ratios(best)))}`;
  return [
    bytesTable(feeds),
    `  patch / best stateless: measured here ${over('own')}; of the anchors ${over('anchor')}`,
    '',
    timesTable(feeds),
    '',
  ].join('\n');
}

/** Figures, beside their goals where they have any. */
export function figureTable(title, figures) {
  const verdict = { true: 'ok', false: 'MISS' };
  const cells = figures.map(({ what, figure, goal, kind, ok, detail }) => [
    what,
    shown(figure),
    goal === undefined ? '' : `${kind} ${shown(goal)}`,
    goal === undefined ? '' : (verdict[ok] ?? 'n/a'),
    detail,
  ]);
  return `${table([title, 'measured', 'goal', '', ''], cells, true)}\n`;
}
