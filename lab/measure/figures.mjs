// What a command returns: its conditions, and figures beside the goals they are held against.

/** A figure that must not be above its goal. */
export function atMost(what, figure, goal, unit = '') {
  return { what, figure, goal: `<= ${shown(goal)}`, unit, ok: figure <= goal };
}

/** A figure that must not be below its goal. */
export function atLeast(what, figure, goal, unit = '') {
  return { what, figure, goal: `>= ${shown(goal)}`, unit, ok: figure >= goal };
}

/** A figure that must lie within two bounds. */
export function between(what, figure, [least, most], unit = '') {
  const goal = `${shown(least)} to ${shown(most)}`;
  return { what, figure, goal, unit, ok: figure >= least && figure <= most };
}

export function exactly(what, figure, goal, unit = '') {
  return { what, figure, goal: `= ${shown(goal)}`, unit, ok: figure === goal };
}

/** Only shown: it explains the others. */
export function plain(what, figure, unit = '') {
  return { what, figure, goal: '', unit, ok: undefined };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value that a share of all are not above. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function failures({ figures }) {
  return figures.filter(({ ok }) => ok === false).length;
}

/** The table that people read. */
export function tableOf({ name, shows, conditions, figures, notes, seconds }) {
  const verdict = (ok) => (ok === undefined ? '' : ok ? 'pass' : 'MISS');
  const rows = figures.map(({ what, figure, goal, unit, ok }) => [
    what,
    shown(figure),
    unit,
    goal,
    verdict(ok),
  ]);
  const width = (i, least) => Math.max(least, ...rows.map((cells) => cells[i].length));
  const widths = [width(0, 4), width(1, 6), width(2, 4), width(3, 4)];
  const line = ([what, figure, unit, goal, ok]) =>
    `  ${what.padEnd(widths[0])}  ${figure.padStart(widths[1])} ${unit.padEnd(widths[2])}` +
    `  ${goal.padStart(widths[3])}  ${ok}`.trimEnd();
  const settings = Object.entries(conditions).map(([key, value]) => `${key}=${String(value)}`);
  return [
    `${name}: ${shows}`,
    `  ${settings.join(' ')}  (${seconds.toFixed(1)} s, node ${process.version})`,
    line(['', 'figure', '', 'goal', '']),
    ...rows.map(line),
    ...notes.map((note) => `  * ${note}`),
    '',
  ].join('\n');
}

function shown(value) {
  if (typeof value !== 'number') return String(value);
  const digits = Number.isInteger(value) ? 0 : Math.abs(value) < 10 ? 2 : 1;
  const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString('en-US', places);
}
