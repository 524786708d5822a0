/** Who gets which colour: a name keeps its own through all the figures of a report. */
import { type BarsChart, type Chart, SERIES_MAX } from './chart.ts';
import { look, type Look, PLAIN_LOOK, SERIES_COLOURS, shadeLook } from './palette.ts';

/** Looks for the series of one chart, in their order. */
export type LooksFor = (chart: Chart) => readonly Look[];

interface Named {
  readonly name: string;
  readonly emphasis?: boolean;
}

/**
 * Gives the names in all charts their places in the palette: those with emphasis first, then as
 * they come; each the place that is used least among those that no series beside it has.
 */
export function looksFor(charts: readonly Chart[]): LooksFor {
  const neighbours = new Map<string, Set<string>>();
  const inOrder = [...charts.flatMap(namesIn)].toSorted(
    (a, b) => Number(b.emphasis ?? false) - Number(a.emphasis ?? false),
  );
  for (const chart of charts) {
    const names = namesIn(chart).map(({ name }) => name);
    for (const name of names) {
      const beside = neighbours.get(name) ?? new Set();
      for (const other of names) if (other !== name) beside.add(other);
      neighbours.set(name, beside);
    }
  }
  const places = new Map<string, number>();
  const uses = SERIES_COLOURS.map(() => 0);
  for (const { name } of inOrder) {
    if (places.has(name)) continue;
    const taken = new Set([...(neighbours.get(name) ?? [])].map((other) => places.get(other)));
    const free = uses.map((_, place) => place).filter((place) => !taken.has(place));
    const candidates = free.length > 0 ? free : uses.map((_, place) => place);
    const place = candidates.reduce((best, next) =>
      (uses[next] ?? 0) < (uses[best] ?? 0) ? next : best,
    );
    uses[place] = (uses[place] ?? 0) + 1;
    places.set(name, place);
  }
  return (chart) => looksIn(chart, places);
}

function looksIn(chart: Chart, places: ReadonlyMap<string, number>): readonly Look[] {
  if (chart.kind === 'timeline') return [];
  if (chart.kind === 'lines' && chart.ordered === true) {
    return chart.series.map((_, i) => shadeLook(i, chart.series.length));
  }
  if (chart.kind === 'bars' && isPlain(chart)) return plainBarLooks(chart, places);
  const seen = new Set<string>();
  const names = namesIn(chart);
  return names.map(({ name }, i) => {
    // Two series of one name would look the same: the second is on its own.
    const place = seen.has(name) ? undefined : places.get(name);
    seen.add(name);
    return look(place ?? i, names.length > 1);
  });
}

/** Bars of series that other figures show have their colours, and others stand back. */
function plainBarLooks(chart: BarsChart, places: ReadonlyMap<string, number>): readonly Look[] {
  const known = chart.bars.map((bar) => places.get(bar.label) ?? (bar.emphasis ? 0 : undefined));
  const noneStandsOut = known.every((place) => place === undefined);
  return known.map((place) =>
    place === undefined && !noneStandsOut ? PLAIN_LOOK : look(place ?? 0),
  );
}

function isPlain(chart: BarsChart): boolean {
  return (chart.series?.length ?? 0) <= 1;
}

/** The names of a chart that want colours of their own. */
function namesIn(chart: Chart): readonly Named[] {
  if (chart.kind === 'timeline') return [];
  if (chart.kind === 'lines' && chart.ordered === true) return [];
  const series: readonly Named[] =
    chart.kind === 'bars'
      ? isPlain(chart)
        ? []
        : (chart.series ?? []).map((name) => ({ name }))
      : chart.series;
  return series.slice(0, SERIES_MAX);
}
