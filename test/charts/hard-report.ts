/** A report of everything that could go wrong: hostile names, and data that is hardly any. */
import type { Chart, Point, Series } from '../../src/charts/chart.ts';
import type { Report } from '../../src/charts/document.ts';
import type { Part } from '../../src/charts/section.ts';

/** Names as an attacker, a machine or an accident would give them. */
export const HOSTILE_NAMES: readonly string[] = [
  '</script><img onerror=alert(1) src=x>',
  '"><svg onload=alert(2)>',
  "' onmouseover='alert(3)",
  '<!-- <script> -->',
  ']]></style><b>',
  'bell \u0007, null \u0000, escape \u001b[31m',
  'turned \u202e around',
  '\u0634\u0631\u0643\u0629 \u062a\u062c\u0631\u064a\u0628\u064a\u0629',
  '\u4e16\u754c\u306e\u30ad\u30fc\u540d\u3092\u9577\u304f\u3057\u305f\u3082\u306e',
  'half \ud83d of a character',
  'x'.repeat(10_000),
  `/catalogue/${'shelf-'.repeat(40)}/the-last-one`,
  '',
  '&amp; &lt; &#60;',
];

const X = { label: 'Time', unit: 's' } as const;
const Y = { label: 'Bytes', unit: 'bytes' } as const;
const LOG = { label: 'Bytes', unit: 'bytes', scale: 'log' } as const;

const one = (...points: Point[]): Series[] => [{ name: 'one', points }];

/** Lines with hardly any data, or odd data. */
export const ODD_CHARTS: Readonly<Record<string, Chart>> = {
  'no series': { kind: 'lines', x: X, y: Y, series: [] },
  'a series without points': { kind: 'lines', x: X, y: Y, series: one() },
  'a single point': { kind: 'lines', x: X, y: Y, series: one([3, 4]) },
  'a single point at zero': { kind: 'lines', x: X, y: LOG, series: one([0, 0]) },
  'values that are all equal': { kind: 'lines', x: X, y: LOG, series: one([0, 7], [1, 7], [2, 7]) },
  'no number at all': { kind: 'lines', x: X, y: Y, series: one([0, Number.NaN], [1, null]) },
  gaps: {
    kind: 'lines',
    x: X,
    y: Y,
    series: one([0, 1], [1, 2], [2, null], [3, 2], [4, undefined], [5, 3], [6, 4], [Number.NaN, 5]),
  },
  'zeros on a log axis': { kind: 'lines', x: X, y: LOG, series: one([0, 0], [1, 10], [2, 100000]) },
  'values below zero on a log axis': { kind: 'lines', x: X, y: LOG, series: one([0, -5], [1, 10]) },
  'values of every size': {
    kind: 'lines',
    x: X,
    y: LOG,
    series: one([0, 5e-324], [1, 1], [2, Number.MAX_VALUE], [3, Number.POSITIVE_INFINITY]),
  },
  'differences beyond all numbers': {
    kind: 'lines',
    x: X,
    y: Y,
    series: one([0, -Number.MAX_VALUE], [1, Number.MAX_VALUE]),
  },
  'numbers that hardly differ': {
    kind: 'lines',
    x: { ...X, fromZero: false },
    y: { ...Y, unit: 'number', fromZero: false },
    series: one([0, 1e15], [1, 1e15 + 1], [2, 1e15 + 2]),
  },
  'bars without values': {
    kind: 'bars',
    value: Y,
    bars: [
      { label: 'none', values: [] },
      { label: 'not a number', values: [Number.NaN] },
    ],
  },
  'bars at zero and below': {
    kind: 'bars',
    value: { label: 'Saved', unit: 'bytes' },
    bars: [
      { label: 'nothing', values: [0] },
      { label: 'less', values: [-120_000] },
      { label: 'more', values: [480_000], emphasis: true },
    ],
  },
  'bars on a log axis': {
    kind: 'bars',
    value: LOG,
    guides: [{ at: 1000, label: 'one packet' }],
    bars: [
      { label: 'zero', values: [0] },
      { label: 'small', values: [120] },
      { label: 'large', values: [48_000_000] },
    ],
  },
  'a distribution of one sample': {
    kind: 'distribution',
    value: { label: 'Lag', unit: 'ms' },
    series: [{ name: 'one', samples: [5] }],
  },
  'a distribution of zeros and of quantiles': {
    kind: 'distribution',
    value: { label: 'Lag', unit: 'ms' },
    series: [
      { name: 'zeros', samples: [0, 0, 0, 1] },
      {
        name: 'quantiles',
        quantiles: [
          [0.99, 9],
          [0.5, 2],
          [1, 40],
        ],
      },
    ],
  },
  'a timeline of no time': {
    kind: 'timeline',
    fromMs: 5,
    toMs: 5,
    faults: [{ atMs: 5, label: 'now' }],
    lanes: [{ name: 'replica', spans: [{ fromMs: 5, toMs: 5, status: 'live' }] }],
  },
  'a timeline without spans': {
    kind: 'timeline',
    fromMs: 0,
    toMs: 1000,
    faults: [],
    lanes: [{ name: 'replica', spans: [] }],
  },
};

const WIGGLE: readonly Point[] = [0, 1, 2, 3].map((x): Point => [x, x * x]);

/** Charts in which all text is hostile. */
const hostileCharts: readonly Chart[] = [
  {
    kind: 'lines',
    x: { label: HOSTILE_NAMES[0] ?? '', unit: 's' },
    y: { label: HOSTILE_NAMES[1] ?? '', unit: 'bytes' },
    series: HOSTILE_NAMES.map((name, i) => ({
      name,
      points: WIGGLE.map(([x, y]): Point => [x, (y ?? 0) * (1 + i)]),
    })),
    marks: HOSTILE_NAMES.map((label, i) => ({ at: i / 5, until: i / 5 + 0.1, label })),
    guides: [{ at: 9, label: HOSTILE_NAMES[2] ?? '' }],
  },
  {
    kind: 'scatter',
    x: X,
    y: Y,
    series: HOSTILE_NAMES.map((name) => ({ name, points: WIGGLE })),
  },
  {
    kind: 'bars',
    value: Y,
    series: HOSTILE_NAMES.slice(0, 2),
    bars: HOSTILE_NAMES.map((label, i) => ({ label, values: [i, i * 2] })),
  },
  {
    kind: 'distribution',
    value: { label: HOSTILE_NAMES[3] ?? '', unit: 'ms' },
    series: HOSTILE_NAMES.map((name, i) => ({ name, samples: [i + 1, i + 2, 100] })),
  },
  {
    kind: 'timeline',
    fromMs: 0,
    toMs: 1400,
    faults: HOSTILE_NAMES.map((label, i) => ({ atMs: i * 100, label })),
    lanes: HOSTILE_NAMES.map((name) => ({
      name,
      spans: [{ fromMs: 0, toMs: 900, status: 'stale' }],
      moments: [{ atMs: 500, label: name }],
    })),
  },
];

const [SCRIPT = '', SVG = ''] = HOSTILE_NAMES;

const otherParts: readonly Part[] = [
  { kind: 'verdict', tone: 'no', headline: SCRIPT, reasons: HOSTILE_NAMES },
  {
    kind: 'key-figures',
    conditions: SVG,
    figures: HOSTILE_NAMES.map((label) => ({ label, remark: label, value: null, unit: 'bytes' })),
  },
  {
    kind: 'table',
    title: SCRIPT,
    conditions: SVG,
    columns: [{ label: SCRIPT }, { label: SVG, unit: 'ms' }],
    rows: HOSTILE_NAMES.map((name, i) => [name, i]),
  },
  { kind: 'code', label: SCRIPT, text: HOSTILE_NAMES.join('\n') },
];

const figure = (title: string, chart: Chart): Part => ({
  ...{ kind: 'figure', title, chart },
  conditions: SCRIPT,
});

export const hardReport: Report = {
  title: SCRIPT,
  subtitle: SVG,
  generated: SVG,
  command: `diffstream analyze '${SCRIPT}'`,
  dataFile: `${SCRIPT}.json`,
  sections: [
    { title: 'Hostile', lead: SCRIPT, parts: [...otherParts] },
    {
      title: SCRIPT,
      parts: hostileCharts.map((chart, i) => figure(HOSTILE_NAMES[i] ?? '', chart)),
    },
    {
      title: 'Odd',
      parts: Object.entries(ODD_CHARTS).map(([title, chart]) => figure(title, chart)),
    },
  ],
  data: { names: HOSTILE_NAMES, separators: '\u2028\u2029' },
};
