import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/index.ts';
import type { ConnectOptions, Replica } from '../../src/client/index.ts';
import type { DiffStreamError } from '../../src/core/errors.ts';
import { serve } from '../../src/server/index.ts';
import type { Applicant, Hub, ServeOptions } from '../../src/server/index.ts';
import { Cleanup, pause, stateOf, until } from './wait.ts';

interface Row {
  readonly key: string;
  readonly n: number;
}

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** Streams, tokens that are good, and who was asked about. */
class Bench {
  readonly good = new Set(['alpha', 'beta']);
  readonly asked: Applicant[] = [];
  readonly errors: DiffStreamError[] = [];
  hub!: Hub;

  static async open(options: ServeOptions = {}): Promise<Bench> {
    const bench = new Bench();
    const session = { heartbeatMs: 100, ...options.session };
    bench.hub = cleanup.add(
      await serve({
        authorize: (applicant) => {
          bench.asked.push(applicant);
          return bench.good.has(applicant.token);
        },
        ...options,
        session,
      }),
    );
    bench.hub.onSessionError((error) => void bench.errors.push(error));
    bench.hub.stream<Row>('rows').update({ key: 'a', n: 1 });
    return bench;
  }

  join(options: ConnectOptions, stream = 'rows'): Replica<Row> {
    const replica = connect<Row>(`${this.hub.url}/${stream}`, {
      session: { backoffMinMs: 10, backoffMaxMs: 50 },
      ...options,
    });
    return cleanup.add(replica);
  }
}

const failure = (replica: Replica<Row>): Promise<unknown> =>
  replica.ready.then(
    () => 'ready',
    (error: unknown) => error,
  );

describe('a hub that is told who may read', () => {
  it('S21 lets who shows a good token in, and asks about what it knows of them', async () => {
    const bench = await Bench.open();
    const replica = bench.join({ token: 'alpha' });
    await replica.ready;
    expect(replica.get('a')).toEqual({ key: 'a', n: 1 });
    const [applicant] = bench.asked;
    expect(applicant).toMatchObject({ token: 'alpha', stream: 'rows', origin: undefined });
    expect(applicant?.headers).toMatchObject({ upgrade: 'websocket' });
    expect(applicant?.address).toContain('127.0.0.1');
    expect(bench.hub.sessions()).toHaveLength(1);
  });

  it('S21 S23 denies a token that is not, for whatever stream, in the same way', async () => {
    const bench = await Bench.open();
    for (const token of ['gamma', '', 'alpha ']) {
      for (const stream of ['rows', 'none']) {
        const replica = bench.join({ token }, stream);
        expect(await failure(replica)).toMatchObject({
          code: 'unauthorized',
          recovery: 'give-up',
          message: 'the hub refused: this token does not allow it',
        });
        expect([replica.status, replica.size]).toEqual(['closed', 0]);
      }
    }
    expect(bench.hub.sessions()).toEqual([]);
    expect(bench.errors.map(({ code }) => code)).toEqual(Array(6).fill('unauthorized'));
    expect(bench.errors[1]?.message).toMatch(/^a consumer from \S+ of "none": this token/);
    expect(JSON.stringify(bench.errors.map(String))).not.toContain('gamma');
    // Who may read is told that there is no such stream.
    const lost = bench.join({ token: 'beta' }, 'none');
    const told: string[] = [];
    lost.on('error', ({ code }) => told.push(code));
    await until(() => told.includes('unknown-stream'));
  });

  it('A3 R9 denies a replica for good whose listener closes it on any error', async () => {
    const bench = await Bench.open();
    const replica = bench.join({ token: 'gamma' });
    const statuses: string[] = [];
    replica.on('status', (status) => statuses.push(status));
    replica.on('error', () => void replica.close());
    expect(await failure(replica)).toMatchObject({ code: 'unauthorized' });
    expect(statuses).toEqual(['closed']);
  });

  it('S22 sends those away whose token was taken back, at once when asked to', async () => {
    const bench = await Bench.open();
    const [alpha, beta] = [bench.join({ token: 'alpha' }), bench.join({ token: 'beta' })];
    await Promise.all([alpha.ready, beta.ready]);
    bench.good.delete('alpha');
    await bench.hub.reauthorize();
    await until(() => alpha.status === 'closed');
    bench.hub.stream<Row>('rows').update({ key: 'a', n: 2 });
    await until(() => beta.get('a')?.n === 2);
    expect([alpha.get('a')?.n, beta.status]).toEqual([1, 'live']);
    expect(bench.hub.sessions()).toHaveLength(1);
  });

  it('S22 asks again by itself', async () => {
    const bench = await Bench.open({ authorizeLimits: { everyMs: 50 } });
    const alpha = bench.join({ token: 'alpha' });
    await alpha.ready;
    await until(() => bench.asked.length >= 4);
    expect(alpha.status).toBe('live');
    bench.good.delete('alpha');
    await until(() => alpha.status === 'closed');
  });

  it('S21 R6 is waited for while it cannot find out who may read', async () => {
    let failing = true;
    const bench = await Bench.open({
      authorize: () => (failing ? Promise.reject(new Error('no database')) : true),
    });
    const replica = bench.join({ token: 'alpha' });
    const told: DiffStreamError[] = [];
    replica.on('error', (error) => told.push(error));
    await until(() => told.length >= 2);
    expect(told[0]).toMatchObject({ code: 'unreachable', recovery: 'reconnect' });
    expect(told[0]?.message).not.toContain('database');
    expect(bench.errors[0]?.message).toContain('no database');
    failing = false;
    await replica.ready;
  });

  it('S21 takes its time, and the replica waits, also for the first commit', async () => {
    const bench = await Bench.open({
      authorize: () => pause(700).then(() => true),
      session: { heartbeatMs: 20, ackDelayMs: 5 },
    });
    bench.hub.stream('empty');
    const [replica, early] = [bench.join({ token: '' }), bench.join({ token: '' }, 'empty')];
    const told: string[] = [];
    for (const one of [replica, early]) one.on('error', ({ code }) => told.push(code));
    await replica.ready;
    await pause(100);
    bench.hub.stream<Row>('empty').set('x', { key: 'x', n: 1 });
    await early.ready;
    expect([told, bench.errors, replica.stats.connections]).toEqual([[], [], 1]);
    expect(early.stats.connections).toBe(1);
  });

  it('S22 sends away however often it is asked to ask', async () => {
    let slow = false;
    const hub = cleanup.add(
      await serve({ authorize: () => (slow ? pause(150).then(() => false) : true) }),
    );
    hub.stream<Row>('rows').update({ key: 'a', n: 1 });
    const replica = cleanup.add(connect<Row>(`${hub.url}/rows`, { token: 'alpha' }));
    await replica.ready;
    slow = true;
    const timer = setInterval(() => void hub.reauthorize(), 20);
    await until(() => replica.status === 'closed');
    clearInterval(timer);
    await hub.reauthorize();
    await until(() => hub.sessions().length === 0);
    expect(replica.size).toBe(1);
  });

  it('S21 may be asked by a function that has everyone asked about', async () => {
    const bench = await Bench.open({
      authorize: () => {
        void bench.hub.reauthorize();
        return Promise.resolve().then(() => bench.hub.reauthorize() !== undefined);
      },
    });
    const replica = bench.join({ token: '' });
    await replica.ready;
    expect(replica.size).toBe(1);
  });

  it('S13 S21 closes while a verdict is waited for', async () => {
    const bench = await Bench.open({ authorize: () => new Promise(() => {}) });
    const replica = bench.join({ token: 'alpha' });
    await pause(250);
    expect([replica.status, replica.size]).toEqual(['connecting', 0]);
    await bench.hub.close();
    expect(bench.errors).toEqual([]);
  });

  it('S21 asks about its own stream too, and has no buttons without a token', async () => {
    const bench = await Bench.open({ dashboard: true });
    const replica = bench.join({ token: '' }, '$hub');
    expect(await failure(replica)).toMatchObject({ code: 'unauthorized' });
    expect(bench.asked[0]?.stream).toBe('$hub');
    const page = bench.join({ token: 'alpha' }, '$hub');
    await page.ready;
    const row = [...page.values()].find((value) => JSON.stringify(value).includes('unauthorized'));
    expect(JSON.stringify(row)).toContain('a consumer from');
    const options = { authorize: () => true, dashboard: { act: () => 1 } };
    await expect(serve(options)).rejects.toMatchObject({ code: 'bad-argument' });
  });

  it('L1 refuses what bounds nothing, and what is no function', async () => {
    for (const options of [
      { authorize: 'alpha' },
      { authorize: () => true, authorizeLimits: { everyMs: 0 } },
      { authorize: () => true, authorizeLimits: { timeoutMs: Number.NaN } },
      { authorize: () => true, authorizeLimits: { none: 1 } },
      { connectionsMax: 0 },
      { connectionsPerAddressMax: 1.5 },
    ]) {
      const opened = serve(options as unknown as ServeOptions);
      await expect(opened).rejects.toMatchObject({ code: 'bad-argument' });
    }
  });
});

describe('a token', () => {
  it('S23 that is a function is asked before each connection', async () => {
    const bench = await Bench.open();
    const tokens = ['gamma', 'delta', 'alpha'];
    const replica = bench.join({ token: () => Promise.resolve(tokens.shift() ?? 'beta') });
    const told: DiffStreamError[] = [];
    replica.on('error', (error) => told.push(error));
    await replica.ready;
    expect(told).toMatchObject([
      { code: 'unauthorized', recovery: 'reconnect', blame: 'remote' },
      { code: 'unauthorized' },
    ]);
    // Taken back: what is held stays readable, and the next token is shown.
    bench.good.delete('alpha');
    await bench.hub.reauthorize();
    await until(() => replica.status === 'live' && bench.asked.at(-1)?.token === 'beta');
    expect(stateOf(replica)).toBe(stateOf(bench.hub.stream<Row>('rows')));
    expect(replica.stats.resumes).toBe(1);
  });

  it('S23 that cannot be had is told of, and asked for again after a pause', async () => {
    const bench = await Bench.open();
    const answers: (() => string | Promise<string>)[] = [
      () => {
        throw new Error('signed out');
      },
      () => Promise.reject(new Error('signed out')),
      () => 7 as unknown as string,
      () => 'x'.repeat(3073),
      () => new Promise(() => {}),
    ];
    const replica = bench.join({
      token: () => answers.shift()?.() ?? 'alpha',
      session: { backoffMinMs: 1, backoffMaxMs: 5, answerTimeoutMs: 300 },
    });
    const told: DiffStreamError[] = [];
    replica.on('error', (error) => told.push(error));
    await replica.ready;
    expect(told.map(({ code, blame }) => [code, blame])).toEqual(
      Array.from({ length: 5 }, () => ['unauthorized', 'local']),
    );
    expect(told.map(({ message }) => message).join('\n')).toMatch(
      /signed out\n.*signed out\n.*3072 bytes\n.*3072 bytes\n.*none for 300 ms/,
    );
    expect(bench.asked).toHaveLength(1);
  });

  it('S23 S13 is of no use any longer once the replica is closed', async () => {
    const bench = await Bench.open();
    let give = (_token: string): void => {};
    const replica = bench.join({ token: () => new Promise((resolve) => (give = resolve)) });
    await until(() => replica.stats.connections === 1);
    await replica.close();
    give('alpha');
    await pause(20);
    expect([bench.asked, replica.status]).toEqual([[], 'closed']);
  });

  it('S23 S13 that throws at once leaves nothing that rejects at the close', async () => {
    const bench = await Bench.open();
    const unhandled: unknown[] = [];
    const note = (cause: unknown): void => void unhandled.push(cause);
    process.on('unhandledRejection', note);
    const late = bench.join({
      token: () => {
        throw new Error('signed out');
      },
    });
    await new Promise((resolve) => late.on('error', resolve));
    await late.close();
    const early = bench.join({
      token: () => {
        void early.close();
        throw new Error('signed out');
      },
    });
    await until(() => early.status === 'closed');
    await pause(20);
    process.off('unhandledRejection', note);
    expect([unhandled, late.status]).toEqual([[], 'closed']);
  });

  it('S23 L4 that fits in no hello is refused where it is given', async () => {
    const bench = await Bench.open();
    bench.good.add('x'.repeat(3072));
    for (const token of ['x'.repeat(3073), '漢'.repeat(1025), '\ud83c', 7 as unknown as string]) {
      expect(() => bench.join({ token })).toThrow(
        expect.objectContaining({ code: 'bad-argument' }),
      );
    }
    await bench.join({ token: 'x'.repeat(3072) }).ready;
  });
});
