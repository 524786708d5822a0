import { describe, expect, it } from 'vitest';
import { resolveAuthorizeLimits } from '../../src/server/authorize-limits.ts';
import { Questions } from '../../src/server/questions.ts';
import { settled, TestClock } from './test-clock.ts';

const LIMITS = resolveAuthorizeLimits({ timeoutMs: 2500, everyMs: 60_000 });

describe('questions', () => {
  const applicant = { token: '', stream: '', origin: undefined, headers: {}, address: '' };

  it('L1 are answered for all who wait where each throws at once', async () => {
    let release = (): void => {};
    const first = new Promise<boolean>((resolve) => (release = () => resolve(true)));
    let asked = 0;
    const authorize = (): Promise<boolean> => {
      if (asked++ === 0) return first;
      throw new Error('gone');
    };
    const limits = resolveAuthorizeLimits({ atOnceMax: 1 });
    const questions = new Questions(authorize, limits, new TestClock());
    const kinds: string[] = [];
    const ask = async (): Promise<void> => {
      const { kind } = await questions.ask(applicant);
      kinds.push(kind);
    };
    const all = Array.from({ length: 20_000 }, ask);
    release();
    await Promise.all(all);
    expect([asked, kinds.length, kinds.filter((kind) => kind === 'unknown').length]).toEqual([
      20_000, 20_000, 19_999,
    ]);
    await ask();
    expect(asked).toBe(20_001);
  });

  it('L1 are put to a bounded number at a time, the first come first', async () => {
    const clock = new TestClock();
    const answers: (() => void)[] = [];
    const limits = resolveAuthorizeLimits({ atOnceMax: 2, timeoutMs: 1000 });
    const questions = new Questions(
      () => new Promise((resolve) => answers.push(() => resolve(true))),
      limits,
      clock,
    );
    const told: number[] = [];
    for (let n = 0; n < 5; n++) void questions.ask(applicant).then(() => told.push(n));
    await settled();
    expect([answers.length, told]).toEqual([2, []]);
    answers[1]?.();
    await settled();
    expect([answers.length, told]).toEqual([3, [1]]);
    // The time to wait for a place counts, and who is late leaves the place.
    await clock.pass(1000);
    expect([answers.length, told]).toEqual([5, [1, 0, 2, 3, 4]]);
    for (let n = 5; n < 7; n++) void questions.ask(applicant).then(() => told.push(n));
    void questions.ask(applicant, () => false).then(() => told.push(7));
    void questions.ask(applicant).then(() => told.push(8));
    await settled();
    expect(answers).toHaveLength(7);
    for (const answer of answers.slice(0, 6)) answer();
    await settled();
    // Nobody is asked about those who are gone.
    expect([answers.length, told]).toEqual([8, [1, 0, 2, 3, 4, 5]]);
    for (const answer of answers) answer();
    await clock.pass(1000);
    expect([told, clock.timers.size, Reflect.get(questions, 'open')]).toEqual([
      [1, 0, 2, 3, 4, 5, 6, 8, 7],
      0,
      0,
    ]);
    // Who waits when all is over hears of it.
    const asked = Array.from({ length: 4 }, () => questions.ask(applicant));
    questions.close();
    expect((await Promise.all(asked)).map(({ kind }) => kind)).toEqual(Array(4).fill('unknown'));
    expect(clock.timers.size).toBe(0);
  });

  it('S21 survive whatever is thrown', async () => {
    const thrown: unknown[] = [
      Object.create(null),
      Symbol('x'),
      undefined,
      {
        toString: () => {
          throw new Error('no text');
        },
      },
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('no message');
        },
      }),
      Object.assign(new Error('x'), { message: Symbol('y') }),
    ];
    for (const what of thrown) {
      const questions = new Questions(() => Promise.reject(what), LIMITS, new TestClock());
      expect(await questions.ask(applicant)).toMatchObject({
        kind: 'unknown',
        error: { code: 'unreachable' },
      });
    }
  });
});
