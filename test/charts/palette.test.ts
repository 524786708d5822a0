import { describe, expect, it } from 'vitest';
import { colourProperties, SERIES_COLOURS } from '../../src/charts/palette.ts';

type Colour = readonly [number, number, number];

/** Linear light of a colour. */
function light(hex: string): Colour {
  const part = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

const luminance = ([r, g, b]: Colour): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** Contrast as WCAG 2 has it, 1 to 21. */
function contrast(a: string, b: string): number {
  const [x, y] = [luminance(light(a)), luminance(light(b))];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** How eyes with one kind of cone missing see, after Machado, Oliveira and Fernandes, 2009. */
const EYES: Readonly<Record<string, readonly Colour[]>> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'no red cones': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'no green cones': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

function seen(hex: string, eyes: readonly Colour[]): Colour {
  const [r, g, b] = light(hex);
  const channel = (row: Colour | undefined): number => {
    const sum = (row?.[0] ?? 0) * r + (row?.[1] ?? 0) * g + (row?.[2] ?? 0) * b;
    return Math.max(0, Math.min(1, sum));
  };
  return [channel(eyes[0]), channel(eyes[1]), channel(eyes[2])];
}

/** Difference of two colours in the OKLab space; 0.02 is just visible side by side. */
function difference(a: Colour, b: Colour): number {
  const lab = ([r, g, bl]: Colour): number[] => {
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * bl);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * bl);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * bl);
    return [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
  };
  const [one, other] = [lab(a), lab(b)];
  return Math.hypot(...one.map((value, i) => value - (other[i] ?? 0)));
}

const property = (theme: 'light' | 'dark', name: string): string =>
  new RegExp(`--${name}:(#[0-9a-f]{6});`).exec(colourProperties(theme))?.[1] ?? '#000000';

describe.each(['light', 'dark'] as const)('the palette in %s', (theme) => {
  const series = SERIES_COLOURS.map((pair) => pair[theme === 'light' ? 0 : 1]);

  it('has lines that stand out from the card', () => {
    const card = property(theme, 'card');
    const weak = series.filter((colour) => contrast(colour, card) < 3);
    expect(weak).toEqual([]);
  });

  it('has text that can be read on the card and on the page', () => {
    for (const surface of ['card', 'page']) {
      for (const text of ['ink', 'muted', 'fault', 'good', 'bad', 'mixed']) {
        const value = contrast(property(theme, text), property(theme, surface));
        expect([text, surface, value >= 4.5]).toEqual([text, surface, true]);
      }
    }
  });

  it.each(Object.entries(EYES))('has series that differ to eyes with %s', (_who, eyes) => {
    const close = series.flatMap((a, i) =>
      series.slice(i + 1).filter((b) => difference(seen(a, eyes), seen(b, eyes)) < 0.09),
    );
    expect(close).toEqual([]);
  });
});
