import { describe, expect, it } from 'vitest';
import { DigestRecord } from '../../src/page/digest-record.ts';
import { eventWords, toneOf } from '../../src/page/event-words.ts';
import { hubModel, totalsOf } from '../../src/page/hub-model.ts';
import { KEYS_MAX, keyLabel, matchingKeys } from '../../src/page/key-search.ts';
import { tokenIn } from '../../src/page/page-token.ts';
import { bytesText, clipped, countOf, durationText, ratioText } from '../../src/page/quantity.ts';
import { POINTS_MAX, TrafficHistory } from '../../src/page/traffic-history.ts';
import { noRungs } from '../../src/protocol/answer-log.ts';
import type { EventRow, HubRow, PageRow, SessionRow, StreamRow } from '../../src/server/index.ts';

const hub = (nowMs: number, startedMs = 0, upMs = nowMs - startedMs): HubRow => {
  const counts = { streams: 1, sessions: 1, notLive: 0, behind: 0, lagVersionsMax: 7 };
  return { kind: 'hub', startedMs, nowMs, upMs, ...counts };
};

const stream = (part: Partial<StreamRow> = {}): StreamRow => ({
  ...{ kind: 'stream', name: 'rows', epoch: '1.0', version: 0, digest: '', entries: 0 },
  ...{ jsonBytes: 0, sessions: 1, sentBytes: 0, wholeBytes: 0, frames: 0, denseFrames: 0 },
  ...{ framesEncoded: 0, refusals: 0, errors: 0, rungs: noRungs(), ...part },
});

const session = (part: Partial<SessionRow> = {}): SessionRow => ({
  ...{ kind: 'session', id: 1, name: '', stream: 'rows', state: 'serving', version: 1 },
  ...{ lagVersions: 0, isBehind: false, sentBytes: 0, unacknowledgedBytes: 0, frames: 0 },
  ...{ rungs: noRungs(), lastRung: '', lastRungMs: 0, ...part },
});

const event = (part: Partial<EventRow>): EventRow => ({
  ...{ kind: 'event', number: 1, atMs: 0, stream: 'rows', who: 'session 1', what: 'changes' },
  ...{ upMs: part.atMs ?? 0, count: 1, sinceMs: 0, from: 0, to: 0, cause: '', ...part },
});

describe('the model of the page', () => {
  it('sorts the rows of the hub by kind, and leaves out what it does not know', () => {
    const rows = [event({ number: 1 }), session({ id: 10 }), event({ number: 2 }), hub(1)];
    const unknown = { kind: 'something newer' } as unknown as PageRow;
    const model = hubModel([unknown, session({ id: 9 }), ...rows, stream()]);
    expect(model.events.map(({ number }) => number)).toEqual([2, 1]);
    const late = [event({ number: 7, atMs: 5 }), event({ number: 8, atMs: 4 })];
    expect(hubModel(late).events.map(({ number }) => number)).toEqual([7, 8]);
    expect(model.sessions.map(({ id }) => id)).toEqual([9, 10]);
    expect([model.hub?.nowMs, model.streams.length, model.demo]).toEqual([1, 1, undefined]);
  });

  it('orders events by a clock that nobody sets back', () => {
    const late = [event({ number: 7, atMs: 100, upMs: 5 }), event({ number: 8, atMs: 2, upMs: 9 })];
    expect(hubModel(late).events.map(({ number }) => number)).toEqual([8, 7]);
  });

  it('counts resumes and repairs, not what joiners get', () => {
    const rungs = { ...noRungs(), everything: 5, changes: 2, compared: 1, mended: 1 };
    expect(totalsOf(hubModel([stream({ rungs })])).recoveries).toBe(3);
  });
});

describe('the history of the traffic', () => {
  const state = (nowMs: number, version: number, startedMs = 0): ReturnType<typeof hubModel> =>
    hubModel([hub(nowMs, startedMs), stream({ version, sentBytes: version * 10 })]);

  it('holds rates between states, and nothing for a state seen twice', () => {
    const history = new TrafficHistory();
    for (const at of [1000, 1500, 1500, 2500]) history.add(state(at, at));
    expect(history.traffic.times).toEqual([1.5, 2.5]);
    expect(history.traffic.updatesPerSecond).toEqual([1000, 1000]);
    expect(history.traffic.sentPerSecond).toEqual([10_000, 10_000]);
    expect(history.latest('updatesPerSecond')).toBe(1000);
    // As the hub counted it, over all sessions and not those shown.
    expect(history.traffic.lagVersions).toEqual([7, 7]);
  });

  it('begins anew, without a rate below zero, with another hub at the same address', () => {
    const history = new TrafficHistory();
    history.add(state(1000, 500));
    history.add(state(2000, 3, 1));
    history.add(state(3000, 4, 1));
    expect(history.traffic.updatesPerSecond).toEqual([1]);
  });

  it('goes on where the clock is set back, with the past before it, and ahead, with a gap', () => {
    const history = new TrafficHistory();
    const at = (nowMs: number, upMs: number): void =>
      history.add(hubModel([hub(nowMs, 0, upMs), stream({ version: upMs })]));
    at(100_000, 1000);
    at(100_500, 1500);
    at(101_000, 2000);
    at(41_500, 2500);
    expect(history.traffic.times).toEqual([40.5, 41, 41.5]);
    at(942_000, 3000);
    expect(history.traffic.times).toEqual([40.5, 41, 41.5, 942]);
    expect(history.traffic.updatesPerSecond).toEqual([1000, 1000, 1000, 1000]);
  });

  it('keeps what an earlier hub did at its own times, unless time would go back', () => {
    const history = new TrafficHistory();
    history.add(state(1000, 1));
    history.add(state(2000, 2));
    history.add(state(9000, 3, 8000));
    history.add(state(9500, 4, 8000));
    expect(history.traffic.times).toEqual([2, 9.5]);
    history.add(state(3000, 1, 2500));
    history.add(state(3500, 2, 2500));
    expect(history.traffic.times).toEqual([3.5]);
  });

  it('is bounded', () => {
    const history = new TrafficHistory();
    for (let at = 1; at <= POINTS_MAX + 50; at++) history.add(state(at * 500, at));
    expect(history.traffic.times).toHaveLength(POINTS_MAX);
    expect(history.traffic.lagVersions).toHaveLength(POINTS_MAX);
  });
});

describe('the digests of the page', () => {
  it('are compared where both sides know a version, whoever knew it first', () => {
    const record = new DigestRecord();
    record.passed('1.a', 5, 'five');
    expect(record.proof).toBeUndefined();
    record.heard('1.a', 7, 'seven');
    expect(record.proof).toBeUndefined();
    record.passed('1.a', 7, 'seven');
    expect(record.proof).toEqual({ version: 7, isEqual: true });
    record.heard('1.a', 5, 'five');
    expect(record.proof?.version).toBe(7);
  });

  it('show a difference until a later version is equal', () => {
    const record = new DigestRecord();
    record.passed('1.a', 5, 'five');
    record.heard('1.a', 5, 'another');
    record.passed('1.a', 6, 'six');
    expect(record.proof).toEqual({ version: 5, isEqual: false });
    record.heard('1.a', 6, 'six');
    expect(record.proof).toEqual({ version: 6, isEqual: true });
  });

  it('are of one epoch: another one begins without a proof', () => {
    const record = new DigestRecord();
    record.passed('1.a', 5, 'five');
    record.heard('2.b', 5, 'another');
    expect(record.proof).toBeUndefined();
    record.heard('1.a', 5, 'five');
    record.passed('2.b', 1, 'one');
    expect(record.proof).toBeUndefined();
  });
});

describe('what the page says', () => {
  it('finds keys by a part of their text, whatever its case, and says if there are more', () => {
    expect(matchingKeys(['Alpha', 'beta', 12, 'ALPS'], 'alp').keys).toEqual(['Alpha', 'ALPS']);
    expect(matchingKeys([12, 'x1', 2], '1').keys).toEqual([12, 'x1']);
    const many = Array.from({ length: KEYS_MAX + 1 }, (_, n) => n);
    expect(matchingKeys(many, '')).toMatchObject({ hasMore: true });
    expect(matchingKeys(many.slice(1), '')).toMatchObject({ hasMore: false });
    expect([keyLabel(7), keyLabel('7'), keyLabel('')]).toEqual(['#7', '7', '(empty)']);
  });

  it('has numbers of a readable length, and none for what is no number', () => {
    expect([999, 1000, 1_234_567, 9.99e11].map(bytesText)).toEqual([
      ...['999 B', '1 kB', '1.23 MB', '999 GB'],
    ]);
    expect([12, 1300, 90_000, 9e6].map(durationText)).toEqual([
      '12 ms',
      '1.3 s',
      '1.5 min',
      '2.5 h',
    ]);
    expect([countOf(1, 'entry', 'entries'), countOf(1234, 'key')]).toEqual([
      '1 entry',
      '1,234 keys',
    ]);
    expect([bytesText(Number.NaN), ratioText(5, 0), ratioText(59, 4)]).toEqual(['–', '–', '14.8×']);
    expect(clipped('ab😀', 4)).toBe('ab😀');
    expect(clipped('ab😀d', 4).isWellFormed()).toBe(true);
  });

  it('tells repairs from who joins, and from what led to them', () => {
    const tones = [
      event({ what: 'everything', from: 0, to: 9 }),
      event({ what: 'changes', from: 3, to: 9 }),
      event({ what: 'trouble', cause: 'digest-mismatch: …' }),
      event({ what: 'fault', cause: 'cut, by hand' }),
    ];
    expect(tones.map(toneOf)).toEqual(['join', 'repair', 'trouble', 'fault']);
    expect(tones.map(eventWords)).toEqual([
      'got everything, at version 9',
      'went on from version 3: patches for 6 versions',
      'digest-mismatch: …',
      'cut, by hand',
    ]);
  });
});

describe('the token of the page', () => {
  it('stands behind the # of its address, as it is or encoded', () => {
    expect(tokenIn('#token=ab+c/d==')).toBe('ab+c/d==');
    expect(tokenIn('#token=a%20%2B%F0%9F%8E%88')).toBe('a +\u{1f388}');
    for (const hash of ['', '#', '#other=1', '#token=', '#token=%', `#token=${'x'.repeat(3073)}`]) {
      expect(tokenIn(hash)).toBe('');
    }
  });
});
