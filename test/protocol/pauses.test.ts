import { describe, expect, it } from 'vitest';
import { Chance } from '../../src/protocol/chance.ts';
import { Recovery } from '../../src/protocol/recovery.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';

/** Draws the longest pause there can be. */
class LongestPauses extends Chance {
  override fraction(): number {
    return 1 - 2 ** -32;
  }
}

const limits = resolveSessionLimits({ backoffMinMs: 100, backoffMaxMs: 30_000 });
const made = (): Recovery => new Recovery(limits, new LongestPauses([1, 2]));

/** How often the bound was how many times the least, over so many connections. */
function factors(one: Recovery, connections: number, between = (): void => {}): string {
  const runs: [factor: number, times: number][] = [];
  for (let n = 0; n < connections; n++) {
    between();
    const factor = (one.nextPauseMs() + 1) / 100;
    const last = runs.at(-1);
    if (last?.[0] === factor) last[1]++;
    else runs.push([factor, 1]);
  }
  return runs.map(([factor, times]) => `${factor}×${times}`).join(' ');
}

describe('The bound of a pause, in units of the least', () => {
  const alone = '1×1 2×1 4×1 8×1 16×1 32×1 64×1 128×1 256×1 300×21';

  it('R6 doubles with each connection tried, up to the largest', () => {
    expect(factors(made(), 30)).toBe(alone);
  });

  it('R6 falls to sixteen where data comes, and after each eight in vain to twice as much', () => {
    const one = made();
    const inVain = '1×1 2×1 4×1 8×1 16×3 32×8 64×8 128×8 256×8 300×21';
    const carried = factors(one, 60, () => one.carried());
    expect(carried).toBe(inVain);
    // Counted once for each connection, however much comes.
    const often = made();
    const many = (): void => [1, 2, 3].forEach(() => often.carried());
    expect(factors(often, 60, many)).toBe(inVain);
  });

  it('R6 begins anew where the copy is right, goes on from sixteen where data was of use', () => {
    for (const rounds of [3, 8, 11, 40]) {
      const one = made();
      factors(one, rounds, () => one.carried());
      one.current();
      expect(factors(one, 30)).toBe(alone);
      one.proved();
      expect(factors(one, 2)).toBe('16×1 32×1');
      const carry = (): void => one.carried();
      factors(one, rounds, carry);
      one.advanced();
      // The next seven are in vain, and the eighth counts for more.
      expect(factors(one, 9, carry)).toBe('16×7 32×2');
      one.proved();
      expect(factors(one, 9, carry)).toBe('16×8 32×1');
    }
  });

  it('R6 is the least at first, whatever went wrong before anything was tried', () => {
    const one = made();
    one.failed();
    one.countHopeless();
    one.advanced();
    expect(factors(one, 3)).toBe('1×1 2×1 4×1');
  });

  it('R6 never passes what a number of ms can be', () => {
    const wide = resolveSessionLimits({ backoffMinMs: 1, backoffMaxMs: 2 ** 40 });
    const one = new Recovery(wide, new LongestPauses([1, 2]));
    const pauses = Array.from({ length: 40 }, () => one.nextPauseMs() + 1);
    expect(Math.max(...pauses)).toBe(2 ** 20);
    expect(pauses.indexOf(2 ** 20)).toBe(20);
  });
});
