import { describe, expect, it } from 'vitest';
import { Chance } from '../../src/protocol/chance.ts';
import { Recovery } from '../../src/protocol/recovery.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';

const recovery = (): Recovery =>
  new Recovery(resolveSessionLimits({ repairsPerMinuteMax: 2 }), new Chance([1, 2]));

function pausesOf(one: Recovery, count: number): number[] {
  return Array.from({ length: count }, () => one.nextPauseMs());
}

describe('What has gone wrong in a row', () => {
  it('R4 leads from a resume to a repair, to pauses, and anew once the copy is right', () => {
    for (const right of ['proved', 'current'] as const) {
      const one = recovery();
      const steps = Array.from({ length: 4 }, () => [one.failed(), one.isInDoubt, one.trust]);
      expect(steps).toEqual([
        ['resume', false, 'compare'],
        ['repair', true, 'compare'],
        ['pause', true, 'nothing'],
        ['pause', true, 'nothing'],
      ]);
      one[right]();
      expect([one.isInDoubt, one.trust, one.failed()]).toEqual([false, 'compare', 'resume']);
    }
  });

  it('R5 is repaired so often in any minute, and no more', () => {
    const one = recovery();
    const tried = [0, 30_000, 59_999, 60_000, 60_001, 89_999, 90_000].map((atMs) =>
      one.mayRepair(atMs),
    );
    expect(tried).toEqual([true, true, false, true, false, false, true]);
  });

  it('R9 is hopeless after ten in a row, whatever ends the row before', () => {
    const row = (one: Recovery, count: number): boolean[] =>
      Array.from({ length: count }, () => one.countHopeless());
    expect(row(recovery(), 11)).toEqual([...Array<boolean>(9).fill(false), true, true]);
    for (const other of ['proved', 'current', 'failed'] as const) {
      const one = recovery();
      row(one, 9);
      one[other]();
      expect(row(one, 9)).not.toContain(true);
    }
  });

  it('R6 pauses for some seconds at most where frames pass, however often the line is lost', () => {
    const limits = resolveSessionLimits({ backoffMinMs: 100, backoffMaxMs: 30_000 });
    let most = 0;
    for (let seed = 0; seed < 200; seed++) {
      const one = new Recovery(limits, new Chance([seed, 9]));
      pausesOf(one, 12);
      one.proved();
      most = Math.max(most, one.nextPauseMs());
    }
    expect(most).toBeGreaterThan(1400);
    expect(most).toBeLessThan(1600);
  });

  it('R6 pauses for some seconds at most once data has come, whatever became of it', () => {
    const limits = resolveSessionLimits({ backoffMinMs: 100, backoffMaxMs: 30_000 });
    for (let seed = 0; seed < 50; seed++) {
      const one = new Recovery(limits, new Chance([seed, 9]));
      one.failed();
      pausesOf(one, 12);
      one.carried();
      expect(one.nextPauseMs()).toBeLessThan(1600);
      // It says nothing of the copy.
      expect(one.failed()).toBe('repair');
    }
  });

  it('R6 pauses for longer again where all that comes is of no use', () => {
    const limits = resolveSessionLimits({ backoffMinMs: 100, backoffMaxMs: 30_000 });
    const most = Array.from({ length: 80 }, () => 0);
    for (let seed = 0; seed < 200; seed++) {
      const one = new Recovery(limits, new Chance([seed, 9]));
      for (let i = 0; i < most.length; i++) {
        most[i] = Math.max(most[i] ?? 0, one.nextPauseMs());
        one.carried();
      }
      one.advanced();
      one.carried();
      expect(one.nextPauseMs()).toBeLessThan(1600);
    }
    expect(Math.max(...most.slice(0, 8))).toBeLessThan(1600);
    expect(Math.max(...most.slice(0, 16))).toBeLessThan(3200);
    expect(Math.max(...most.slice(48))).toBeGreaterThan(25_000);
  });

  it('R5 counts going on with what has come in part where it does not go on', () => {
    const one = recovery();
    const connections = (count: number): boolean[] =>
      Array.from({ length: count }, () => {
        one.nextPauseMs();
        one.carried();
        return one.mayRepair(0, true);
      });
    // Eight, and then as many as any repairs.
    expect(connections(12)).toEqual([...Array<boolean>(10).fill(true), false, false]);
    one.advanced();
    expect(connections(3)).toEqual([true, true, true]);
    // Who was not reached has brought nothing in vain.
    pausesOf(one, 30);
    expect(one.mayRepair(0, true)).toBe(true);
  });

  it('R6 pauses below a bound that doubles up to the limit, and begins anew when current', () => {
    const limits = resolveSessionLimits({ backoffMinMs: 100, backoffMaxMs: 1000 });
    const highest = [100, 200, 400, 800, 1000, 1000];
    const most = highest.map(() => 0);
    for (let seed = 0; seed < 200; seed++) {
      const one = new Recovery(limits, new Chance([seed, 9]));
      for (const [i, ms] of pausesOf(one, highest.length).entries()) {
        expect(Number.isInteger(ms)).toBe(true);
        most[i] = Math.max(most[i] ?? 0, ms);
      }
      one.proved();
      expect(one.nextPauseMs()).toBeLessThan(1000);
      one.current();
      expect(one.nextPauseMs()).toBeLessThan(100);
    }
    for (const [i, ms] of most.entries()) {
      const bound = highest[i] as number;
      expect(ms).toBeLessThan(bound);
      expect(ms).toBeGreaterThan(bound * 0.9);
    }
  });
});
