import { describe, expect, it } from 'vitest';

import { planFaults } from '../../src/lab/fault-plan.ts';
import { intervalFile } from '../../src/lab/interval-file.ts';
import { changedBytes } from '../../src/lab/measure/changed-bytes.ts';
import { faultsText, longestAbsences, reasonOf } from '../../src/lab/measure/absences.ts';
import { reasonsText } from '../../src/lab/measure/absences.ts';
import { IntervalLog, intervalMsFor } from '../../src/lab/measure/intervals.ts';
import { LagHistogram } from '../../src/lab/measure/lag-histogram.ts';
import { Recoveries } from '../../src/lab/measure/recoveries.ts';
import { preset } from '../../src/lab/network.ts';
import { quantilesOf } from '../../src/lab/report/lag.ts';
import { lagFigures } from '../../src/lab/result.ts';
import type { LabResult } from '../../src/lab/result.ts';
import { Bandwidth, drawDelayMs, lineBytes } from '../../src/lab/simulated/line-delay.ts';
import { KeyHistory } from '../../src/lab/simulated/key-history.ts';
import { distinct } from '../../src/lab/workload/workload.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { SeededRandom } from '../../src/testing/index.ts';

describe('lags', () => {
  it('are told by quantiles that are right to 2 %, and by their longest exactly', () => {
    const lag = new LagHistogram(16);
    for (let ms = 1; ms <= 1000; ms++) lag.add(ms);
    const { count, p50Ms, p99Ms, maxMs, meanMs } = lagFigures(lag);
    expect([count, maxMs, meanMs]).toEqual([1000, 1000, 500.5]);
    expect(Math.abs((p50Ms ?? 0) / 500 - 1)).toBeLessThan(0.025);
    expect(Math.abs((p99Ms ?? 0) / 990 - 1)).toBeLessThan(0.025);
  });

  it('are null without any, and show the same quantiles in a plot as in words', () => {
    expect(lagFigures(new LagHistogram())).toMatchObject({ p50Ms: null, maxMs: null, buckets: [] });
    const lag = new LagHistogram(16);
    for (const ms of [0, 3, 3, 50, 700]) lag.add(ms);
    const figures = lagFigures(lag);
    const quantiles = quantilesOf(figures);
    expect(quantiles).toContainEqual([0.5, figures.p50Ms]);
    expect(quantiles.at(-1)).toEqual([1, 700]);
    const values = quantiles.map(([, ms]) => ms);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  });
});

describe('recoveries', () => {
  it('end when a replica is live with all that was there when the fault ended', () => {
    const recoveries = new Recoveries();
    const away = recoveries.begin('away', 1, 100, 50);
    recoveries.shown(1, 9, true, 120);
    recoveries.ended(away, 5, 150);
    recoveries.shown(1, 4, true, 160);
    recoveries.shown(1, 5, false, 170);
    recoveries.shown(2, 9, true, 175);
    expect(away.recoveryMs).toBeUndefined();
    recoveries.shown(1, 5, true, 180);
    expect(away).toMatchObject({ recoveryMs: 30, forMs: 50, isOverlapped: false });
  });

  it('say when another fault struck meanwhile, and end with all faults', () => {
    const recoveries = new Recoveries();
    const stall = recoveries.begin('stall', 1, 10, 1000);
    const cut = recoveries.begin('cut', 1, 20);
    recoveries.ended(cut, 3, 20);
    recoveries.endAll(7, 60);
    recoveries.shown(1, 7, true, 90);
    expect(stall).toMatchObject({ forMs: 50, recoveryMs: 30, isOverlapped: true });
    expect(cut).toMatchObject({ forMs: 0, recoveryMs: 70, isOverlapped: false });
    expect(recoveries.counts).toEqual({ stall: 1, cut: 1 });
  });
});

describe('intervals', () => {
  const message = Uint8Array.of(MESSAGE.frame, 1, 2);

  it('hold what passed in each, and sum up to the whole', () => {
    const log = new IntervalLog();
    log.committed(['a', 'b'], 100);
    log.sent('down', message, 5);
    log.endInterval(1000);
    log.committed(['a'], 50);
    log.sent('up', Uint8Array.of(MESSAGE.ack), 7);
    log.sent('down', message, 5);
    log.endInterval(2000);
    expect(log.intervals.map(({ distinctKeys }) => distinctKeys)).toEqual([2, 1]);
    expect(log.intervals.map(({ distinctKeysSoFar }) => distinctKeysSoFar)).toEqual([2, 2]);
    expect(log.intervals.map(({ sentBytes, upBytes }) => [sentBytes, upBytes])).toEqual([
      [5, 0],
      [5, 7],
    ]);
    expect(log.messages).toEqual({ frame: { count: 2, bytes: 10 }, ack: { count: 1, bytes: 7 } });
    expect([log.updates, log.originalBytes]).toEqual([2, 150]);
  });

  it('are never so many that a plot could not show them', () => {
    for (const forMs of [1000, 60_000, 3_600_000]) {
      expect(forMs / intervalMsFor(forMs)).toBeLessThanOrEqual(120);
    }
  });

  it('become a file that a spreadsheet takes for numbers, never for a formula', () => {
    const log = new IntervalLog();
    log.committed([1], 10);
    log.sent('down', message, 5);
    log.endInterval(500);
    const network = { name: '=1+1' };
    const settings = { workload: 'x"y', codec: 'dense', network, consumers: 2 };
    const run = { id: 'a,b', settings, figures: { intervals: log.intervals } };
    const text = intervalFile({ runs: [run] } as unknown as LabResult);
    const [heading = '', row = ''] = text.split('\n');
    expect(heading).toMatch(/^run,workload,codec,network,consumers,at_s,updates,distinct_keys,/);
    expect(row).toMatch(/^"a,b","x""y",dense,'=1\+1,2,0\.5,1,1,1,10,5,0,/);
    expect(row.split(',').length - 1).toBe(heading.split(',').length);
  });
});

describe('the size of a change', () => {
  it.each([
    [{ a: 1, b: 2 }, { a: 1, b: 3 }, 1],
    [{ a: { b: 'x' } }, { a: { b: 'yz' } }, 4],
    [undefined, { a: 10, b: 'x' }, 5],
    [[1, 2, 3], [3, 1, 2], 0],
    [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [1, 2],
        [3, 4],
      ],
      2,
    ],
    [{ a: [1] }, { a: null }, 4],
    [[1], undefined, 0],
  ])('counts what is new: %j to %j', (before, after, bytes) => {
    expect(changedBytes(before, after)).toBe(bytes);
  });
});

describe('faults', () => {
  const options = { network: preset('hostile') ?? { name: '' }, consumers: 3, forMs: 60_000 };

  it('follow from the seed, are in the order of time, and strike every replica', () => {
    const plan = planFaults({ ...options, seed: '1' });
    expect(planFaults({ ...options, seed: '1' })).toEqual(plan);
    expect(planFaults({ ...options, seed: '2' })).not.toEqual(plan);
    const times = plan.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(plan.map(({ replica }) => replica))).toEqual(new Set([1, 2, 3]));
    expect(new Set(plan.map(({ kind }) => kind))).toEqual(
      new Set(['cut', 'away', 'stall', 'silence']),
    );
  });

  it('are bounded, however often they are to strike', () => {
    const network = { name: 'mad', cutEveryMs: 100 };
    const plan = planFaults({ network, consumers: 256, forMs: 3_600_000, seed: '1' });
    expect(plan.length).toBeLessThanOrEqual(21_000);
  });
});

describe('a line', () => {
  it('takes the time that its bandwidth asks for, and what comes meanwhile waits', () => {
    const line = new Bandwidth({ name: 'slow', bytesPerSecond: 1000 });
    expect(line.send(500, 0)).toBe(500);
    expect(line.send(100, 0)).toBe(600);
    expect(line.send(100, 1000)).toBe(1100);
    expect(new Bandwidth({ name: 'free' }).send(1e9, 5)).toBe(5);
  });

  it('delays by the least, and seldom by much more, within bounds', () => {
    const random = new SeededRandom('delay');
    const network = { name: 'x', delayMs: 10, lateShare: 0.1, lateMs: 100 };
    const delays = Array.from({ length: 5000 }, () => drawDelayMs(network, random));
    const late = delays.filter((ms) => ms > 10).toSorted((a, b) => a - b);
    expect(Math.min(...delays)).toBe(10);
    expect(late.length / delays.length).toBeCloseTo(0.1, 1);
    expect((late[late.length >> 1] ?? 0) / 110).toBeCloseTo(1, 0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1010);
  });

  it('adds the header of a WebSocket message, and upwards its mask', () => {
    expect([125, 126, 65_536].map((bytes) => lineBytes(bytes, 'down') - bytes)).toEqual([2, 4, 10]);
    expect(lineBytes(1, 'up')).toBe(7);
  });
});

describe('the history of a run', () => {
  it('tells each state by what was written, and forgets what nobody can ask for', () => {
    const history = new KeyHistory();
    history.begin('e');
    const state = new Map<string | number, string>();
    const write = (key: string, text: string | undefined): void => {
      if (text === undefined) state.delete(key);
      else state.set(key, text);
      history.touch(key, text);
      history.record('e', state, 10 * history.at('e', 1).length);
    };
    write('a', '1');
    write('b', '2');
    write('a', undefined);
    write('a', '3');
    const at = (version: number): unknown => history.at('e', version).map((one) => Array.from(one));
    expect(at(2)).toEqual([
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ]);
    expect(at(3)).toEqual([[['b', '2']]]);
    expect(history.at('e', 3)[0]?.size).toBe(1);
    expect([at(0), at(5), history.at('other', 1)]).toEqual([[], [], []]);
    expect(history.writtenAt('e', 'a', '3')).toBe(4);
    history.forgetBefore(3);
    expect(at(3)).toEqual([[['b', '2']]]);
    expect(at(4)).toEqual([
      [
        ['a', '3'],
        ['b', '2'],
      ],
    ]);
  });
});

describe('different numbers', () => {
  it('are different, in range, and all of them where all are asked for', () => {
    const random = new SeededRandom('distinct');
    for (const count of [0, 1, 5, 20]) {
      const numbers = distinct(random, count, 20);
      expect(new Set(numbers).size).toBe(count);
      expect(numbers.every((n) => n >= 0 && n < 20)).toBe(true);
    }
  });
});

describe('the longest absences', () => {
  const fault = (kind: 'cut' | 'flip', replica: number, atMs: number) => {
    return { kind, replica, atMs, forMs: 0, recoveryMs: undefined, isOverlapped: false };
  };
  const faults = [
    fault('cut', 1, 4000),
    fault('cut', 2, 5000),
    fault('flip', 2, 9000),
    fault('flip', 2, 9500),
  ];
  const timelines = [
    [[0, 'live'] as const, [100, 'stale'] as const, [200, 'live'] as const],
    [
      [0, 'live'] as const,
      [7000, 'stale'] as const,
      [8000, 'catching-up'] as const,
      [9900, 'stale'] as const,
      [12_000, 'live'] as const,
      [90_000, 'conflict'] as const,
    ],
  ];

  it('are told with what struck, what was tried, and why that failed', () => {
    const failures = [
      [6999.5, 'timeout: nothing'] as const,
      [8500, 'malformed: a chunk'] as const,
      [9900, 'malformed: a chunk'] as const,
      [20_000, 'later'] as const,
    ];
    const none = { triedMs: [], failures: [] };
    const attempts = [none, { triedMs: [6000, 7100, 8100, 20_000], failures }];
    const found = longestAbsences(timelines, 100_000, faults, attempts);
    const spans = found.map(({ replica, atMs, forMs }) => [replica, atMs, forMs]);
    expect(spans).toEqual([
      [2, 90_000, 10_000],
      [2, 7000, 5000],
    ]);
    const [last, first] = found;
    if (first === undefined || last === undefined) throw new Error('there are none');
    expect([first.connections, last.connections]).toEqual([2, 0]);
    expect(faultsText(first)).toBe('1 × cut, 2 × bit flipped');
    expect(reasonsText(first)).toBe('2 × malformed: a chunk; 1 × timeout: nothing');
    expect([faultsText(last), reasonsText(last)]).toEqual(['none', '']);
  });

  it('say nothing of connections where nobody counted them', () => {
    const [first] = longestAbsences(timelines, 100_000, faults);
    expect(first).toMatchObject({ connections: null, reasons: [] });
  });

  it('have errors of one kind together', () => {
    const url = 'ws://127.0.0.1:4711/lab';
    expect(
      [
        `the connection to ${url} was lost (1006): Invalid WebSocket frame`,
        `${url} cannot be reached: connect ECONNRESET 127.0.0.1:4711`,
        'the frame from 12 to 99 does not lead to the collection it promises',
        'the frame does not fit: "0aa" is patched but not held',
        'a string that is not UTF-8',
      ].map((message) => reasonOf('code', message)),
    ).toEqual([
      'code: the connection was lost (1006): Invalid WebSocket frame',
      'code: the connection cannot be reached: connect ECONNRESET',
      'code: the frame from n to n does not lead to the collection it promises',
      'code: the frame does not fit: an entry is patched but not held',
      'code: a string that is not UTF-8',
    ]);
  });
});
