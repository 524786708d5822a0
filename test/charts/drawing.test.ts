import { describe, expect, it } from 'vitest';
import type { Chart, Point, Span } from '../../src/charts/chart.ts';
import { type Figure, figureMarkup } from '../../src/charts/figure.ts';
import { looksFor } from '../../src/charts/looks.ts';
import { spread } from '../../src/charts/names.ts';
import { textWidth } from '../../src/charts/text-width.ts';
import { hardReport, ODD_CHARTS } from './hard-report.ts';
import { sampleReport } from './sample-report.ts';
import { decoded, readPage, type Tag } from './well-formed.ts';

const markupOf = (chart: Chart, half = false): string => {
  const figure: Figure = { kind: 'figure', title: 'Title', conditions: 'none', chart, half };
  return figureMarkup(figure, 1, looksFor([chart])).markup;
};
const tagsOf = (markup: string): readonly Tag[] => readPage(`<!doctype html>${markup}`).tags;
const picturesOf = (markup: string): readonly Tag[] =>
  tagsOf(markup).filter(({ name }) => name === 'svg');
const wide = (chart: Chart): readonly Tag[] => tagsOf(picturesOf(markupOf(chart))[0]?.inside ?? '');
const ofClass = (tags: readonly Tag[], className: string): readonly Tag[] =>
  tags.filter(({ attributes }) => attributes.get('class')?.split(' ').includes(className));
const number = (tag: Tag | undefined, name: string): number =>
  Number(tag?.attributes.get(name) ?? Number.NaN);

const lines = (points: readonly Point[]): Chart => ({
  kind: 'lines',
  x: { label: 'Time', unit: 's' },
  y: { label: 'Bytes', unit: 'bytes' },
  series: [{ name: 'one', points }],
});

/** The texts of a picture with the boxes they take up, as estimated. */
function boxesOf(picture: Tag): { text: string; box: [number, number, number, number] }[] {
  const size = Number.parseFloat(picture.attributes.get('font-size') ?? '12');
  const withoutReadouts = picture.inside.replaceAll(/<g class="readouts">.*/g, '');
  return [...withoutReadouts.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map((match) => {
    const [, given = '', inside = ''] = match;
    const at = (name: string): number =>
      Number(new RegExp(`(?:^| )${name}="([^"]*)"`).exec(given)?.[1]);
    const text = decoded(inside);
    const width = textWidth(text, size);
    const anchor = /text-anchor="(\w+)"/.exec(given)?.[1];
    const left = at('x') - (anchor === 'end' ? width : anchor === 'middle' ? width / 2 : 0);
    return { text, box: [left, at('y') - size * 0.75, left + width, at('y') + size * 0.2] };
  });
}

const allFigures = [sampleReport, hardReport].flatMap(({ sections }) =>
  sections.flatMap(({ parts }) => parts.filter((part) => part.kind === 'figure')),
);

describe('drawings', () => {
  it.each(allFigures.map((figure): [string, Figure] => [figure.title.slice(0, 60), figure]))(
    'no text lies over another or outside of the drawing: %s',
    (_title, figure) => {
      for (const picture of picturesOf(markupOf(figure.chart, figure.half))) {
        const [, , width = 0, height = 0] = (picture.attributes.get('viewBox') ?? '')
          .split(' ')
          .map(Number);
        const boxes = boxesOf(picture);
        const clipped = boxes.filter(
          ({ box: [left, top, right, bottom] }) =>
            left < -1 || top < -1 || right > width + 1 || bottom > height + 1,
        );
        expect(clipped).toEqual([]);
        const over = boxes.flatMap(({ text, box: a }, i) =>
          boxes
            .slice(i + 1)
            .filter(
              ({ box: b }) =>
                Math.min(a[2], b[2]) - Math.max(a[0], b[0]) > 1 &&
                Math.min(a[3], b[3]) - Math.max(a[1], b[1]) > 2,
            )
            .map((other) => `${text} / ${other.text}`),
        );
        expect(over).toEqual([]);
      }
    },
  );

  it.each(Object.entries(ODD_CHARTS))('are well-formed and finite, of %s', (_what, chart) => {
    const markup = markupOf(chart);
    expect(readPage(`<!doctype html>${markup}`).problems).toEqual([]);
    expect(markup.match(/NaN|undefined|Infinity/)).toBe(null);
  });

  it('a known point lies at its tick', () => {
    const tags = wide(
      lines([
        [0, 0],
        [10, 400],
      ]),
    );
    const path = ofClass(tags, 'line')[0]?.attributes.get('d') ?? '';
    const [, x, y] = /L([\d.]+),([\d.]+)$/.exec(path) ?? [];
    const texts = tags.filter(({ name }) => name === 'text');
    const xTick = texts.find(({ inside }) => inside === '10 s');
    const yTick = texts.find(({ inside }) => inside === '400 B');
    expect(Number(x)).toBeCloseTo(number(xTick, 'x'), 0);
    expect(Number(y)).toBeCloseTo(number(yTick, 'y') - 12.5 * 0.35, 0);
  });

  it('a line breaks where there is no number, and a point between gaps shows as a dot', () => {
    const points = Array.from({ length: 40 }, (_, i): Point => [i, i % 10 === 5 ? null : i]);
    points[4] = [4, null];
    points[6] = [6, null];
    points[5] = [5, 5];
    const tags = wide(lines(points));
    expect(ofClass(tags, 'line')[0]?.attributes.get('d')?.match(/M/g)).toHaveLength(6);
    expect(ofClass(tags, 'dot').length).toBeGreaterThanOrEqual(2);
  });

  it('a long line keeps its peak and its gap in a bounded number of points', () => {
    const points = Array.from({ length: 50_000 }, (_, i): Point => [i, i % 7]);
    points[31_234] = [31_234, 999];
    points[40_000] = [40_000, null];
    const tags = wide(lines(points));
    const path = ofClass(tags, 'line')[0]?.attributes.get('d') ?? '';
    expect(path.length).toBeLessThan(10_000);
    expect(path.match(/M/g)).toHaveLength(2);
    const heights = [...path.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
    const tick = tags.find(({ name, inside }) => name === 'text' && inside === '1.0 kB');
    expect(Math.min(...heights)).toBeLessThan(number(tick, 'y') + 5);
  });

  it('bars are as long as their values, and ranked when asked', () => {
    const chart: Chart = {
      kind: 'bars',
      value: { label: 'Bytes', unit: 'bytes' },
      ranked: true,
      bars: [
        { label: 'small', values: [100] },
        { label: 'none', values: [null] },
        { label: 'large', values: [400] },
      ],
    };
    const tags = wide(chart);
    const widths = ofClass(tags, 'bar').map((bar) => number(bar, 'width'));
    expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(4, 2);
    const names = ofClass(tags, 'name').map(({ inside }) => inside);
    expect(names.filter((name) => /^[a-z]+$/.test(name))).toEqual(['large', 'small', 'none']);
    expect(tags.some(({ inside }) => inside === 'not measured')).toBe(true);
  });

  it('bars on a log axis are dots, since their length would say nothing', () => {
    const tags = wide(ODD_CHARTS['bars on a log axis'] ?? lines([]));
    expect(ofClass(tags, 'bar')).toHaveLength(0);
    expect(ofClass(tags, 'dot')).toHaveLength(3);
  });

  it('of very many spans the worst of each pixel stays', () => {
    const spans = Array.from({ length: 5000 }, (_, i): Span => {
      const status = i === 2501 ? 'conflict' : 'live';
      return { fromMs: i, toMs: i + 1, status };
    });
    const lanes = [{ name: 'replica', spans }];
    const tags = wide({ kind: 'timeline', fromMs: 0, toMs: 5000, lanes, faults: [] });
    expect(ofClass(tags, 'span').length).toBeLessThan(10);
    // One in the key, one in the lane.
    expect(ofClass(tags, 'conflict')).toHaveLength(2);
  });

  it('marks lie where they happened, beyond the data too, but in no timeline that ended', () => {
    const marks = [{ at: 20, label: 'later' }];
    const chart: Chart = {
      kind: 'lines',
      x: { label: 'Time', unit: 's' },
      y: { label: 'Bytes', unit: 'bytes' },
      series: [
        {
          name: 'one',
          points: [
            [0, 1],
            [10, 2],
          ],
        },
      ],
      marks,
    };
    const tags = wide(chart);
    const tick = tags.find(({ name, inside }) => name === 'text' && inside === '20 s');
    expect(number(ofClass(tags, 'cut')[0], 'x1')).toBeCloseTo(number(tick, 'x'), 0);
    const lanes = [{ name: 'replica', spans: [] }];
    const faults = [
      { atMs: -500, label: 'before' },
      { atMs: 500, label: 'during' },
    ];
    const timeline = wide({ kind: 'timeline', fromMs: 0, toMs: 1000, lanes, faults });
    expect(ofClass(timeline, 'cut')).toHaveLength(1);
  });

  it('a span without an end lasts until the end', () => {
    const spans: Span[] = [{ fromMs: 500, toMs: Number.POSITIVE_INFINITY, status: 'stale' }];
    const lanes = [{ name: 'replica', spans }];
    const tags = wide({ kind: 'timeline', fromMs: 0, toMs: 1000, lanes, faults: [] });
    const [inKey, inLane] = ofClass(tags, 'stale');
    expect(number(inLane, 'width')).toBeGreaterThan(10 * number(inKey, 'width'));
  });

  it('say how much they leave out', () => {
    const bars = Array.from({ length: 50 }, (_, i) => ({ label: `key ${i}`, values: [i] }));
    const chart: Chart = { kind: 'bars', value: { label: 'Bytes', unit: 'bytes' }, bars };
    const markup = markupOf(chart);
    expect(markup.includes('Drawn: 40 of 50 bars.')).toBe(true);
    expect(markup.includes('key 49')).toBe(true);
  });

  it('stay small, however much there is to draw', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({
      name: `series ${i}`,
      points: Array.from({ length: 5000 }, (__, x): Point => [x, Math.sin(x * i) + i]),
    }));
    const axis = { label: 'Number', unit: 'number' } as const;
    for (const kind of ['lines', 'scatter'] as const) {
      const markup = markupOf({ kind, x: axis, y: axis, series: many });
      expect([kind, markup.length < 600_000]).toEqual([kind, true]);
    }
  });
});

describe('colours of series', () => {
  const chart = (...names: string[]): Chart => ({
    kind: 'lines',
    x: { label: 'x', unit: 'number' },
    y: { label: 'y', unit: 'number' },
    series: names.map((name) => ({ name, points: [], emphasis: name === 'ours' })),
  });

  it('stay the same for a name in all figures, and the emphasised comes first', () => {
    const [one, two] = [chart('a', 'b', 'ours'), chart('ours', 'b')];
    const looks = looksFor([one, two]);
    expect(looks(one).map(({ className }) => className)).toEqual(['s1', 's2', 's0']);
    expect(looks(two).map(({ className }) => className)).toEqual(['s0', 's2']);
  });

  it('differ within a figure as long as there are colours', () => {
    const charts = [chart('a', 'b', 'c', 'd', 'e', 'f'), chart('a', 'g', 'h', 'i', 'j', 'k')];
    const looks = looksFor(charts);
    for (const one of charts) {
      expect(new Set(looks(one).map(({ className }) => className)).size).toBe(6);
    }
  });

  it('are never missing, even for the same name twice and for very many', () => {
    const names = Array.from({ length: 30 }, (_, i) => `n${i % 15}`);
    const one = chart(...names);
    expect(looksFor([one])(one).every(({ className }) => /^s[0-7]$/.test(className))).toBe(true);
  });
});

describe('names at the ends of lines', () => {
  it('keep their order and touch neither each other nor the limits', () => {
    const wanted = [5, 6, 7, 50, 52, 99].map((at) => ({ at, size: 10 }));
    const middles = spread(wanted, 0, 100);
    expect(middles[0]).toBeGreaterThanOrEqual(5);
    expect(middles.at(-1)).toBeLessThanOrEqual(95);
    middles.slice(1).forEach((middle, i) => {
      expect(middle - (middles[i] ?? 0)).toBeGreaterThanOrEqual(9.999);
    });
  });

  it('stay where they want to be when there is room', () => {
    const wanted = [20, 50, 80].map((at) => ({ at, size: 10 }));
    expect(spread(wanted, 0, 100)).toEqual([20, 50, 80]);
  });
});
