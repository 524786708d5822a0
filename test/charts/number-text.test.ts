import { describe, expect, it } from 'vitest';
import { numberText, tickTexts, type Unit } from '../../src/charts/number-text.ts';

describe('numbers for people', () => {
  it.each<[Unit, number, string]>([
    ['bytes', 0, '0 B'],
    ['bytes', 41, '41 B'],
    ['bytes', 999.4, '999 B'],
    ['bytes', 999.6, '1 kB'],
    ['bytes', 1404.5, '1.4 kB'],
    ['bytes', -2_500_000, '−2.5 MB'],
    ['bytes/s', 1_250_000, '1.25 MB/s'],
    ['µs', 0.25, '250 ns'],
    ['µs', 1999, '2 ms'],
    ['ms', 0.0421, '42.1 µs'],
    ['ms', 90_000, '90 s'],
    ['s', 7200, '2 h'],
    ['s', 180, '3 min'],
    ['ratio', 14.83, '14.8×'],
    ['share', 0.971, '97.1%'],
    ['share', 0.00012, '0.012%'],
    ['count', 999_999, '999,999'],
    ['count', 1_234_567, '1.23 M'],
    ['per second', 400, '400/s'],
    ['money', 4370, '$4,370'],
    ['money', 12.5, '$12.50'],
    ['money', 0.0042, '$0.0042'],
    ['money', -128, '−$128'],
    ['number', 1e20, '1e+20'],
    ['number', Number.NEGATIVE_INFINITY, '−∞'],
  ])('%s %d is %s', (unit, value, text) => {
    expect(numberText(unit, value)).toBe(text);
  });

  it('what is no number is a dash', () => {
    expect([Number.NaN, null, undefined].map((none) => numberText('ms', none))).toEqual([
      ...['–', '–', '–'],
    ]);
  });

  it('ticks of one axis have one step and as many decimals as they need', () => {
    expect(tickTexts('bytes', [0, 500, 1000, 1500])).toEqual(['0', '0.5 kB', '1.0 kB', '1.5 kB']);
    expect(tickTexts('share', [0, 0.05, 0.1])).toEqual(['0%', '5%', '10%']);
    expect(tickTexts('money', [-50, 0, 50])).toEqual(['−$50', '0', '$50']);
  });

  it('ticks that hardly differ are told apart', () => {
    expect(new Set(tickTexts('number', [1e15, 1e15 + 1, 1e15 + 2])).size).toBe(3);
  });
});
