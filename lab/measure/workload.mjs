// The data of the measurements: made from a seed, or a recorded feed in its place. A feed is a
// file of JSON lines {"op": "put" | "del", "key", "value"}; what comes first for a key is where
// measurements begin, and what follows for it are the changes.
import { readFileSync } from 'node:fs';
import { createAuctions, SeededRandom } from '../../dist/testing/index.js';
import { option } from '../../scripts/tool-call.mjs';

/** A bid as long as any: descriptions are cut alike, whoever bids. */
const LONGEST_BID = { user: 'x'.repeat(20), price: 1_000_000, time: 'x'.repeat(26) };

/** The option that names a feed. */
export const RECORDED_FEED = {
  value: '',
  read: option.file.read,
  what: 'a recorded feed instead of auctions',
};

/** Bids are made at this time, in ms since 1970, and from then on every 12.5 ms. */
const FIRST_BID_MS = 1_700_000_000_000;

/**
 * `entries`: where it begins, after some bids on each auction (on average `bidsEach`).
 * `next()`: one more change, as [key, value].
 */
export function auctions({ count, seed, bidsEach = 3, data = '' }) {
  if (data !== '') return recorded(data);
  const source = createAuctions({ seed, count });
  let bids = 0;
  const next = () => {
    const auction = source.next(FIRST_BID_MS + bids++ * 12.5);
    return [auction.key, auction];
  };
  const state = new Map(source.initial().map((auction) => [auction.key, auction]));
  for (let i = 0; i < bidsEach * count; i++) state.set(...next());
  return { entries: [...state], next };
}

/** Auctions with descriptions cut so that no value is longer than `bytesMax` as JSON. */
export function boundedAuctions({ count, seed, bytesMax, data = '' }) {
  const source = auctions({ count, seed, data });
  if (data !== '') return source;
  const cut = ([key, auction]) => {
    const bare = JSON.stringify({ ...auction, description: '', last_bid: LONGEST_BID });
    const description = auction.description.slice(0, Math.max(0, bytesMax - bare.length));
    return [key, { ...auction, description }];
  };
  return { entries: source.entries.map(cut), next: () => cut(source.next()) };
}

function recorded(path) {
  const first = new Map();
  const later = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const { op, key, value } = JSON.parse(line);
    if (op === 'del') continue;
    if (first.has(key)) later.push([key, value]);
    else first.set(key, value);
  }
  let at = 0;
  return {
    entries: [...first],
    next: () => {
      if (later.length === 0) throw new RangeError(`${path}: no key comes twice`);
      return later[at++ % later.length];
    },
  };
}

/** Entries of a few bytes each, as many as it takes. */
export function* smallEntries({ count, seed }) {
  const random = new SeededRandom(seed);
  for (let i = 0; i < count; i++) yield [i, { n: random.below(1_000_000) }];
}

/** One object of quotes, about 7 KB; each update changes some of them. */
export function quotes({ instruments, changes, seed }) {
  const random = new SeededRandom(seed);
  const rows = Array.from({ length: instruments }, (_, i) => ({
    symbol: `SYM${String(i).padStart(4, '0')}`,
    bid: 10_000 + random.below(90_000),
    ask: 10_000 + random.below(90_000),
    volume: random.below(1_000_000),
    trader: random.next().toString(36),
  }));
  return () => {
    for (let i = 0; i < changes; i++) {
      const row = random.pick(rows);
      row.bid += random.below(200) - 100;
      row.ask += random.below(200) - 100;
      row.volume = random.below(1_000_000);
      row.trader = random.next().toString(36);
    }
    return { key: 'quotes', rows };
  };
}
