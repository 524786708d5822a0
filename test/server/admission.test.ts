import { beforeEach, describe, expect, it } from 'vitest';
import type { DiffStreamError } from '../../src/core/errors.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import type { HubMessage } from '../../src/protocol/message.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { Admission } from '../../src/server/admission.ts';
import { resolveAuthorizeLimits } from '../../src/server/authorize-limits.ts';
import { Questions } from '../../src/server/questions.ts';
import type { Applicant, Authorize } from '../../src/server/verdict.ts';
import { rulingOf } from '../../src/server/verdict.ts';
import { errorOf } from '../cache/support/healing.ts';
import { HELLO } from '../protocol/session-rig.ts';
import { settled, TestClock } from './test-clock.ts';

const SESSION = resolveSessionLimits({ heartbeatMs: 1000, helloTimeoutMs: 5000 });
const LIMITS = resolveAuthorizeLimits({ timeoutMs: 2500, everyMs: 60_000 });
const helloOf = (token: string): Uint8Array => encodeMessage({ ...HELLO, token });

/** An admission between a line that keeps what is sent, and a session that keeps what comes. */
class Bench {
  readonly clock = new TestClock();
  readonly sent: HubMessage[] = [];
  readonly heard: (string | Uint8Array)[] = [];
  readonly errors: DiffStreamError[] = [];
  readonly asked: Applicant[] = [];
  entered = 0;
  sentBytes = 0;
  over = 0;
  close: readonly [code: number, reason: string] | undefined;
  readonly admission: Admission;

  constructor(authorize: Authorize, limits = LIMITS) {
    const connection = {
      send: (bytes: Uint8Array) => void this.sent.push(decodeHubMessage(bytes)),
      close: (...why: [number, string]) => void (this.close ??= why),
    };
    this.admission = new Admission(connection, {
      applicant: { stream: 'rows', origin: undefined, headers: {}, address: '192.0.2.1' },
      questions: new Questions(
        (applicant) => {
          this.asked.push(applicant);
          return authorize(applicant);
        },
        limits,
        this.clock,
      ),
      everyMs: limits.everyMs,
      session: SESSION,
      clock: this.clock,
      enter: (sentBytes) => {
        this.entered++;
        this.sentBytes = sentBytes;
        return {
          opened: () => {},
          received: (bytes) => void this.heard.push(bytes),
          receivedText: () => void this.heard.push('text'),
          closed: () => void this.heard.push('closed'),
        };
      },
      onError: (error) => void this.errors.push(error),
      onOver: () => void this.over++,
    });
  }

  get outcome(): string {
    const last = this.sent.at(-1);
    const refusal = last?.kind === 'refusal' ? `${last.code}: ${last.reason}` : last?.kind;
    return `${refusal}; ${this.close?.[0]} ${this.close?.[1]}`;
  }
}

describe('before a verdict', () => {
  let answer: (verdict: unknown) => void;
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench(
      () =>
        new Promise((resolve) => {
          answer = resolve as typeof answer;
        }),
    );
  });

  it('S21 no session is opened; then it hears all that has come, in its order', async () => {
    const [hello, second] = [helloOf('a token'), helloOf('another')];
    bench.admission.received(hello);
    bench.admission.received(second);
    await settled();
    expect(bench.asked).toEqual([
      { token: 'a token', stream: 'rows', origin: undefined, headers: {}, address: '192.0.2.1' },
    ]);
    expect([bench.entered, bench.sent]).toEqual([0, []]);
    answer(true);
    await settled();
    expect([bench.entered, bench.heard]).toEqual([1, [hello, second]]);
    const third = new Uint8Array([1]);
    bench.admission.received(third);
    bench.admission.receivedText();
    bench.admission.closed(undefined);
    expect(bench.heard).toEqual([hello, second, third, 'text', 'closed']);
    expect([bench.over, bench.errors, bench.clock.timers.size]).toEqual([1, [], 0]);
  });

  it('S21 the consumer is told at each heartbeat that it is not forgotten', async () => {
    bench.admission.received(helloOf(''));
    await bench.clock.pass(2400);
    expect(bench.sent).toEqual([{ kind: 'wait' }, { kind: 'wait' }]);
    answer(true);
    await settled();
    // The session may be told of these bytes.
    expect(bench.sentBytes).toBe(2 * encodeMessage({ kind: 'wait' }).length);
    await bench.clock.pass(5000);
    expect(bench.sent).toHaveLength(2);
  });

  it('S21 a connection that ends meanwhile never gets a session', async () => {
    bench.admission.received(helloOf(''));
    bench.admission.closed(undefined);
    answer(true);
    await settled();
    expect([bench.entered, bench.over, bench.heard]).toEqual([0, 1, []]);
    expect([bench.clock.timers.size, bench.errors]).toEqual([0, []]);
    bench.admission.received(helloOf(''));
    bench.admission.receivedText();
    bench.admission.sendAway();
    await bench.admission.ask();
    expect([bench.asked.length, bench.close, bench.over]).toEqual([1, undefined, 1]);
  });

  it('S21 what is no hello ends it, and nobody is asked', async () => {
    const tooLarge = new Uint8Array(SESSION.helloBytesMax + 1);
    const ack = encodeMessage({ kind: 'ack', bytes: 1, version: 1 });
    for (const [bytes, code, error] of [
      [new Uint8Array([9, 9]), 1002, 'malformed'],
      [ack, 1002, 'unexpected-message'],
      [tooLarge, 1008, 'limit-exceeded'],
    ] as const) {
      const one = new Bench(() => true);
      one.admission.received(bytes);
      await settled();
      expect([one.close?.[0], one.errors[0]?.code, one.asked]).toEqual([code, error, []]);
      expect([one.over, one.entered, one.clock.timers.size]).toEqual([1, 0, 0]);
    }
    bench.admission.receivedText();
    expect([bench.close?.[0], bench.errors[0]?.code]).toEqual([1003, 'unexpected-message']);
  });

  it('S21 acknowledges what the gate sends for as long as that takes', async () => {
    const slow = new Bench(
      () => new Promise((resolve) => (answer = resolve as typeof answer)),
      resolveAuthorizeLimits({ timeoutMs: 60_000 }),
    );
    const hello = helloOf('');
    slow.admission.received(hello);
    for (let bytes = 6; bytes <= 6 * 50; bytes += 6) {
      await slow.clock.pass(1000);
      slow.admission.received(encodeMessage({ kind: 'ack', bytes, version: 0 }));
    }
    expect(slow.close).toBeUndefined();
    answer(true);
    await settled();
    expect([slow.heard, slow.sent.length]).toEqual([[hello], 50]);
  });

  it('S21 eight messages are kept, and a ninth ends it', async () => {
    for (let n = 0; n < 8; n++) bench.admission.received(helloOf(`${n}`));
    expect(bench.close).toBeUndefined();
    bench.admission.received(helloOf(''));
    expect([bench.close?.[0], bench.errors[0]?.code]).toEqual([1008, 'limit-exceeded']);
    answer(true);
    await settled();
    expect([bench.entered, bench.asked.length]).toEqual([0, 1]);
  });

  it('L3 a hello is due within its time', async () => {
    await bench.clock.pass(4999);
    expect(bench.close).toBeUndefined();
    await bench.clock.pass(1);
    expect([bench.close?.[0], bench.errors[0]?.code]).toEqual([1008, 'timeout']);
  });

  it('S13 a hub that closes sends away who waits, and no sessions', async () => {
    bench.admission.received(helloOf(''));
    bench.admission.sendAway();
    expect(bench.close).toEqual([1001, 'the hub is closing']);
    const other = new Bench(() => true);
    other.admission.received(helloOf(''));
    await settled();
    other.admission.sendAway();
    expect([other.close, other.entered]).toEqual([undefined, 1]);
  });

  it('S13 S22 a hub that closes while it asks again tells of no error', async () => {
    const verdicts = [true, new Promise<boolean>(() => {})];
    const asking = new Bench(() => verdicts.shift() ?? false);
    asking.admission.received(helloOf(''));
    await settled();
    const answered = asking.admission.ask();
    await asking.clock.pass(100);
    asking.admission.sendAway();
    await asking.clock.pass(LIMITS.timeoutMs);
    await answered;
    expect([asking.asked.length, asking.errors, asking.sent]).toEqual([2, [], []]);
    expect([asking.over, asking.clock.timers.size]).toEqual([1, 0]);
    asking.admission.closed(undefined);
    expect(asking.heard.at(-1)).toBe('closed');
  });
});

describe('a verdict', () => {
  const denied = async (authorize: Authorize): Promise<Bench> => {
    const bench = new Bench(authorize);
    bench.admission.received(helloOf('a token'));
    await settled();
    await bench.clock.pass(LIMITS.timeoutMs);
    expect([bench.entered, bench.over, bench.clock.timers.size]).toEqual([0, 1, 0]);
    return bench;
  };

  it('S21 that denies is a refusal with its reason, cut to what is allowed', async () => {
    const plain = await denied(() => false);
    expect(plain.outcome).toBe('unauthorized: this token does not allow it; 1008 unauthorized');
    const refused = await denied(() => Promise.resolve({ refuse: 'for\ud83c staff' }));
    expect(refused.outcome).toBe('unauthorized: for\ufffd staff; 1008 unauthorized');
    expect(refused.errors[0]).toMatchObject({ code: 'unauthorized', blame: 'remote' });
    const long = await denied(() => ({ refuse: 'x'.repeat(9999) }));
    expect(long.outcome).toBe(`unauthorized: ${'x'.repeat(256)}; 1008 unauthorized`);
    const amid = await denied(() => ({ refuse: `${'x'.repeat(255)}\u{1f388}` }));
    expect(amid.outcome).toBe(`unauthorized: ${'x'.repeat(255)}; 1008 unauthorized`);
  });

  it('S21 that cannot be had refuses for now, and tells why to its owner only', async () => {
    const failing: Authorize[] = [
      () => {
        throw new Error('the secret of the database');
      },
      () => Promise.reject(new Error('the secret of the database')),
      () => new Promise(() => {}),
      () => undefined as unknown as boolean,
      () => ({ untilMs: Number.NaN }),
      () => ({ untilMs: '1' }) as unknown as boolean,
      () => 1 as unknown as boolean,
      () => null as unknown as boolean,
    ];
    for (const authorize of failing) {
      const bench = await denied(authorize);
      const [error] = bench.errors;
      expect(bench.outcome).toBe(
        'unreachable: who may read cannot be found out at present; 1008 unreachable',
      );
      expect(error).toMatchObject({ code: 'unreachable', blame: 'local' });
      expect(error?.message).toMatch(/secret of the database|no verdict for|has to return/);
    }
  });

  it('S21 is true, false, a time or a reason, and nothing else', () => {
    expect(rulingOf(true)).toEqual({ kind: 'granted', untilMs: Infinity });
    expect(rulingOf({ untilMs: 5 })).toEqual({ kind: 'granted', untilMs: 5 });
    expect(rulingOf({ untilMs: 5, refuse: '' })).toEqual({ kind: 'denied', reason: '' });
    expect(rulingOf(false).kind).toBe('denied');
    for (const verdict of [undefined, null, 0, 1, '', 'true', {}, [], { untilMs: NaN }]) {
      expect(errorOf(() => rulingOf(verdict)).code).toBe('bad-argument');
    }
  });

  it('S22 that has expired already is none', async () => {
    const bench = await denied(() => ({ untilMs: 1_000_000 }));
    expect(bench.outcome).toBe('unauthorized: this token has expired; 1008 unauthorized');
    const other = new Bench(() => ({ untilMs: 1_000_001 }));
    other.admission.received(helloOf(''));
    await settled();
    expect(other.entered).toBe(1);
  });
});

describe('a right to read', () => {
  const admitted = async (authorize: Authorize): Promise<Bench> => {
    const bench = new Bench(authorize);
    bench.admission.received(helloOf('a token'));
    await settled();
    expect(bench.entered).toBe(1);
    return bench;
  };

  it('S22 is asked about again and again, and its end is the end of the session', async () => {
    let verdict = true;
    const bench = await admitted(() => verdict);
    await bench.clock.pass(59_999);
    expect(bench.asked).toHaveLength(1);
    await bench.clock.pass(60_001);
    expect([bench.asked.length, bench.close, bench.sent]).toEqual([3, undefined, []]);
    expect(bench.asked[2]).toEqual(bench.asked[0]);
    verdict = false;
    await bench.clock.pass(60_000);
    expect(bench.outcome).toBe('unauthorized: this token does not allow it; 1008 unauthorized');
    const heard = bench.heard.length;
    bench.admission.received(new Uint8Array([1]));
    expect([bench.heard.length, bench.over, bench.clock.timers.size]).toEqual([heard, 1, 0]);
    // The session itself hears of it by the end of the connection.
    bench.admission.closed(undefined);
    expect([bench.heard.at(-1), bench.over]).toEqual(['closed', 1]);
  });

  it('S22 is asked about when it ends, if that is sooner', async () => {
    const bench: Bench = await admitted(() => ({ untilMs: 1_030_000 }));
    bench.clock.wall += 30_000;
    await bench.clock.pass(30_000);
    expect(bench.asked).toHaveLength(2);
    expect(bench.outcome).toBe('unauthorized: this token has expired; 1008 unauthorized');
  });

  it('S22 goes on while the question is open, for a bounded time', async () => {
    let open = false;
    const bench = await admitted(() => (open ? new Promise(() => {}) : true));
    await bench.clock.pass(100);
    open = true;
    const asked = bench.admission.ask();
    const bytes = new Uint8Array([7]);
    bench.admission.received(bytes);
    expect(bench.heard.at(-1)).toBe(bytes);
    await bench.clock.pass(LIMITS.timeoutMs - 1);
    expect(bench.close).toBeUndefined();
    await bench.clock.pass(1);
    await asked;
    expect([bench.close?.[0], bench.errors[0]?.code]).toEqual([1008, 'unreachable']);
  });

  it('S22 is asked about one question after the other, and the answer to each counts', async () => {
    const answers: ((verdict: boolean) => void)[] = [];
    let open = false;
    const bench = await admitted(() =>
      open ? new Promise<boolean>((resolve) => answers.push(resolve)) : true,
    );
    await bench.clock.pass(1000);
    open = true;
    const told: string[] = [];
    const ask = (name: string): void => void bench.admission.ask().then(() => told.push(name));
    ask('first');
    ask('second');
    ask('third');
    await settled();
    expect([answers.length, told]).toEqual([1, []]);
    answers[0]?.(true);
    await settled();
    expect([answers.length, told]).toEqual([1, ['first']]);
    await bench.clock.pass(99);
    expect(answers).toHaveLength(1);
    await bench.clock.pass(1);
    expect(answers).toHaveLength(2);
    // What is asked for meanwhile does not put off the denial.
    ask('fourth');
    answers[1]?.(false);
    await settled();
    expect(bench.outcome).toBe('unauthorized: this token does not allow it; 1008 unauthorized');
    expect([told, bench.clock.timers.size]).toEqual([['first', 'fourth', 'second', 'third'], 0]);
  });

  it('S22 is not prolonged by asking again before an answer has come', async () => {
    let open = false;
    const bench = await admitted(() => (open ? new Promise(() => {}) : { untilMs: 1_010_000 }));
    await bench.clock.pass(1000);
    open = true;
    for (let ms = 0; ms < LIMITS.timeoutMs; ms += 100) {
      void bench.admission.ask();
      await bench.clock.pass(100);
    }
    expect([bench.close?.[0], bench.errors[0]?.code]).toEqual([1008, 'unreachable']);
    expect([bench.asked.length, bench.clock.timers.size]).toEqual([2, 0]);
  });

  it('S22 is asked about ten times a second at most, whoever wants it', async () => {
    const asks: (() => void)[] = [];
    const bench = await admitted(() => {
      for (const ask of asks) ask();
      return { untilMs: 1_000_001 };
    });
    asks.push(() => void bench.admission.ask());
    await bench.clock.pass(1000);
    expect(bench.asked).toHaveLength(11);
    expect(bench.close).toBeUndefined();
  });
});
