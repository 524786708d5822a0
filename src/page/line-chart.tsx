import { useEffect, useId, useRef } from 'react';
import type { ReactNode } from 'react';
import uPlot from 'uplot';
import { bytesText, clockText, countText } from './quantity.ts';

interface ChartLine {
  readonly label: string;
  /** A colour of the style sheet, by its name. */
  readonly color: string;
  readonly values: readonly number[];
}

interface LineChartProps {
  readonly title: string;
  readonly unit: 'bytes' | 'count';
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
}

const HEIGHT = 130;
/** Steps of an axis that counts: whole numbers, or a label would stand there twice. */
const COUNT_STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].flatMap((power) => {
  return [1, 2, 5].map((first) => first * 10 ** power);
});

/** Steps of the time axis in seconds: its labels tell seconds, and none stands there twice. */
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];

/** Lines over time, with their latest values in words. */
export function LineChart({ title, unit, times, lines }: LineChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const id = useId();
  const words = wordsOf(unit);
  const latest = useRef(lines);
  useEffect(() => {
    latest.current = lines;
  }, [lines]);
  useEffect(() => {
    const { current: element } = place;
    if (element === null) return undefined;
    const draw = (): void => {
      const data = chart.current?.data ?? [[], ...latest.current.map(() => [])];
      chart.current?.destroy();
      const width = element.clientWidth;
      const color = (name: string): string => colorOf(element, name);
      const plot = new uPlot(optionsOf(latest.current, { unit, width, color }), data, element);
      chart.current = plot;
    };
    draw();
    const resized = new ResizeObserver(() => {
      chart.current?.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', draw);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [unit]);
  useEffect(() => {
    const data = [times, ...lines.map(({ values }) => values)] as uPlot.AlignedData;
    chart.current?.setData(data);
  }, [lines, times]);
  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption id={id}>
        <span className="chart-title">{title}</span>
        {lines.map(({ label, color, values }) => (
          <span key={label} className="key">
            <span className={`swatch ${color}`} aria-hidden="true" />
            {label} <b>{words(values.at(-1) ?? Number.NaN)}</b>
          </span>
        ))}
      </figcaption>
      <div ref={place} className="plot" aria-hidden="true" />
    </figure>
  );
}

function wordsOf(unit: LineChartProps['unit']): (value: number) => string {
  return unit === 'bytes' ? bytesText : countText;
}

/** A colour of the style sheet as a canvas takes it, for the scheme that is on. */
function colorOf(element: HTMLElement, name: string): string {
  element.style.color = `var(--${name})`;
  const { color } = getComputedStyle(element);
  element.style.removeProperty('color');
  return color;
}

function optionsOf(
  lines: readonly ChartLine[],
  look: {
    readonly unit: LineChartProps['unit'];
    readonly width: number;
    readonly color: (name: string) => string;
  },
): uPlot.Options {
  const { unit, width, color } = look;
  const words = wordsOf(unit);
  const axis = {
    stroke: color('muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: color('line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    // From zero, or a line that hardly moves looks like a storm.
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 1) * 1.1)] } },
    axes: [
      {
        ...axis,
        size: 22,
        space: 70,
        incrs: TIME_STEPS,
        values: (_plot, splits) => splits.map((at) => clockText(at * 1000)),
      },
      {
        ...axis,
        incrs: COUNT_STEPS,
        size: 62,
        space: 36,
        values: (_plot, splits) => splits.map(words),
      },
    ],
    series: [
      {},
      ...lines.map(({ label, color: name }) => ({
        label,
        stroke: color(name),
        width: 1.5,
        points: { show: false },
        fill: color(`${name}-fill`),
      })),
    ],
  };
}
