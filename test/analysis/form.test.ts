import { describe, expect, it } from 'vitest';

import type { Form } from '../../src/analysis/form.ts';
import { findForm } from '../../src/analysis/form.ts';
import { findTime, timeOf } from '../../src/analysis/time-finder.ts';
import { rewrittenTexts, telemetry } from './generated-feeds.ts';
import { updatesOf } from './measured.ts';

const SYMBOLS = ['BTC', 'ETH', 'SOL'];

/** Trades: each has an id of its own, and belongs to a symbol. */
const trades = Array.from({ length: 60 }, (_, i) => ({
  id: `trade-${i}`,
  symbol: SYMBOLS[i % 3],
  name: ['Bitcoin', 'Ethereum', 'Solana'][i % 3],
  price: 100 * (i % 3) + Math.floor(i / 20),
}));

function formOf(values: readonly unknown[], key?: string): Form {
  const items = values.map((value, i) => ({ place: `line ${i + 1}`, value }));
  return findForm(items, { key, time: undefined });
}

describe('the key', () => {
  it('is no time, though times repeat', () => {
    const rows = telemetry().map((row, i) => ({ t: 1.7e12 + (i >> 2) * 1000, id: row['id'] }));
    const paths = formOf(rows).finding?.candidates.map(({ path }) => path);
    expect(paths).toContain('id');
    expect(paths).not.toContain('t');
  });

  it('beside a text of JSON is not lost, unless the object is a line of a log', () => {
    const rows = [1, 2, 3].map((n) => ({ id: 7, state: 'on', data: `{"n":${n}}` }));
    expect(formOf(rows, 'id')).toMatchObject({ wrapper: undefined, key: 'id' });
    const log = [1, 2, 3].map((n) => ({ time: n, direction: 'in', data: `{"id":7,"n":${n}}` }));
    expect(formOf(log, 'id')).toMatchObject({ wrapper: 'data', key: 'id' });
  });

  it('and a time that nothing has is refused', () => {
    const items = [{ place: 'line 1', value: { id: 1 } }];
    expect(() => findForm(items, { key: 'id', time: 'zzz' })).toThrow('nothing has the member');
  });

  it('is found as the member by which objects are most like the one before', () => {
    expect(formOf(telemetry())).toMatchObject({ kind: 'objects', key: 'id', time: 't' });
    expect(formOf(trades)).toMatchObject({ kind: 'objects', key: 'symbol' });
  });

  it('that never repeats is told of, though its name speaks for it', () => {
    expect(formOf(trades).finding?.unrepeated).toBe('id');
  });

  it('is found by its likely name where everything else is new each time', () => {
    expect(formOf(rewrittenTexts()).key).toBe('id');
  });

  it('is found one level down', () => {
    const nested = trades.map(({ symbol, price }) => ({ type: 'tick', data: { symbol, price } }));
    expect(formOf(nested).key).toBe('data.symbol');
    const { updates } = updatesOf(nested);
    expect(updates.slice(0, 3).map(({ key }) => key)).toEqual(SYMBOLS);
  });

  it('is none where objects are states of one document', () => {
    const states = Array.from({ length: 20 }, (_, i) => ({ title: 'a', count: i, list: [i, 2] }));
    expect(formOf(states)).toMatchObject({ kind: 'documents', key: undefined });
    expect(formOf(telemetry(), 'none')).toMatchObject({ kind: 'documents' });
  });

  it('is what the person says, and objects without it are left out and told', () => {
    const mixed = [...trades, { type: 'heartbeat' }, { symbol: 1.5 }, 'text', null];
    const { updates, refused } = updatesOf(mixed, 'symbol');
    expect(updates).toHaveLength(60);
    expect(refused).toEqual([
      'line 61: the key, member "symbol", is missing',
      'line 62: the key, member "symbol", is the number 1.5',
      'line 63: a string where an object is expected',
      'line 64: null where an object is expected',
    ]);
  });
});

describe('the form', () => {
  it('of records is that of put and del, and of what watch prints', () => {
    const records = [
      { op: 'put', key: 'a', value: { n: 1 }, t: 1_700_000_000_000 },
      { op: 'del', key: 'a', t: 1_700_000_001_000 },
    ];
    expect(formOf(records)).toMatchObject({ kind: 'records', time: 't' });
    expect(updatesOf(records).updates).toEqual([
      { op: 'put', key: 'a', value: { n: 1 }, t: 1_700_000_000_000 },
      { op: 'del', key: 'a', t: 1_700_000_001_000 },
    ]);
    const watched = [
      { from: 0, version: 1, cmd: 'new', key: 7, value: { n: 1 } },
      { from: 1, version: 2, cmd: 'delete', key: 7 },
    ];
    expect(updatesOf(watched).updates.map(({ op }) => op)).toEqual(['put', 'del']);
  });

  it('of arrays of entries is complete sets where most entries stay', () => {
    const sets = [
      [{ id: 1, n: 1, s: 'x' }, { id: 2, n: 1, s: 'y' }, ...many(0)],
      [{ id: 1, n: 2, s: 'x' }, ...many(1)],
    ];
    expect(formOf(sets)).toMatchObject({ kind: 'sets', key: 'id', isComplete: true });
    const { updates } = updatesOf(sets);
    expect(updates.filter(({ op }) => op === 'del')).toMatchObject([{ key: 2 }]);
  });

  it('of arrays of other entries each time deletes nothing', () => {
    const parts = Array.from({ length: 10 }, (_, i) => [
      trades[i * 3],
      trades[i * 3 + (i % 2) + 1],
    ]);
    expect(formOf(parts, 'symbol')).toMatchObject({ kind: 'sets', isComplete: false });
    expect(updatesOf(parts, 'symbol').updates.every(({ op }) => op === 'put')).toBe(true);
  });

  it('of messages in a member as text is that of what is inside, without what was sent', () => {
    const log = trades.map((trade, i) => ({
      type: i % 10 === 9 ? 'send' : 'receive',
      time: 1_700_000_000 + i,
      data: JSON.stringify(trade),
    }));
    expect(formOf(log)).toMatchObject({ wrapper: 'data', key: 'symbol', time: 'time' });
    const { updates } = updatesOf(log);
    expect(updates).toHaveLength(54);
    expect(updates[0]?.t).toBe(1_700_000_000_000);
  });
});

function many(n: number): { id: number; n: number; s: string }[] {
  return Array.from({ length: 8 }, (_, i) => ({ id: 10 + i, n, s: 'kept' }));
}

describe('times', () => {
  it('are numbers in s, ms, µs and ns, and ISO texts, of likely years', () => {
    const ms = 1_700_000_000_000;
    for (const time of [ms, ms / 1000, ms * 1000, ms * 1e6, new Date(ms).toISOString()]) {
      expect(timeOf(time)).toBe(ms);
    }
    for (const none of [12, -1, 'soon', '2026-99-99', null, Number.NaN, {}]) {
      expect(timeOf(none)).toBeUndefined();
    }
  });

  it('are found where they rise, and not where they only look like times', () => {
    expect(findTime([{ ts: 1.7e9 }, { ts: 1.7e9 + 1 }])).toBe('ts');
    expect(findTime([{ ts: 1.7e9 }, { ts: 1.7e9 }])).toBeUndefined();
    expect(findTime([{ ts: 1.7e9 + 5 }, { ts: 1.7e9 }])).toBeUndefined();
    expect(findTime([{ ts: 1.7e9 }])).toBeUndefined();
  });
});
