import { describe, expect, it } from 'vitest';

import { findForm } from '../../src/analysis/form.ts';
import type { Form } from '../../src/analysis/form.ts';
import { findKey } from '../../src/analysis/key-finder.ts';
import { keyAt } from '../../src/analysis/key-path.ts';
import { SeededRandom } from '../../src/testing/index.ts';
import { updatesOf } from './measured.ts';

const random = new SeededRandom('keys');
const TIME = 1_700_000_000_000;

/** Levels of order books: a market alone says nothing, nor does a price. */
const levels = Array.from({ length: 600 }, (_, i) => ({
  market: random.pick(['BTC-EUR', 'ETH-EUR', 'SOL-EUR', 'ADA-EUR']),
  price: 100 + random.below(12) / 2,
  size: random.below(100_000) / 1000,
  ts: TIME + i * 100,
}));

const trades = Array.from({ length: 300 }, (_, i) => ({
  tradeId: 9_000_000 + i,
  symbol: random.pick(['BTC', 'ETH', 'SOL']),
  price: 100 + random.below(50),
  ts: TIME + i * 100,
}));

function formOf(values: readonly unknown[], key?: string): Form {
  const items = values.map((value, i) => ({ place: `line ${i + 1}`, value }));
  return findForm(items, { key, time: undefined });
}

describe('a key beside times', () => {
  it('is found though these fall, as where two sources write', () => {
    const rows = Array.from({ length: 400 }, (_, i) => ({
      ...{ ts: TIME + (i >> 3) * 1000 - (i % 2) * 300, source: `the source number ${i % 2}` },
      ...{ id: `e-${i % 8}`, n: random.below(90) },
    }));
    const { chosen, candidates } = findKey(rows);
    expect(chosen?.path).toBe('id');
    expect(candidates.map(({ path }) => path)).not.toContain('ts');
  });
});

describe('a member that is what changes', () => {
  const settings = { feature: true, limit: 10, name: 'prod' };
  const states = Array.from({ length: 300 }, () => {
    if (random.below(10) < 3) settings.limit = random.below(100);
    if (random.below(20) === 0) settings.feature = !settings.feature;
    return { ...settings };
  });

  it('is no key though it stays for some time: that would hide the change in the key', () => {
    expect(findKey(states).chosen).toBeUndefined();
  });

  it('has to come back to be a key, where its name is none of one', () => {
    const runs = Array.from({ length: 300 }, (_, i) => ({ mode: `mode ${i >> 2}`, n: i % 4 }));
    expect(findKey(runs).chosen).toBeUndefined();
  });
});

describe('a key of several members', () => {
  it('is found where one alone does not tell entries apart', () => {
    const { chosen, candidates } = findKey(levels, 'ts');
    expect(chosen?.path).toBe('market,price');
    expect(candidates[0]).toBe(chosen);
  });

  it('is told of beside one that has a likely name', () => {
    const books = levels.map(({ market, ...rest }) => ({ symbol: market, ...rest }));
    const { chosen, candidates } = findKey(books, 'ts');
    expect([chosen?.path, candidates[0]?.path]).toEqual(['symbol', 'symbol,price']);
  });

  it('is what the person says, down to members inside', () => {
    const rows = levels.map(({ market, price, size }) => ({ at: { market }, price, size }));
    const { updates, refused } = updatesOf([...rows, { price: 1 }], 'at.market,price');
    expect(new Set(updates.map(({ key }) => key)).size).toBe(48);
    expect(updates[0]?.key).toMatch(/^[A-Z]{3}-EUR\/\d+(?:\.5)?$/);
    expect(refused).toEqual(['line 601: the key, member "at.market", is missing']);
  });

  it('tells parts with slashes apart, and a member with a comma in its name from two', () => {
    expect(keyAt({ a: 'x/y', b: 'z' }, 'a,b')).not.toBe(keyAt({ a: 'x', b: 'y/z' }, 'a,b'));
    expect(keyAt({ 'a,b': 7, a: 1, b: 2 }, 'a,b')).toBe(7);
    expect(keyAt({ a: 1, b: null }, 'a,b')).toBeUndefined();
  });

  it('is none where one member is as good, nor where all that changes would be in it', () => {
    const cars = Array.from({ length: 200 }, (_, i) => ({ id: `c${i % 9}`, km: i, model: 'van' }));
    expect(findKey(cars).chosen?.path).toBe('id');
    const scalars = Array.from({ length: 200 }, () => ({ a: random.below(9), b: random.below(9) }));
    expect(findKey(scalars).chosen?.path).not.toBe('a,b');
  });
});

describe('a log', () => {
  it('is known by an id that never repeats, and so is its key', () => {
    expect(findKey(trades, 'ts')).toMatchObject({ log: 'tradeId', unrepeated: 'tradeId' });
  });

  it('may hold an event twice', () => {
    expect(findKey(trades.concat(trades.slice(0, 2)), 'ts').log).toBe('tradeId');
  });

  it('is known by what its lines say, where they have no ids', () => {
    const lines = trades.map(({ ts }, i) => ({ ts, level: 'info', msg: `request ${i} was slow` }));
    expect(findKey(lines, 'ts')).toMatchObject({ log: 'msg' });
  });

  it('is known by lines that end in a number, which engines take for dates', () => {
    const lines = trades.map(({ ts }, i) => ({ ts, level: 'info', msg: `GET /users/${i}` }));
    expect(findKey(lines, 'ts').log).toBe('msg');
    const rest = lines.map(({ ts, msg }, i) => ({ ts, msg: i % 20 === 0 ? 'ready' : msg }));
    expect(findKey(rest, 'ts').log).toBe('msg');
    const dates = trades.map(({ ts }) => ({ ts, shown: new Date(ts).toUTCString() }));
    expect(findKey(dates, 'ts').log).toBeUndefined();
  });

  it('is known by the ids of requests where these are made to be new', () => {
    const lines = trades.map(({ ts, symbol }, i) => ({
      ...{ ts, symbol, requestId: (i * 7919).toString(16).padStart(32, '0') },
    }));
    expect(findKey(lines, 'ts').log).toBe('requestId');
  });

  it('is none where only messages are numbered, or the content is named by its hash', () => {
    const numbered = trades.map(({ tradeId, ...rest }) => ({ lastUpdateId: tradeId, ...rest }));
    expect(findKey(numbered, 'ts')).toMatchObject({ log: undefined, unrepeated: undefined });
    const hashed = trades.map(({ symbol, price }, i) => ({
      ...{ symbol, price, etag: `${i}`.padStart(40, '0') },
    }));
    expect(findKey(hashed).log).toBeUndefined();
  });

  it('is none where all are of one time: it is a snapshot, and the id is the key', () => {
    const snapshot = trades.map((trade) => Object.assign({}, trade, { ts: TIME }));
    expect(findKey(snapshot, 'ts')).toMatchObject({ chosen: { path: 'tradeId' }, log: undefined });
  });
});

describe('objects of several kinds', () => {
  const order = (i: number): object => ({
    ...{ type: 'order', orderId: i % 40, state: random.below(4) },
  });
  const quote = (i: number): object => ({
    ...{ type: 'quote', symbol: `S${i % 14}`, bid: random.below(100) },
  });
  const beat = (i: number): object => ({ type: 'heartbeat', n: i });

  it('are told by the keys that only some of them have', () => {
    const mixed = Array.from({ length: 300 }, (_, i) => [order, quote, beat][i % 3]?.(i) ?? {});
    expect(findKey(mixed as Record<string, unknown>[])).toMatchObject({
      chosen: { path: 'type' },
      keysOfKinds: ['orderId', 'symbol'],
    });
  });

  it('are told where the key of one kind was chosen for all', () => {
    const mixed = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? order(i) : quote(i)));
    expect(findKey(mixed as Record<string, unknown>[])).toMatchObject({
      chosen: { path: 'symbol' },
      keysOfKinds: ['orderId'],
    });
  });
});

describe('entries in a member', () => {
  const all = Array.from({ length: 40 }, (_, id) => ({ id, name: `entry ${id}`, n: 0 }));
  const messageOf = (part: (id: number) => boolean, i: number): object => ({
    ...{ type: 'update', ts: TIME + i * 1000 },
    data: all
      .filter(({ id }) => part(id))
      .map((entry) => Object.assign({}, entry, { n: random.below(99) })),
  });

  it('are a message each where it holds some of them, now these, now those', () => {
    const messages = Array.from({ length: 30 }, (_, i) => messageOf(() => random.below(3) > 0, i));
    const form = formOf(messages);
    expect(form).toMatchObject({ kind: 'sets', list: 'data', key: 'id', together: 'item' });
    const { updates, refused } = updatesOf([...messages, { type: 'pong' }]);
    expect(updates.every(({ op, message }) => op === 'put' && message?.by === 'item')).toBe(true);
    expect(new Set(updates.map(({ message }) => message)).size).toBe(30);
    expect(refused).toEqual(['line 31: nothing where an array of objects is expected']);
  });

  it('that are all there each time are a document, unless their key is named', () => {
    const states = Array.from({ length: 12 }, (_, i) => messageOf(() => true, i));
    expect(formOf(states)).toMatchObject({ kind: 'documents', entryKey: 'data[].id' });
    expect(formOf(states, 'data[].id')).toMatchObject({ kind: 'sets', list: 'data', key: 'id' });
    expect(updatesOf(states, 'data[].id').updates).toHaveLength(12 * 40);
  });
});
