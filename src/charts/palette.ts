/** Colours as custom properties of the style sheet, and who gets which. */

/** Colours for series: told apart with the usual kinds of colour-blindness too, and on paper. */
export const SERIES_COLOURS: readonly (readonly [light: string, dark: string])[] = [
  ['#186fcb', '#4095ff'],
  ['#d46e05', '#fa8f2a'],
  ['#2a9c87', '#50d7af'],
  ['#7a1478', '#c878b4'],
  ['#715401', '#e2dc4a'],
  ['#1796ce', '#5ccbfd'],
  ['#6a2935', '#dd7466'],
  ['#5f6b7f', '#e6ecfa'],
];

/** Shades for steps of one quantity, from small to large. */
const SHADES: readonly (readonly [light: string, dark: string])[] = [
  ['#4f97e3', '#3b78cf'],
  ['#2f7bd0', '#5b97ea'],
  ['#1c60b0', '#7db2f7'],
  ['#154a8c', '#a0c8fb'],
  ['#0f3567', '#c3ddfd'],
  ['#0a2143', '#e4f0ff'],
];

/** Everything else that has a colour; each name is a custom property. */
const SURFACES: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  page: ['#f5f6f8', '#101216'],
  card: ['#ffffff', '#171a20'],
  inset: ['#f1f3f6', '#1f232b'],
  ink: ['#161a22', '#eef1f6'],
  muted: ['#566072', '#a4aebd'],
  rule: ['#dfe3ea', '#2c323d'],
  grid: ['#e8ebf0', '#262b34'],
  sn: ['#8d97a7', '#6f7a8b'],
  axis: ['#aab2bf', '#4b5463'],
  fault: ['#b3261e', '#ff8f86'],
  good: ['#11784f', '#54d69b'],
  bad: ['#b3261e', '#ff8f86'],
  mixed: ['#8a5a00', '#f0b84d'],
  live: ['#2a9c87', '#3fbf9f'],
  'catching-up': ['#186fcb', '#4095ff'],
  stale: ['#e09a1a', '#f0b23c'],
  conflict: ['#b3261e', '#ff6b60'],
  connecting: ['#98a2b1', '#6c7686'],
  closed: ['#c9cfd8', '#3a414d'],
};

/** Dashes by series: the second thing after colour that tells lines apart. */
const DASHES: readonly string[] = ['', '9 4', '2 4', '12 4 2 4', '5 3', '', '9 4', '2 4'];

/** How a series looks: the class that holds its colour, its dash and the shape of its dots. */
export interface Look {
  readonly className: string;
  readonly dash: string;
  readonly shape: number;
}

/** The look in a place of the palette; a line on its own needs no dashes. */
export function look(place: number, dashed = true): Look {
  const colour = place % SERIES_COLOURS.length;
  const dash = dashed ? (DASHES[colour] ?? '') : '';
  return { className: `s${colour}`, dash, shape: place };
}

/** Of bars that stand back behind others. */
export const PLAIN_LOOK: Look = { className: 'sn', dash: '', shape: 0 };

/** Looks for steps of one quantity: the shades spread over `count` of them. */
export function shadeLook(step: number, count: number): Look {
  const last = SHADES.length - 1;
  const shade = count < 2 ? last : Math.round((step * last) / (count - 1));
  return { className: `q${Math.min(last, shade)}`, dash: '', shape: step };
}

/** Declarations of all custom properties, for one of the two themes. */
export function colourProperties(theme: 'light' | 'dark'): string {
  const pick = theme === 'light' ? 0 : 1;
  const named: [string, readonly [string, string]][] = [
    ...Object.entries(SURFACES),
    ...SERIES_COLOURS.map((pair, i): [string, readonly [string, string]] => [`s${i}`, pair]),
    ...SHADES.map((pair, i): [string, readonly [string, string]] => [`q${i}`, pair]),
  ];
  return named.map(([name, pair]) => `--${name}:${pair[pick]};`).join('');
}

/** One rule for each class of {@link Look}: inside it, `--c` is its colour. */
export function lookRules(): string {
  const names = [...SERIES_COLOURS.map((_, i) => `s${i}`), ...SHADES.map((_, i) => `q${i}`)];
  return [...names, 'sn'].map((name) => `.${name}{--c:var(--${name})}`).join('');
}
