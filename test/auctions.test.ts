import { describe, expect, it } from 'vitest';

import { createAuctions } from '../src/testing/index.ts';

const NOW_MS = Date.UTC(2024, 1, 4, 21, 32, 58) + 123.456;

describe('createAuctions', () => {
  it('gives the same auctions and bids for the same seed, and others for another', () => {
    const run = (seed: number | string): string => {
      const auctions = createAuctions({ seed, count: 20 });
      const bids = Array.from({ length: 50 }, (_, i) => auctions.next(NOW_MS + i));
      return JSON.stringify([auctions.initial(), bids]);
    };
    expect(run(7)).toBe(run('7'));
    expect(run(7)).not.toBe(run(8));
  });

  it('starts without bids, with 32 hexadecimal digits as keys and short descriptions', () => {
    const initial = createAuctions({ seed: 1, count: 1000 }).initial();
    expect(new Set(initial.map(({ key }) => key)).size).toBe(1000);
    for (const auction of initial) {
      expect(auction.key).toMatch(/^[0-9a-f]{32}$/);
      expect(auction.last_bid).toEqual({ user: null, price: 0, time: null });
      expect(Object.keys(auction)).toEqual(['key', 'title', 'description', 'last_bid']);
    }
    const lengths = initial.map(({ description }) => description.length);
    expect(Math.min(...lengths)).toBeLessThan(20);
    expect(Math.max(...lengths)).toBeGreaterThan(430);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(450);
  });

  it('raises one price by 1 to 10 at each step and leaves what it gave before as it was', () => {
    const auctions = createAuctions({ seed: 3, count: 5 });
    const prices = new Map(auctions.initial().map(({ key }) => [key, 0]));
    const raises = new Set<number>();
    const before = JSON.stringify(auctions.initial());
    for (let i = 0; i < 500; i++) {
      const { key, last_bid } = auctions.next(NOW_MS);
      raises.add(last_bid.price - (prices.get(key) ?? Number.NaN));
      prices.set(key, last_bid.price);
      expect(last_bid.user).toBeTypeOf('string');
    }
    expect([...raises].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(JSON.stringify(auctions.initial())).toBe(before);
  });

  it('writes the time of a bid with microseconds', () => {
    const auctions = createAuctions({ seed: 3, count: 1 });
    expect(auctions.next(NOW_MS).last_bid.time).toMatch(/^2024-02-04 21:32:58\.12345[56]$/);
    expect(auctions.next(0.5).last_bid.time).toBe('1970-01-01 00:00:00.000500');
  });

  it('refuses a count that is none', () => {
    for (const count of [0, -1, 1.5, Number.NaN, 2 ** 33]) {
      expect(() => createAuctions({ seed: 1, count })).toThrow(RangeError);
    }
  });
});
