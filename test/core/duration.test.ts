import { describe, expect, it } from 'vitest';

import { durationMs, durationText } from '../../src/core/duration.ts';

describe('A duration', () => {
  it.each([
    ['500ms', 500],
    ['20s', 20_000],
    ['20', 20_000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['90m', 5_400_000],
    ['1.5h', 5_400_000],
    ['0', 0],
  ])('%s is so many ms: %i', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', 's', '-1s', '1 s', '1d', '1.s', '.5s', '1e3', 'Infinity', '1s2'])(
    'is not "%s"',
    (text) => {
      expect(durationMs(text)).toBeUndefined();
    },
  );

  it.each([
    [999, '999ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [60_000, '1m'],
    [90_000, '90s'],
    [3_600_000, '1h'],
    [5_400_000, '90m'],
    [7_200_000, '2h'],
  ])('of %i ms is written %s, and read back', (ms, text) => {
    expect(durationText(ms)).toBe(text);
    expect(durationMs(text)).toBe(ms);
  });
});
